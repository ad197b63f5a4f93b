"""What experiences cost or brought: by experience, touchpoint, department and in all, de-duplicated.

Reads     parts (joint.py), who owns touchpoints, what a kept customer is worth more than one who left.
Gives     the table experience_money; the figure cost_of_poor_experiences.
Method    effect on margin within the horizon x every time of the last twelve months; influences are added by customer
          before they are squared, so that the range of a sum knows that its parts share customers. `alone` is what
          each brings estimated by itself, `joint` what it brings beside the others of the same month; what
          `alone` adds up to beyond `joint` would be counted twice. Amounts are rounded once, by experience; sums add
          up to the cent, and what several departments own is split evenly among them, to the cent.
          `total` adds what is estimated (C or better); `total_with_correlation` also what is a correlation only, row
          by row in `correlation`. `remainder` is what the same experiences did to customers whom the estimate is not
          of, were it the same each time; `not_estimated` names what has no estimate at the horizon.
          `forecast` lies beyond the horizon and stands apart: the effect on staying, fading to zero in equal steps
          over twelve months, x a month's worth of (value_if_kept - value_if_left), means over those to whom it
          happened. Its range is that of the effect on staying alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from worthline.effects import money_sentences
from worthline.effects.effect import MONEY, in_money
from worthline.effects.joint import NotEstimated, Part
from worthline.metrics.dimensions import UNASSIGNED
from worthline.results import Figure
from worthline.stats.cross_fitting import Floats
from worthline.stats.removed_skewness import reach
from worthline.tables.money import currency_digits, shares

FADE = 12
"""Months beyond the horizon in which the effect on staying fades to zero."""
NOWHERE = "(no touchpoint)"
TOTAL, WITH_CORRELATION = "total", "total_with_correlation"
LEVELS = (
    TOTAL,
    WITH_CORRELATION,
    "department",
    "touchpoint",
    "experience",
    "correlation",
    "remainder",
    "not_estimated",
)
FIGURE = "cost_of_poor_experiences"
SQL = (
    "select -joint as value, -joint_high as low, -joint_low as high, round(customer_months) as n\n"
    "from experience_money where level = 'total'"
)
KINDS = ("alone", "joint", "forecast")
SCHEMA = pa.schema(
    [
        ("level", pa.string()),
        ("name", pa.string()),
        ("touchpoint", pa.string()),
        ("department", pa.string()),
        ("horizon_months", pa.int32()),
        ("times", pa.float64()),
        ("customer_months", pa.float64()),
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
    not_estimated: Sequence[NotEstimated] = (),
) -> pa.Table | None:
    """experience_money: totals, departments, touchpoints, experiences, the dearest first; then what is in no sum.

    `owners`: departments by touchpoint. `monthly`: what staying is worth a month, by number of customer, NaN where it
    is not known. None where no effect on margin is estimated.
    Shapes: `monthly` (customers,), money a month.
    """
    if not parts:
        return None
    groups = [tuple(sorted(owners.get(part.experience.touchpoint or "", ())) or (UNASSIGNED,)) for part in parts]
    sums = _Sums(parts, groups, monthly, customers, currency)
    rows = [sums.row(line) for line in _lines(parts, groups)]
    rows += sums.remainder()
    rows += [_unknown(missing, groups_of(owners, missing.touchpoint), currency) for missing in not_estimated]
    rows.sort(key=lambda row: (LEVELS.index(row["level"]), row["joint"] is None, row["joint"], row["name"]))
    money_sentences.add(rows, currency)
    return pa.Table.from_pylist(rows, SCHEMA)


def groups_of(owners: Mapping[str, Sequence[str]], touchpoint: str | None) -> str:
    """The departments that own a touchpoint, as one text."""
    return ", ".join(sorted(owners.get(touchpoint or "", ()))) or UNASSIGNED


def _lines(parts: Sequence[Part], groups: Sequence[tuple[str, ...]]) -> Iterator[_Line]:
    inside = [index for index, part in enumerate(parts) if not part.is_correlation]
    weak = [index for index, part in enumerate(parts) if part.is_correlation]
    if inside:
        yield _Line(TOTAL, "all experiences", tuple(inside))
    if weak:
        yield _Line(WITH_CORRELATION, "all experiences, those known by correlation only included", (*inside, *weak))
    for group in {group: None for index in inside for group in groups[index]}:
        yield _Line("department", group, tuple(index for index in inside if group in groups[index]), None, group)
    for place in {parts[index].experience.touchpoint: None for index in inside}:
        some = tuple(index for index in inside if parts[index].experience.touchpoint == place)
        yield _Line("touchpoint", place or NOWHERE, some, place, ", ".join(groups[some[0]]))
    for index, part in enumerate(parts):
        level = "correlation" if part.is_correlation else "experience"
        yield _Line(level, part.experience.name, (index,), part.experience.touchpoint, ", ".join(groups[index]))


class _Sums:
    """Amounts of parts, rounded once, and what each customer has to do with their error."""

    def __init__(
        self,
        parts: Sequence[Part],
        groups: Sequence[tuple[str, ...]],
        monthly: Floats | None,
        customers: int,
        currency: str,
    ) -> None:
        self._parts, self._groups, self._currency, self._customers = parts, groups, currency, customers
        self._amounts: dict[tuple[str, int], Decimal] = {}
        self._influence: dict[tuple[str, int], Floats] = {}
        for index, part in enumerate(parts):
            faded, alone = _faded(part, monthly), part.alone
            for kind, estimate, influence, who, each in (
                ("alone", alone.estimate, alone.influence, alone.who, 1.0 / alone.dose),
                ("joint", part.margin.estimate, part.margin.influence, part.who, 1.0),
                ("forecast", part.staying.estimate, part.staying.influence, part.who, faded),
            ):
                if each is None or estimate is None:
                    continue
                size = alone.times * each
                self._amounts[kind, index] = in_money(estimate * size, currency)
                self._influence[kind, index] = np.zeros(customers)
                self._influence[kind, index][who] = influence * size

    def row(self, line: _Line) -> dict[str, Any]:
        """One row of the table, its sentence aside."""
        parts = [self._parts[index] for index in line.parts]
        months = np.unique(np.concatenate([part.months for part in parts]))
        row: dict[str, Any] = {
            "level": line.level,
            "name": line.name,
            "touchpoint": line.touchpoint,
            "department": line.department,
            "horizon_months": parts[0].alone.horizon,
            "times": round(sum(self._parts[index].alone.times / self._owners(line, index) for index in line.parts), 3),
            "customer_months": round(len(months) / parts[0].share, 3),
            "grade": max(part.alone.grade or "E" for part in parts),
        }
        for kind in KINDS:
            row |= self._added(line, kind)
        return row

    def remainder(self) -> list[dict[str, Any]]:
        """What parts of the total did to customers whom the estimate is not of, were it the same each time."""
        rows = []
        for part in self._parts:
            if part.is_correlation or part.uncovered < 0.5:
                continue
            each = part.margin.low, part.margin.estimate, part.margin.high
            low, middle, high = (in_money(value * part.uncovered, self._currency) for value in each)
            rows.append(
                {
                    "level": "remainder",
                    "name": part.experience.name,
                    "touchpoint": part.experience.touchpoint,
                    "department": None,
                    "horizon_months": part.alone.horizon,
                    "times": round(part.uncovered, 3),
                    "joint": middle,
                    "joint_low": low,
                    "joint_high": high,
                    "grade": "E",
                }
            )
        return rows

    def _added(self, line: _Line, kind: str) -> dict[str, Decimal | None]:
        names = (kind, f"{kind}_low", f"{kind}_high")
        if any((kind, index) not in self._amounts for index in line.parts):
            return dict.fromkeys(names)
        amount = sum((self._share(line, index, self._amounts[kind, index]) for index in line.parts), Decimal(0))
        spread = sum(self._influence[kind, index] / self._owners(line, index) for index in line.parts)
        ends = reach(np.asarray(spread))
        below, above = in_money(ends.below, self._currency), in_money(ends.above, self._currency)
        return dict(zip(names, (amount, amount - below, amount + above), strict=True))

    def _owners(self, line: _Line, index: int) -> int:
        """Among how many departments what the part brings is split in this line."""
        return len(self._groups[index]) if line.level == "department" else 1

    def _share(self, line: _Line, index: int, amount: Decimal) -> Decimal:
        if line.level != "department" or line.department is None:
            return amount
        even = dict.fromkeys(self._groups[index], Decimal(1))
        return shares(amount, even, currency_digits(self._currency))[line.department]


def _unknown(missing: NotEstimated, department: str, currency: str) -> dict[str, Any]:
    """One experience without an estimate at the horizon: at a shorter one, its money stands beside."""
    row: dict[str, Any] = {
        "level": "not_estimated",
        "name": missing.name,
        "touchpoint": missing.touchpoint,
        "joint": None,
    }
    row |= {"department": department, "times": round(missing.times, 3), "why": missing.why, "grade": None}
    if missing.shorter is not None and missing.shorter.estimate is not None:
        each = missing.shorter.times / missing.shorter.dose
        row |= {"horizon_months": missing.shorter.horizon, "grade": missing.shorter.grade}
        for name, value in zip(
            ("alone", "alone_low", "alone_high"),
            (missing.shorter.estimate, missing.shorter.low, missing.shorter.high),
            strict=True,
        ):
            row[name] = None if value is None else in_money(value * each, currency)
    return row


def _faded(part: Part, monthly: Floats | None) -> float | None:
    """What one more customer staying at the horizon brings after it, of customers like those to whom it happened."""
    if monthly is None:
        return None
    monthly_margin = monthly[part.experience.who[part.experience.exposed]]
    monthly_margin = monthly_margin[~np.isnan(monthly_margin)]
    if not len(monthly_margin):
        return None
    return float(monthly_margin.mean()) * sum(1 - month / FADE for month in range(1, FADE + 1))


def figure(made: pa.Table, as_of: str) -> Figure | None:
    """What poor experiences cost, as a figure: a cost is above zero. None where there is no total."""
    total = next((row for row in made.to_pylist() if row["level"] == TOTAL), None)
    if total is None:
        return None
    return Figure(
        name=FIGURE,
        label="Margin lost to poor experiences",
        value=-float(total["joint"]),
        low=-float(total["joint_high"]),
        high=-float(total["joint_low"]),
        unit="money",
        basis="effect",
        grade=total["grade"],
        n=round(total["customer_months"]),
        as_of=as_of,
        sentence=total["sentence"],
        method="Effect of each experience on margin within the horizon x every time it happened in the last 12 months. "
        "It is estimated beside the other experiences of its month, so that each dollar counts once.",
        tables=("experience_money", "effects"),
        details={"sql": SQL, "horizon_months": total["horizon_months"]},
    )
