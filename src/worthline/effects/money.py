"""What experiences cost or brought: by experience, touchpoint, department and in all, each dollar once.

Reads     parts (joint.py), who owns touchpoints, what a kept customer is worth more than one who left.
Gives     the table experience_money.
Method    effect on margin within the horizon x the times of the last twelve months; influences are added by customer
          before they are squared, so that the range of a sum knows that its parts share customers. `alone` is what
          each would be told to bring by itself, `joint` what it brings beside the others of the same month; what
          `alone` adds up to beyond `joint` would be counted twice. Amounts are rounded once, by experience; sums add
          up to the cent, and what several departments own is split evenly among them, to the cent.
          `forecast` lies beyond the horizon and stands apart: the effect on staying, fading to zero in equal steps
          over twelve months, x a month's worth of (value_if_kept - value_if_left), means over those to whom it
          happened. Its range is that of the effect on staying alone.
Not for   experiences whose evidence is a correlation: they bring no money and enter no sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from worthline.effects.effect import MONEY, in_money
from worthline.effects.joint import Part
from worthline.metrics import formatting
from worthline.metrics.dimensions import UNASSIGNED
from worthline.results import GRADE_WORDS
from worthline.stats.cross_fitting import Floats
from worthline.stats.double_ml import Z
from worthline.tables.money import currency_digits, shares

FADE = 12
"""Months beyond the horizon in which the effect on staying fades to zero."""
NOWHERE = "(no touchpoint)"
LEVELS = ("total", "department", "touchpoint", "experience")
KINDS = ("alone", "joint", "forecast")
SCHEMA = pa.schema(
    [
        ("level", pa.string()),
        ("name", pa.string()),
        ("touchpoint", pa.string()),
        ("department", pa.string()),
        ("horizon_months", pa.int32()),
        ("times", pa.float64()),
        *((f"{kind}{end}", MONEY) for kind in KINDS for end in ("", "_low", "_high")),
        ("grade", pa.string()),
        ("sentence", pa.string()),
    ]
)


@dataclass(frozen=True)
class _Line:
    """One row of the table: the parts that it adds up, by number."""

    level: str
    name: str
    parts: tuple[int, ...]
    touchpoint: str | None = None
    department: str | None = None


def table(
    parts: Sequence[Part],
    owners: Mapping[str, Sequence[str]],
    monthly: Floats | None,
    customers: int,
    currency: str,
    weak: Sequence[str] = (),
    unknown: Sequence[str] = (),
) -> pa.Table | None:
    """experience_money: the whole, departments, touchpoints, experiences, the dearest of each first.

    `owners`: departments by touchpoint. `monthly`: what staying is worth a month, by number of customer, NaN where it
    is not known. `weak`, `unknown`: experiences left out, as their evidence is too weak for money, or as nothing is
    known of them at this horizon. None where none has money.
    """
    if not parts:
        return None
    groups = [tuple(sorted(owners.get(part.one.touchpoint or "", ())) or (UNASSIGNED,)) for part in parts]
    sums = _Sums(parts, groups, monthly, customers, currency, (weak, unknown))
    rows = [sums.row(line) for line in _lines(parts, groups)]
    rows.sort(key=lambda row: (LEVELS.index(row["level"]), row["joint"], row["name"]))
    return pa.Table.from_pylist(rows, SCHEMA)


def _lines(parts: Sequence[Part], groups: Sequence[tuple[str, ...]]) -> Iterator[_Line]:
    yield _Line("total", "all experiences told of", tuple(range(len(parts))))
    for group in {group: None for each in groups for group in each}:
        yield _Line("department", group, tuple(at for at, own in enumerate(groups) if group in own), None, group)
    for place in {part.one.touchpoint: None for part in parts}:
        some = tuple(at for at, part in enumerate(parts) if part.one.touchpoint == place)
        yield _Line("touchpoint", place or NOWHERE, some, place, ", ".join(groups[some[0]]))
    for at, part in enumerate(parts):
        yield _Line("experience", part.one.name, (at,), part.one.touchpoint, ", ".join(groups[at]))


class _Sums:
    """Amounts of parts, rounded once, and what each customer has to do with their error."""

    def __init__(
        self,
        parts: Sequence[Part],
        groups: Sequence[tuple[str, ...]],
        monthly: Floats | None,
        customers: int,
        currency: str,
        left_out: tuple[Sequence[str], Sequence[str]],
    ) -> None:
        self._parts, self._groups, self._currency, self._left_out = parts, groups, currency, left_out
        self._amounts: dict[tuple[str, int], Decimal] = {}
        self._influence: dict[tuple[str, int], Floats] = {}
        for at, part in enumerate(parts):
            faded = _faded(part, monthly)
            for kind, estimate, influence, who, each in (
                ("alone", part.alone.estimate, part.alone.influence, part.alone.who, 1.0),
                ("joint", part.margin.estimate, part.margin.influence, part.who, 1.0),
                ("forecast", part.staying.estimate, part.staying.influence, part.who, faded),
            ):
                if each is None or estimate is None:
                    continue
                size = part.alone.times * each
                self._amounts[kind, at] = in_money(estimate * size, currency)
                self._influence[kind, at] = np.zeros(customers)
                self._influence[kind, at][who] = influence * size

    def row(self, line: _Line) -> dict[str, Any]:
        """One row of the table."""
        parts = [self._parts[at] for at in line.parts]
        row: dict[str, Any] = {
            "level": line.level,
            "name": line.name,
            "touchpoint": line.touchpoint,
            "department": line.department,
            "horizon_months": parts[0].alone.horizon,
            "times": round(sum(self._parts[at].alone.times / self._owners(line, at) for at in line.parts), 3),
            "grade": max(part.alone.grade or "E" for part in parts),
        }
        for kind in KINDS:
            row |= self._added(line, kind)
        return row | {"sentence": _sentence(row, self._left_out, self._currency)}

    def _added(self, line: _Line, kind: str) -> dict[str, Decimal | None]:
        names = (kind, f"{kind}_low", f"{kind}_high")
        if any((kind, at) not in self._amounts for at in line.parts):
            return dict.fromkeys(names)
        amount = sum((self._share(line, at, self._amounts[kind, at]) for at in line.parts), Decimal(0))
        spread = sum(self._influence[kind, at] / self._owners(line, at) for at in line.parts)
        half = in_money(Z * float(np.sqrt(np.square(spread).sum())), self._currency)
        return dict(zip(names, (amount, amount - half, amount + half), strict=True))

    def _owners(self, line: _Line, at: int) -> int:
        """Among how many departments what the part brings is split in this line."""
        return len(self._groups[at]) if line.level == "department" else 1

    def _share(self, line: _Line, at: int, amount: Decimal) -> Decimal:
        if line.level != "department" or line.department is None:
            return amount
        even = dict.fromkeys(self._groups[at], Decimal(1))
        return shares(amount, even, currency_digits(self._currency))[line.department]


def _faded(part: Part, monthly: Floats | None) -> float | None:
    """What one more customer staying at the horizon brings after it, of customers like those to whom it happened."""
    if monthly is None:
        return None
    known = monthly[part.one.who[part.one.exposed]]
    known = known[~np.isnan(known)]
    return float(known.mean()) * sum(1 - month / FADE for month in range(1, FADE + 1)) if len(known) else None


def _sentence(row: Mapping[str, Any], left_out: tuple[Sequence[str], Sequence[str]], currency: str) -> str:
    """What a finance chief reads."""

    def told(amount: Decimal) -> str:
        return formatting.money_prose(amount, currency)

    months, times = (
        formatting.how_many(row["horizon_months"], "month"),
        formatting.how_many(round(row["times"]), "time"),
    )
    low, high = row["joint_low"], row["joint_high"]
    span = (
        f"{times} in the last 12 months (a customer and month counts once, of who was a customer the month before), "
        f"each over the {months} after it, for the latest still ahead"
    )
    if low <= 0 <= high:
        says = (
            f"{_subject(row)} shows no cost and no gain of margin: {span} (likely between {told(low)} and {told(high)})"
        )
    else:
        verb, ends = ("cost", sorted((-low, -high))) if row["joint"] < 0 else ("brought", [low, high])
        says = f"{_subject(row)} {verb} {told(abs(row['joint']))} of margin: {span}"
        says += f" (likely {told(ends[0])} to {told(ends[1])})"
    says = f"{says}; {GRADE_WORDS[row['grade']]}."
    if row["alone"] != row["joint"] and row["level"] != "experience":
        way = "a cost" if row["alone"] < 0 else "a gain"
        says += f" Each told of alone, they come to {way} of {told(abs(row['alone']))}"
        twice = abs(row["alone"]) - abs(row["joint"])
        why = "would be counted twice" if twice > 0 else "would be missed"
        says += f": {told(abs(twice))} {why}." if row["alone"] * row["joint"] > 0 else "."
    for names, why in zip(left_out, ("evidence is a correlation only", f"it is not known at {months}"), strict=True):
        if names and row["level"] == "total":
            says += f" Not in it, as {why}: {', '.join(names)}."
    if row["forecast"] is not None:
        says += f" Beyond that lies a forecast, not in it: {told(row['forecast'])}."
    return says


def _subject(row: Mapping[str, Any]) -> str:
    name = row["name"]
    if row["level"] == "total":
        return "All experiences told of together"
    if row["level"] == "department":
        return "What no department is named for" if name == UNASSIGNED else f"What {name} owns"
    if row["level"] == "touchpoint":
        return "What happened at touchpoints not told of alone" if name == NOWHERE else f"What happened at “{name}”"
    return f"“{name}”"
