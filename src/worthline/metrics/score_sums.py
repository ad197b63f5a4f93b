"""Sums of answers and of people by question, window and member; whoever answers twice is one respondent. Ibis only.

Reads     rows with a month, a key (the question), customer_id, _file and _line, and dimensions.
Gives     RespondentSums of answers, raw and weighted; people who were invited, respondents, non-respondents.
Method    a respondent counts once in each window, so that windows are no sums of their months: each answer is laid in
          its month and in its longer windows, and two group-bys follow. Sums are of integers and DECIMAL.
Assumes   an answer without a customer is that of a respondent of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from worthline.metrics.dimensions import ALL, UNASSIGNED, owners
from worthline.metrics.monthly_sums import Member
from worthline.metrics.periods import Window
from worthline.results import Compute, Dataset
from worthline.stats.intervals import RespondentSums

if TYPE_CHECKING:
    import ibis.expr.types as ir

SCORE, WEIGHT, PRODUCT = "decimal(18, 6)", "decimal(18, 10)", "decimal(38, 12)"
WHO = ("customer_id", "_of", "_row")
"""What makes a respondent: the customer, or the row where no customer is known."""
Place = tuple[str, Member, str]
"""A question, a member, the name of a window."""


@dataclass(frozen=True)
class ScoreSums:
    """Sums by place: of all answers, and of those with a survey weight."""

    raw: Mapping[Place, RespondentSums]
    weighted: Mapping[Place, RespondentSums]


@dataclass(frozen=True, slots=True)
class People:
    """Of one place: how many were invited, answered an invitation, and are not among the respondents."""

    invited: int
    answered: int
    silent: int


def in_windows(rows: ir.Table, windows: Sequence[Window]) -> ir.Table:
    """Each row once for every window that holds its month, with the column `window`; and the keys of WHO."""
    pairs = [(month, window.name) for window in windows for month in window.months()]
    names = pa.array([name for _, name in pairs], pa.string())
    window_months = ibis.memtable(pa.table({"_month": pa.array([m for m, _ in pairs], pa.date32()), "window": names}))
    alone = rows.customer_id.isnull()
    keyed = rows.mutate(_of=ibis.ifelse(alone, rows["_file"], None), _row=ibis.ifelse(alone, rows["_line"], None))
    return keyed.inner_join(window_months, [keyed.month == window_months["_month"]])


def score_sums(
    name: str, answers: ir.Table, dimensions: Sequence[str], ds: Dataset, rooms: Compute, *, weighted: bool
) -> ScoreSums:
    """Of `answers` (in_windows; `counts` is what an answer counts, `weight` its weight where `weighted`)."""
    value = answers.counts.cast(SCORE)
    columns = {"y": value, "y_squares": (value * value).cast(SCORE), "one": ibis.literal(1, "int64")}
    if weighted:
        weight = (answers.weight.cast("float64") * _power_of_ten(answers, rooms)).cast(WEIGHT)
        weight = ibis.ifelse((answers.weight > 0).fill_null(False), weight, None)
        columns |= {"w": weight, "wy": (weight * value).cast(WEIGHT)}
        columns["wy_squares"] = (columns["wy"] * value).cast(WEIGHT)
    stored = rooms.keep(name, answers.select("key", "window", *WHO, *dimensions, **columns))
    raw: dict[Place, RespondentSums] = {}
    with_weight: dict[Place, RespondentSums] = {}
    for dimension, rows in _split(stored, dimensions, ds):
        for place, row in _fetched(_by_respondent(rows, dimension, weighted=weighted), dimension, rooms):
            raw[place] = _sums(row, "")
            if weighted and row["w_respondents"]:
                with_weight[place] = _sums(row, "w_")
    return ScoreSums(raw, with_weight)


def people(name: str, sent: ir.Table, dimensions: Sequence[str], ds: Dataset, rooms: Compute) -> dict[Place, People]:
    """Of invitations (in_windows) with the flags `answered` and `here` (the person is among the respondents)."""
    stored = rooms.keep(name, sent.select("key", "window", *WHO, *dimensions, "answered", "here"))
    by_place = {}
    for dimension, rows in _split(stored, dimensions, ds):
        each = rows.group_by([*_keys(dimension), *WHO]).aggregate(answered=rows.answered.any(), here=rows.here.any())
        counts = each.group_by(_keys(dimension)).aggregate(
            invited=each.count(), answered=each.answered.sum(), silent=(~each.here).sum()
        )
        for place, row in _fetched(counts, dimension, rooms):
            by_place[place] = People(row["invited"], row["answered"], row["silent"])
    return by_place


def _power_of_ten(answers: ir.Table, rooms: Compute) -> float:
    """Brings the mean weight between 1 and 10, so that ten decimals hold any weight; no share depends on it."""
    positive = answers.filter(answers.weight > 0)
    top = rooms.fetch(positive.aggregate(top=positive.weight.max()))["top"][0].as_py()
    return 1.0 if not top else 10.0 ** -floor(log10(float(top)))


def _keys(dimension: str) -> list[str]:
    return ["key", "window"] if dimension == ALL else ["key", "window", dimension]


def _split(stored: ir.Table, dimensions: Sequence[str], ds: Dataset) -> Iterator[tuple[str, ir.Table]]:
    """The rows by each dimension; by owning group too, where touchpoints are known."""
    for dimension in (ALL, *dimensions):
        yield dimension, stored
    owned = owners(ds) if "touchpoint" in dimensions else None
    if owned is not None:
        owned = owned.select(_owned="touchpoint", group="group")
        joined = stored.left_join(owned, [stored.touchpoint == owned["_owned"]])
        yield "group", joined.mutate(group=ibis.coalesce(joined["group"], UNASSIGNED))


def _by_respondent(rows: ir.Table, dimension: str, *, weighted: bool) -> ir.Table:
    """Sums over respondents of what each of them says in a window."""
    sums: dict[str, ir.Scalar] = {"n": rows.one.sum(), "y": rows.y.sum().cast(SCORE), "q": rows.y_squares.sum()}
    if weighted:
        sums |= {"m": rows.w.count(), "w": rows.w.sum().cast(WEIGHT)}
        sums |= {"wy": rows.wy.sum().cast(WEIGHT), "wq": rows.wy_squares.sum()}
    each = rows.group_by([*_keys(dimension), *WHO]).aggregate(**sums)
    n = each.n.cast("decimal(18, 0)")
    totals: dict[str, ir.Scalar] = {
        "respondents": each.count(),
        "answers": each.n.sum(),
        "w": each.n.sum(),
        "y": each.y.sum(),
        "y_squares": each.q.sum(),
        "yy": _product(each.y, each.y).sum(),
        "yw": _product(each.y, n).sum(),
        "ww": (each.n * each.n).sum(),
        "w_fourth": _fourth(each.n),
    }
    if weighted:
        totals |= {
            "w_respondents": (each.m > 0).sum(),
            "w_answers": each.m.sum(),
            "w_w": each.w.sum(),
            "w_y": each.wy.sum(),
            "w_y_squares": each.wq.sum(),
            "w_yy": _product(each.wy, each.wy).sum(),
            "w_yw": _product(each.wy, each.w).sum(),
            "w_ww": _product(each.w, each.w).sum(),
            "w_w_fourth": _fourth(each.w),
        }
    return each.group_by(_keys(dimension)).aggregate(**totals)


def _product(left_factor: ir.NumericColumn, other: ir.NumericColumn) -> ir.NumericColumn:
    """A product, cast at once: Ibis takes it for a decimal of the first one's scale (gap decimal_product)."""
    return (left_factor * other).cast(PRODUCT)


def _fourth(weights: ir.NumericColumn) -> ir.Scalar:
    """Sum of fourth powers, each as a DECIMAL: they overflow integers, and doubles add up in any order."""
    return (weights.cast("float64") ** 4).cast("decimal(38, 6)").sum()


def _fetched(expr: ir.Table, dimension: str, rooms: Compute) -> Iterator[tuple[Place, dict[str, Any]]]:
    for row in rooms.fetch(expr).to_pylist():
        member = ALL if dimension == ALL else row[dimension]
        yield (row["key"], (dimension, member), row["window"]), row


def _sums(row: Mapping[str, Any], prefix: str) -> RespondentSums:
    parts = {name: float(row[prefix + name] or 0) for name in ("w", "y", "y_squares", "yy", "yw", "ww", "w_fourth")}
    return RespondentSums(int(row[f"{prefix}respondents"]), int(row[f"{prefix}answers"]), **parts)
