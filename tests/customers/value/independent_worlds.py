"""Companies of the second simulator (demo/independent) as arrays, as a run would read them at the end of a month.

Gives     Past: customers with what each brought in the `ahead` months after; who left at which age; models and forecasts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.worlds.arrays import lapse_months
from worthline.customers.season import factors
from worthline.customers.value import backtest, contract, price_level, shopping
from worthline.customers.value.clock import Clock
from worthline.customers.value.customer_arrays import CustomerArrays
from worthline.customers.value.renewals import Leavers
from worthline.demo import independent
from worthline.demo.independent import files
from worthline.stats.passing_rise import passing_rise


@dataclass(frozen=True)
class Past:
    """Customers on a day, who left until then, and what the month of leaving brought."""

    customers: CustomerArrays
    leavers: Leavers | None
    last_month: float
    gaps: tuple[tuple[float, float], ...] = ()
    """Weeks between a shop's purchases, and how often they occur."""

    def models(self, only=None):
        if self.leavers is None:
            return shopping.candidates(self.customers, self.gaps, only=only)[0]
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
    """Orders on the days of the files, those of a day are one; who ordered within the lapse is a customer."""
    life, n = world.life, world.life.customers
    rng = life.generator(7)
    end = np.datetime64(files.FIRST + months, "D") - 1
    margin = np.array([r["margin"] for r in life.records])
    parts = [(t, *life.orders[t]) for t in range(months)]
    days = [files.order_days(life, t, rows, rng) for t, rows, _ in parts]
    back = [(end - files.days(t, day)).astype(int) for (t, _, _), day in zip(parts, days, strict=True)]
    spent = np.array([np.bincount(rows, revenue, n) for _, rows, revenue in parts])
    pairs = np.unique(np.column_stack([np.concatenate([rows for _, rows, _ in parts]), np.concatenate(back)]), axis=0)
    who, day = pairs.T
    starts = np.flatnonzero(np.r_[True, who[1:] != who[:-1]])
    ever, count = who[starts], np.diff(np.r_[starts, who.size]).astype(float)
    last, first = (day[at] // 7.0 for at in (starts, np.r_[starts[1:], who.size] - 1))
    between = (day[1:] - day[:-1])[who[1:] == who[:-1]] / 7
    clock = Clock.of(_season(life), end.item(), int(first.max()))
    recent = [spent[months - 3 :].sum(axis=0)[ever], spent[max(months - 12, 0) : months - 3].sum(axis=0)[ever]]
    net = [margin[months - 3 : months].sum(axis=0)[ever], margin[max(months - 12, 0) : months - 3].sum(axis=0)[ever]]
    customers = CustomerArrays(
        here=spent[months - lapse_months(life) :].sum(axis=0)[ever] > 0,
        tenure=np.zeros(ever.size),
        net=tuple(net),
        weight=tuple(recent),
        bought=clock.histories(count, first, last),
        spend=spent.sum(axis=0)[ever] / count,
        later=margin[months : months + ahead].sum(axis=0)[ever],
        costed=True,
        pace=clock.pace,
    )
    gaps = tuple(zip(*np.unique(between, return_counts=True), strict=True))
    return Past(customers, None, 0.0, gaps)


def _season(life):
    """As a run finds it, from all months on record."""
    orders = np.array([record["orders"] for record in life.records[: life.months]])
    first = np.where(orders.any(axis=0), (orders > 0).argmax(axis=0), -1)
    cells = [
        (f, t, orders[t, first == f].sum(), (orders[t, first == f] > 0).sum())
        for f in range(life.months)
        for t in range(f, life.months)
    ]
    return factors(*np.array([cell for cell in cells if cell[2]]).T, until=life.months - 1)
