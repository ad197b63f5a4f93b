"""What each initiative returned, and the verdict over all of them. Arithmetic and words only.

Reads     Returns: benefit to date with its error, grade and cost by initiative.
Gives     the figures `proven_return` and `verdict`; rows of `initiative_returns`.
Method    proven net return: benefits of grade A or B, harm included, minus the cost of every initiative that has
          begun, proven or not. Errors of initiatives add as independent ones.
Assumes   customers of several experiments were drawn for each by a lot of its own, so that main effects add up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from worthline.initiatives.costs import Cost
from worthline.initiatives.results import money
from worthline.metrics.formatting import count, day, decimal, how_many, money_prose, share
from worthline.results import Figure, Grade, Resolved, leaves_out_zero
from worthline.stats.experiments import Amount, added

PROVEN: tuple[Grade, ...] = ("A", "B")
VERDICT, PROVEN_RETURN = "verdict", "proven_return"
COUNTED = "customers, counted per initiative"
"""A customer whom several initiatives reached counts in each."""
_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


@dataclass(frozen=True, slots=True)
class Return:
    """Benefit to date of one initiative, over all its arms; None where it was not measured."""

    cost: Cost
    benefit: Amount | None = None
    grade: Grade | None = None
    customers: int = 0
    has_proof: bool = False
    """Whether an effect on anything is proven, be it not on margin."""
    runs_until: date | None = None
    """The date of proof of an experiment that still runs: until then it returns nothing that is proven."""

    @property
    def is_proven(self) -> bool:
        """Whether its benefit counts as proven money."""
        return self.benefit is not None and self.grade in PROVEN


@dataclass(frozen=True, slots=True)
class Approved:
    """What was approved of which initiatives."""

    net: Decimal
    initiatives: frozenset[str]

    @classmethod
    def of(cls, register: Sequence[Mapping[str, Any]]) -> Approved | None:
        """From rows of benefits_register; None where nothing was approved."""
        if not register:
            return None
        net = sum((row["approved_net"] for row in register), Decimal(0))
        return cls(net, frozenset(row["initiative"] for row in register))


def figures(returns: Sequence[Return], settings: Resolved, approved: Approved | None = None) -> tuple[Figure, ...]:
    """The verdict and what stands behind it; nothing where no initiative was brought."""
    begun = [initiative for initiative in returns if initiative.cost.began is not None]
    if not begun:
        return ()
    proven = [initiative for initiative in begun if initiative.is_proven]
    unknown = [initiative for initiative in begun if not initiative.cost.is_known]
    cost = sum((initiative.cost.total or Decimal(0) for initiative in begun), Decimal(0))
    if not proven:
        return (_not_measured(begun, cost, unknown, settings),)
    benefit = added([initiative.benefit for initiative in proven if initiative.benefit is not None])
    return (
        _verdict(begun, proven, unknown, benefit, cost, settings, approved),
        _proven_return(begun, proven, benefit, cost, settings, approved),
    )


def _proven_return(
    begun: Sequence[Return],
    proven: Sequence[Return],
    total: Amount,
    cost: Decimal,
    settings: Resolved,
    approved: Approved | None,
) -> Figure:
    c, benefit, (low, high) = settings.currency, total.estimate, total.interval()
    ends = money_prose(round(low, 2), c), money_prose(round(high, 2), c)
    sentence = (
        f"{_counted(len(begun))} cost {money_prose(cost, c)} and returned a "
        f"{'proven' if leaves_out_zero(low, high) else 'measured'} {money_prose(round(benefit, 2), c)} "
        f"(95% CI {ends[0]} to {ends[1]})"
    )
    sentence += "." if approved is None else f"; {_net_approved(approved, begun, c)}."
    others = [initiative for initiative in begun if not initiative.is_proven and initiative.runs_until is None]
    if others:
        sentence += f" Not proven: {', '.join(initiative.cost.name for initiative in others)}."
    sentence += _running(begun)
    return Figure(
        name=PROVEN_RETURN,
        label="Proven return",
        value=_float(benefit, settings),
        low=_float(low, settings),
        high=_float(high, settings),
        unit="money",
        basis="effect",
        grade=_weakest(proven),
        n=sum(initiative.customers for initiative in proven),
        as_of=settings.as_of.isoformat(),
        sentence=sentence,
        method=_METHOD,
        tables=("initiative_results", "initiative_costs"),
        details={
            "counted": COUNTED,
            "sql": f"select {_PROVEN_SQL} as value",
            "cost": float(cost),
            "net": _float(benefit - float(cost), settings),
            "initiatives": {
                initiative.cost.initiative: initiative.benefit.estimate if initiative.benefit else None
                for initiative in begun
            },
        },
    )


def _verdict(
    begun: Sequence[Return],
    proven: Sequence[Return],
    unknown: Sequence[Return],
    benefit: Amount,
    cost: Decimal,
    settings: Resolved,
    approved: Approved | None,
) -> Figure:
    c, net = settings.currency, benefit.estimate - float(cost)
    low, high = (end - float(cost) for end in benefit.interval())
    ends = f"95% CI {money_prose(round(low, 2), c)} to {money_prose(round(high, 2), c)}"
    size = money_prose(round(abs(net), 2), c)
    beside = _beside(net, approved, begun, c)
    if low > 0:
        sentence = f"Yes, customer experience pays at {settings.name}: {size} net ({ends}){beside}."
    elif high < 0:
        # Said as a cost, so that its interval is one of costs, too.
        ends = f"95% CI {money_prose(round(-high, 2), c)} to {money_prose(round(-low, 2), c)}"
        sentence = (
            f"No: initiatives at {settings.name} cost {size} more than they are proven to return ({ends}){beside}."
        )
    else:
        signed = money_prose(round(net, 2), c)
        sentence = f"Not proven yet: initiatives at {settings.name} returned {signed} net ({ends}){beside}."
    if unknown:
        sentence += (
            f" The cost of {', '.join(initiative.cost.name for initiative in unknown)} is not known and not in it."
        )
    lede = (
        f"{len(proven)} of {how_many(len(begun), 'initiative')} {'is' if len(proven) == 1 else 'are'} measured by a "
        "control group or a comparison."
    )
    return Figure(
        name=VERDICT,
        label="Does it pay?",
        value=_float(net, settings),
        low=_float(low, settings),
        high=_float(high, settings),
        unit="money",
        basis="effect",
        grade=_weakest(proven),
        n=sum(initiative.customers for initiative in proven),
        as_of=settings.as_of.isoformat(),
        sentence=sentence,
        method=_METHOD,
        tables=("initiative_results", "initiative_returns"),
        details={"counted": COUNTED, "lede": lede, "sql": f"select {_PROVEN_SQL} - {_COST_SQL} as value"},
    )


_NEAR = 0.015
"""How near to such a part a ratio must be to be called by its name."""
_PARTS = {0.25: "a quarter of", 1 / 3: "a third of", 0.5: "half of", 2 / 3: "two thirds of", 0.75: "three quarters of"}


def _beside(net: float, approved: Approved | None, begun: Sequence[Return], currency: str) -> str:
    """What was approved, in words that follow the net return; a part of it where both are of the same initiatives."""
    if approved is None:
        return ""
    approved_net = money_prose(approved.net, currency)
    if approved.initiatives != {initiative.cost.initiative for initiative in begun} or net <= 0 or approved.net <= 0:
        return f"; {_net_approved(approved, begun, currency)}"
    ratio = net / float(approved.net)
    if ratio >= 1:
        return f", {'all of' if ratio < 1 + _NEAR else f'{decimal(ratio, 1)} times'} the {approved_net} approved"
    named = next((name for part, name in _PARTS.items() if abs(ratio - part) <= _NEAR), f"{share(ratio, 0)} of")
    return f", {named} the {approved_net} approved"


def _net_approved(approved: Approved, begun: Sequence[Return], currency: str) -> str:
    sentence = f"{money_prose(approved.net, currency)} net was approved"
    names = {initiative.cost.initiative for initiative in begun}
    if approved.initiatives == names:
        return sentence
    both = len(approved.initiatives & names)
    return f"{sentence} for {how_many(len(approved.initiatives), 'initiative')}, {both} of them begun"


def _not_measured(begun: Sequence[Return], cost: Decimal, unknown: Sequence[Return], settings: Resolved) -> Figure:
    priced = (
        f" {'It' if len(begun) == 1 else 'They'} cost {money_prose(cost, settings.currency)}."
        if len(unknown) < len(begun)
        else ""
    )
    elsewhere = [initiative.cost.name for initiative in begun if initiative.has_proof and initiative.runs_until is None]
    running = _running(begun)
    sentence = "Return on initiatives: not measured yet. "
    if elsewhere:
        sentence += (
            f"Effects of {', '.join(elsewhere)} are proven, but not on margin: bring transactions or subscriptions."
        )
    elif running:
        sentence = sentence.rstrip() + running
    else:
        sentence += f"{how_many(len(begun), 'initiative')} began, none with a control group or a comparison that holds."
    sentence += f"{priced} Keep a control group to prove the next one." if not (elsewhere or running) else priced
    return Figure(
        name=VERDICT,
        label="Does it pay?",
        value=None,
        unit="money",
        basis="effect",
        as_of=settings.as_of.isoformat(),
        sentence=sentence,
        method=_METHOD,
        tables=("initiative_results",),
        details={"cost": float(cost)},
    )


def _running(begun: Sequence[Return]) -> str:
    """Which experiments still run, and until when; "" where none does."""
    return "".join(
        f" {initiative.cost.name} still runs; its date of proof is {day(initiative.runs_until)}."
        for initiative in begun
        if initiative.runs_until is not None
    )


_PROVEN_SQL = (
    "(select cast(sum(benefit) as double) from initiative_results where outcome = 'margin_to_date' and segment = 'all' "
    "and grade in ('A', 'B'))"
)
_COST_SQL = "(select cast(coalesce(sum(cost), 0) as double) from initiative_costs where began is not null)"
_METHOD = (
    "Benefit: the effect on gross margin by intention to treat, times the customers assigned. It runs from the month "
    "after the assignment to the last complete month. Of roll-outs: the effect a customer and month, summed. Only "
    "proven benefits count (control group, or a comparison that holds), harm included. The cost is that of every "
    "initiative that has begun, proven or not."
)


def _weakest(proven: Sequence[Return]) -> Grade:
    return max((initiative.grade for initiative in proven if initiative.grade is not None), default="B")


def _counted(number: int) -> str:
    word = _NUMBERS[number] if number < len(_NUMBERS) else count(number)
    return f"{word} initiative{'' if number == 1 else 's'}"


def _float(value: float, settings: Resolved) -> float:
    rounded = money(value, settings.currency)
    assert rounded is not None
    return float(rounded)
