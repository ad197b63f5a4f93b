"""Customers one by one, filtered and sorted: the list behind a count.

Reads     the tables customer_scores, source.customers and source.subscriptions, as far as a run has them.
Gives     `listed`: Listed, one page of customers with permission, plan and segment, and how many there are in all.
Assumes   a filter that this run cannot apply is wrong use and raises UsageError; so is a value that is none of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from worthline.errors import UsageError
from worthline.metrics import formatting
from worthline.reports import quadrant
from worthline.reports.page import Column, Grid, RunView

SIZE = 50
FACTORS = 2
"""Risk factors beside a customer; the page of the customer has all."""
SCORES = {"high": "3", "middle": "2", "low": "1", "none": "0"}
"""Filter by last score: promoters, passives, detractors (thirds of a score that is no NPS), or no score."""
VALUES = {"top": 1, "middle": 2, "bottom": 3}
"""Filter by third of customer value."""
SORTS = {
    "margin_at_risk": "margin_at_risk desc nulls last",
    "p_leave_12m": "p_leave_12m desc nulls last",
    "value": "value desc nulls last",
    "margin_12m": "margin_12m desc nulls last",
    "last_score": "last_score nulls last",
    "customer_id": "customer_id",
}
COLUMNS = {
    "customer_id": Column("Customer", leads="/customers/"),
    "segment": Column("Segment"),
    "plan": Column("Plan"),
    "contact_permission": Column("Contact permission"),
    "p_leave_12m": Column("Churn, 12 months", number=True),
    "margin_at_risk": Column("Margin at risk", number=True),
    "value": Column("Future value", number=True),
    "margin_12m": Column("Margin, 12 months", number=True),
    "last_score": Column("Last score", number=True),
    "reasons": Column("Top risk factors"),
}
OWN = ("segment", "contact_permission")


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter: its name in the address, its label, what may be chosen, what is."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    chosen: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of customers."""

    grid: Grid
    customers: int
    pages: int
    number: int
    choices: tuple[Choice, ...]


def attributes(run: RunView) -> str:
    """A SELECT of customer_id and, where the run knows them, segment, contact_permission and plan; one row each."""
    rows = run.about.get("rows", {})
    parts, names = ["select distinct customer_id from customer_scores"], []
    joins = []
    if "source.customers" in rows:
        known = run.sql("select * from source.customers limit 0").column_names
        own = [name for name in OWN if name in known]
        latest = "arg_max({0}, coalesce(valid_from, date '0001-01-01'))" if "valid_from" in known else "any_value({0})"
        columns = "".join(f", {latest.format(name)} as {name}" for name in own)
        joins.append(f"left join (select customer_id{columns} from source.customers group by 1) using (customer_id)")
        names += own
    if "source.subscriptions" in rows:
        day = f"date '{run.about['as_of']}'"
        joins.append(
            "left join (select customer_id, string_agg(distinct product, ', ' order by product) as plan "
            f"from source.subscriptions where started_on <= {day} and (ended_on is null or ended_on > {day}) "
            "group by 1) using (customer_id)"
        )
        names.append("plan")
    return f"select customer_id{''.join(f', {name}' for name in names)} from ({parts[0]}) {' '.join(joins)}"


