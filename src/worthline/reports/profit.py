"""Where profit comes from: by decile of customers and by segment; customers who cost more than they bring, and why.

Reads     the answers of `run.questions.profit`.
Gives     `page`.
"""

from __future__ import annotations

from collections.abc import Sequence

from worthline.metrics import formatting
from worthline.reports.page import Block, Column, Grid, Page, Text, header
from worthline.run.questions import profit as asked
from worthline.run.questions.profit import DECILES, SUMS, Band, Loss
from worthline.run.small_groups import FEW
from worthline.run.view import RunView

MISSING = "Profit by customer is not known in this run: it needs transactions with a margin."
HIDDEN = f"fewer than {FEW}"
HEADINGS = {
    "revenue_12m": "Revenue, today's customers",
    "margin_12m": "Gross margin, today's customers",
    "cost_to_serve_12m": "Cost to serve",
    "profit_12m": "Profit",
}
"""Sums of the last 12 months of today's customers: who left in them is not in it, unlike in the figures."""
REASONS = {
    "margin below zero": "Refunds and costs exceed revenue (margin below zero)",
    "cost to serve": "Cost to serve exceeds margin",
}
NO_LOSS = "No customer cost more than they generated in the last 12 months."


def page(run: RunView) -> Page:
    """The whole page."""
    if not asked.is_known(run):
        return Page(header(run), (Text((MISSING,)),))
    bands = asked.by_decile(run)
    if not bands:
        return Page(header(run), (Text((f"Deciles need at least {FEW * DECILES} customers.",)),))
    currency = str(run.about["currency"])
    whole = sum(band.sums["profit_12m"] or 0.0 for band in bands)
    blocks: list[Block] = [Text((_answer(bands, currency, whole),)), _deciles(bands, currency, whole)]
    blocks.append(Text(("Customer list, least profit first",), leads="/customer-list?sort=profit_12m"))
    for name in ("segment", "region"):
        groups = asked.by_attribute(run, name)
        if len(groups) > 1:
            rows = tuple((band.name, *_cells(band, currency, whole)) for band in groups)
            heads = (Column(name.capitalize()), *_headings(groups))
            blocks.append(Grid(heads, rows, title=f"Profit by {name}"))
    blocks.append(_losses(asked.losses(run), currency))
    return Page(header(run), tuple(blocks))


def _answer(bands: Sequence[Band], currency: str, whole: float) -> str:
    """The best tenth of customers generates 20% of profit: $160k of $783k."""
    best = bands[0].sums["profit_12m"] or 0.0
    sums = f"{formatting.money_prose(best, currency)} of {formatting.money_prose(whole, currency)}"
    if whole <= 0:
        return f"The most profitable tenth of customers generates {sums}."
    part = formatting.share(best / whole)
    return f"The most profitable tenth generates {part} of the profit from today's customers: {sums}."


def _deciles(bands: Sequence[Band], currency: str, whole: float) -> Grid:
    names = {"1": "Decile 1 (most profit)", str(DECILES): f"Decile {DECILES} (least profit)"}
    return Grid(
        (Column("Customers by profit"), *_headings(bands)),
        tuple((names.get(band.name, f"Decile {band.name}"), *_cells(band, currency, whole)) for band in bands),
        title="Profit by decile",
        paths=tuple(f"/customer-list?profit={band.name}&sort=profit_12m" for band in bands),
    )


def _headings(bands: Sequence[Band]) -> tuple[Column, ...]:
    known = [HEADINGS[name] for name in SUMS if name in bands[0].sums]
    return tuple(Column(name, number=True) for name in ("Customers", *known, "Share of profit"))


def _cells(band: Band, currency: str, whole: float) -> tuple[str, ...]:
    if band.customers is None:
        return (HIDDEN, *("" for _ in band.sums), "")
    money = ("" if value is None else formatting.money_short(value, currency) for value in band.sums.values())
    part = formatting.share((band.sums["profit_12m"] or 0.0) / whole) if whole > 0 else ""
    return (formatting.count(band.customers), *money, part)


def _losses(losses: Sequence[Loss], currency: str) -> Block:
    title = "Loss-making customers"
    if not losses:
        return Text((NO_LOSS,), title=title)
    rows = tuple(
        (REASONS[loss.reason], HIDDEN, "", "")
        if loss.profit is None
        else (
            REASONS[loss.reason],
            formatting.count(loss.customers),
            formatting.money_short(loss.profit, currency),
            "" if loss.contacts is None else formatting.decimal(loss.contacts),
        )
        for loss in losses
    )
    heads = (
        Column("Reason"),
        Column("Customers", number=True),
        Column("Profit, 12 months", number=True),
        Column("Contacts per customer", number=True),
    )
    return Grid(heads, rows, title=title)
