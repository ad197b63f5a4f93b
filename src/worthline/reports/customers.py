"""The page of customers: how many are expected to leave, who, why, and how well that was known in the past.

Reads     the tables customer_scores and backtests.
Gives     a Page.
Assumes   columns whose room is not built are simply not there; nobody without a churn score is listed.
"""

from __future__ import annotations

from typing import Any

from worthline.metrics import formatting
from worthline.reports import quadrant
from worthline.reports.page import Block, Code, Column, Grid, Page, Text, header
from worthline.run.small_groups import FEW
from worthline.run.view import RunView

BANDS = 10
LIST = "All customers, with filters by segment, plan, contact permission, score and value"
TOO_FEW = f"Deciles are shown from {FEW * BANDS} customers on: each holds at least {FEW}."
LISTED = 25
"""Customers that the page names."""
SUMS = "cast(sum(cast({} as decimal(18, 9))) as double)"
BACKTESTS = {
    "auc": ("AUC", "auc"),
    "auc_logistic": ("AUC of a logistic regression", "auc"),
    "auc_rule": ("AUC of a simple rule", "auc"),
    "top_decile_lift": ("Top-decile lift", "times"),
    "share_predicted": ("Predicted to leave", "share"),
    "share_left": ("Left", "share"),
    "calibration_error": ("Calibration error", "share"),
    "share_expected": ("Expected to leave among today's customers", "share"),
    "share_recent": ("Left recently among comparable customers", "share"),
}
"""Measures of a back-test in words, in the order of the page."""


def page(run: RunView) -> Page:
    """The whole page."""
    columns = set(run.table("customer_scores", 0).column_names)
    blocks: list[Block] = []
    if {"p_leave", "active"} <= columns:
        blocks += _risk(run, columns)
    else:
        blocks.append(Text(("No churn scores. The data health page gives the reason.",)))
    blocks += quadrant.blocks(run, columns)
    if "margin_at_risk" in run.tables():
        blocks += _parts(run)
    if "backtests" in run.tables():
        blocks += _backtests(run)
    sql = [block for block in blocks if isinstance(block, Code)]
    return Page(header(run), (*(block for block in blocks if not isinstance(block, Code)), *sql))


def _risk(run: RunView, columns: set[str]) -> list[Block]:
    measured = [name for name in HEADINGS if name in columns]
    sums = ", ".join(f"{SUMS.format(name)} as {name}" for name in measured)
    sql = (
        f"select band, count(*) as customers, {sums}\nfrom (select *, ntile({BANDS}) over (order by p_leave desc, "
        "customer_id) as band\n      from customer_scores where active and p_leave is not null)\n"
        "group by band order by band"
    )
    bands = run.sql(sql).to_pylist()
    customers = sum(row["customers"] for row in bands)
    if customers < FEW:
        return [Text(("Too few customers have a churn score.",))]
    currency = str(run.about["currency"])
    text = Text((_expected(bands, customers),))
    if customers < FEW * BANDS:
        return [text, Text((TOO_FEW,)), _named(run, columns, currency), Text((LIST,), leads="/customer-list")]
    return [
        text,
        Grid(
            (Column("Decile"), *(Column(h, number=True) for h in _headings(measured))),
            tuple(_band(row, measured, currency) for row in bands),
            title="Churn risk by decile",
            paths=tuple(f"/customer-list?risk={row['band']}" for row in bands),
        ),
        Code(sql, title="Churn risk by decile: how it is calculated"),
        _named(run, columns, currency),
        Text((LIST,), leads="/customer-list"),
    ]


def _parts(run: RunView) -> list[Block]:
    """Margin at risk by segment and by department, each adding up to the whole."""
    currency, blocks = str(run.about["currency"]), []
    for dimension, heading in (("segment", "Segment"), ("group", "Department")):
        rows = run.sql(
            f"select * from margin_at_risk where dimension = '{dimension}' order by margin_at_risk desc, member"
        ).to_pylist()
        cells = tuple(
            (
                str(row["member"]),
                formatting.count(round(row["expected_leavers"])),
                formatting.money_short(row["margin_at_risk"], currency),
                f"{formatting.money_short(row['low'], currency)} to {formatting.money_short(row['high'], currency)}",
            )
            if row["margin_at_risk"] is not None
            else (str(row["member"]), f"fewer than {FEW}", "", "")
            for row in rows
        )
        numbers = (Column(name, number=True) for name in ("Expected to leave", "Margin at risk", "95% CI"))
        if cells:
            blocks.append(Grid((Column(heading), *numbers), cells, title=f"Margin at risk by {heading.lower()}"))
    return list(blocks)


