"""Every metric of a run in one table, soft and hard side by side.

Reads     a Dataset, its panel.
Gives     the table `metrics`: a row per metric, period, dimension and member, in that order.
Method    each file of this room counts its own; here units come from the registry, money is rounded once to
          the currency's digits, and targets are put beside.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from operator import attrgetter
from typing import TYPE_CHECKING

import pyarrow as pa

from worthline.errors import Fault
from worthline.metrics import finance, hard, relations, service, soft
from worthline.metrics.dimensions import with_largest_members
from worthline.metrics.registry import metric as metric_called
from worthline.metrics.values import Value
from worthline.results import Compute, Dataset, Progress, no_progress
from worthline.tables.money import currency_digits, rounded

if TYPE_CHECKING:
    import ibis.expr.types as ir

SCHEMA = pa.schema(
    [
        ("metric", pa.string()),
        ("period", pa.string()),
        ("dimension", pa.string()),
        ("member", pa.string()),
        ("value", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("n", pa.int64()),
        ("respondents", pa.int64()),
        ("unit", pa.string()),
        ("target", pa.float64()),
    ]
)
KEY = ("metric", "period", "dimension", "member")

Part = Callable[[Dataset, "ir.Table", Compute], list[Value]]
PARTS: tuple[tuple[str, Part], ...] = (
    ("what customers say", soft.compute),
    ("what serving them takes", service.compute),
    ("what they bring", hard.compute),
    ("how they relate", relations.compute),
)


def compute(ds: Dataset, panel: ir.Table, rooms: Compute, progress: Progress = no_progress) -> pa.Table:
    """The table `metrics`, sorted by its key; raises Fault if two parts claim the same row."""
    values: list[Value] = []
    ds = with_largest_members(ds, rooms)
    for number, (words, part) in enumerate(PARTS):
        progress(words, number, len(PARTS) + 1)
        values += part(ds, panel, rooms)
    progress("finance and targets", len(PARTS), len(PARTS) + 1)
    values += finance.compute(ds, values, rooms)
    table = as_table(values, finance.targets(ds, rooms), currency_digits(ds.settings.currency))
    progress("metrics", len(PARTS) + 1, len(PARTS) + 1)
    return table


def as_table(values: list[Value], targets: dict[finance.Place, float], digits: int) -> pa.Table:
    """Values as published rows; `digits` are the currency's; raises Fault."""
    place = attrgetter(*KEY)
    rows = sorted(values, key=place)
    places = [place(row) for row in rows]
    for row, here, next_one in zip(rows, places, places[1:], strict=False):
        if here == next_one:
            raise Fault(f"two values of {row.metric} for {row.period}, {row.dimension} {row.member}")
    units = {name: metric_called(name).unit for name in {row.metric for row in rows}}
    money = {name: digits if unit == "money" else None for name, unit in units.items()}
    columns: dict[str, Sequence[object]] = dict(zip(KEY, zip(*places, strict=True), strict=True)) if rows else {}
    for name in ("value", "low", "high"):
        column = map(attrgetter(name), rows)
        columns[name] = [
            None if number is None else published(number, money[row.metric])
            for row, number in zip(rows, column, strict=True)
        ]
    columns["n"] = [row.n for row in rows]
    columns["respondents"] = [row.respondents for row in rows]
    columns["unit"] = [units[row.metric] for row in rows]
    columns["target"] = [targets.get(here) for here in places]
    return pa.table({name: columns.get(name, []) for name in SCHEMA.names}, schema=SCHEMA)


def published(number: float | Decimal | None, digits: int | None) -> float | None:
    """The number as it is published: money rounded to `digits`; never NaN, infinite or minus zero."""
    if number is None or not math.isfinite(number):
        return None
    if digits is None:
        return float(number) + 0.0
    exact = number if isinstance(number, Decimal) else Decimal(repr(float(number)))
    return float(rounded(exact, digits)) + 0.0
