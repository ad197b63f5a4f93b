"""In which months of the year customers buy more than usual, where nobody signs a contract.

Reads     the panel: orders by customer and month.
Gives     buying: a factor for each month of the year, mean 1; None where two years show no season.
Method    orders after the first are held against what a smooth curve of customers' age says (Poisson regression on age,
          by month of the first order); what two years do alike beyond that is the season (stats/season).
Assumes   a season moves all customers alike, new and old.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from worthline.stats.season import YEAR, Floats, Months, season

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.results import Compute, Resolved

FEW = 50.0
"""Orders expected in a month below which it tells nothing of a season."""
ROUNDS = 3
"""Times that the curve of age is learnt again with the season in it."""
LEAST, MOST = 0.2, 5.0
"""Factors beyond these are cut: no season that lasts empties a month."""


def buying(panel: ir.Table, rooms: Compute, until: int, settings: Resolved) -> Floats | None:
    """A factor for each month of the year (January first), mean 1; `panel` with `at`, its month as a number.

    None under contract, and where customers come back too seldom to follow a season (who pays once a year has none).
    Shapes: gives (12,).
    """
    if settings.setting == "contractual" or (settings.lapse_months or YEAR) > YEAR / 2:
        return None
    p = panel.filter(panel.orders > 0, panel["at"] <= until)
    since = p.group_by(who=p.customer_id).agg(first=p["at"].min())
    joined = p.inner_join(since, [p.customer_id == since.who])
    monthly_orders = joined.group_by("first", "at").agg(orders=joined.orders.sum().cast("int64"), n=joined.count())
    rows = rooms.fetch(monthly_orders.order_by("first", "at"))
    first, month, orders, n = (
        np.array(rows[name].to_numpy(), dtype=np.int64) for name in ("first", "at", "orders", "n")
    )
    return factors(first, month, orders, n, until)


def factors(first: Months, at: Months, orders: Months, n: Months, until: int) -> Floats | None:
    """The same from orders, of `n` customers, by month of their first order and month; pairs without may be missing.

    Shapes: `first`, `at`, `orders`, `n` (k,); gives (12,).
    """
    begins = first == at
    if not begins.any():
        return None
    months = np.arange(int(first.min()), until + 1)
    origin, size = int(months[0]), len(months)
    customers, repeats = np.zeros(size), np.zeros((size, size))
    customers[first[begins] - origin] = n[begins]
    repeats[first - origin, at - origin] = orders
    repeats[first[begins] - origin, at[begins] - origin] -= n[begins]
    cohort, month = np.nonzero(np.triu(np.ones((size, size), dtype=bool)) & (customers > 0)[:, None])
    observed = repeats[cohort, month]
    observed_by_month = np.bincount(month, observed, minlength=size)
    seasonal = np.ones(YEAR)
    for _ in range(ROUNDS):
        by_season = seasonal[months % YEAR]
        expected = _by_age(month - cohort, cohort == 0, customers[cohort] * by_season[month], observed)
        usual = np.bincount(month, expected, minlength=size) / by_season
        is_usable = usual >= FEW
        estimate = (
            season(months[is_usable], observed_by_month[is_usable] / usual[is_usable], 1 / usual[is_usable])
            if is_usable.any()
            else None
        )
        if estimate is None or not estimate.years:
            return None
        raw = np.clip(1 + estimate.of(np.arange(YEAR)), LEAST, MOST)
        seasonal = raw / raw.mean()
    return seasonal


def _by_age(
    age: Months, begun: np.ndarray[tuple[int], np.dtype[np.bool_]], customers: Floats, observed: Floats
) -> Floats:
    """Orders expected of so many customers so many months after their first: Poisson regression on age.

    `begun`: customers known from the first month of all, most of whom had bought before; their curve is their own.
    """
    grown = np.log1p(age)
    curve = [np.ones(age.size), grown, grown**2, (age == 0).astype(float)]
    parts = [column * begun for column in curve] if begun.any() and not begun.all() else []
    x = np.column_stack([*curve, *parts])
    mean = np.maximum(observed, 0.5)
    for _ in range(12):
        working = np.log(mean / customers) + (observed - mean) / mean
        root = np.sqrt(mean)
        beta = np.linalg.lstsq(x * root[:, None], working * root, rcond=None)[0]
        mean = np.maximum(customers * np.exp(np.clip(x @ beta, -20, 20)), 1e-9)
    return np.asarray(mean)
