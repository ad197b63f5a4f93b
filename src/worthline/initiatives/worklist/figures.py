"""What the worklist costs and should return, as a figure. Arithmetic and words only.

Reads     Savings: sums over the customers who are to be contacted.
Gives     the figure savings_available.
Method    net of the cost of every contact; growth actions are not in it. Control customers are not in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from worthline.metrics import formatting
from worthline.results import Figure, Grade, Resolved
from worthline.tables.money import currency_digits

NAME, LABEL = "savings_available", "Margin we could save"
METHOD = (
    "Customers who may be contacted are ranked by expected net gain: the effect of the action on staying x "
    "(value if kept - value if left) - the cost of the action. The list ends where the net gain, the capacity or the "
    "budget does. One action per customer. Customers of the control group are neither contacted nor counted."
)
SQL = "select sum(expected_saving) as value, count(expected_saving) as n\nfrom customer_scores"
QUARTER = 13


@dataclass(frozen=True, slots=True)
class Savings:
    """Over the planned weeks, actions for staying alone."""

    customers: int
    control: int
    drawn: int
    """Of the customers, how many were drawn at random."""
    gross: Decimal
    cost: Decimal
    low: Decimal
    high: Decimal
    grade: Grade
    actions: tuple[str, ...]
    effect: str
    """What the effect of the action is taken to be, and from where: a sentence."""

    @property
    def net(self) -> Decimal:
        """Gain less cost."""
        return self.gross - self.cost


def figure(s: Resolved, savings: Savings) -> Figure:
    """The figure with its sentence."""
    ends = f"{_money(savings.low, s)} to {_money(savings.high, s)}"
    span = f"95% CI {ends}" if savings.grade != "E" else f"{ends} over the range assumed"
    result = "should return" if savings.net >= 0 else "is expected to lose money:"
    says = (
        f"{doing(savings.actions)} {formatting.how_many(savings.customers, 'customer')} {_when(s)} costs "
        f"{_money(savings.cost, s)} and {result} {_money(savings.net, s)} net ({span}). {savings.effect}"
    )
    if savings.control:
        stay = "stays" if savings.control == 1 else "stay"
        says += f" {formatting.how_many(savings.control, 'customer')} {stay} in the control group."
    if savings.drawn == savings.customers:
        says += " No contact is expected to pay: all on the list were drawn at random, to measure the effect."
    elif savings.drawn:
        drawn = formatting.how_many(savings.drawn, "customer")
        says += (
            f" {drawn} on the list {'was' if savings.drawn == 1 else 'were'} drawn at random, to measure the effect."
        )
    return _figure(
        s,
        says,
        value=_float(savings.net, s),
        low=_float(savings.low, s),
        high=_float(savings.high, s),
        grade=savings.grade,
        n=savings.customers,
        details={
            "gross": _float(savings.gross, s),
            "cost": _float(savings.cost, s),
            "control": savings.control,
            "drawn_at_random": savings.drawn,
            "weeks": s.acting.plan_weeks,
            "sql": SQL,
        },
    )


def unknown(s: Resolved, why: str) -> Figure:
    """The figure where it cannot be told; `why` is a sentence with what to do."""
    return _figure(s, f"Margin we could save is not known: {why}")


def nothing(s: Resolved, why: str) -> Figure:
    """Nobody is worth contacting, or may be: no money is made up."""
    return _figure(s, f"No customer is on the worklist: {why}", value=0.0, n=0, grade="E")


def doing(actions: tuple[str, ...]) -> str:
    """What is done, as the beginning of a sentence."""
    return "Calling" if all("call" in name for name in actions) else "Contacting"


def _when(s: Resolved) -> str:
    weeks = s.acting.plan_weeks
    return "next quarter" if weeks == QUARTER else f"in the next {formatting.how_many(weeks, 'week')}"


def _figure(s: Resolved, says: str, **rest: object) -> Figure:
    fields: dict[str, object] = {"value": None, "basis": "forecast", **rest}
    return Figure(
        name=NAME,
        label=LABEL,
        unit="money",
        as_of=s.as_of.isoformat(),
        sentence=says,
        method=METHOD,
        tables=("customer_scores", "worklist", "worklist_candidates"),
        **fields,  # type: ignore[arg-type]
    )


def _money(amount: Decimal, s: Resolved) -> str:
    return formatting.money_prose(round(amount, currency_digits(s.currency)), s.currency)


def _float(amount: Decimal, s: Resolved) -> float:
    return float(round(amount, currency_digits(s.currency)))
