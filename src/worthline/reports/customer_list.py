"""Customers one by one, filtered and sorted: the list behind a count.

Reads     the tables customer_scores, source.customers and source.subscriptions, as far as a run has them.
Gives     `listed`: Listed, one page of customers with permission, plan and segment, and how many there are in all.
Assumes   a filter that this run cannot apply is wrong use and raises UsageError; so is a value that is none of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from worthline.errors import UsageError
from worthline.metrics import formatting
from worthline.reports import quadrant
from worthline.reports.filters import BY_ATTRIBUTE, Choice, all_values
from worthline.reports.page import Column, Grid
from worthline.run import personal
from worthline.run.narrowed import attributes
from worthline.run.view import RunView

if TYPE_CHECKING:
    import pyarrow as pa

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
    "profit_12m": "profit_12m nulls last",
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
    "profit_12m": Column("Profit, 12 months", number=True),
    "last_score": Column("Last score", number=True),
    "reasons": Column("Top risk factors"),
}
FILTERS = (*BY_ATTRIBUTE, "plan", "score", "value", "risk", "profit", "sort")
"""What the address of the list may say; `plan` is what earlier links call the product."""
DECILES = 10
TENTHS = tuple(str(at) for at in range(1, DECILES + 1))


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of customers."""

    grid: Grid
    customers: int
    pages: int
    number: int
    choices: tuple[Choice, ...]


