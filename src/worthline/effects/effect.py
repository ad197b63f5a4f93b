"""One effect as it is published: numbers, words, evidence.

Reads     an estimate, the design it came of, its checks.
Gives     Effect; rows of the table `effects`.
Assumes   money is the effect on margin within its horizon, for those exposed in the last twelve months.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from worthline.effects.outcomes import OUTCOMES
from worthline.metrics import formatting
from worthline.results import Grade, evidence_words
from worthline.stats.cross_fitting import Floats, Ints
from worthline.stats.intervals import Z95
from worthline.tables.money import currency_digits

if TYPE_CHECKING:
    from worthline.effects.checks import Check

MONEY = pa.decimal128(38, 4)
CHECKS = pa.list_(
    pa.struct([("name", pa.string()), ("outcome", pa.string()), ("value", pa.float64()), ("says", pa.string())])
)
SCHEMA = pa.schema(
    [
        ("effect_id", pa.string()),
        ("cause", pa.string()),
        ("outcome", pa.string()),
        ("horizon_months", pa.int32()),
        ("grain", pa.string()),
        ("segment", pa.string()),
        ("population", pa.string()),
        ("exposed", pa.int64()),
        ("method", pa.string()),
        ("p_adjusted", pa.float64()),
        ("estimand", pa.string()),
        ("estimate", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("raw", pa.float64()),
        ("between", pa.float64()),
        ("within", pa.float64()),
        ("grade", pa.string()),
        ("n", pa.int64()),
        ("money", MONEY),
        ("money_low", MONEY),
        ("money_high", MONEY),
        ("checks", CHECKS),
        ("touchpoint", pa.string()),
        ("adjusted_for", pa.list_(pa.string())),
        ("regression", pa.float64()),
        ("bound_low", pa.float64()),
        ("bound_high", pa.float64()),
        ("sentence", pa.string()),
    ]
)

SMALL = 0.005
"""Numbers below this are told with four decimals: two would show none."""
ALPHA = 0.05
"""False findings among all that are shown, at most, on average (Benjamini & Hochberg 1995)."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect; `estimate` is None where it is undefined, and the checks say why."""

    cause: str
    outcome: str
    horizon: int
    population: str
    estimand: str
    method: str
    checks: tuple[Check, ...]
    n: int
    exposed: int
    grain: str = "customer"
    segment: str = "all"
    had: str = ""
    """What the exposed had, as it stands in a sentence; `cause` where it is empty."""
    touchpoint: str | None = None
    estimate: float | None = None
    error: float = 0.0
    interval: tuple[float, float] | None = None
    """95% interval where it is not the estimate and 1.96 errors on each side."""
    p: float | None = None
    p_adjusted: float | None = None
    raw: float | None = None
    regression: float | None = None
    between: float | None = None
    within: float | None = None
    grade: Grade | None = None
    bias: float | None = None
    """What a cause that is not recorded could shift it by, were it as strong as the strongest recorded.

    None: not told.
    """
    dropped: int = 0
    """Exposed without comparable customers: they are left out of the estimate."""
    times: float = 0.0
    """How often it happened in the last twelve months, to customers whom the effect is of."""
    dose: float = 1.0
    """How often it happened in a month in which it did, on average: `estimate` is of all of a month together."""
    adjusted_for: tuple[str, ...] = ()
    who: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    """Customers behind `influence`, by number."""
    influence: Floats = field(default_factory=lambda: np.zeros(0))

    @property
    def effect_id(self) -> str:
        """A name that stays the same from run to run."""
        parts = (self.cause, *(() if self.segment == "all" else (self.segment,)), self.outcome, f"{self.horizon}m")
        return identity(*parts)

    @property
    def low(self) -> float | None:
        """Lower end of the 95% interval."""
        if self.estimate is None:
            return None
        return self.estimate - Z95 * self.error if self.interval is None else self.interval[0]

    @property
    def high(self) -> float | None:
        """Upper end of the 95% interval."""
        if self.estimate is None:
            return None
        return self.estimate + Z95 * self.error if self.interval is None else self.interval[1]

    @property
    def shown(self) -> bool:
        """Whether the effect is significant: its interval leaves out zero, also after multiple-test correction."""
        if self.low is None or self.high is None or self.low <= 0 <= self.high:
            return False
        return self.p_adjusted is None or self.p_adjusted <= ALPHA

    @property
    def bound_low(self) -> float | None:
        """Lower end, were there an unseen cause as strong as the strongest recorded."""
        return None if self.low is None or self.bias is None else self.low - self.bias

    @property
    def bound_high(self) -> float | None:
        """Upper end, were there such a cause."""
        return None if self.high is None or self.bias is None else self.high + self.bias

    @property
    def has_money(self) -> bool:
        """Whether it bears money: an effect on margin, of all whom it befell, whose evidence is no mere correlation."""
        if self.outcome != "margin" or self.segment != "all":
            return False
        return self.estimate is not None and self.grade is not None and self.grade <= "C"


def identity(*parts: str) -> str:
    """Parts of a name, each in small letters and hyphens: Network outage, margin, 3m -> network-outage.margin.3m."""
    return ".".join(re.sub(r"\W+", "-", part.casefold()).strip("-") for part in parts)


def shown(row: Mapping[str, Any]) -> bool:
    """Whether a published row shows a change: Effect.shown, of a row."""
    if row["estimate"] is None or row["low"] <= 0 <= row["high"]:
        return False
    return row["p_adjusted"] is None or bool(row["p_adjusted"] <= ALPHA)


def known_by(row: Mapping[str, Any]) -> str:
    """Its evidence in words; why no change is shown where none is."""
    if shown(row):
        return evidence_words(row["grade"], row["low"], row["high"])
    within = row["low"] <= 0 <= row["high"]
    return "not significant" if within else "not significant after multiple-test correction"


