"""What there is to be searched: every text of a published run, masked, in order of its day.

Reads     a published run: `theme_items` (each text with its themes), or `source.feedback` where it has none; and the
          segments of its customers.
Gives     Item, in batches of bounded size.
Method    one query per stretch of days, so that memory holds one batch, however many texts there are. Words are masked
          when a run reads them; those of runs of an earlier Worthline are masked here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from worthline.ingest.masking import mask

if TYPE_CHECKING:
    from worthline.run.view import RunView

BATCH = 20_000
"""Texts in memory at once, unless one day has more."""
ONLY = 1_000_000
"""Characters of a text that are read; no answer of a customer's is longer."""


@dataclass(frozen=True, slots=True)
class Item:
    """One text and what is known of it; the text is masked."""

    item: str
    day: date | None
    text: str
    score: float | None = None
    scale: str = ""
    metric: str = ""
    touchpoint: str = ""
    channel: str = ""
    language: str = ""
    respondent: str = "customer"
    segment: str = ""
    customer_id: str = ""
    themes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    """What its themes are called."""


def batches(run: RunView) -> Iterator[list[Item]]:
    """Every text of the run, oldest first, those without a day before all others."""
    if not _from(run):
        return
    is_masked = "theme_items" in run.tables()
    yield from _parts(run.sql(f"{_select(run)} where f.day is null order by item").to_pylist(), is_masked)
    for first, last in _stretches(run):
        dated = f"{_select(run)} where f.day between ? and ? order by f.day, item"
        yield from _parts(run.sql(dated, (first, last)).to_pylist(), is_masked)


def _parts(rows: list[dict[str, Any]], is_masked: bool) -> Iterator[list[Item]]:
    for start in range(0, len(rows), BATCH):
        yield [_item(row, is_masked) for row in rows[start : start + BATCH]]


def _stretches(run: RunView) -> Iterator[tuple[date, date]]:
    """Days that together have at most BATCH texts, from the first day to the last."""
    query = f"select day, count(*) as n from ({_from(run)}) where day is not null group by day order by day"
    first: date | None = None
    last: date | None = None
    held = 0
    for row in run.sql(query).to_pylist():
        if first is not None and last is not None and held + row["n"] > BATCH:
            yield first, last
            first, held = None, 0
        first, last, held = first or row["day"], row["day"], held + row["n"]
    if first is not None and last is not None:
        yield first, last


_SHARED = "metric, touchpoint, channel, language, customer_id"


def _from(run: RunView) -> str:
    """SQL of one row per text; "" where the run has none."""
    if "theme_items" in run.tables():
        return (
            f"select item, any_value(day) as day, left(any_value(text), {ONLY}) as text, any_value(score) as score, "
            + ", ".join(f"any_value({name}) as {name}" for name in _SHARED.split(", "))
            + ", any_value(respondent) as respondent, null as scale, "
            "list(theme order by theme) filter (theme is not null) as themes, "
            "list(label order by theme) filter (theme is not null) as labels "
            "from theme_items where text is not null and kind in ('comment', 'duplicate') group by item"
        )
    if "source.feedback" in _tables(run):
        return (
            "select coalesce(feedback_id || ':' || metric, _file || ':' || _line) as item, at_date as day, "
            f"left(text, {ONLY}) as text, score, {_SHARED}, coalesce(respondent, 'customer') as respondent, scale, "
            "null as themes, null as labels from source.feedback where text is not null"
        )
    return ""


def _select(run: RunView) -> str:
    has_segment = "source.customers" in _tables(run) and "segment" in run.table("source.customers", 0).column_names
    if not has_segment:
        return f"select f.*, null as segment from ({_from(run)}) f"
    return (
        f"select f.*, c.segment from ({_from(run)}) f left join (select customer_id, max(segment) as segment "
        "from source.customers group by customer_id) c on c.customer_id = f.customer_id"
    )


def _item(row: dict[str, Any], is_masked: bool) -> Item:
    plain = {name: row[name] or "" for name in ("scale", "metric", "touchpoint", "channel", "language", "segment")}
    return Item(
        item=row["item"],
        day=row["day"],
        text=row["text"] if is_masked else mask(row["text"]),
        score=row["score"],
        respondent=row["respondent"] or "customer",
        customer_id=row["customer_id"] or "",
        themes=tuple(row["themes"] or ()),
        labels=tuple(row["labels"] or ()),
        **plain,
    )


def _tables(run: RunView) -> set[str]:
    return {*run.tables(), *(f"source.{path.stem}" for path in (run.path / "source").glob("*.parquet"))}
