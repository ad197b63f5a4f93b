"""How engaged today's customers are: how often they buy and make contact, how long ago, what they use.

Reads     customer_scores and the panel of the last month; further columns of source.customers about usage.
Gives     `by_measure`, `by_usage`: Band of customers by each measure, by a usage column.
Method    bands are fixed numbers of purchases, contacts and months, so that they mean the same in every run. Beside
          each: mean churn probability, margin and last score. Bands of few customers are hidden, and what tells them.
Not for   causes: who buys often may stay for another reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from worthline.run.small_groups import chosen
from worthline.run.view import RunView

TIMES = ((0, 0), (1, 1), (2, 3), (4, 6), (7, 11), (12, None))
MONTHS = ((0, 0), (1, 2), (3, 5), (6, 11), (12, None))
MEASURES = {
    "orders_12m": TIMES,
    "contacts_12m": TIMES,
    "months_since_purchase": MONTHS,
    "months_since_contact": MONTHS,
}
"""Columns of the panel -> first and last number of each band; None: and more."""
USAGE = re.compile(r"usage|activity|logins?|sessions?|visits?|minutes|uses?$", re.IGNORECASE)
"""Further columns of customers that say how much they use."""
MOST = 12
"""Values of such a column; with more it is no group but a number of each customer."""


@dataclass(frozen=True, slots=True)
class Band:
    """Customers of one band; means are None where they are not known, or the band is hidden."""

    first: int | None
    """None: never, as far as the record goes."""
    last: int | None
    name: str
    """Of a usage column: its value."""
    customers: int | None
    share: float | None
    p_leave_12m: float | None
    margin_12m: float | None
    last_score: float | None


def measures(run: RunView) -> list[str]:
    """The measures that the panel of the run has."""
    if not {"panel", "customer_scores"} <= set(run.tables()):
        return []
    columns = run.table("panel", 0).column_names
    return [name for name in MEASURES if name in columns]


def usage_columns(run: RunView) -> list[str]:
    """Columns of source.customers about usage that have a few values."""
    if "source.customers" not in run.about.get("rows", {}):
        return []
    schema = run.sql("select * from source.customers limit 0").schema
    names = [field.name for field in schema if str(field.type) == "string" and USAGE.search(field.name)]
    columns = []
    for name in names:
        [row] = run.sql(f"select count(distinct {_quoted(name)}) as n from source.customers").to_pylist()
        if 1 < row["n"] <= MOST:
            columns.append(name)
    return columns


def by_measure(run: RunView) -> dict[str, list[Band]]:
    """Bands of each measure of the panel, from none to many; customers of whom it is not known stand last."""
    names = measures(run)
    if not names:
        return {}
    cases = ", ".join(f"any_value({_case(name)}) as {name}" for name in names)
    known = f"select customer_id, {cases} from panel where month = (select max(month) from panel) group by 1"
    by_name = _summed(run, known, names)
    return {
        name: [_band(row, *(MEASURES[name][row["band"]] if row["band"] is not None else (None, None))) for row in rows]
        for name, rows in by_name.items()
    }


def _case(name: str) -> str:
    """The place of a customer's band, as SQL."""
    bands = " ".join(
        f"when {name} >= {first}{'' if last is None else f' and {name} <= {last}'} then {place}"
        for place, (first, last) in enumerate(MEASURES[name])
    )
    return f"case {bands} end"


def by_usage(run: RunView, name: str) -> list[Band]:
    """Groups of a usage column, by value."""
    latest = f"any_value({_quoted(name)})"
    if "valid_from" in run.sql("select * from source.customers limit 0").column_names:
        latest = f"arg_max({_quoted(name)}, coalesce(valid_from, date '0001-01-01'))"
    groups = f"select customer_id, {latest} as usage_group from source.customers group by 1"
    [rows] = _summed(run, groups, ["usage_group"]).values()
    return [_band(row, None, None, str(row["band"])) for row in rows if row["band"] is not None]


def _summed(run: RunView, bands: str, names: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Of each column of `bands`, its values with customers, share and means: one question for all of them."""
    columns = run.table("customer_scores", 0).column_names
    means = [
        f"avg({name}) as {name}" if name in columns else f"null as {name}"
        for name in ("p_leave_12m", "margin_12m", "last_score")
    ]
    split = ", ".join(f"b.{name} as band_{i}, grouping(b.{name}) as is_other_{i}" for i, name in enumerate(names))
    rows = run.sql(
        f"select {split}, count(*) as n, {', '.join(means)} from customer_scores join ({bands}) b using (customer_id) "
        f"where active group by grouping sets ({', '.join(f'(b.{name})' for name in names)}) "
        f"order by {', '.join(f'band_{i} nulls last' for i in range(len(names)))}"
    ).to_pylist()
    return {
        name: _shares([row | {"band": row[f"band_{i}"]} for row in rows if not row[f"is_other_{i}"]])
        for i, name in enumerate(names)
    }


def _shares(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of one split with each band's share of its customers; small bands, and what tells them, blank."""
    total = sum(row["n"] for row in rows)
    hidden = chosen({row["band"]: row["n"] for row in rows})
    blank = {"n": None, "share": None, "p_leave_12m": None, "margin_12m": None, "last_score": None}
    return [row | (blank if row["band"] in hidden else {"share": row["n"] / total}) for row in rows]


def _band(row: dict[str, Any], first: int | None, last: int | None, name: str = "") -> Band:
    def number(key: str) -> float | None:
        value = row[key]
        return None if value is None else float(value)

    return Band(
        first,
        last,
        name,
        row["n"],
        number("share"),
        number("p_leave_12m"),
        number("margin_12m"),
        number("last_score"),
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
