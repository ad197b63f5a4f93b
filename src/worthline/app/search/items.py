"""What there is to be searched: every text of a published run, masked, in order of its day.

Reads     a published run: `source.feedback`, the segments of its customers, and the themes where they were found.
Gives     Item, in batches of bounded size.
Method    one query a stretch of days, so that memory holds one batch, however many texts there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from worthline.reports.page import RunView

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


_E_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_DIGITS = re.compile(r"(?<!\w)\+?\d(?:[\s().\-/]{0,2}\d){6,18}(?!\w)")


def masked(text: str) -> str:
    """The text without what says who wrote it."""
    return _DIGITS.sub("[number]", _E_MAIL.sub("[e-mail]", text))


def has_texts(run: RunView) -> bool:
    """Whether the run has feedback in words."""
    if "source.feedback" not in _tables(run):
        return False
    return bool(run.sql("select 1 from source.feedback where text is not null limit 1").num_rows)


def batches(run: RunView) -> Iterator[list[Item]]:
    """Every text of the run, oldest first, those without a day before all others."""
    if not has_texts(run):
        return
    undated = f"{_select(run)} where f.text is not null and f.at_date is null order by item"
    yield from _parts(run.sql(undated).to_pylist())
    for first, last in _stretches(run):
        dated = f"{_select(run)} where f.text is not null and f.at_date between ? and ? order by f.at_date, item"
        yield from _parts(run.sql(dated, (first, last)).to_pylist())


def _parts(rows: list[dict[str, Any]]) -> Iterator[list[Item]]:
    for start in range(0, len(rows), BATCH):
        yield [_item(row) for row in rows[start : start + BATCH]]


def _stretches(run: RunView) -> Iterator[tuple[date, date]]:
    """Days that together have at most BATCH texts, from the first day to the last."""
    query = (
        "select at_date, count(*) as n from source.feedback where text is not null and at_date is not null "
        "group by at_date order by at_date"
    )
    first: date | None = None
    last: date | None = None
    held = 0
    for row in run.sql(query).to_pylist():
        if first is not None and last is not None and held + row["n"] > BATCH:
            yield first, last
            first, held = None, 0
        first, last, held = first or row["at_date"], row["at_date"], held + row["n"]
    if first is not None and last is not None:
        yield first, last


def _select(run: RunView) -> str:
    segment = "null"
    join = ""
    if "source.customers" in _tables(run) and "segment" in run.table("source.customers", 0).column_names:
        segment = "c.segment"
        join = (
            "left join (select customer_id, max(segment) as segment from source.customers group by customer_id) c "
            "on c.customer_id = f.customer_id"
        )
    themes = "null"
    if "theme_items" in run.tables():
        themes = "t.themes"
        join += (
            " left join (select item, list(theme order by theme) as themes from theme_items group by item) t "
            f"on t.item = {ITEM}"
        )
    return (
        f"select {ITEM} as item, f.at_date, left(f.text, {ONLY}) as text, f.score, f.scale, f.metric, f.touchpoint, "
        f"f.channel, f.language, f.respondent, f.customer_id, {segment} as segment, {themes} as themes "
        f"from source.feedback f {join}"
    )


ITEM = "coalesce(f.feedback_id || ':' || f.metric, f._file || ':' || f._line)"
"""SQL of an item's name: its answer, or where it stands in the files."""


def _item(row: dict[str, Any]) -> Item:
    plain = {name: row[name] or "" for name in ("scale", "metric", "touchpoint", "channel", "language", "segment")}
    return Item(
        item=row["item"],
        day=row["at_date"],
        text=masked(row["text"]),
        score=row["score"],
        respondent=row["respondent"] or "customer",
        customer_id=row["customer_id"] or "",
        themes=tuple(row["themes"] or ()),
        **plain,
    )


def _tables(run: RunView) -> set[str]:
    return {*run.tables(), *(f"source.{path.stem}" for path in (run.path / "source").glob("*.parquet"))}
