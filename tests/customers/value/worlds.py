"""Worlds in which customers live and pay exactly as a model says, or as the simulated company does; the year after known.

Gives     World: customers as of a day (Standing, with what the twelve months after brought), who left at each age.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np

from worthline.customers.value.customer_arrays import WEEKS, CustomerArrays
from worthline.demo import mobile, shop
from worthline.demo import worlds as lives
from worthline.demo.live import live

YEAR = 12


@dataclass(frozen=True)
class World:
    """Customers on a day, and, under contract, how many of each age were at risk and left until then."""

    customers: CustomerArrays
    at_risk: np.ndarray
    lost: np.ndarray


def members(seed: int, n: int = 600, months: int = 36) -> World:
    """sBG: each leaves with a chance of their own; margins normal about a level of their own."""
    rng = np.random.default_rng(seed)
    joined = rng.integers(0, months, n)
    chance = rng.beta(1.5, 40.0, n)
    leaves = joined + rng.geometric(chance)  # first month not paid
    level = rng.normal(20, 8, n)
    paid = level[:, None] + rng.normal(0, 6, (n, months + YEAR))
    month = np.arange(months + YEAR)
    paid = np.where((month >= joined[:, None]) & (month < leaves[:, None]), paid, 0.0)
    return _members(paid, joined, leaves, months)


def buyers(seed: int, n: int = 800, weeks: float = 104.0) -> World:
    """BG/NBD with Gamma-Gamma: time runs on, nothing falls into whole weeks."""
    rng = np.random.default_rng(seed)
    ahead = YEAR * WEEKS
    age = rng.uniform(0, weeks, n)
    pace, leave = rng.gamma(0.8, 1 / 8.0, n), rng.beta(0.8, 2.5, n)
    scale = rng.gamma(3.74, 1 / 15.44, n)
    x, t_x, spent = np.zeros(n), np.zeros(n), rng.gamma(6.25, 1 / scale)
    later, at, gone = np.zeros(n), np.zeros(n), np.zeros(n, bool)
    while not gone.all():
        at = at + rng.exponential(1 / np.maximum(pace, 1e-12))
        amount = rng.gamma(6.25, 1 / scale)
        gone |= at > age + ahead
        past = ~gone & (at <= age)
        x, t_x, spent = x + past, np.where(past, at, t_x), spent + past * amount
        later += np.where(~gone & (at > age), amount, 0.0)
        gone |= rng.random(n) < leave
    customers = _standing(n, bought=(x, t_x, age), spend=spent / (x + 1), later=0.4 * later, net=0.4 * spent)
    return World(customers, np.zeros(0), np.zeros(0))


def lived(company: ModuleType, seed: int, n: int = 3_000, months: int = 36, ahead: int = YEAR) -> World:
    """The simulated company, where no model is true; `ahead` months after month `months` are what is to be told."""
    life = live(lives.world("identified", seed, n, months + ahead), company, np.arange(n))
    margin = np.array([m["margin"] for m in life.months]).T / 100
    here = np.array([m["here"] for m in life.months]).T
    joined = life.people["joined"].astype(int)
    if company is mobile:
        ends = np.where(here.any(axis=1), here.shape[1] - np.argmax(here[:, ::-1], axis=1), 0)
        return _members(margin, joined, np.where(here[:, -1], here.shape[1] + 1, ends), months, ahead)
    orders = np.array([m["orders"] for m in life.months]).T[:, :months] > 0
    revenue = np.array([m["revenue"] for m in life.months]).T[:, :months] / 100
    ever = orders.any(axis=1)
    orders, revenue, margin = orders[ever], revenue[ever], margin[ever]
    first, last = np.argmax(orders, axis=1), months - 1 - np.argmax(orders[:, ::-1], axis=1)
    x = orders.sum(axis=1) - 1.0
    spend = np.maximum(revenue.sum(axis=1), 0.01) / (x + 1)
    customers = _standing(
        int(ever.sum()),
        bought=(x, (last - first) * WEEKS, (months - first - 0.5) * WEEKS),
        spend=spend,
        later=margin[:, months : months + ahead].sum(axis=1),
        net=margin[:, months - 12 : months].sum(axis=1),
        weight=np.maximum(revenue[:, months - 12 :].sum(axis=1), 0.0),
    )
    return World(customers, np.zeros(0), np.zeros(0))


def companies() -> dict[str, ModuleType]:
    """The simulated companies, by setting."""
    return {"contract": mobile, "buy": shop}


def _members(paid, joined, leaves, months, ahead=YEAR):
    """From months of margin; `leaves`: the first month at whose end a customer is gone, and in which nothing is paid."""
    n = len(paid)
    here = (joined < months) & (leaves >= months)
    ages = months + 200
    at_risk, lost = np.zeros(ages), np.zeros(ages)
    for t in range(months - 1):
        active = (joined <= t) & (leaves > t)
        at_risk += np.bincount(np.clip(t - joined[active], 0, ages - 1), minlength=ages)
        goes = active & (leaves == t + 1)
        lost += np.bincount(np.clip(t - joined[goes], 0, ages - 1), minlength=ages)
    seen = np.minimum(months - np.maximum(joined, 0), 12).astype(float)
    three = np.minimum(seen, 3)
    customers = CustomerArrays(
        here=np.ones(int(here.sum()), bool),
        tenure=(months - 1 - joined)[here].astype(float),
        net=(paid[here, months - 3 : months].sum(axis=1), paid[here, months - 12 : months - 3].sum(axis=1)),
        weight=(three[here], (seen - three)[here]),
        bought=(np.zeros(int(here.sum())),) * 3,
        spend=np.zeros(int(here.sum())),
        later=paid[here, months : months + ahead].sum(axis=1),
        costed=True,
    )
    assert len(customers) <= n
    return World(customers, at_risk, lost)


def _standing(n, *, bought, spend, later, net, weight=None):
    zero = np.zeros(n)
    weight = spend * (bought[0] + 1) if weight is None else weight
    return CustomerArrays(
        here=np.ones(n, bool),
        tenure=zero,
        net=(net / 4, net * 3 / 4),
        weight=(weight / 4, weight * 3 / 4),
        bought=bought,
        spend=spend,
        later=later,
        costed=True,
    )