def listed(run: RunView, parameters: Mapping[str, str], number: int = 1) -> Listed:
    """One page of the customers that fulfil every filter in `parameters` (see FILTERS; and sort); raises UsageError."""
    columns = _columns(run)
    where, values = _filters(parameters, columns)
    base, order = _base(run, columns, parameters), _order(parameters, columns)
    names = [name for name in COLUMNS if name in columns]
    # Counted, and cut to a page, before what is wide is read: of a million customers it would not fit into memory.
    count = run.sql(f"{base} select count(*) as n from listed {where}", values)["n"][0].as_py()
    cut = f"limit {SIZE} offset {(max(number, 1) - 1) * SIZE}"
    page = run.sql(f"{base} select customer_id from listed {where} {order} {cut}", values)["customer_id"].to_pylist()
    of_page = attributes(run, among="customer_id in (select unnest($page))")
    wide = f"select {', '.join(names)} from customer_scores join ({of_page}) using (customer_id) {order}"
    rows = run.sql(wide, {"page": page}).to_pylist() if page else []
    if number < 1 or (number > 1 and not rows):
        raise UsageError(f"The list has no page {number}.")
    pages = max(1, -(-count // SIZE))
    currency = str(run.about["currency"])
    cells = tuple(tuple(_cell(name, row[name], currency) for name in names) for row in rows)
    choices = _choices(run, columns, parameters, _sort(parameters, columns))
    return Listed(Grid(tuple(COLUMNS[n] for n in names), cells), count, pages, number, choices)


def named(run: RunView, found: Listed) -> Listed:
    """The same list with a column of names, for readers who have the right to them."""
    names = personal.of(run.path, [row[0] for row in found.grid.rows])
    first, *rest = found.grid.columns
    rows = tuple((row[0], personal.name_of(names.get(row[0], {})), *row[1:]) for row in found.grid.rows)
    return replace(found, grid=replace(found.grid, columns=(first, Column("Name"), *rest), rows=rows))


def everybody(run: RunView, parameters: Mapping[str, str]) -> pa.Table:
    """All customers that fulfil the filters, in the order of the list, for a download."""
    columns = _columns(run)
    where, values = _filters(parameters, columns)
    names = ", ".join(name for name in COLUMNS if name in columns)
    order = _order(parameters, columns)
    base = f"{_base(run, columns, parameters)}, chosen as (select customer_id from listed {where})"
    known = f"customer_scores join ({attributes(run)}) using (customer_id)"
    wide = f"select {names} from {known} semi join chosen using (customer_id)"
    return run.sql(f"{base} {wide} {order}", values)


def _columns(run: RunView) -> list[str]:
    columns = run.sql(
        f"select * from customer_scores join ({attributes(run)}) using (customer_id) limit 0"
    ).column_names
    return list(columns)


def _sort(parameters: Mapping[str, str], columns: list[str]) -> str:
    sort = parameters.get("sort") or next(name for name in SORTS if name in columns)
    if sort not in SORTS or sort not in columns:
        raise UsageError(f"?sort= is one of {', '.join(name for name in SORTS if name in columns)}; found {sort!r}.")
    return sort


def _order(parameters: Mapping[str, str], columns: list[str]) -> str:
    sort = _sort(parameters, columns)
    return f"order by {SORTS[sort]}" + ("" if sort == "customer_id" else ", customer_id")


def _base(run: RunView, columns: list[str], parameters: Mapping[str, str]) -> str:
    """Today's customers, with the groups, thirds and deciles that the filters ask for, as the overview counts them."""
    is_nps = (run.about.get("settings") or {}).get("score_metric") == "nps"
    by_risk = "p_leave desc nulls last, customer_id"
    groups = {
        "score": ("last_score", f"{quadrant.NPS if is_nps else quadrant.THIRD} as score_group"),
        "value": ("value", "ntile(3) over (order by value desc, customer_id) as value_third"),
        "risk": (
            "p_leave",
            f"if(p_leave is null, null, ntile({DECILES}) over (order by {by_risk})) as risk_decile",
        ),
        "profit": (
            "profit_12m",
            f"ntile({DECILES}) over (order by profit_12m desc, customer_id) as profit_decile",
        ),
    }
    filters = [column for name, (column, _) in BY_ATTRIBUTE.items() if parameters.get(name)]
    known = f" join ({attributes(run)}) using (customer_id)" if filters or parameters.get("plan") else ""
    asked = [sql for name, (needs, sql) in groups.items() if parameters.get(name) and needs in columns]
    valued = " and value is not null" if "value" in columns else ""
    return f"with listed as (select {', '.join(('*', *asked))} from customer_scores{known} where active{valued})"


def _filters(parameters: Mapping[str, str], columns: list[str]) -> tuple[str, list[Any]]:
    """The WHERE clause and its parameters."""
    wanted: list[tuple[str, Any]] = []
    for name, column, values in (("score", "score_group", SCORES), ("value", "value_third", VALUES)):
        chosen = parameters.get(name)
        if chosen:
            if chosen not in values or {"score": "last_score", "value": "value"}[name] not in columns:
                raise UsageError(f"?{name}= is one of {', '.join(values)}; found {chosen[:40]!r}.")
            wanted.append((column, int(values[chosen])))
    for name, column, needs in (("risk", "risk_decile", "p_leave"), ("profit", "profit_decile", "profit_12m")):
        if chosen := parameters.get(name):
            if chosen not in TENTHS or needs not in columns:
                raise UsageError(f"?{name}= is a decile from 1 to {DECILES}; found {chosen[:40]!r}.")
            wanted.append((column, int(chosen)))
    for name, (column, label) in BY_ATTRIBUTE.items():
        value = parameters.get(name) or (parameters.get("plan") if name == "product" else "")
        if value:
            if column not in columns:
                raise UsageError(f"This run knows no {label.lower()} of its customers.")
            wanted.append((column, value))
    clause = " and ".join(f"{column} = ?" for column, _ in wanted)
    return f"where {clause}" if wanted else "", [value for _, value in wanted]


def _choices(run: RunView, columns: list[str], parameters: Mapping[str, str], sort: str) -> tuple[Choice, ...]:
    is_nps = (run.about.get("settings") or {}).get("score_metric") == "nps"
    groups = quadrant.NPS_GROUPS if is_nps else quadrant.GROUPS
    out = []
    filterable = [(name, column, label) for name, (column, label) in BY_ATTRIBUTE.items() if column in columns]
    if filterable:
        distinct = all_values(run)
        for name, _, label in filterable:
            out.append(Choice(name, label, tuple((v, v) for v in distinct.get(name, ())), parameters.get(name, "")))
    if "last_score" in columns:
        options = tuple((name, groups[group]) for name, group in SCORES.items())
        out.append(Choice("score", "Last score", options, parameters.get("score", "")))
    if "value" in columns:
        options = tuple((name, quadrant.THIRDS[third]) for name, third in VALUES.items())
        out.append(Choice("value", "Value", options, parameters.get("value", "")))
    for name, label, first, last, needs in (
        ("risk", "Churn risk", "highest risk", "lowest risk", "p_leave"),
        ("profit", "Profit", "most profit", "least profit", "profit_12m"),
    ):
        if needs in columns:
            ends = {"1": f" ({first})", str(DECILES): f" ({last})"}
            options = tuple((decile, f"Decile {decile}{ends.get(decile, '')}") for decile in TENTHS)
            out.append(Choice(name, label, options, parameters.get(name, "")))
    sorts = tuple((name, COLUMNS[name].heading) for name in SORTS if name in columns)
    return (*out, Choice("sort", "Sort by", sorts, sort))


def _cell(name: str, value: Any, currency: str) -> str:
    if value is None:
        return ""
    if name.startswith("p_leave"):
        return formatting.share(value)
    if name in ("margin_12m", "margin_at_risk", "value", "profit_12m"):
        return formatting.money_short(value, currency)
    if name == "reasons":
        return "; ".join(value[:FACTORS])
    return f"{value:g}" if isinstance(value, float) else str(value)
