"""After how many months without a purchase a customer has lapsed, where nobody signs a contract.

Reads     the dates of purchases.
Gives     Lapse: 1, 3, 6, 12 or 24 months, with the sentence that says why; None where it is undefined.
          Yearly payers: 12 to 18.
Method    METHODS.md 4: the smallest of these within which 90% of the gaps of customers who come back close. Some never
          do, so the distribution of gaps is that of a cure model: Kaplan & Meier (1958), J. Am. Stat. Assoc. 53,
          457-481, where a gap still open on the as-of date is censored there, over its plateau, the share that
          closes at all (Maller & Zhou 1992, Biometrika 79, 731-739). A month is 365.25 / 12 days; purchases on one
          day are one.
Assumes   a gap's length says nothing about when it began; records are long enough that gaps close which ever will.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from worthline.results import Dataset, Fetch, Resolved

if TYPE_CHECKING:
    import ibis.expr.types as ir

CHOICES = (1, 3, 6, 12, 24)
CLOSED_SHARE = 0.9
MONTH_DAYS = 365.25 / 12

YEARLY = (10, 14)
"""Months between which most gaps lie where customers pay once a year."""
YEARLY_SHARE = 0.5
YEARLY_CHOICES = (12, 13, 14, 15, 16, 18)
HALF_MONTH = MONTH_DAYS / 2
"""A customer of so many months is one until that month ends, on average half a month later: who pays each year on about
the same day is never gone."""

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
    """The lapse of a company's customers; 24 months where fewer than 90% of returning customers' gaps close by then.

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
    all_gaps = fetch(counted.order_by("days", "closed"))
    length, n = all_gaps["days"].to_numpy(), all_gaps["n"].to_numpy()
    closed = all_gaps["closed"].to_numpy(zero_copy_only=False)
    first = min(all_gaps["first"].to_pylist(), default=as_of)
    return choose(length, np.where(closed, n, 0), np.where(closed, 0, n), (as_of - first).days)


def with_lapse(ds: Dataset, declared: int | None, fetch: Fetch) -> Resolved:
    """The settings with the months after which a customer without a contract has lapsed: declared, else estimated."""
    settings = ds.settings
    if settings.setting == "contractual":
        return settings
    because = dict(settings.because)
    months = declared
    if declared is not None:
        because["lapse_months"] = "as set"
    elif "transactions" in ds.tables:
        lapse = lapse_months(ds["transactions"], settings.as_of, fetch)
        months, because["lapse_months"] = lapse.months, lapse.says
    return replace(settings, lapse_months=months, because=because)


def choose(length: Counts, closed: Counts, still_open: Counts, seen: int) -> Lapse:
    """The lapse from counts of gaps by length in days, ascending; a length may stand twice.

    `seen`: days from the first purchase of all to the as-of date.
    """
    gaps, left_open = int(closed.sum()), int(still_open.sum())
    if gaps == 0:
        return Lapse(None, "No customer has bought twice, so no lapse can be estimated.", 0, left_open)
    longest = int(length[closed > 0].max())
    plateau = closed_within(length, closed, still_open, longest)

    def returned(days: float) -> float:
        """Share of the gaps of those who come back that close within `days`."""
        return closed_within(length, closed, still_open, days) / plateau

    last = f" An estimated {1 - plateau:.0%} of purchases are a customer's last."
    yearly = returned(YEARLY[1] * MONTH_DAYS) - returned(YEARLY[0] * MONTH_DAYS)
    if yearly >= YEARLY_SHARE:
        within = (m for m in YEARLY_CHOICES if returned(m * MONTH_DAYS + HALF_MONTH) >= CLOSED_SHARE)
        months = next(within, CHOICES[-1])
        says = (
            f"Customers pay once a year: {yearly:.0%} of gaps between purchases are {YEARLY[0]} to {YEARLY[1]} months."
        )
        return Lapse(months, f"{says} They lapse after {_words(months)}.{last}", gaps, left_open)
    months = next((m for m in CHOICES if returned(m * MONTH_DAYS) >= CLOSED_SHARE), CHOICES[-1])
    share = returned(months * MONTH_DAYS)
    says = f"{share:.0%} of returning customers' gaps between purchases are within {_words(months)}."
    if seen < 2 * months * MONTH_DAYS:
        says += f" Records of {_span(seen)} are short for this: longer gaps may be missing."
    return Lapse(months, says + last, gaps, left_open)


def closed_within(length: Counts, closed: Counts, still_open: Counts, days: float) -> float:
    """Kaplan-Meier share of gaps that close within `days`; a gap censored on a day is at risk on it."""
    lengths, group = np.unique(length, return_inverse=True)
    ends = np.bincount(group, weights=closed, minlength=len(lengths))
    total = ends + np.bincount(group, weights=still_open, minlength=len(lengths))
    at_risk = total[::-1].cumsum()[::-1]
    early = lengths <= days
    return float(1 - np.prod(1 - ends[early] / at_risk[early]))


def _span(days: int) -> str:
    """A length of time in words: whole months from two on, days below."""
    months = int(days / MONTH_DAYS)
    if months < 2:
        return "one day" if days == 1 else f"{days} days"
    return f"{months} months"


def _words(months: int) -> str:
    return "a month" if months == 1 else f"{months} months"
