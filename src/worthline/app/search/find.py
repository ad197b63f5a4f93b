"""Finding texts: ranked by how well they fit, narrowed by theme, segment, score, period and more.

Reads     an index (index.py).
Gives     Found: hits in order, how many there are, what the filters could be.
Method    BM25 (Robertson & Zaragoza 2009, Foundations and Trends in Information Retrieval 3(4), equation 3.15) with
          k1 = 1.2, b = 0.75, as SQLite's own bm25(). The newest 2,000 texts that match are ranked: so a word that
          half of a million texts hold is answered as quickly as a rare one. How many match is counted to 10,000.
Assumes   nothing of what is typed: it reaches SQLite as parameters, and FTS5 as quoted tokens.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from worthline.app.search.folding import Part, Query, countable, query, tokens
from worthline.app.search.index import FILTERS
from worthline.errors import NoSuchName, UsageError

RANKED = 2_000
"""Newest texts that are ranked."""
COUNTED = 10_000
"""To how many matches are counted; beyond it the answer says "more than"."""
READ = 2_000
"""Characters of a text in which words are counted for its rank."""
K1, B = 1.2, 0.75
APART = ("employee", "partner", "supplier")
"""Whose words are found only where they are asked for: few people stand behind them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for."""

    typed: str = ""
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Name of FILTERS -> values, of which a text has one."""
    score_low: float | None = None
    score_high: float | None = None
    first: date | None = None
    last: date | None = None
    limit: int = 20
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that was found."""

    item: str
    day: str
    text: str
    score: float | None
    scale: str
    metric: str
    touchpoint: str
    channel: str
    language: str
    respondent: str
    segment: str
    customer_id: str
    themes: tuple[str, ...]
    labels: tuple[str, ...]
    rank: float
    """BM25; higher fits better; 0 where no words were asked for."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found."""

    hits: tuple[Hit, ...]
    matches: int
    is_counted: bool
    """Whether `matches` is all; else there are more."""
    sought: Query


NOTHING = Found((), 0, is_counted=True, sought=Query(()))
"""Where nothing could be searched for."""


def find(index: sqlite3.Connection, wanted: Wanted) -> Found:
    """Texts that fit, best first (newest first among equals, and where no words are asked for).

    Raises NoSuchName for a filter's value that no text has, UsageError where nothing can be searched for.
    """
    sought = query(wanted.typed)
    if wanted.typed.strip() and not sought.wanted:
        raise UsageError(
            f'Nothing to search for in {wanted.typed.strip()[:60]!r}. Type a word, a "phrase" or a beginning*.'
        )
    expression, low, high = _expression(index, sought, wanted), *_rows(index, wanted)
    if low > high:
        return Found((), 0, is_counted=True, sought=sought)
    fitting = [row[0] for row in _numbers(index, expression, low, high, max(COUNTED + 1, _window(wanted)))]
    numbers = fitting[: RANKED if sought.wanted else _window(wanted)]
    ranked = _ranked(index, sought.wanted, numbers) if sought.wanted else [(0.0, -number) for number in numbers]
    chosen = ranked[wanted.offset : wanted.offset + wanted.limit]
    hits = tuple(_hit(index, -number, -minus_rank) for minus_rank, number in chosen)
    return Found(hits, min(len(fitting), COUNTED), len(fitting) <= COUNTED, sought)


def choices(index: sqlite3.Connection, kind: str, most: int = 100) -> list[str]:
    """The values of a filter, those of most texts first."""
    rows = index.execute("select value from marks where kind = ? order by texts desc, value limit ?", (kind, most))
    return [row[0] for row in rows.fetchall()]


def _window(wanted: Wanted) -> int:
    return wanted.offset + wanted.limit


def _expression(index: sqlite3.Connection, sought: Query, wanted: Wanted) -> str:
    """The query as FTS5 reads it; "" where every text fits."""
    parts = [f"{{text}} : ({part.expression()})" for part in sought.wanted]
    for kind, values in wanted.filters.items():
        if kind not in FILTERS:
            raise NoSuchName("filter", kind, FILTERS)
        if values:
            parts.append(_any_of([_token(index, kind, value) for value in values]))
    scores = _scores(index, wanted)
    if scores is not None:
        parts.append(_any_of(scores))
    text = " AND ".join(parts)
    left_out = [f"{{text}} : ({part.expression()})" for part in sought.excluded]
    excluded, others = ([], []) if wanted.filters.get("respondent") else _respondents(index)
    if excluded and text:
        left_out.append(_any_of(excluded))
    elif excluded:
        text = _any_of(others)
    for one in left_out if text else ():
        text = f"({text}) NOT {one}"
    return text


def _respondents(index: sqlite3.Connection) -> tuple[list[str], list[str]]:
    """Tokens of respondents that are kept apart, and of the others."""
    marks = index.execute("select value, token from marks where kind = 'respondent'").fetchall()
    excluded = [token for value, token in marks if value in APART]
    return excluded, [token for value, token in marks if value not in APART]


