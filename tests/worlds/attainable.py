"""How near the share that leaves can be told: `python -m tests.worlds.attainable family 4000 4040` prints two lines a horizon.

Method    worlds of a family on arrays: what came of today's customers against an oracle, which knows every parameter (and
          a shop's single orders), and against the true family fitted to the company. No method is nearer than the oracle
          but by luck; the table "How near any method can come" of docs/methods/worlds.md is made by this.
"""

from __future__ import annotations

import sys

import numpy as np
from scipy.special import betaln

from tests.customers.value import independent_worlds as companies
from tests.worlds.arrays import lapse_months
from worthline.customers.value.purchases import PurchaseRates
from worthline.demo import independent

TRUE_SHOP = PurchaseRates(1.5, 1.5 / 1.2 * 365.25 / 12 / 7, 0.8, 8.0, 0.0, 0, after_first=True)
"""Of family_shop: orders at Gamma(1.5) of mean 1.2 a month, in weeks; a chance of stopping after each, Beta(.8, 8)."""
TRUE_MEMBERS = 0.9, 25.0
"""Of family: own hazards are Beta(.9, 25)."""
MONTHS = 30


def of_shop(world):
    """A row a horizon: share that came, oracle's, fitted family's, customers."""
    now, orders = companies.past(world, MONTHS), np.array([record["orders"] for record in world.life.records])
    ever, here = np.flatnonzero(orders[:MONTHS].any(axis=0)), now.customers.here
    x, t_x, age = now.customers.bought
    every_order = orders[:MONTHS, ever].sum(axis=0) - 1.0
    exact = every_order, np.where(every_order > 0, np.maximum(t_x, 0.5), 0.0), age
    fitted = next(model.rates for model in now.models("MBG/NBD"))
    rows = []
    for months in (lapse_months(world.life), 12):
        weeks = now.customers.weeks(months)
        shares = [
            silent(rates, weeks, *history)[here].mean()
            for rates, history in ((TRUE_SHOP, exact), (fitted, (x, t_x, age)))
        ]
        came = (orders[MONTHS : MONTHS + months, ever].sum(axis=0) == 0)[here].mean()
        rows.append((came, *shares, here.sum()))
    return rows


def silent(rates, weeks, x, t_x, age):
    """P(no purchase in the next weeks)."""
    alive = rates.alive(x, t_x, age)
    return 1 - alive + alive * rates.silent_if_alive(weeks, x, t_x, age)


def of_members(world):
    """The same of contracts; NaN where sBG has no maximum."""
    records = world.life.records
    leaves = np.array([record["leaves"] for record in records])
    here = records[MONTHS - 1]["here"] & ~leaves[MONTHS - 1]
    tenure = MONTHS - 1 - world.life.people.joined[here]
    curve = next((model.curve for model in companies.past(world, MONTHS).models() if model.name == "sBG"), None)
    fitted = (np.nan, np.nan) if curve is None else (curve.alpha, curve.beta)
    rows = []
    for months in (3, 12):
        shares = [leaving(a, b + tenure, months).mean() for a, b in (TRUE_MEMBERS, fitted)]
        rows.append((leaves[MONTHS : MONTHS + months, here].any(axis=0).mean(), *shares, here.sum()))
    return rows


def leaving(a, b, months):
    """P(left within so many months) of hazards ~ Beta(a, b)."""
    return 1 - np.exp(betaln(a, b + months) - betaln(a, b))


def main(setting: str, first: int, last: int) -> None:
    """Print the rows of the table."""
    of = of_shop if setting == "family_shop" else of_members
    worlds = np.array([of(independent.make(setting, seed, lives=2, asked=0.0)) for seed in range(first, last)])
    for number, name in enumerate(("soon", "12 months")):
        came, *told, customers = worlds[:, number].T
        for who, share in zip(("oracle", "fitted"), told, strict=True):
            apart = 100 * (share - came)[np.isfinite(share)]
            size = f"{apart.size} worlds, {customers.mean():,.0f} customers, left {came.mean():.1%}"
            error = f"mean {apart.mean():+.2f}, sd {apart.std():.2f}, within 2 points {(np.abs(apart) <= 2).mean():.1%}"
            sys.stdout.write(f"{setting}, {name}, {who}: {size}; {error}\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
