"""Companies of the second simulator (demo/independent) as arrays, as a run would read them at the end of a month.

Gives     Past: customers with what each brought in the `ahead` months after; who left at which age; models and forecasts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from worthline.customers.value import backtest, contract, price_level, shopping
from worthline.customers.value.customer_arrays import CustomerArrays
from worthline.customers.value.renewals import Leavers
from worthline.demo import independent
from worthline.stats.passing_rise import passing_rise

DAYS = 365.25 / 12


@dataclass(frozen=True)
class Past:
    """Customers on a day, who left until then, and what the month of leaving brought."""

    customers: CustomerArrays
    leavers: Leavers | None
    last_month: float

    def models(self, only=None):
        if self.leavers is None:
            return shopping.candidates(self.customers, only=only)[0]
        return contract.candidates(self.customers, self.leavers, self.last_month)[0]


@dataclass(frozen=True)
class Forecast:
    """Of the next twelve months, with what they brought."""

    outcomes: tuple[float, float, float]
    published: tuple[float, float, float]
    actual: float

    def holds(self, interval):
        return interval[1] <= self.actual <= interval[2]

    @property
    def ratio(self):
        """Width of the published interval over that of outcomes."""
        return (self.published[2] - self.published[1]) / (self.outcomes[2] - self.outcomes[1])


def forecast(setting: str, seed: int, months: int = 30) -> Forecast:
    """As a run makes it without a churn model: chosen and tested on the year before, fitted again on all."""
    world = independent.make(setting, seed=seed, months=months)
    if world.life.setting.snapshots:
        now = _two_snapshots(world, months, 12)
        worth = now.models()[0].worth(now.customers, 12, 1.0, bounds=False)  # no past to test it on
        return Forecast(worth.total(), worth.total(), float(now.customers.later.sum()))
    then, now = past(world, months - 12), past(world, months)
    models = then.models()
    tested = backtest.held(models, then.customers, 12, None)
    found = now.models(tested.best.name) or now.models()
    best = tested.among([model.name for model in found]).best.name
    model = next((model for model in found if model.name == best), found[0])
    miss = backtest.miss(next((m for m in models if m.name == model.name), models[0]), then.customers, 12)
    here = now.customers.only(now.customers.here)
    worth = model.worth(here, 12, 1.0, bounds=False)
    error = miss.error(12, worth.relative_sd)
    return Forecast(worth.total(), worth.total(error), float(here.later.sum()))


def past(world: independent.World, months: int, ahead: int = 12) -> Past:
    """The company as of the end of its first `months` months."""
    return _shop(world, months, ahead) if world.life.setting.kind == "shop" else _contract(world, months, ahead)


def _two_snapshots(world, months, ahead):
    """Who left within the last months is only known to have been there at their begin."""
    span = world.life.setting.snapshots
    paid, active, _, tenure = _months(world)
    first, last = months - 1 - span, months - 1
    start = active[:, first]
    now, gone = start & active[:, last], start & ~active[:, last]
    age = tenure[:, first]
    most = int(age[start].max()) + 1
    counts = [np.bincount(age[rows], minlength=most).astype(float) for rows in (start, gone)]
    customers = _members(paid, tenure, now, months, ahead)
    level = customers.year.sum() / (customers.weight[0] + customers.weight[1]).sum()
    # The month of leaving is paid, and half of the others of the span on average.
    last_month = paid[gone, months - span : months].sum() / gone.sum() - (span - 1) / 2 * level
    return Past(customers, Leavers(np.arange(most), np.full(most, span), *counts), float(last_month))


def _months(world):
    """Of each customer and month: margin, active at its end, leaves in it, tenure."""
    paid, here, leaves = (np.array([r[name] for r in world.life.records]).T for name in ("margin", "here", "leaves"))
    tenure = np.arange(here.shape[1]) - world.life.people.joined[:, None]
    return paid, here & ~leaves, leaves, tenure


def _contract(world, months, ahead):
    life = world.life
    paid, active, leaves, tenure = _months(world)
    ages = months + int(max(0, -life.people.joined.min())) + 2
    at_risk, lost = np.zeros(ages), np.zeros(ages)
    gone = np.array([(leaves[:, t + 1] & active[:, t]).sum() for t in range(months - 1)], dtype=float)
    rise = passing_rise(gone, active[:, : months - 1].sum(axis=0).astype(float))
    for t in range(months - 1):
        at_risk += np.bincount(tenure[active[:, t], t], minlength=ages)
        goes = leaves[:, t + 1] & active[:, t]
        lost += np.bincount(tenure[goes, t], minlength=ages) * rise.get(t, 1.0)
    now = active[:, months - 1]
    gone = leaves[:, max(months - 12, 0) : months]
    last_month = paid[:, max(months - 12, 0) : months][gone]
    before = max(months - 12, 0)
    customers, _ = price_level.at_todays_prices(
        _members(paid, tenure, now, months, ahead),
        lambda: _members(paid, tenure, active[:, before - 1], before, 0) if before >= 6 else None,
    )
    return Past(customers, Leavers.by_age(at_risk, lost), float(last_month.mean()) if last_month.size else 0.0)


def _members(paid, tenure, now, months, ahead):
    """The `now` active at the end of month `months`; the month of joining is paid in full."""
    age = tenure[now, months - 1].astype(float)
    seen = np.minimum(age + 1, months)
    three = np.minimum(seen, 3.0)
    nine = np.minimum(seen, 12.0) - three
    return CustomerArrays(
        here=np.ones(int(now.sum()), bool),
        tenure=age,
        net=(paid[now, months - 3 : months].sum(axis=1), paid[now, max(months - 12, 0) : months - 3].sum(axis=1)),
        weight=(three, nine),
        bought=(np.zeros(int(now.sum())),) * 3,
        spend=np.zeros(int(now.sum())),
        later=paid[now, months : months + ahead].sum(axis=1),
        costed=True,
    )


def _shop(world, months, ahead):
    life = world.life
    rng = life.generator(7)
    n = life.customers
    weeks = [set() for _ in range(n)]
    spend = np.zeros(n)
    recent = np.zeros((2, n))
    net = np.zeros((2, n))
    later = np.zeros(n)
    margin = np.array([r["margin"] for r in life.records])
    end = months * DAYS
    for t, (rows, revenue) in enumerate(life.orders[: months + ahead]):
        if t >= months:
            later += margin[t]
            continue
        day = (t + rng.random(rows.size)) * DAYS
        week = ((end - day) // 7).astype(int)
        for row, w in zip(rows.tolist(), week.tolist(), strict=True):
            weeks[row].add(w)
        spend += np.bincount(rows, revenue, n)
        if t >= months - 12:
            part = 0 if t >= months - 3 else 1
            recent[part] += np.bincount(rows, revenue, n)
            net[part] += margin[t]
    ever = np.array([bool(w) for w in weeks])
    first = np.array([max(w) if w else 0 for w in weeks], float)[ever]
    last = np.array([min(w) if w else 0 for w in weeks], float)[ever]
    x = np.array([len(w) for w in weeks], float)[ever] - 1
    k = int(ever.sum())
    # Active: bought within the last 12 months.
    customers = CustomerArrays(
        here=(recent.sum(axis=0) > 0)[ever],
        tenure=np.zeros(k),
        net=(net[0][ever], net[1][ever]),
        weight=(recent[0][ever], recent[1][ever]),
        bought=(x, first - last, first + 0.5),
        spend=spend[ever] / (x + 1),
        later=later[ever],
        costed=True,
    )
    return Past(customers, None, 0.0)
