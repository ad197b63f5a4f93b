"""Effects of initiatives as published rows, with their sentences. Arithmetic and words only.

Reads     OutcomeEffects and RolloutEffects with their checks, grades and costs.
Gives     rows of `initiative_results` (SCHEMA) and of `experiment_looks` (LOOKS).
Method    p-values are corrected within an initiative (Benjamini & Hochberg). Benefit is the effect on margin times the
          customers assigned (or reached) of the row; net is benefit less the whole cost to date.
          While an experiment runs only the running interval is shown, on its date of proof only that of the fixed
          sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import pyarrow as pa

from worthline.effects.checks import Check
from worthline.metrics import formatting
from worthline.results import Grade, evidence_words
from worthline.stats.experiments import Amount
from worthline.stats.false_discovery import adjusted_p_values
from worthline.tables.money import currency_digits

MONEY = pa.decimal128(38, 4)
CHECKS = pa.list_(
    pa.struct([("name", pa.string()), ("outcome", pa.string()), ("value", pa.float64()), ("says", pa.string())])
)
SCHEMA = pa.schema(
    [
        ("initiative", pa.string()),
        ("name", pa.string()),
        ("arm", pa.string()),
        ("outcome", pa.string()),
        ("horizon_months", pa.int32()),
        ("segment", pa.string()),
        ("design", pa.string()),
        ("estimand", pa.string()),
        ("treated", pa.int64()),
        ("control", pa.int64()),
        ("treated_mean", pa.float64()),
        ("control_mean", pa.float64()),
        ("estimate", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("running_low", pa.float64()),
        ("running_high", pa.float64()),
        ("raw", pa.float64()),
        ("p_adjusted", pa.float64()),
        ("grade", pa.string()),
        ("benefit", MONEY),
        ("benefit_low", MONEY),
        ("benefit_high", MONEY),
        ("cost", MONEY),
        ("net", MONEY),
        ("one_sided", pa.bool_()),
        ("short_term_spike", pa.bool_()),
        ("checks", CHECKS),
        ("sentence", pa.string()),
    ]
)
LOOKS = pa.schema(
    [
        ("initiative", pa.string()),
        ("arm", pa.string()),
        ("outcome", pa.string()),
        ("as_of", pa.date32()),
        ("estimate", pa.float64()),
        ("running_low", pa.float64()),
        ("running_high", pa.float64()),
        ("n", pa.int64()),
        ("harm", pa.bool_()),
    ]
)
ALPHA = 0.05


@dataclass
class Row:
    """One row of initiative_results while it is made; numbers as floats, money as Decimal."""

    initiative: str
    arm: str
    outcome: str
    title: str
    unit: str
    horizon_months: int
    segment: str
    design: str
    estimand: str
    treated: int
    control: int
    grade: Grade
    checks: Sequence[Check]
    higher_is_better: bool = True
    side: str = "company"
    treated_mean: float | None = None
    control_mean: float | None = None
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    running_low: float | None = None
    running_high: float | None = None
    raw: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    benefit: Decimal | None = None
    benefit_low: Decimal | None = None
    benefit_high: Decimal | None = None
    cost: Decimal | None = None
    net: Decimal | None = None
    one_sided: bool | None = None
    short_term_spike: bool | None = None
    why: str = ""
    name: str = ""
    """What people call the initiative."""

    @property
    def is_running(self) -> bool:
        """Whether it is of an experiment before its date of proof: no fixed-sample interval, and no money."""
        return self.design == "experiment" and self.estimate is not None and self.low is None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The one that is shown."""
        for low, high in ((self.low, self.high), (self.running_low, self.running_high)):
            if low is not None and high is not None:
                return low, high
        return None

    @property
    def is_shown(self) -> bool:
        """Whether a change is shown: its interval leaves out zero and it stands after the correction."""
        ends = self.interval
        if self.estimate is None or ends is None or ends[0] <= 0 <= ends[1]:
            return False
        return self.p_adjusted is None or self.p_adjusted <= ALPHA

    @property
    def is_better(self) -> bool:
        """Whether the estimate is in the customer's or the company's favour."""
        return self.estimate is not None and (self.estimate > 0) == self.higher_is_better


def money(value: float | None, currency: str) -> Decimal | None:
    """Rounded once, to the currency's digits."""
    if value is None:
        return None
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-currency_digits(currency)), rounding=ROUND_HALF_EVEN)


def once(rows: Sequence[Row], experiments: Mapping[str, Amount], rollouts: Mapping[str, Amount]) -> dict[str, Amount]:
    """Benefits to date by initiative, each counted once.

    Where an initiative has a control group and a roll-out too, the better graded of the two keeps its benefit; the
    control group where they are alike. The other's rows lose theirs, and say so.
    """
    totals = {**rollouts, **experiments}
    for name in sorted(set(experiments) & set(rollouts)):
        own = [r for r in rows if (r.initiative, r.outcome, r.segment) == (name, "margin_to_date", "all")]
        best = min(own, key=lambda r: (r.grade, r.design != "experiment"))
        is_experiment = best.design == "experiment"
        totals[name] = experiments[name] if is_experiment else rollouts[name]
        kept = "control group" if is_experiment else "roll-out"
        for row in rows:
            if row.initiative == name and (row.design == "experiment") != is_experiment and row.benefit is not None:
                says = f"The benefit of this initiative is counted once, by its {kept}."
                row.checks = (*row.checks, Check("counted once", "informs", None, says))
                row.benefit = row.benefit_low = row.benefit_high = row.cost = row.net = None
    return totals


