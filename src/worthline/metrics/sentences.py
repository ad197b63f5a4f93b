"""The sentence of each counted headline figure: what a person reads first.

Reads     a Reading: the number now, its range, a year ago, its target, its sample.
Gives     one or two plain sentences.
Assumes   the value is known; `unknown` says it where it is not.
"""

from __future__ import annotations

from dataclasses import dataclass

from worthline.metrics import formatting
from worthline.metrics.formatting import count, how_many, money_prose, points, share

FEWEST = 10
"""Respondents below whom a score is not told."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure's numbers, as published in the table `metrics`."""

    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None
    previous: float | None = None
    target: float | None = None


def unknown(label: str, undefined: str) -> str:
    """What to say instead of a number."""
    return f"{label}: not known. {undefined}"


def customers(r: Reading, lapse_months: int | None) -> str:
    """How many there are, against a year ago and the target."""
    how = f" who bought in the last {_months(lapse_months)}" if lapse_months else ""
    number = how_many(r.value, "customer") if r.value else "no customers"
    comparisons = [_more(r.value, r.previous), _to_target(r.value, r.target, count)]
    return f"{formatting.capitalised(number)}{how}{_joined(comparisons)}."


def retention(r: Reading, lapse_months: int | None) -> str:
    """The share of those who were customers a year ago and are still."""
    target = f"; the target is {share(r.target)}" if r.target is not None else ""
    months = how_many(lapse_months or 0, "month")
    lapse = f" A customer counts as lost after {months} without a purchase." if lapse_months else ""
    return f"12-month retention is {share(r.value)}{_up_or_down(r)}{target}.{lapse}"


def too_few(label: str, respondents: int, month: str | None = None) -> str:
    """What to say of a score that too few people gave."""
    return f"{label}: too few. {how_many(respondents, 'respondent')}{_of_month(month)}; at least {FEWEST} are needed."


def nps(
    r: Reading,
    response_rate: float | None,
    month: str | None,
    bounds: tuple[float | None, float | None] = (None, None),
    *,
    weighted: bool = False,
) -> str:
    """The net promoter score of the respondents, and how far non-respondents could move it."""

    def text(value: float) -> str:
        return points(value, signed=True)

    head = f"NPS is {text(r.value)} among respondents{_weighted(weighted)}{_interval(r, text)}{_of_month(month)}"
    tail = [f"response rate {share(response_rate, 0)}"] if response_rate is not None else []
    tail += [f"the target is {text(r.target)}"] if r.target is not None else []
    worst, best = bounds
    silent = ""
    if worst is not None and best is not None and worst < best:
        silent = (
            f" If every non-respondent were a detractor it would be {text(worst)}; if all were promoters, {text(best)}."
        )
    return f"{head}{_was(r, text)}{''.join(f'; {part}' for part in tail)}.{silent}"


def satisfaction(r: Reading, month: str | None, *, weighted: bool = False) -> str:
    """The share of answers in the top of their scale."""
    target = f"; the target is {share(r.target)}" if r.target is not None else ""
    return (
        f"Satisfaction (CSAT) is {share(r.value)} among respondents{_weighted(weighted)}{_interval(r, share)}"
        f"{_of_month(month)}{_was(r, share)}{target}."
    )


def mean_score(r: Reading, label: str, month: str | None, *, weighted: bool = False) -> str:
    """A mean of answers."""

    def text(value: float) -> str:
        return points(value, signed=False)

    target = f"; the target is {text(r.target)}" if r.target is not None else ""
    return (
        f"{label}: the mean is {text(r.value)} among respondents{_weighted(weighted)}{_interval(r, text)}"
        f"{_of_month(month)}{_was(r, text)}{target}."
    )


def brought(r: Reading, what: str, currency: str) -> str:
    """Revenue or margin of twelve months, against the twelve before."""

    def as_money(value: float) -> str:
        return money_prose(value, currency)

    comparisons = [_more_money(r, as_money), _to_target(r.value, r.target, as_money)]
    if r.value < 0:
        head = f"{formatting.capitalised(what)} of the last 12 months is below zero: {as_money(r.value)}"
    else:
        head = f"Customers generated {as_money(r.value) if r.value else 'no'} {what}"
    return f"{head}{_joined(comparisons)}."


def margin_source(declared: str | None, *, flat: bool) -> str:
    """Where margin comes from, which is always said."""
    if declared is None:
        return "Margin comes from your transactions file."
    rate = formatting.rate(declared)
    if flat:
        return f"Margin is {rate} of revenue, as set in worthline.toml, so it moves only as revenue does."
    return f"Margin comes from your transactions file; where that has none, it is {rate} of revenue."