def better(outcome: str, estimate: float) -> bool:
    """Whether a change of an outcome is for the better; of a measure of places more is taken as better."""
    definition = OUTCOMES.get(outcome)
    return estimate > 0 if definition is None or definition.higher_is_better else estimate < 0


def money_horizon(estimated: Sequence[Effect]) -> int | None:
    """The horizon at which money is added up: the longest at which an effect on margin is better than a correlation.

    Where none is, the longest at which one is estimated.
    """
    margins = [
        effect
        for effect in estimated
        if effect.outcome == "margin" and effect.segment == "all" and effect.estimate is not None
    ]
    longest = max((effect.horizon for effect in margins if effect.has_money), default=None)
    return longest if longest is not None else max((effect.horizon for effect in margins), default=None)


def on_margin(estimated: Sequence[Effect], horizon: int | None) -> dict[str, Effect]:
    """The effects on margin that are estimated at a horizon, whatever their evidence, by cause."""
    return {
        effect.cause: effect
        for effect in estimated
        if effect.outcome == "margin"
        and effect.segment == "all"
        and effect.horizon == horizon
        and effect.estimate is not None
    }


def months(number: int) -> str:
    """1 month, 3 months."""
    return formatting.how_many(number, "month")


def estimand(outcome: str, horizon: int, had: str, instead: str, *, said: bool = False) -> str:
    """What is estimated, in words; of a score that was `said` no cause is claimed."""
    what = OUTCOMES[outcome].estimand.format(months=months(horizon))
    if said:
        alike = "alike in everything earlier, among respondents"
        return f"mean difference in {what} between customers who gave {had} and those who gave {instead}, {alike}"
    return f"mean change in {what} among customers who had {had.removesuffix(',')}, compared with {instead}"


def telling(outcome: str, currency: str, grain: str = "customer") -> formatting.Formatter:
    """How numbers of an outcome are told; a measure of places may bear an outcome's name, and is a plain number."""
    if grain == "location":
        return lambda value: formatting.decimal(value, 2)
    unit = OUTCOMES[outcome].unit
    if unit == "share":
        return lambda value: f"{formatting.decimal(100 * value)} points"
    if unit == "amount":
        return lambda value: formatting.money(value, currency)
    return lambda value: formatting.decimal(value, 2 if value == 0 or abs(value) >= SMALL else 4)


def sentence(one: Effect, had: str, currency: str) -> str:
    """What a finance chief reads: the estimate with its interval first, then the evidence, then what limits it."""
    name = f"{formatting.capitalised(had)}".removesuffix(",")
    if one.estimate is None or one.low is None or one.high is None or one.grade is None:
        reasons = " ".join(check.says for check in one.checks if check.outcome == "failed")
        return f"{name}: effect on {_what(one)} not available. {reasons}".strip()
    tell = telling(one.outcome, currency, one.grain)
    interval = f"95% CI {_range(one.low, one.high, tell)}"
    if one.raw is not None:
        interval += f"; unadjusted: {signed(one.raw, tell)}"
    evidence = evidence_words(one.grade, one.low, one.high, is_shown=one.shown)
    parts = [f"{name}: {signed(one.estimate, tell)} in {_what(one)} ({interval}); {evidence}."]
    if not one.shown:
        within = one.low <= 0 <= one.high
        parts.append("Not significant." if within else f"Not significant after multiple-test correction{_p(one)}.")
    decided = ("durability", "reverse causality", "places", "leavers recorded")
    parts += [check.says for check in one.checks if check.name in decided and check.outcome == "failed"]
    if one.dropped:
        count = formatting.how_many(one.dropped, "exposed observation was", "exposed observations were")
        parts.append(f"{count} left out for lack of comparable controls.")
    return " ".join(parts)


def signed(value: float, tell: formatting.Formatter) -> str:
    """A number with its sign, plus too."""
    return f"+{tell(value)}" if value > 0 else tell(value)


def _p(effect: Effect) -> str:
    return "" if effect.p_adjusted is None else f" (adjusted p {formatting.decimal(effect.p_adjusted, 2)})"


def _range(low: float, high: float, tell: formatting.Formatter) -> str:
    """Both ends, the unit named once."""
    return f"{tell(low).removesuffix(' points')} to {tell(high)}"


def _what(effect: Effect) -> str:
    return OUTCOMES[effect.outcome].label.format(months=months(effect.horizon))


def in_money(value: float, currency: str) -> Decimal:
    """Money rounded once, to the currency's digits."""
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-currency_digits(currency)), rounding=ROUND_HALF_EVEN)


def as_row(one: Effect, says: str, currency: str) -> dict[str, Any]:
    """One row of the table."""
    times = one.times if one.has_money else None
    money = [
        None if times is None or value is None else in_money(value / one.dose * times, currency)
        for value in (one.estimate, one.low, one.high)
    ]
    row: dict[str, Any] = {name: getattr(one, name) for name in SCHEMA.names if hasattr(one, name)}
    row |= {name: _told(row[name]) for name in _NUMBERS}
    return row | {
        "horizon_months": one.horizon,
        "money": money[0],
        "money_low": money[1],
        "money_high": money[2],
        "checks": [check.as_row() for check in one.checks],
        "adjusted_for": list(one.adjusted_for),
        "sentence": says,
    }


_NUMBERS = (
    "p_adjusted",
    "estimate",
    "low",
    "high",
    "raw",
    "between",
    "within",
    "regression",
    "bound_low",
    "bound_high",
)


def _told(value: float | None) -> float | None:
    """Without the last digits, in which machines and threads differ."""
    if value is None:
        return None
    return float(f"{value:.9g}")
