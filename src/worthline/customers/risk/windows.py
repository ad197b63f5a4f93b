"""From which month on there is something to learn: months at which every feature's window lies within the records.

Reads     the panel and tables: since when each source is recorded.
Gives     Records; Reach: the first landmark and the features that are whole from it on.
Method    "twelve months of purchases" at the third month of the records are three, and today's are twelve: a model
          would read more purchases as safety. A feature counts only where its window is whole at the first landmark;
          months since an event are cut at what the first landmark can tell. Of windows of 12, 6 and 3 months the
          longest is taken that leaves 6 landmarks, else 3. A source that starts late gets 3 months, or is left out.
Assumes   a company whose first customers joined as its records began has nothing before them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import ibis
import numpy as np

from worthline.customers.risk.feature_groups import Feature
from worthline.panel.leaving import first_seen

if TYPE_CHECKING:
    from worthline.customers.risk.landmarks import ScoringContext
    from worthline.results import Compute, Dataset

LANDMARKS = (6, 3)
"""Landmarks that are wanted, and the fewest for which a longer window is still preferred."""
WINDOWS = (12, 6, 3)
LONGEST_SINCE = 24
"""Months since an event that are told apart at most."""
ALWAYS = -(10**6)
COUNTED = {"transactions": "orders", "interactions": "contacts", "feedback": "answers"}


@dataclass(frozen=True, slots=True)
class Records:
    """The first month (from year 0) of each source's records; ALWAYS where nothing lies before it."""

    since: Mapping[str, int]
    """By source; a source without a month is not recorded at all."""

    def whole(self, feature: Feature, first: int) -> bool:
        """Whether the feature's window is whole at landmark `first`, the source being recorded in all of it."""
        if not feature.source or not feature.window:
            return True
        since = self.since.get(feature.source)
        return since is not None and since + feature.window - 1 <= first


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be learnt from."""

    first: int
    """The first landmark."""
    features: tuple[Feature, ...]
    """Whole from there on, `cap` set where months are counted back."""


def records(ds: Dataset, on: ScoringContext, touchpoints: tuple[str, ...], rooms: Compute) -> Records:
    """Since when each source is recorded, a few rows dated long before the others aside."""
    p = on.panel
    earned = (p.orders > 0) | (ibis.coalesce(p.revenue, 0) != 0)
    counts = {"transactions": earned.ifelse(1, 0).sum(), "interactions": p.contacts.sum(), "feedback": p.answers.sum()}
    grouped = p.group_by("at").agg(active=p.active.cast("int64").sum(), **counts).order_by("at")
    rows = rooms.fetch(grouped)
    months = np.array(rows["at"].to_numpy(), dtype=np.int64)
    since: dict[str, int] = {"customers": int(months[0])}
    active = np.maximum(np.array(rows["active"].to_numpy(), dtype=np.float64), 1.0)
    for source in counts:
        n = np.array(rows[source].fill_null(0).to_numpy(), dtype=np.float64)
        if n.any():
            since[source] = int(months[first_seen(n, active)])
    young = _joined(ds, rooms)
    if young is not None:
        since["customers"] = ALWAYS
        since = {source: ALWAYS if month <= young + 1 else month for source, month in since.items()}
    since |= _earlier(ds, rooms, since, int(months[0]))
    return Records(since | _touchpoints(ds, touchpoints, rooms, since))


def _joined(ds: Dataset, rooms: Compute) -> int | None:
    """The month in which the first customer joined, where customers say when they did."""
    if not ds.has("customers", "joined_on"):
        return None
    return _number(rooms.fetch(ds["customers"].agg(day=ds["customers"].joined_on.min()))["day"][0].as_py())


def _earlier(ds: Dataset, rooms: Compute, since: Mapping[str, int], first: int) -> dict[str, int]:
    """Sources that reach back beyond the panel; subscriptions, which say themselves when they began."""
    sources = {}
    for source, column in (("transactions", "at_date"), ("interactions", "at_date"), ("feedback", "at_date")):
        if since.get(source) == first and source in ds.tables:
            day = rooms.fetch(ds[source].agg(day=ds[source][column].min()))["day"][0].as_py()
            sources[source] = min(_number(day) or first, first)
    if "subscriptions" in ds.tables:
        table = ds["subscriptions"]
        sources["subscriptions"] = (
            _number(rooms.fetch(table.agg(day=table.started_on.min()))["day"][0].as_py()) or first
        )
    return sources


def _touchpoints(ds: Dataset, touchpoints: tuple[str, ...], rooms: Compute, since: Mapping[str, int]) -> dict[str, int]:
    """Each touchpoint from its own first row on, but from the beginning where that was soon after all others'."""
    if not touchpoints or "interactions" not in since:
        return {}
    t = ds["interactions"]
    rows = rooms.fetch(t.group_by("touchpoint").agg(day=t.at_date.min(), n=t.count())).to_pylist()
    first = {row["touchpoint"]: _number(row["day"]) for row in rows}
    start = since["interactions"]
    earliest = min((month for month in first.values() if month is not None), default=start)
    return {
        f"touchpoint {name}": start
        if (month := first.get(name)) is None or month <= earliest + 1
        else max(month, start)
        for name in touchpoints
    }


def _number(day: date | None) -> int | None:
    return None if day is None else day.year * 12 + day.month - 1


def reach(features: tuple[Feature, ...], known: Records, first: int, last: int, lapse: int | None) -> Reach:
    """The longest windows that leave enough landmarks between `first` and `last`, both months.

    `lapse`: months without a purchase after which somebody is no customer any more, None under contract.
    """
    start = _first(known, first, last, lapse)
    kept = []
    for feature in features:
        if not known.whole(feature, start):
            continue
        since = known.since.get(feature.source, ALWAYS)
        if since != ALWAYS and (feature.open_ended or feature.source == "customers"):
            cap = min(start - since + (1 if feature.open_ended else 0), LONGEST_SINCE if feature.open_ended else start)
            if cap < 1:
                continue
            feature = replace(feature, cap=float(cap))
        kept.append(feature)
    return Reach(start, tuple(kept))


def _first(known: Records, first: int, last: int, lapse: int | None) -> int:
    bought = known.since.get("transactions", ALWAYS)
    met = known.since.get("interactions", ALWAYS)
    if lapse is not None and last - (bought + lapse - 1) + 1 >= LANDMARKS[-1]:
        first = max(first, bought + lapse - 1)  # who is a customer can only be told once silence could have shown
    for wanted in LANDMARKS:
        for window in WINDOWS:
            for of_contacts in (window, WINDOWS[-1]):
                start = max(first, bought + window - 1, met + of_contacts - 1)
                if last - start + 1 >= wanted:
                    return start
    return min(max(first, bought), last) if last >= first else first