def poor_service(r: Reading, cash: float | None, capacity: float | None, hours: float | None, currency: str) -> str:
    """What failures cost, split into cash and staff time."""

    def as_money(value: float) -> str:
        return money_prose(value, currency)

    if r.value == 0:
        return f"No cost of poor service is recorded{_joined([_more_money(r, as_money)])}."
    comparison = f" ({_more_money(r, as_money)})" if _more_money(r, as_money) else ""
    target = f"; the target is {as_money(r.target)}" if r.target is not None else ""
    split = _split(cash, capacity, hours, as_money)
    return f"Poor service cost {as_money(r.value)} in the last 12 months{comparison}{split}{target}."


def _split(cash: float | None, capacity: float | None, hours: float | None, as_money: formatting.Formatter) -> str:
    time = how_many(round(hours), "staff hour") if hours else ""
    if capacity is None:
        return ", all in cash; staff time is not known and not included"
    if cash is None:
        return f", all staff time{f' ({time})' if time else ''}; refunds and credits are not known and not included"
    return f": {as_money(cash)} in cash and {f'{time} worth' if time else 'staff time worth'} {as_money(capacity)}"


def wallet(r: Reading) -> str:
    """The part of their spending that customers give the company."""
    target = f"; the target is {share(r.target)}" if r.target is not None else ""
    respondents = f"{how_many(r.n, 'customer')} asked" if r.n is not None else "customers asked"
    verb = "gives" if r.n == 1 else "give"
    return (
        f"The {respondents} {verb} you {share(r.value)} of what they spend{_range(r, share)}{_up_or_down(r)}{target}."
    )


def balances(r: Reading, currency: str) -> str:
    """What customers hold with the company."""

    def as_money(value: float) -> str:
        return money_prose(value, currency)

    comparisons = [_more_money(r, as_money), _to_target(r.value, r.target, as_money)]
    return f"Customers hold {as_money(r.value)} with you{_joined(comparisons)}."


def net_revenue_retention(r: Reading) -> str:
    """What last year's customers paid this year of what they paid then."""
    target = f"; the target is {share(r.target)}" if r.target is not None else ""
    return f"Net revenue retention is {share(r.value)}{_up_or_down(r)}{target}. Lost customers count, new ones do not."


def earned_growth(r: Reading) -> str:
    """Growth from customers kept, referred or come by themselves."""
    target = f"; the target is {share(r.target)}" if r.target is not None else ""
    was = f", {share(r.previous)} a year earlier" if r.previous is not None else ""
    return f"Earned growth is {share(r.value)}{was}{target}. It leaves out customers won by advertising or sales."


def _months(number: int) -> str:
    return "month" if number == 1 else f"{number} months"


def _weighted(weighted: bool) -> str:
    return ", weighted by survey weight" if weighted else ""


def _interval(r: Reading, text: formatting.Formatter) -> str:
    return f" (95% CI {text(r.low)} to {text(r.high)})" if r.low is not None and r.high is not None else ""


def _was(r: Reading, text: formatting.Formatter) -> str:
    return f", {text(r.previous)} a year ago" if r.previous is not None else ""


def _of_month(month: str | None) -> str:
    return f" in {formatting.month(month)}" if month else ""


def _range(r: Reading, as_text: formatting.Formatter) -> str:
    return f" ({as_text(r.low)} to {as_text(r.high)})" if r.low is not None and r.high is not None else ""


def _up_or_down(r: Reading) -> str:
    if r.previous is None:
        return ""
    now, then = share(r.value), share(r.previous)
    if now == then:
        return ", the same as a year earlier" if r.value == r.previous else ", about the same as a year earlier"
    return f", {'up' if r.value > r.previous else 'down'} from {then}"


def _more(value: float, previous: float | None) -> str:
    if previous is None:
        return ""
    if value == previous:
        return "as many as a year ago"
    return f"{count(abs(value - previous))} {'more' if value > previous else 'fewer'} than a year ago"


def _more_money(r: Reading, as_money: formatting.Formatter) -> str:
    if r.previous is None:
        return ""
    if r.value == r.previous:
        return "as much as a year ago"
    return f"{as_money(abs(r.value - r.previous))} {'more' if r.value > r.previous else 'less'} than a year ago"


def _to_target(value: float, target: float | None, as_text: formatting.Formatter) -> str:
    if target is None:
        return ""
    if value == target:
        return f"exactly the target of {as_text(target)}"
    return f"{as_text(abs(value - target))} {'above' if value > target else 'short of'} the target of {as_text(target)}"


def _joined(comparisons: list[str]) -> str:
    parts = [part for part in comparisons if part]
    return ", " + " and ".join(parts) if parts else ""