def corrected(rows: Sequence[Row]) -> None:
    """Sets p_adjusted within each initiative."""
    for name in dict.fromkeys(row.initiative for row in rows):
        own = [row for row in rows if row.initiative == name and row.outcome != "margin_to_date"]
        for row, p in zip(own, adjusted_p_values([row.p for row in own]), strict=True):
            row.p_adjusted = p


def flagged(rows: Sequence[Row]) -> None:
    """Sets short_term_spike and one_sided: of retention and margin by arm.

    A spike: a gain shown at 1 or 3 months whose interval at 6 months (or the longest horizon beyond) holds zero.
    One-sided: margin gained for the company while no customer outcome improved; None where one of them is not known.
    """
    for key in dict.fromkeys((row.initiative, row.arm) for row in rows):
        own = [row for row in rows if (row.initiative, row.arm) == key and row.segment == "all"]
        for outcome in ("retention", "margin"):
            _spike([row for row in own if row.outcome == outcome])
        company = [row for row in own if row.outcome in ("margin", "margin_to_date") and row.estimate is not None]
        customer = [row for row in own if row.side == "customer" and row.estimate is not None]
        if not company or not customer:
            continue
        gains = company[-1].is_shown and company[-1].is_better
        given = any(row.is_shown and row.is_better for row in customer)
        for row in own:
            if row.outcome in ("margin", "margin_to_date"):
                row.one_sided = bool(gains and not given)


def _spike(rows: Sequence[Row]) -> None:
    early = [row for row in rows if row.horizon_months <= 3 and row.is_shown and row.is_better]
    late = [row for row in rows if row.horizon_months >= 6 and row.interval is not None]
    if not late:
        return
    longest = max(late, key=lambda row: row.horizon_months)
    gone = bool(early) and not (longest.is_shown and longest.is_better)
    for row in rows:
        row.short_term_spike = gone


def as_rows(rows: Sequence[Row], currency: str) -> list[dict[str, Any]]:
    """As published, in order of initiative, arm, outcome, segment and horizon."""
    ordered = sorted(
        rows, key=lambda r: (r.initiative, r.arm, r.outcome, r.segment != "all", r.segment, r.horizon_months)
    )
    return [
        {name: _plain(getattr(row, name)) for name in SCHEMA.names if hasattr(row, name)}
        | {"checks": [check.as_row() for check in row.checks], "sentence": sentence(row, currency)}
        for row in ordered
    ]


def _plain(value: Any) -> Any:
    """Without the last digits, in which machines and threads differ."""
    return float(f"{value:.9g}") if isinstance(value, float) else value


def sentence(row: Row, currency: str) -> str:
    """What a finance partner reads: the number, its interval, its evidence."""
    what = row.title
    if row.horizon_months and not row.outcome.endswith("_to_date"):
        what += f", {formatting.how_many(row.horizon_months, 'month')}"
    if row.estimate is None or row.interval is None:
        return f"{what}: not known. {row.why}".strip()
    tell = formatter(row.unit, currency)
    low, high = row.interval
    text = f"{what}: {_signed(row.estimate, tell)} per customer (95% CI {tell(low)} to {tell(high)}"
    if row.raw is not None and row.design != "correlation only":
        text += f"; unadjusted: {_signed(row.raw, tell)}"
    text += f"); {evidence_words(row.grade, low, high, is_shown=row.is_shown)}."
    if row.low is None:
        text += " Still running: the range holds at every look, and no money is counted before the date of proof."
    if not row.is_shown:
        reason = "the range includes zero" if low <= 0 <= high else "not significant after multiple-test correction"
        text += f" No change is shown: {reason}."
    if row.benefit is not None:
        text += f" Benefit {formatting.money_prose(row.benefit, currency)}"
        if row.benefit_low is not None and row.benefit_high is not None:
            ends = formatting.money_prose(row.benefit_low, currency), formatting.money_prose(row.benefit_high, currency)
            text += f" (95% CI {ends[0]} to {ends[1]})"
        text += "." if row.cost is None else f", cost {formatting.money_prose(row.cost, currency)}."
    if row.short_term_spike:
        text += " Short-term spike: the gain is gone at the longest horizon."
    if row.one_sided:
        text += " One-sided: the company gains, and no customer outcome improves."
    return text


def formatter(unit: str, currency: str) -> formatting.Formatter:
    """How numbers of a unit are written."""
    if unit == "share":
        return lambda value: f"{formatting.decimal(100 * value)} points"
    if unit == "amount":
        return lambda value: formatting.money(value, currency)
    return lambda value: formatting.decimal(value, 2)


def _signed(value: float, tell: formatting.Formatter) -> str:
    return f"+{tell(value)}" if value > 0 else tell(value)


def looks_table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """experiment_looks, in order."""
    ordered = sorted(rows, key=lambda r: (r["initiative"], r["arm"], r["outcome"], r["as_of"]))
    return pa.Table.from_pylist([{key: _plain(value) for key, value in row.items()} for row in ordered], LOOKS)