def _any_of(tokens: Sequence[str]) -> str:
    return "{marks} : (" + " OR ".join(f'"{token}"' for token in tokens or ["none"]) + ")"


def _token(index: sqlite3.Connection, kind: str, value: str) -> str:
    row = index.execute("select token from marks where kind = ? and value = ?", (kind, value)).fetchone()
    if row is None:
        known = choices(index, kind, 1_000)
        if kind == "theme":
            labels = choices(index, "label", 1_000)
            if value.casefold() in {label.casefold() for label in labels}:
                return _token(index, "label", value)
        same = [one for one in known if one.casefold() == value.casefold()]
        if not same:
            raise NoSuchName(kind, value, known)
        return _token(index, kind, same[0])
    return str(row[0])


def _scores(index: sqlite3.Connection, wanted: Wanted) -> list[str] | None:
    """Tokens of the scores asked for; None where no score is."""
    if wanted.score_low is None and wanted.score_high is None:
        return None
    low, high = wanted.score_low, wanted.score_high
    low, high = -math.inf if low is None else low, math.inf if high is None else high
    marks = index.execute("select value, token from marks where kind = 'score'").fetchall()
    return [token for value, token in marks if low <= float(value) <= high]


def _rows(index: sqlite3.Connection, wanted: Wanted) -> tuple[int, int]:
    """First and last row of the period."""
    low, high = 1, int(index.execute("select value from about where key = 'texts'").fetchone()[0])
    if wanted.first is not None:
        query = "select first from days where day >= ? order by day limit 1"
        bounds = index.execute(query, (wanted.first.isoformat(),)).fetchone()
        low = bounds[0] if bounds else high + 1
    if wanted.last is not None:
        query = "select last from days where day <= ? order by day desc limit 1"
        bounds = index.execute(query, (wanted.last.isoformat(),)).fetchone()
        high = min(high, bounds[0]) if bounds else 0
        if wanted.first is None:
            # What bears no day lies in no period.
            low = max(low, int(index.execute("select coalesce(min(first), 1) from days").fetchone()[0]))
    return low, high


def _numbers(index: sqlite3.Connection, expression: str, low: int, high: int, most: int) -> list[tuple[int]]:
    """Rows that fit, newest first."""
    if not expression:
        return [(number,) for number in range(high, max(high - most, low - 1), -1)]
    query = "select rowid from words where words match ? and rowid between ? and ? order by rowid desc limit ?"
    return index.execute(query, (expression, low, high, most)).fetchall()


def _ranked(index: sqlite3.Connection, parts: Sequence[Part], numbers: Sequence[int]) -> list[tuple[float, int]]:
    """(-rank, -row), best first."""
    texts, average = _size(index)
    weighted = [(_weight(texts, _holding(index, part)) * (K1 + 1), part.sought) for part in parts]
    ranked = []
    for start in range(0, len(numbers), 500):
        some = numbers[start : start + 500]
        marks = ", ".join("?" * len(some))
        query = f"select id, substr(text, 1, {READ}) from items where id in ({marks})"
        for number, text in index.execute(query, some).fetchall():
            words = tokens(text)
            held = countable(words)
            longer = K1 * (1 - B + B * len(words) / average)
            rank = 0.0
            for weight, sought in weighted:
                count = held.count(sought)
                rank += weight * count / (count + longer)
            ranked.append((-rank, -number))
    return sorted(ranked)


def _weight(texts: int, holding: int) -> float:
    """Inverse document frequency, never below a millionth, as SQLite has it."""
    return max(math.log((texts - holding + 0.5) / (holding + 0.5)), 1e-6)


def _holding(index: sqlite3.Connection, part: Part) -> int:
    """Texts that hold a part: of a phrase those of its rarest word, of a beginning those of its commonest word."""
    found = []
    for place, word in enumerate(part.words):
        if part.is_prefix and place == len(part.words) - 1:
            query, above = "select max(texts) from terms where term >= ? and term < ?", word + chr(0x10FFFF)
            found.append(index.execute(query, (word, above)).fetchone()[0] or 0)
        else:
            row = index.execute("select texts from terms where term = ?", (word,)).fetchone()
            found.append(row[0] if row else 0)
    return min(found)


def _size(index: sqlite3.Connection) -> tuple[int, float]:
    """Texts, and their average length in words."""
    about = dict(index.execute("select key, value from about").fetchall())
    texts = int(about["texts"])
    return texts, max(int(about["words"]) / max(texts, 1), 1.0)


def _hit(index: sqlite3.Connection, number: int, rank: float) -> Hit:
    cursor = index.execute("select * from items where id = ?", (number,))
    names = [column[0] for column in cursor.description]
    row: dict[str, Any] = dict(zip(names, cursor.fetchone(), strict=True))
    row.pop("id")
    row |= {name: tuple(json.loads(row[name])) for name in ("themes", "labels")}
    return Hit(**{**row, "day": row["day"] or ""}, rank=rank)
