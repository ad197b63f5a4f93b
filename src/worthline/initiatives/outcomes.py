"""What an initiative is measured by: hard outcomes, and what its customers get. numpy only.

Reads     columns of queries.units by name.
Gives     OUTCOMES: how each is computed, its words, its unit, which way is better for the company and the customer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from worthline.stats.cross_fitting import Floats

Column = Callable[[str], Floats]
Values = Callable[[Column, int], Floats]
PRESENCE, MONEY = "presence", "money"
"""What purchases tell where nobody signs a contract, and where revenue is counted from them."""
TO_DATE = "margin_to_date"
"""The outcome whose effect, times the customers assigned, is the benefit."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome of the customers assigned; `estimand` holds {months} where the horizon is named, else {until}."""

    name: str
    title: str
    estimand: str
    unit: Literal["share", "amount", "score", "count"]
    values: Values
    """(column, horizon) -> values (units,); NaN where not known."""
    side: Literal["company", "customer"]
    """Whose benefit it is."""
    higher_is_better: bool = True
    has_horizon: bool = True
    uses_history: bool = True
    """Whether what the months before brought narrows its interval."""
    divided_by: Values | None = None
    """Of a quotient of sums: what stands below."""
    before: str | None = None
    """Column of the same quantity before the assignment, which narrows its interval beside the common ones."""
    population: Literal["customers", "prospects", "everyone"] = "customers"
    """Of which units, by what they were when assigned, it tells anything."""
    sources: tuple[str, ...] = ()
    """What it is counted from, as record_ends names it; none: it says itself how long it runs."""
    is_recorded: bool = False
    """Whether the file of the assignment says it itself, so that no window has to be complete."""


def recorded(name: str, *, is_share: bool) -> Outcome:
    """An outcome that the treatments file brings as a column of its own."""
    return Outcome(
        name,
        name,
        f"{name} as recorded",
        "share" if is_share else "count",
        lambda column, horizon: column(name),
        "company",
        has_horizon=False,
        is_recorded=True,
    )


def _summed(name: str) -> Values:
    return lambda column, horizon: column(f"{name}_{horizon}")


def _score(column: Column, horizon: int) -> Floats:
    answered = column(f"answered_{horizon}") > 0
    return np.where(answered, column(f"score_{horizon}"), np.nan)


OUTCOMES: dict[str, Outcome] = {
    one.name: one
    for one in (
        Outcome(
            "retention",
            "Retention",
            "share still customers {months} later",
            "share",
            _summed("kept"),
            "company",
            sources=(PRESENCE,),
        ),
        Outcome(
            "first_purchase",
            "First purchase",
            "share who became customers within {months}",
            "share",
            _summed("began"),
            "company",
            uses_history=False,
            population="prospects",
            sources=(PRESENCE,),
        ),
        Outcome(
            "margin",
            "Gross margin",
            "gross margin over the next {months}",
            "amount",
            _summed("margin"),
            "company",
            population="everyone",
            sources=(MONEY,),
        ),
        Outcome(
            TO_DATE,
            "Gross margin to date",
            "gross margin from the month after assignment to {until}",
            "amount",
            lambda column, horizon: column("margin_to_date"),
            "company",
            has_horizon=False,
            population="everyone",
            sources=(MONEY,),
        ),
        Outcome(
            "purchases",
            "Purchases",
            "purchases in the next {months}",
            "count",
            _summed("orders"),
            "company",
            population="everyone",
            sources=("transactions",),
        ),
        Outcome(
            "upsell",
            "Monthly fees",
            "monthly fees {months} later, 0 for customers who left",
            "amount",
            _summed("fee"),
            "company",
            before="fee_before",
        ),
        Outcome(
            "balance",
            "Balance",
            "balance {months} later, 0 for customers who left",
            "amount",
            lambda column, horizon: column(f"balance_{horizon}") * column(f"kept_{horizon}"),
            "company",
            before="balance_before",
            sources=("balances", PRESENCE),
        ),
        Outcome(
            "share_of_wallet",
            "Share of wallet",
            "latest share of wallet within {months}, of customers who answered",
            "share",
            _summed("wallet"),
            "company",
            uses_history=False,
            sources=("wallet",),
        ),
        Outcome(
            "contacts",
            "Contacts",
            "contacts in the next {months}",
            "count",
            _summed("contacts"),
            "customer",
            higher_is_better=False,
            sources=("interactions",),
        ),
        Outcome(
            "next_score",
            "Latest score",
            "latest score within {months}, of customers who answered",
            "score",
            _score,
            "customer",
            uses_history=False,
            sources=("feedback",),
        ),
        Outcome(
            "price_paid",
            "Price paid a month",
            "revenue a month as a customer over the next {months}",
            "amount",
            _summed("revenue"),
            "customer",
            higher_is_better=False,
            uses_history=False,
            divided_by=_summed("months"),
            sources=(MONEY, PRESENCE),
        ),
    )
}
