"""What a company's tables can tell of causes: what experiences do to behaviour, and what drives its scores.

Reads     a Dataset; its panel and what the customers' room knows of each customer.
Gives     Findings: the tables effects, experience_money, margin_at_risk_causes, channel_consistency and key_drivers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from worthline.effects import at_risk, channels, joint, linkage, locations, money, queries, score_drivers, themes
from worthline.effects.effect import SCHEMA, Effect, as_row, sentence
from worthline.effects.experiences import LEAST
from worthline.effects.history import without_leaks
from worthline.effects.linkage import EffectInputs
from worthline.metrics import dimensions
from worthline.results import Compute, Customers, Dataset, Findings, Progress, Voice, no_progress
from worthline.stats.cross_fitting import Floats

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir


def analyse(
    ds: Dataset,
    panel: ir.Table,
    rooms: Compute,
    *,
    customers: Customers | None = None,
    voice: Voice | None = None,
    progress: Progress = no_progress,
) -> Findings:
    """Effects of experiences, in money where `customers` brings value; what goes with themes of `voice`; drivers."""
    estimated = _effects(ds, panel, rooms, customers or Customers(), voice, progress)
    progress("Key drivers", 0, 0)
    drivers, notes = score_drivers.table(ds, rooms)
    return estimated + Findings({} if drivers is None else {"key_drivers": drivers}, notes=notes)


def _effects(
    ds: Dataset, panel: ir.Table, rooms: Compute, customers: Customers, voice: Voice | None, progress: Progress
) -> Findings:
    progress("Estimating effects", 0, 0)
    linked = linkage.link(ds, panel, rooms)
    if linked is not None:
        linked = replace(linked, history=without_leaks(linked.history, customers.risk.leaks))
        spoken = () if voice is None else themes.said(voice.exposures(), linked.history)
        linked = replace(linked, experiences=(*linked.experiences, *spoken))
    if linked is None and "locations" in ds.tables:
        places, undeclared = locations.found(ds, rooms)
        rows = [as_row(one, says, ds.settings.currency) for one, says in places]
        return Findings({"effects": pa.Table.from_pylist(rows, SCHEMA)} if rows else {}, notes=undeclared)
    if linked is None:
        why = "no table says what customers met (interactions), none what they said (feedback)"
        if {"interactions", "feedback"} & set(ds.tables):
            why = "contacts and answers name no customer whose months are known. Bring customer_id with them"
        return Findings(notes=(f"No effects of experiences: {why}.",))
    notes: tuple[str, ...] = ()
    if all(one.kind == "said" for one in linked.experiences):
        why = f"none was recorded {LEAST} times (interactions: resolved, wait_seconds, or kind = experience)"
        notes = (f"No effects of experiences: {why}.",)
    elif linked.set_apart is not None:
        notes = (linked.set_apart.note(),)
    currency = ds.settings.currency
    estimated = linkage.effects(linked, progress)
    rows = [as_row(one, sentence(one, one.had or one.cause, currency), currency) for one in estimated]
    places, undeclared = locations.found(ds, rooms)
    rows += [as_row(one, says, currency) for one, says in places]
    notes += undeclared
    if not rows:
        return Findings(notes=notes)
    findings = Findings({"effects": pa.Table.from_pylist(rows, SCHEMA)}, notes=notes)
    progress("What they come to together", 0, 0)
    return findings + _money(ds, rooms, customers, linked, estimated) + _channels(linked, estimated)


def _channels(linked: EffectInputs, estimated: Sequence[Effect]) -> Findings:
    """What each touchpoint delivers through each channel."""
    table = channels.table(linked, estimated)
    return Findings() if table is None else Findings({"channel_consistency": table})


def _money(
    ds: Dataset, rooms: Compute, customers: Customers, linked: EffectInputs, estimated: Sequence[Effect]
) -> Findings:
    """What the experiences come to, each dollar counted once."""
    owned = dimensions.owners(ds)
    owners: dict[str, list[str]] = {}
    for row in [] if owned is None else rooms.fetch(owned.order_by("touchpoint", "group")).to_pylist():
        owners.setdefault(row["touchpoint"], []).append(row["group"])
    lost = _lost(rooms, customers.value.by_customer, linked)
    monthly = None if lost is None else lost / ds.settings.horizon_months
    parts = joint.parts(linked, estimated)
    unknown = joint.not_estimated(linked, estimated, parts)
    table = money.table(parts, owners, monthly, linked.history.customers, ds.settings.currency, unknown)
    if table is None:
        return Findings()
    figure = money.figure(table, ds.settings.as_of.isoformat())
    findings = Findings({"experience_money": table}, figures=() if figure is None else (figure,))
    at_risk = customers.margin_at_risk.by_customer
    if lost is None or at_risk is None:
        return findings
    return findings + _at_risk(ds, rooms, at_risk, linked, parts, estimated, lost, owners)


def _at_risk(
    ds: Dataset,
    rooms: Compute,
    at_risk_by_customer: ir.Table,
    linked: EffectInputs,
    parts: Sequence[joint.Part],
    estimated: Sequence[Effect],
    lost: Floats,
    owners: dict[str, list[str]],
) -> Findings:
    """Margin at risk, parted into normal churn and what poor experience causes; nothing where it is not known."""
    whole = rooms.fetch(at_risk_by_customer.agg(whole=at_risk_by_customer.margin_at_risk.sum()))["whole"][0].as_py()
    causes = None if whole is None else at_risk.table(linked, parts, estimated, lost, whole, owners)
    if causes is None:
        return Findings()
    figure = at_risk.figure(causes, ds.settings.currency, ds.settings.as_of.isoformat())
    return Findings({"margin_at_risk_causes": causes}, figures=(figure,))


def _lost(rooms: Compute, value: ir.Table | None, linked: EffectInputs) -> Floats | None:
    """Value if kept less value if left, by number of customer, NaN where not known; None where nobody's is."""
    if value is None:
        return None
    rows = rooms.fetch(queries.worth(value, linked.share))
    who = linked.history.number_of(rows["customer_id"])
    losses = np.full(linked.history.customers, np.nan)
    losses[who[who >= 0]] = np.asarray(rows["lost"].to_numpy(), dtype=np.float64)[who >= 0]
    return losses