def _expected(bands: list[dict[str, Any]], customers: int) -> str:
    """We expect 12 of 400 customers to leave within 3 months and 40 within 12."""
    expected = []
    for name, months in (("p_leave", 3), ("p_leave_12m", 12)):
        if bands[0].get(name) is not None:
            expected.append((formatting.count(round(sum(row[name] or 0.0 for row in bands))), months))
    (first, months), *more = expected
    then = "".join(f" and {count} within {later}" for count, later in more)
    return f"We expect {first} of {formatting.how_many(customers, 'customer')} to leave within {months} months{then}."


HEADINGS = {
    "p_leave": "Leave in 3 months",
    "p_leave_12m": "Leave in 12 months",
    "margin_12m": "Margin, last 12 months",
    "margin_at_risk": "Margin at risk",
    "value": "Future value",
}


def _headings(measured: list[str]) -> tuple[str, ...]:
    return ("Customers", *(HEADINGS[name] for name in measured))


def _band(row: dict[str, Any], measured: list[str], currency: str) -> tuple[str, ...]:
    cells = [formatting.count(row["customers"])]
    for name in measured:
        if row[name] is None:
            cells.append("")
        elif name.startswith("p_leave"):
            cells.append(f"{formatting.count(round(row[name]))} ({formatting.share(row[name] / row['customers'])})")
        else:
            cells.append(formatting.money_short(row[name], currency))
    ends = {1: " (highest risk)", BANDS: " (lowest risk)"}
    return (f"Decile {row['band']}{ends.get(row['band'], '')}", *cells)


def _named(run: RunView, columns: set[str], currency: str) -> Grid:
    """The customers with most at stake: by margin at risk where it is known, else by churn probability."""
    first = "margin_at_risk" if "margin_at_risk" in columns else "p_leave"
    wanted = ("customer_id", "p_leave", "p_leave_12m", "margin_12m", "margin_at_risk", "last_score", "reasons")
    named = [name for name in wanted if name in columns]
    rows = run.sql(
        f"select {', '.join(named)} from customer_scores where active and p_leave is not null "
        f"order by {first} desc nulls last, customer_id limit {LISTED}"
    ).to_pylist()
    headings = {
        "customer_id": Column("Customer", leads="/customers/"),
        "p_leave": Column("In 3 months", number=True),
        "p_leave_12m": Column("In 12 months", number=True),
        "margin_12m": Column("Margin, 12 months", number=True),
        "margin_at_risk": Column("Margin at risk", number=True),
        "last_score": Column("Last score", number=True),
        "reasons": Column("Top risk factors"),
    }
    title = "Most margin at risk" if first == "margin_at_risk" else "Most likely to leave"
    cells = tuple(tuple(_cell(name, row[name], currency) for name in named) for row in rows)
    return Grid(tuple(headings[name] for name in named), cells, title=title)


def _cell(name: str, value: Any, currency: str) -> str:
    if value is None:
        return ""
    if name.startswith("p_leave"):
        return formatting.share(value)
    if name.startswith("margin"):
        return formatting.money_short(value, currency)
    if name == "reasons":
        return "; ".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _backtests(run: RunView) -> list[Block]:
    """How accurate the churn scores were, where the outcome is known."""
    rows = run.sql("select * from backtests where model = 'risk' order by horizon").to_pylist()
    blocks: list[Block] = []
    for months in dict.fromkeys(row["horizon"] for row in rows):
        own = {row["measure"]: row for row in rows if row["horizon"] == months}
        cells = tuple(_tested(BACKTESTS[name], own[name]) for name in BACKTESTS if name in own)
        columns = (Column("Backtest"), Column("Value", number=True), Column("95% CI", number=True))
        title = f"Backtest, {formatting.how_many(months, 'month')} ahead"
        blocks.append(Grid(columns, cells, title=title, folded=True))
    if blocks:
        blocks.append(Text(("Scores as of an earlier date, compared with what happened afterwards.",), dim=True))
    return blocks


def _tested(texts: tuple[str, str], row: dict[str, Any]) -> tuple[str, ...]:
    label, unit = texts

    def told(number: float | None) -> str:
        if number is None:
            return ""
        return in_unit(number, unit)

    likely = f"{told(row['low'])} to {told(row['high'])}" if row["low"] is not None else ""
    return label, told(row["value"]), likely


def in_unit(number: float, unit: str) -> str:
    """A measure as people read it: .71, 2.1 times, 4.3%."""
    if unit == "share":
        return formatting.share(number)
    return formatting.decimal(number, 2) + (" times" if unit == "times" else "")
