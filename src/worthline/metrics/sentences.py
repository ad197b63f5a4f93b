"""The sentence of each counted headline figure: what a person reads first.

Reads     a Reading: the number now, its range, a year ago, its target, how many it rests on.
Gives     one or two plain sentences.
Assumes   the value is known; `unknown` says it where it is not.
"""

from __future__ import annotations

from dataclasses import dataclass

from worthline.metrics import formatting
from worthline.metrics.formatting import count, how_many, money_prose, points, share

FEW_ANSWERS = 30


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
    said = [_more(r.value, r.previous), _to_target(r.value, r.target, count)]
    return f"You have {number}{how}{_joined(said)}."


def retention(r: Reading, lapse_months: int | None) -> str:
    """Who is still here of those who were a year ago."""
    here = f"still here (bought in the last {_months(lapse_months)})" if lapse_months else "still here"
    if r.n == 1:
        gone = f"has not bought in the last {_months(lapse_months)}" if lapse_months else "has left"
        return f"The one customer of a year ago {f'is {here}' if r.value else gone}."
    if r.value == 0:
        head = f"None of last year's{f' {count(r.n)}' if r.n else ''} customers is {here}"
    elif r.value == 1:
        head = f"All of last year's{f' {count(r.n)}' if r.n else ''} customers are {here}"
    else:
        head = f"{share(r.value)} of last year's customers are {here}"
    target = f"; the target is {share(r.target)}" if r.target is not None else ""
    return f"{head}{_up_or_down(r)}{target}."


def nps(
    r: Reading,
    response_rate: float | None,
    month: str | None,
    bounds: tuple[float | None, float | None] = (None, None),
) -> str:
    """The net promoter score of those who answered, how many of those asked they are, and what the silent may hide."""
    whom, gives = _who_answered(r.n)
    then = f", {points(r.previous, signed=True)} a year ago" if r.previous is not None else ""
    asked = f"; {share(response_rate, 0)} of those asked answered" if response_rate is not None else ""
    target = f"; the target is {points(r.target, signed=True)}" if r.target is not None else ""
    value = f"{points(r.value, signed=True)}{_range(r, lambda v: points(v, signed=True))}"
    worst, best = bounds
    silent = ""
    if worst is not None and best is not None and worst < best:
        silent = (
            " Were all who did not answer unhappy or happy, it would lie between "
            f"{points(worst, signed=True)} and {points(best, signed=True)}."
        )
    return f"{whom} {gives} {value}{_of_month(month)}{then}{asked}{target}.{silent}"


def satisfaction(r: Reading, month: str | None) -> str:
    """The share of answers in the top of their scale."""
    then = f", {share(r.previous)} a year ago" if r.previous is not None else ""
    target = f"; the target is {share(r.target)}" if r.target is not None else ""
    of = f"the {count(r.n)} " if r.n is not None and 1 < r.n < FEW_ANSWERS else ""
    if r.n == 1:
        return (
            f"The one answer on satisfaction is {'' if r.value else 'not '}in the top of its scale{_of_month(month)}."
        )
    return (
        f"{share(r.value)} of {of}answers on satisfaction are in the top of their scale"
        f"{_range(r, share)}{_of_month(month)}{then}{target}."
    )


def mean_score(r: Reading, label: str, month: str | None) -> str:
    """A mean of answers."""

    def told(value: float) -> str:
        return points(value, signed=False)

    then = f", {told(r.previous)} a year ago" if r.previous is not None else ""
    target = f"; the target is {told(r.target)}" if r.target is not None else ""
    whom, gives = _who_answered(r.n)
    value = f"{told(r.value)}{_range(r, told)}"
    return f"{label}: {whom[0].lower()}{whom[1:]} {gives} {value}{_of_month(month)}{then}{target}."


def brought(r: Reading, what: str, currency: str) -> str:
    """Revenue or margin of twelve months, against the twelve before."""

    def told(value: float) -> str:
        return money_prose(value, currency)

    said = [_more_money(r, told), _to_target(r.value, r.target, told)]
    if r.value < 0:
        head = f"{what[:1].upper()}{what[1:]} of the last 12 months is below zero: {told(r.value)}"
    else:
        head = f"Customers brought {told(r.value) if r.value else 'no'} {what}"
    return f"{head}{_joined(said)}."


