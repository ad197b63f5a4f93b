"""What all customers of today are worth together, over the horizon and over the next year, as figures.

Reads     the value of every customer, the backtests.
Gives     the figures customer_equity and margin_next_12m.
Method    the range is of outcomes, wider by how far the same forecast missed when it was made in the past.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from worthline.customers.value.customer_value import YEAR
from worthline.metrics import formatting
from worthline.results import Figure
from worthline.tables.money import currency_digits

if TYPE_CHECKING:
    from collections.abc import Callable

    from worthline.customers.value.backtest import Miss, Score, Tested
    from worthline.customers.value.bridge import Bridge
    from worthline.customers.value.customer_value import CustomerValue
    from worthline.results import Resolved

NAME, LABEL = "customer_equity", "Customer equity"
NEXT_YEAR, NEXT_YEAR_LABEL = "margin_next_12m", "Margin from today's customers, next 12 months"
TABLES = ("customer_scores", "backtests")
SQL = "select sum({column}) as value, count({column}) as n\nfrom customer_scores"
CONCENTRATED = 0.1
"""Share of one customer from which the sentence names it."""


@dataclass(frozen=True, slots=True)
class About:
    """What both figures say of how they came about."""

    settings: Resolved
    model: str
    tested: Tested | None
    costed: bool
    contractual: bool
    given: bool
    """The risk of leaving says who leaves in the first year."""

    def money(self, amount: float) -> str:
        """For a sentence."""
        return formatting.money_prose(round(float(amount), self.digits), self.settings.currency)

    @property
    def digits(self) -> int:
        """Of the currency."""
        return currency_digits(self.settings.currency)


def figure(about: About, worth: CustomerValue, bridge: Bridge | None = None) -> Figure:
    """Customer equity; `bridge`: from a year ago, whose opening is the value then."""
    s = about.settings
    equity = _figure(about, worth, s.horizon_months, (NAME, LABEL, "value"))
    total, low, high = _ends(about, equity)
    losses = worth.value[worth.value < 0]
    says = (
        f"{_whom(worth.value.size)} expected to bring {total} {_margin(about.costed)} over the next "
        f"{formatting.how_many(s.horizon_months, 'month')} (in today's money; 95% range {low} to {high})."
    )
    if losses.size:
        whom = f"{formatting.count(losses.size)} of them {'is' if losses.size == 1 else 'are'}"
        says += f" {whom} worth less than nothing: {about.money(losses.sum())} together."
    says += _concentrated(equity.details["concentration"])
    says += f" {_past(about)}"
    if bridge is not None:
        equity.details["bridge"] = bridge.amounts
        equity.details["bridge_notes"] = [_left(bridge, about.money)]
    return replace(
        equity,
        sentence=says,
        method=_method(about, s.horizon_months, discounted=True) + _ranges(about, equity.details),
        previous=None if bridge is None else bridge.amounts["opening"],
    )


def next_year(about: About, worth: CustomerValue) -> Figure:
    """Margin of the next twelve months, not discounted; of customers of today alone."""
    margin = _figure(about, worth, YEAR, (NEXT_YEAR, NEXT_YEAR_LABEL, NEXT_YEAR))
    total, low, high = _ends(about, margin)
    says = (
        f"{_whom(worth.value.size)} expected to bring {total} {_margin(about.costed)} in the next 12 months "
        f"(95% range {low} to {high}). New customers are not included. {_past(about)}"
    )
    method = _method(about, YEAR, discounted=False) + _ranges(about, margin.details)
    return replace(margin, sentence=says, method=method)


def unknown(s: Resolved, reason: str) -> tuple[Figure, Figure]:
    """Both figures where they cannot be told."""
    method = "Net margin expected from each customer, added up; needs revenue by customer and margin."
    one, two = (
        Figure(
            name=name,
            label=label,
            value=None,
            unit="money",
            basis="forecast",
            as_of=s.as_of.isoformat(),
            sentence=f"{label} is not known: {reason.rstrip('.')}.",
            method=method,
        )
        for name, label in ((NAME, LABEL), (NEXT_YEAR, NEXT_YEAR_LABEL))
    )
    return one, two


def concentration(value: np.ndarray[tuple[int], np.dtype[np.float64]]) -> dict[str, float]:
    """Share of the total that the largest customer, the ten largest, and the largest 1% hold; empty without a total.

    Shapes: `value` (n,), money.
    """
    ordered = np.sort(value)[::-1]
    total = float(ordered.sum())
    if total <= 0:
        return {}
    parts = {"largest": 1, "largest_10": 10, "largest_1_percent": max(round(ordered.size / 100), 1)}
    return {name: round(float(ordered[:n].sum()) / total, 4) for name, n in parts.items() if n <= ordered.size}


def _figure(about: About, worth: CustomerValue, months: int, named: tuple[str, str, str]) -> Figure:
    """What both figures have alike; sentence and method are still to come."""
    digits, tested = about.digits, about.tested
    error = tested.error(months, worth.relative_sd) if tested else 0.0
    _, low, high = worth.total(error)
    name, label, column = named
    total = float(np.round(np.round(worth.value, digits).sum(), digits))
    details: dict[str, Any] = {
        "model": about.model,
        "horizon_months": months,
        "sql": SQL.format(column=column),
        "expected": [round(end, digits) for end in worth.expected_total()],
        "outcomes": [round(end, digits) for end in worth.total()[1:]],
        "concentration": concentration(worth.value),
    }
    if tested and tested.misses:
        details["backtest_error"] = {str(miss.horizon): round(miss.total, 4) for miss in tested.misses}
    return Figure(
        name=name,
        label=label,
        value=total,
        unit="money",
        basis="forecast",
        as_of=about.settings.as_of.isoformat(),
        sentence="",
        method="",
        low=round(low, digits),
        high=round(high, digits),
        n=worth.value.size,
        tables=TABLES if tested else TABLES[:1],
        details=details,
    )


def _ends(about: About, figure: Figure) -> tuple[str, str, str]:
    """Value, low and high for a sentence."""
    value, low, high = (about.money(v or 0.0) for v in (figure.value, figure.low, figure.high))
    return value, low, high


def _left(bridge: Bridge, money: Callable[[float], str]) -> str:
    """Why the line "lost" is not what people expect of it."""
    if not bridge.left:
        return "Lost: customers who paid in the year before and not in this one. Nobody left within this year."
    whom = formatting.how_many(bridge.left, "customer")
    return (
        f"{whom} left within the year; {money(float(bridge.left_amount))} of expected margin left with them. "
        "They still paid in it, so this amount is in the contraction. Lost counts only customers who paid nothing in "
        "the year, as in the revenue bridge."
    )


def _concentrated(shares: dict[str, float]) -> str:
    """Who holds how much, where there are enough customers to speak of it."""
    if not shares:
        return ""
    if shares["largest"] >= CONCENTRATED:
        return f" The largest customer alone holds {formatting.share(shares['largest'])} of it."
    return f" The largest 1% of customers hold {formatting.share(shares['largest_1_percent'])} of it."


def _past(about: About) -> str:
    """How the same forecast would have done in the past, and whether a plain rule would have done better."""
    tested = about.tested
    if tested is None:
        return "No backtest was possible; the page of data health says why."
    if not tested.misses:
        return "No backtest: nothing was earned in the months that it would be held against."
    text = "Backtest: " + "; ".join(_missed(miss, given=about.given) for miss in tested.misses) + "."
    rival = min(tested.rivals, key=lambda score: score.calibration)
    if rival.calibration < tested.best.calibration:
        name = formatting.capitalised(rival.name)
        text += f" {name} was closer customer by customer ({_total(rival)}): use single values with care."
    return text


def _missed(miss: Miss, *, given: bool) -> str:
    side = "above" if miss.total > 0 else "below"
    risk = "with the churn model, " if miss.with_risk else "without the churn model, " if given else ""
    months = formatting.how_many(miss.horizon, "month")
    return f"made {months} earlier, {risk}it came out {formatting.share(abs(miss.total))} {side} actual"


def _total(score: Score) -> str:
    side = "above" if score.total > 0 else "below"
    return f"{formatting.share(abs(score.total))} {side} actual in total"


def _method(about: About, months: int, *, discounted: bool) -> str:
    if about.contractual:
        how = f"Chance of staying by age ({about.model}) x net margin a month of each customer"
    else:
        how = f"Purchases expected ({about.model}) x amount per purchase (Gamma-Gamma) x net margin of what is spent"
    if about.given:
        what = "leaves" if about.contractual else "buys nothing"
        how += f". Who {what} in the first twelve months is each customer's own risk (p_leave_12m)"
    rate = (
        f"discounted at {formatting.rate(str(about.settings.discount_rate))} a year" if discounted else "not discounted"
    )
    cost = "" if about.costed else "; no cost to serve is known"
    return (
        f"{how}. Margin is drawn towards the company's average where little is known of a customer. Very large "
        f"customers keep their own level. It is {rate}, over {formatting.how_many(months, 'month')}{cost}. Only "
        "customers of today count: new customers are not included."
    )


def _ranges(about: About, details: dict[str, Any]) -> str:
    """What the three ranges are."""
    ends = [[about.money(end) for end in details[name]] for name in ("outcomes", "expected")]
    text = (
        f" The 95% range of outcomes (parameters, customers and chance) is {ends[0][0]} to {ends[0][1]}; that of the "
        f"expected value alone (parameters) {ends[1][0]} to {ends[1][1]}."
    )
    if about.tested and about.tested.misses:
        horizons = " and ".join(str(miss.horizon) for miss in about.tested.misses)
        text += f" The range shown is of outcomes, widened by the error of the backtest over {horizons} months."
    return text


def _margin(costed: bool) -> str:
    return "of margin, net of the cost to serve," if costed else "of margin, before any cost to serve,"


def _whom(n: int) -> str:
    return "The one customer of today is" if n == 1 else f"The {formatting.count(n)} customers of today are"
