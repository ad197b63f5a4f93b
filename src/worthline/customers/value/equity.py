"""Customer equity as a figure: what all customers are worth together, how sure that is, and how the past bears it out.

Reads     the worth of every customer, the back-test.
Gives     the figure customer_equity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from worthline.metrics import formatting
from worthline.results import Figure
from worthline.tables.money import currency_digits

if TYPE_CHECKING:
    from collections.abc import Callable

    from worthline.customers.value.backtest import Score, Tested
    from worthline.customers.value.bridge import Bridge
    from worthline.customers.value.customer_value import CustomerValue, Model
    from worthline.results import Resolved

NAME, LABEL = "customer_equity", "Customer equity"
TABLES = ("customer_scores", "backtests")
SQL = "select sum(value) as value, count(value) as n\nfrom customer_scores"


def figure(
    s: Resolved,
    model: Model,
    worth: CustomerValue,
    tested: Tested | None,
    *,
    costed: bool,
    contractual: bool,
    given: bool = False,
    bridge: Bridge | None = None,
) -> Figure:
    """The figure, its sentence and its method.

    `given`: the risk of leaving says who leaves in the first year; `bridge`: from a year ago, whose opening is
    the value then.
    """
    digits = currency_digits(s.currency)
    _, low, high = worth.total()
    total = float(np.round(np.round(worth.value, digits).sum(), digits))
    n = worth.value.size
    losses = worth.value[worth.value < 0]

    def money(amount: float) -> str:
        return formatting.money_prose(round(float(amount), digits), s.currency)

    says = (
        f"{_whom(n)} expected to bring {money(total)} {_margin(costed)} over the next {s.horizon_months} months "
        f"in today's money ({money(low)} to {money(high)})."
    )
    if losses.size:
        says += (
            f" {formatting.count(losses.size)} of them {'is' if losses.size == 1 else 'are'} worth less than nothing: "
        )
        says += f"{money(losses.sum())} together."
    says += f" {_past(tested)}"
    expected = [round(end, digits) for end in worth.expected_total()]
    details: dict[str, object] = {"model": model.name, "horizon_months": s.horizon_months, "sql": SQL}
    details["expected"] = expected
    if tested:
        error = abs(tested.best.total)
        details["back_test_error"] = round(tested.best.total, 4)
        wide = [round(low - error * abs(total), digits), round(high + error * abs(total), digits)]
        details["widened"] = wide
        says += f" Allowing for that miss, too: {money(wide[0])} to {money(wide[1])}."
    if bridge is not None:
        details["bridge"] = bridge.amounts
        if bridge.left:
            details["bridge_notes"] = [_left(bridge, money)]
    return Figure(
        name=NAME,
        label=LABEL,
        value=total,
        unit="money",
        basis="forecast",
        as_of=s.as_of.isoformat(),
        sentence=says,
        method=_method(s, model, costed=costed, contractual=contractual, given=given)
        + f" Were only the model's parameters unsure (the expected range), it would lie between {money(expected[0])} "
        f"and {money(expected[1])}: what the average of many such years would be, not what one year brings.",
        low=round(low, digits),
        high=round(high, digits),
        previous=None if bridge is None else bridge.amounts["opening"],
        n=n,
        tables=TABLES if tested else TABLES[:1],
        details=details,
    )


def unknown(s: Resolved, reason: str) -> Figure:
    """The figure where it cannot be told."""
    return Figure(
        name=NAME,
        label=LABEL,
        value=None,
        unit="money",
        basis="forecast",
        as_of=s.as_of.isoformat(),
        sentence=f"{LABEL} is not known: {reason.rstrip('.')}.",
        method="Net margin expected from each customer, discounted and added up; needs revenue by customer and margin.",
    )


def _left(bridge: Bridge, money: Callable[[float], str]) -> str:
    whom = formatting.how_many(bridge.left, "customer")
    return (
        f"{whom} left within the year, and {money(float(bridge.left_amount))} with them: they still paid in it, so "
        "both bridges count them as kept, and what they took is in the contraction; the next year's revenue bridge "
        "has them as lost."
    )


def _past(tested: Tested | None) -> str:
    """How the same model would have told the past, and whether a plain rule would have told it better."""
    if tested is None:
        return "The past is too short to test this on."
    best = tested.best
    text = (
        f"Made {formatting.how_many(tested.horizon, 'month')} earlier, the same forecast ({best.name}) {_missed(best)}"
    )
    rival = min(tested.rivals, key=lambda score: score.calibration)
    text += f"; {rival.name} {_missed(rival)}"
    if rival.calibration < best.calibration:
        text += ", and was closer customer by customer: read single values with care"
    return text + "."


def _missed(score: Score) -> str:
    side = "above" if score.total > 0 else "below"
    return f"would have come out {formatting.share(abs(score.total))} {side} what came"


def _method(s: Resolved, model: Model, *, costed: bool, contractual: bool, given: bool) -> str:
    if contractual:
        how = f"Chance of staying by age ({model.name}) x net margin a month of each customer"
    else:
        how = f"Purchases expected ({model.name}) x amount per purchase (Gamma-Gamma) x net margin of what is spent"
    if given:
        what = "leaves" if contractual else "buys nothing"
        how += f"; who {what} in the first twelve months by each customer's own risk (p_leave_12m)"
    cost = "" if costed else "; no cost to serve is known"
    return (
        f"{how}. Margin is drawn towards the company's average where little is known of a customer; discounted at "
        f"{formatting.rate(str(s.discount_rate))} a year over {s.horizon_months} months{cost}. "
        "The range is of outcomes: parameters, customers and chance. Only customers of today count; who left "
        "may return, and who joins later is not in it."
    )


def _margin(costed: bool) -> str:
    return "of margin, net of the cost to serve," if costed else "of margin, before any cost to serve,"


def _whom(n: int) -> str:
    return "The one customer of today is" if n == 1 else f"The {formatting.count(n)} customers of today are"