def margin_source(declared: str | None, *, flat: bool) -> str:
    """Where margin comes from, which is always said."""
    if declared is None:
        return "Margin is what the transactions table brings."
    rate = formatting.rate(declared)
    if flat:
        return f"Margin is taken as {rate} of revenue (declared in worthline.toml), so it moves only as revenue does."
    return f"Margin is what the transactions table brings; where it brings none, {rate} of revenue (declared)."


def poor_service(r: Reading, cash: float | None, capacity: float | None, hours: float | None, currency: str) -> str:
    """What failures cost, split into cash and staff time."""

    def told(value: float) -> str:
        return money_prose(value, currency)

    if r.value == 0:
        return f"No cost of fixing things that should have worked is recorded{_joined([_more_money(r, told)])}."
    more = f" ({_more_money(r, told)})" if _more_money(r, told) else ""
    target = f"; the target is {told(r.target)}" if r.target is not None else ""
    split = _split(cash, capacity, hours, told)
    return f"Fixing things that should have worked cost {told(r.value)}{more}{split}{target}."


def _split(cash: float | None, capacity: float | None, hours: float | None, told: formatting.Formatter) -> str:
    time = how_many(round(hours), "staff hour") if hours else ""
    if capacity is None:
        return ", all of it in cash; staff time is not known and not in it"
    if cash is None:
        return f", all of it staff time{f' ({time})' if time else ''}; refunds and credits are not known and not in it"
    return f": {told(cash)} in cash and {f'{time} worth' if time else 'staff time worth'} {told(capacity)}"


def wallet(r: Reading) -> str:
    """The part of their spending that customers give the company."""
    target = f"; the target is {share(r.target)}" if r.target is not None else ""
    asked = f"{how_many(r.n, 'customer')} asked" if r.n is not None else "customers asked"
    verb = "gives" if r.n == 1 else "give"
    return f"The {asked} {verb} you {share(r.value)} of what they spend{_range(r, share)}{_up_or_down(r)}{target}."


def balances(r: Reading, currency: str) -> str:
    """What customers hold with the company."""

    def told(value: float) -> str:
        return money_prose(value, currency)

    said = [_more_money(r, told), _to_target(r.value, r.target, told)]
    return f"Customers hold {told(r.value)} with you{_joined(said)}."


def net_revenue_retention(r: Reading, *, by_fees: bool) -> str:
    """What last year's customers pay now of what they paid then: fees on two days, or sums of twelve months."""
    target = f"; the target is {share(r.target)}" if r.target is not None else ""
    if by_fees:
        head = f"The customers of a year ago now pay {share(r.value)} of the fees they paid then, leavers included"
    else:
        head = (
            f"In twelve months last year's customers brought {share(r.value)} of what they brought in the twelve "
            "before, leavers included"
        )
    return f"{head}{_up_or_down(r)}{target}."


def earned_growth(r: Reading) -> str:
    """Growth from customers kept, referred or come by themselves."""
    target = f"; the target is {share(r.target)}" if r.target is not None else ""
    grew = "Revenue shrank by" if r.value < 0 else "Revenue grew by"
    size = share(abs(r.value))
    was = f", {share(r.previous)} a year earlier" if r.previous is not None else ""
    return f"{grew} {size} through customers kept and customers earned, bought growth left out{was}{target}."


def _months(number: int) -> str:
    return "month" if number == 1 else f"{number} months"


def _who_answered(n: int | None) -> tuple[str, str]:
    if n == 1:
        return "The one answer", "gives"
    if n is not None and n < FEW_ANSWERS:
        return f"The {count(n)} answers", "give"
    return "The customers who answered", "give"


def _of_month(month: str | None) -> str:
    return f" in {formatting.month(month)}" if month else ""


def _range(r: Reading, told: formatting.Formatter) -> str:
    return f" ({told(r.low)} to {told(r.high)})" if r.low is not None and r.high is not None else ""


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


def _more_money(r: Reading, told: formatting.Formatter) -> str:
    if r.previous is None:
        return ""
    if r.value == r.previous:
        return "as much as a year ago"
    return f"{told(abs(r.value - r.previous))} {'more' if r.value > r.previous else 'less'} than a year ago"


def _to_target(value: float, target: float | None, told: formatting.Formatter) -> str:
    if target is None:
        return ""
    if value == target:
        return f"exactly the target of {told(target)}"
    return f"{told(abs(value - target))} {'above' if value > target else 'short of'} the target of {told(target)}"


def _joined(said: list[str]) -> str:
    parts = [part for part in said if part]
    return ", " + " and ".join(parts) if parts else ""
