"""Where profit comes from: by decile of customers and by segment; customers who cost more than they bring, and why.

Reads     the table customer_scores; source.customers for segments; the panel for contacts and refunds.
Gives     `page`.
Method    profit is gross margin less cost to serve, of the last 12 months, of today's customers. Deciles hold the
          same number of customers. A loss has one reason, the first that holds: the margin itself is below zero;
          the cost to serve is larger than the margin.
"""

from __future__ import annotations

from typing import Any

from worthline.metrics import formatting
from worthline.reports.page import Block, Column, Grid, Page, RunView, Text, header
from worthline.run.narrowed import attributes
from worthline.run.small_groups import FEW

DECILES = 10
MISSING = "Profit by customer is not known in this run: it needs transactions with a margin."
HIDDEN = f"fewer than {FEW}"
SUMS = {
    "revenue_12m": "Revenue, today's customers",
    "margin_12m": "Gross margin, today's customers",
    "cost_to_serve_12m": "Cost to serve",
    "profit_12m": "Profit",
}
"""Sums of the last 12 months of today's customers: who left in them is not in it, unlike in the figures."""
REASONS = {
    "margin_12m < 0": "Refunds and costs exceed revenue (margin below zero)",
    "margin_12m >= 0": "Cost to serve exceeds margin",
}
NEEDED = {"active", "profit_12m", "margin_12m", "customer_id"}


def page(run: RunView) -> Page:
    """The whole page."""
    columns = set(run.table("customer_scores", 0).column_names)
    if not columns >= NEEDED:
        return Page(header(run), (Text((MISSING,)),))
    bands = _rows(run, columns, f"ntile({DECILES}) over (order by profit_12m desc, customer_id)")
    customers = sum(row["customers"] for row in bands)
    if customers < FEW * DECILES:
        return Page(header(run), (Text((f"Deciles need at least {FEW * DECILES} customers.",)),))
    currency = str(run.about["currency"])
    whole = float(sum(row["profit_12m"] for row in bands))
    names = {1: "Decile 1 (most profit)", DECILES: f"Decile {DECILES} (least profit)"}
    cells = [(names.get(row["part"], f"Decile {row['part']}"), *_cells(row, columns, currency, whole)) for row in bands]
    blocks: list[Block] = [
        Text((_answer(bands, currency, whole),)),
        Grid(
            (Column("Customers by profit"), *_headings(columns)),
            tuple(cells),
            title="Profit by decile",
            paths=tuple(f"/customer-list?profit={row['part']}&sort=profit_12m" for row in bands),
        ),
        Text(("Customer list, least profit first",), leads="/customer-list?sort=profit_12m"),
        *_segments(run, columns, currency, whole),
        *_losses(run, columns, currency),
    ]
    return Page(header(run), tuple(blocks))


def _rows(run: RunView, columns: set[str], part: str, joined: str = "") -> list[dict[str, Any]]:
    sums = ", ".join(f"sum({name}) as {name}" for name in SUMS if name in columns)
    found: list[dict[str, Any]] = run.sql(
        f"select part, count(*) as customers, {sums} from (select *, {part} as part from customer_scores {joined} "
        "where active and profit_12m is not null) group by part order by part"
    ).to_pylist()
    return found


def _headings(columns: set[str]) -> tuple[Column, ...]:
    known = [label for name, label in SUMS.items() if name in columns]
    return tuple(Column(name, number=True) for name in ("Customers", *known, "Share of profit"))


def _cells(row: dict[str, Any], columns: set[str], currency: str, whole: float) -> tuple[str, ...]:
    known = [name for name in SUMS if name in columns]
    if row["customers"] < FEW:
        return (HIDDEN, *("" for _ in known), "")
    money = (formatting.money_short(row[name], currency) if row[name] is not None else "" for name in known)
    part = formatting.share(float(row["profit_12m"]) / whole) if whole > 0 else ""
    return (formatting.count(row["customers"]), *money, part)


def _answer(bands: list[dict[str, Any]], currency: str, whole: float) -> str:
    """The best tenth of customers generates 20% of profit: $160k of $783k."""
    best = float(bands[0]["profit_12m"])
    sums = f"{formatting.money_prose(best, currency)} of {formatting.money_prose(whole, currency)}"
    if whole <= 0:
        return f"The most profitable tenth of customers generates {sums}."
    part = formatting.share(best / whole)
    return f"The most profitable tenth generates {part} of the profit from today's customers: {sums}."


def _segments(run: RunView, columns: set[str], currency: str, whole: float) -> list[Block]:
    """Profit by segment and region, where customers have one; small groups hidden with the next smallest."""
    joined = f"join ({attributes(run)}) using (customer_id)"
    known = run.sql(f"select * from customer_scores {joined} limit 0").column_names
    blocks: list[Block] = []
    for name in ("segment", "region"):
        if name not in known:
            continue
        rows = [row for row in _rows(run, columns, name, joined) if row["part"] is not None]
        rows = _safe(rows)
        cells = tuple((str(row["part"]), *_cells(row, columns, currency, whole)) for row in rows)
        if len(cells) > 1:
            heading = (Column(name.capitalize()), *_headings(columns))
            blocks.append(Grid(heading, cells, title=f"Profit by {name}"))
    return blocks


def _safe(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of small groups, and of as many next ones as hide them, marked by a count of nothing."""
    ordered = sorted(rows, key=lambda row: (row["customers"], row["part"]))
    if not ordered or ordered[0]["customers"] >= FEW:
        return rows
    hidden: set[Any] = set()
    people = 0
    for row in ordered:
        if row["customers"] >= FEW and len(hidden) >= 2 and people >= FEW:
            break
        hidden.add(row["part"])
        people += row["customers"]
    return [row | {"customers": 0} if row["part"] in hidden else row for row in rows]


def _losses(run: RunView, columns: set[str], currency: str) -> list[Block]:
    rows = []
    for clause, label in REASONS.items():
        if "margin_12m >= 0" in clause and "cost_to_serve_12m" not in columns:
            continue
        [row] = run.sql(
            "select count(*) as n, sum(profit_12m) as lost, avg(contacts) as contacts from customer_scores left join "
            "(select customer_id, sum(contacts) as contacts from panel where month > (select max(month) - interval 12 "
            f"month from panel) group by 1) using (customer_id) where active and profit_12m < 0 and {clause}"
        ).to_pylist()
        if 0 < row["n"] < FEW:
            rows.append((label, HIDDEN, "", ""))
        elif row["n"]:
            lost = formatting.money_short(row["lost"], currency)
            rows.append((label, formatting.count(row["n"]), lost, formatting.decimal(row["contacts"])))
    title = "Loss-making customers"
    if not rows:
        return [Text(("No customer cost more than they generated in the last 12 months.",), title=title)]
    heads = (
        Column("Reason"),
        Column("Customers", number=True),
        Column("Profit, 12 months", number=True),
        Column("Contacts per customer", number=True),
    )
    return [Grid(heads, tuple(rows), title=title)]
