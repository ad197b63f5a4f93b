"""A world's effects on arrays: what a run would lay out of its files, without writing and reading them.

Reads     a Life of the second simulator.
Gives     `inputs`: EffectInputs; `of_effects`: the tables effects and experience_money.
Assumes   the panel says of these files: one row per customer and month from joining on, counted and dated as there.
          `test_pipeline.py` holds it to a run of the files.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tests.worlds.pipeline import Published
from worthline.demo.independent import files
from worthline.demo.independent.world import Life
from worthline.effects import experiences, history, joint, linkage, money, outcomes
from worthline.effects.effect import SCHEMA, as_row, sentence
from worthline.effects.linkage import EffectInputs
from worthline.effects.queries import OWN
from worthline.panel.build import LAPSE_MONTHS
from worthline.panel.lapse import choose
from worthline.stats.threads import linear_algebra_on_one

CURRENCY = "USD"


def of_effects(life: Life) -> Published:
    """Effects and their money, as a run without customers' values would publish them."""
    linked = inputs(life)
    with linear_algebra_on_one():
        estimated = linkage.effects(linked)
        parts = joint.parts(linked, estimated)
        unknown = joint.not_estimated(linked, estimated, parts)
        summed = money.table(parts, {}, None, linked.history.customers, CURRENCY, unknown)
    rows = [as_row(one, sentence(one, one.had or one.cause, CURRENCY), CURRENCY) for one in estimated]
    tables = {"effects": pa.Table.from_pylist(rows, SCHEMA).to_pylist()}
    return Published(tables if summed is None else tables | {"experience_money": summed.to_pylist()})


def inputs(life: Life, **own: np.ndarray) -> EffectInputs:
    """What effects are estimated from; `own`: columns of the company's own about customers."""
    met = files.interactions(life)
    people = files.customers(life)
    left = people["left_on"] if "left_on" in people.column_names else pa.nulls(people.num_rows, pa.date32())
    known = people.select(["customer_id", "region", "location"]).append_column("left", left)
    for name, values in own.items():
        known = known.append_column(f"{OWN}{name}", pc.cast(pa.array(values), pa.string()))
    laid = history.read(_panel(life, met), known.sort_by("customer_id"))
    touched = _touched(met)
    found = tuple(experiences.found(experiences.read(touched, laid)))
    contractual = life.setting.kind != "shop"
    return EffectInputs(laid, found, laid.months - 1, 1.0, CURRENCY, outcomes.recorded(laid, contractual=contractual))


def _panel(life: Life, met: pa.Table) -> pa.Table:
    months, n = life.months, life.customers
    records, contract = life.records[:months], life.setting.kind == "contract"
    here = np.array([record["here"] for record in records])
    margin = np.array([record["margin"] for record in records])
    owed = np.array([state.owed for state in life.states[:months]])
    orders = here.astype(int) if contract else np.array([record["orders"] for record in records])
    taken = owed * (orders > 0)
    alive = np.array([state.alive for state in life.states[1 : months + 1]])
    t, who = np.nonzero((np.arange(months)[:, None] >= life.people.joined) & np.ones(n, bool))
    cells = {
        "active": _active(life, alive, orders),
        "margin": margin,
        "revenue": (margin + taken) / 0.5 - taken,
        "orders": orders,
        "contacts": np.array([record["contact"] for record in records]),
        "unresolved": np.array([record["unresolved"] for record in records]),
        "refunds": np.zeros((months, n)),
        "answers": np.zeros((months, n)),
        "since_purchase": _since(orders > 0),
        "since_contact": _since(np.array([record["contact"] for record in records])),
    }
    cells["tenure"] = np.arange(months)[:, None] - life.people.joined
    order = np.lexsort((t, who))
    t, who = t[order], who[order]
    columns = {"customer_id": files.identities(who), "month": files.days(t, np.ones(t.size))}
    made = {name: values[t, who].astype(bool if name == "active" else float) for name, values in cells.items()}
    return pa.table(columns | made | {"last_score": pa.nulls(t.size, pa.float64())})


def _active(life: Life, alive: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """Who is a customer at the end of each month: under contract, or who ordered within the lapse of a shop."""
    joined = np.arange(life.months)[:, None] >= life.people.joined
    if life.setting.kind != "shop":
        return alive & joined
    lapse = lapse_months(life)
    running = np.vstack([np.zeros((1, life.customers)), np.cumsum(orders > 0, axis=0)])
    return np.array([running[t + 1] > running[max(t + 1 - lapse, 0)] for t in range(life.months)])


def lapse_months(life: Life) -> int:
    """The lapse that the panel chooses from the days between a customer's orders, the last one up to the as-of date."""
    paid = files.transactions(life)
    bought = paid.filter(pc.greater(paid["amount"], 0)).select(["customer_id", "at"]).group_by(["customer_id", "at"])
    rows = bought.aggregate([]).sort_by([("customer_id", "ascending"), ("at", "ascending")])
    who, day = rows["customer_id"].to_numpy(), rows["at"].to_numpy().astype("datetime64[D]")
    end = np.datetime64(files.as_of(life), "D")
    closed = np.append(who[1:] == who[:-1], False)
    length = (np.where(closed, np.roll(day, -1), end) - day).astype(int)
    order = np.argsort(length, kind="stable")
    gaps, closed = length[order], closed[order].astype(int)
    return choose(gaps, closed, 1 - closed, int((end - day.min()).astype(int))).months or LAPSE_MONTHS


def _since(happened: np.ndarray) -> np.ndarray:
    """Months since it last happened, (months, customers); NaN where it never did."""
    t = np.arange(len(happened))[:, None]
    last = np.maximum.accumulate(np.where(happened, t, -1), axis=0)
    return np.where(last >= 0, t - last, np.nan)


def _touched(met: pa.Table) -> pa.Table:
    day = pc.cast(met["at"], pa.date32())
    month = pa.array(day.to_numpy().astype("datetime64[M]").astype("datetime64[D]"))
    seconds = pa.array(day.to_numpy().astype("datetime64[s]").astype(np.int64))
    rows = met.drop_columns(["at"]).append_column("month", month).append_column("at", seconds)
    rows = rows.append_column("wait", pa.nulls(rows.num_rows, pa.float64()))
    rows = rows.append_column("channel", pa.nulls(rows.num_rows, pa.string()))
    return rows.sort_by([(name, "ascending") for name in ("customer_id", "month", "at", "touchpoint", "kind")])