def listed(run: RunView, asked: Mapping[str, str], number: int = 1) -> Listed:
    """The customers that fulfil every filter in `asked` (segment, permission, plan, score, value, sort)."""
    columns = run.sql(
        f"select * from customer_scores join ({attributes(run)}) using (customer_id) limit 0"
    ).column_names
    where, parameters = _filters(asked, columns)
    sort = asked.get("sort") or next(name for name in SORTS if name in columns)
    if sort not in SORTS or sort not in columns:
        raise UsageError(f"?sort= is one of {', '.join(name for name in SORTS if name in columns)}; found {sort!r}.")
    base = _base(run, columns)
    [count] = run.sql(f"{base} select count(*) as n from listed {where}", parameters).to_pylist()
    pages = max(1, -(-count["n"] // SIZE))
    if not 1 <= number <= pages:
        raise UsageError(f"The list has pages 1 to {pages}; there is no page {number}.")
    shown = [name for name in COLUMNS if name in columns]
    order = SORTS[sort] if sort == "customer_id" else f"{SORTS[sort]}, customer_id"
    cut = f"limit {SIZE} offset {(number - 1) * SIZE}"
    rows = run.sql(
        f"{base} select {', '.join(shown)} from listed {where} order by {order} {cut}", parameters
    ).to_pylist()
    currency = str(run.about["currency"])
    cells = tuple(tuple(_cell(name, row[name], currency) for name in shown) for row in rows)
    choices = _choices(run, base, columns, asked, sort)
    return Listed(Grid(tuple(COLUMNS[n] for n in shown), cells), count["n"], pages, number, choices)


def _base(run: RunView, columns: list[str]) -> str:
    """Today's customers with their group by score and third by value, as the overview counts them."""
    is_nps = (run.about.get("settings") or {}).get("score_metric") == "nps"
    score = f", {quadrant.NPS if is_nps else quadrant.THIRD} as score_group" if "last_score" in columns else ""
    third = ", ntile(3) over (order by value desc, customer_id) as value_third" if "value" in columns else ""
    valued = " and value is not null" if third else ""
    return (
        f"with listed as (select *{score}{third} from customer_scores join ({attributes(run)}) using (customer_id) "
        f"where active{valued})"
    )


def _filters(asked: Mapping[str, str], columns: list[str]) -> tuple[str, list[Any]]:
    """The WHERE clause and its parameters."""
    wanted: list[tuple[str, Any]] = []
    for name, column, values in (("score", "score_group", SCORES), ("value", "value_third", VALUES)):
        chosen = asked.get(name)
        if chosen:
            if chosen not in values or {"score": "last_score", "value": "value"}[name] not in columns:
                raise UsageError(f"?{name}= is one of {', '.join(values)}; found {chosen[:40]!r}.")
            wanted.append((column, int(values[chosen])))
    for name, column in (("segment", "segment"), ("permission", "contact_permission"), ("plan", "plan")):
        if asked.get(name):
            if column not in columns:
                raise UsageError(f"This run knows no {column} of its customers.")
            wanted.append((column, asked[name]))
    clause = " and ".join(f"{column} = ?" for column, _ in wanted)
    return f"where {clause}" if wanted else "", [value for _, value in wanted]


def _choices(run: RunView, base: str, columns: list[str], asked: Mapping[str, str], sort: str) -> tuple[Choice, ...]:
    is_nps = (run.about.get("settings") or {}).get("score_metric") == "nps"
    groups = quadrant.NPS_GROUPS if is_nps else quadrant.GROUPS
    out = []
    for name, column, label in (
        ("segment", "segment", "Segment"),
        ("permission", "contact_permission", "Contact permission"),
        ("plan", "plan", "Plan"),
    ):
        if column in columns:
            found = run.sql(f"{base} select distinct {column} as v from listed where {column} is not null order by 1")
            out.append(Choice(name, label, tuple((v, v) for v in found["v"].to_pylist()), asked.get(name, "")))
    if "last_score" in columns:
        options = tuple((name, groups[group]) for name, group in SCORES.items())
        out.append(Choice("score", "Last score", options, asked.get("score", "")))
    if "value" in columns:
        options = tuple((name, quadrant.THIRDS[third]) for name, third in VALUES.items())
        out.append(Choice("value", "Value", options, asked.get("value", "")))
    sorts = tuple((name, COLUMNS[name].heading) for name in SORTS if name in columns)
    return (*out, Choice("sort", "Sort by", sorts, sort))


def _cell(name: str, value: Any, currency: str) -> str:
    if value is None:
        return ""
    if name.startswith("p_leave"):
        return formatting.share(value)
    if name in ("margin_12m", "margin_at_risk", "value"):
        return formatting.money_short(value, currency)
    if name == "reasons":
        return "; ".join(value[:FACTORS])
    return f"{value:g}" if isinstance(value, float) else str(value)
