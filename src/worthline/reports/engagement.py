"""The page of engagement: how often customers buy and make contact, how long ago, what they use.

Reads     the answers of `run.questions.engagement`.
Gives     `page`; `there`: whether a run has anything to say.
"""

from __future__ import annotations

from worthline.metrics import formatting
from worthline.reports.page import Block, Column, Grid, Page, Text, header
from worthline.run.questions import engagement as asked
from worthline.run.questions.engagement import Band
from worthline.run.small_groups import FEW
from worthline.run.view import RunView

TITLES = {
    "orders_12m": ("Purchases in the last 12 months", "Purchases"),
    "contacts_12m": ("Contacts in the last 12 months", "Contacts"),
    "months_since_purchase": ("Time since the last purchase", "Last purchase"),
    "months_since_contact": ("Time since the last contact", "Last contact"),
}
NOT_KNOWN = "How often customers buy or make contact is not known in this run. Bring transactions or interactions."
CAUTION = "Means of today's customers. They are correlations: they say where to look, not what a change would bring."


def there(run: RunView) -> bool:
    """Whether the run knows how often customers buy or make contact."""
    return bool(asked.measures(run))


def page(run: RunView) -> Page:
    """The whole page."""
    currency = str(run.about["currency"])
    bands = asked.by_measure(run)
    used = {name: asked.by_usage(run, name) for name in asked.usage_columns(run)}
    grids: list[Block] = [
        _grid(*TITLES[name], section, currency, name) for name, section in bands.items() if len(section) > 1
    ]
    for name, section in used.items():
        words = _words(name)
        grids.append(_grid(f"Customers by {words}", words.capitalize(), section, currency, ""))
    if not grids:
        return Page(header(run), (Text((NOT_KNOWN,)),))
    return Page(header(run), (Text((_answer(bands),)), *grids, Text((CAUTION,), dim=True)))


def _answer(bands: dict[str, list[Band]]) -> str:
    """How many bought, and how many made contact, of how many customers."""
    sentences = []
    for name, what in (("orders_12m", "bought"), ("contacts_12m", "made contact")):
        counted = [band for band in bands.get(name, ()) if band.first and band.customers is not None]
        share = sum(band.share or 0.0 for band in counted)
        if counted:
            sentences.append(f"{formatting.share(share)} {what}")
    if not sentences:
        return "Engagement of today's customers, by group."
    return f"Of today's customers, {' and '.join(sentences)} in the last 12 months."


def _grid(title: str, heading: str, bands: list[Band], currency: str, measure: str) -> Grid:
    columns = (
        Column(heading),
        Column("Customers", number=True),
        Column("Share", number=True),
        Column("Churn in 12 months, mean", number=True),
        Column("Margin in 12 months, mean", number=True),
        Column("Last score, mean", number=True),
    )
    return Grid(columns, tuple(_row(band, currency, measure) for band in bands), title=title).filled()


def _row(band: Band, currency: str, measure: str) -> tuple[str, ...]:
    name = band.name or _name(band, measure)
    if band.customers is None:
        return name, f"fewer than {FEW}", "", "", "", ""
    return (
        name,
        formatting.count(band.customers),
        "" if band.share is None else formatting.share(band.share),
        "" if band.p_leave_12m is None else formatting.share(band.p_leave_12m),
        "" if band.margin_12m is None else formatting.money_short(band.margin_12m, currency),
        "" if band.last_score is None else formatting.decimal(band.last_score),
    )


def _name(band: Band, measure: str) -> str:
    """none, 1, 2 to 3, 12 and more; of months: this month, 1 to 2 months ago, never."""
    ago = measure.startswith("months_since")
    if band.first is None:
        return "never" if ago else formatting.NOT_KNOWN
    if band.first == 0 and band.last == 0:
        return "this month" if ago else "none"
    text = str(band.first) if band.last == band.first else f"{band.first} to {band.last}"
    text = f"{band.first} and more" if band.last is None else text
    return f"{text} month{'' if text == '1' else 's'} ago" if ago else text


def _words(column: str) -> str:
    return column.replace("_", " ").lower()
