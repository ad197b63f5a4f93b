"""After how many months without a purchase a customer has lapsed, where nobody signs a contract.

Reads     the dates of purchases.
Gives     Lapse: 1, 3, 6, 12 or 24 months, with the sentence that says why; None where it is undefined.
Method    METHODS.md 4: the smallest of these within which 90% of the gaps between purchases close.
          Kaplan & Meier (1958), J. Am. Stat. Assoc. 53, 457-481: a gap still open on the as-of date is
          censored there. A month is 365.25 / 12 days; purchases on one day are one.
Assumes   a gap's length says nothing about when it began.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from worthline.results import Fetch

if TYPE_CHECKING:
    import ibis.expr.types as ir

CHOICES = (1, 3, 6, 12, 24)
CLOSED_SHARE = 0.9
MONTH_DAYS = 365.25 / 12

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lapse:
    """How long a silence means that a customer is gone."""

    months: int | None
    says: str
    closed: int
    """Gaps that ended with another purchase."""
    open: int
    """Gaps still open on the as-of date: one a customer."""

    def __str__(self) -> str:
        return self.says


def lapse_months(transactions: ir.Table, as_of: date, fetch: Fetch) -> Lapse:
    """The lapse of a company's customers; 24 months, and said so, where fewer than 90% of gaps close by then.

    `transactions` is the canonical table: purchases are rows of kind purchase with an amount above zero.
    """
    import ibis

    t = transactions
    bought = t.filter(t.customer_id.notnull(), t.kind == "purchase", t.amount > 0, t.at_date <= as_of)
    days = bought.select("customer_id", day=bought.at_date).distinct()
    later = days.day.lead().over(group_by=days.customer_id, order_by=days.day.asc())
    gaps = days.mutate(later=later)
    gaps = gaps.select(
        "day",
        closed=gaps.later.notnull(),
        days=ibis.coalesce(gaps.later, ibis.literal(as_of)).delta(gaps.day, unit="day").cast("int64"),
    )
    counted = gaps.group_by("days", "closed").agg(n=gaps.count(), first=gaps.day.min())
    found = fetch(counted.order_by("days", "closed"))
    length, n = found["days"].to_numpy(), found["n"].to_numpy()
    closed = found["closed"].to_numpy(zero_copy_only=False)
    first = min(found["first"].to_pylist(), default=as_of)
    return choose(length, np.where(closed, n, 0), np.where(closed, 0, n), (as_of - first).days)


def choose(length: Counts, closed: Counts, still_open: Counts, seen: int) -> Lapse:
    """The lapse from counts of gaps by length in days, ascending; a length may stand twice.

    `seen`: days from the first purchase of all to the as-of date.
    """
    gaps, left_open = int(closed.sum()), int(still_open.sum())
    if gaps == 0:
        return Lapse(None, "Nobody has bought twice, so no lapse can be found from the gaps.", 0, left_open)
    shares = {months: closed_within(length, closed, still_open, months * MONTH_DAYS) for months in CHOICES}
    for months, share in shares.items():
        if share >= CLOSED_SHARE:
            return Lapse(
                months, f"{share:.0%} of gaps between purchases close within {_words(months)}.", gaps, left_open
            )
    most = CHOICES[-1]
    only = f"Only {shares[most]:.0%} of gaps between purchases close within"
    if seen >= most * MONTH_DAYS:
        return Lapse(most, f"{only} {_words(most)}, the longest looked at.", gaps, left_open)
    says = f"{only} the {_span(seen)} of data, so {_words(most)}, the longest looked at, is taken."
    return Lapse(most, says, gaps, left_open)


def closed_within(length: Counts, closed: Counts, still_open: Counts, days: float) -> float:
    """Kaplan-Meier share of gaps that close within `days`; a gap censored on a day is at risk on it."""
    lengths, group = np.unique(length, return_inverse=True)
    ends = np.bincount(group, weights=closed, minlength=len(lengths))
    total = ends + np.bincount(group, weights=still_open, minlength=len(lengths))
    at_risk = total[::-1].cumsum()[::-1]
    early = lengths <= days
    return float(1 - np.prod(1 - ends[early] / at_risk[early]))


def _span(days: int) -> str:
    """Whole months from two on, days below."""
    months = int(days / MONTH_DAYS)
    if months < 2:
        return "one day" if days == 1 else f"{days} days"
    return f"{months} months"


def _words(months: int) -> str:
    return "a month" if months == 1 else f"{months} months"
