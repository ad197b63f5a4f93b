"""How often the interval of outcomes holds what the next twelve months brought; writes its table into the method's page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from tests.customers.value.independent_worlds import forecast
from tests.customers.value.worlds import buyers, companies, lived, members
from worthline.customers.value import backtest, contract, shopping
from worthline.customers.value.renewals import Leavers

PAGE = Path(__file__).parents[3] / "docs/methods/value.md"


@dataclass
class Study:
    """A value per world."""

    low: np.ndarray
    high: np.ndarray
    middle: np.ndarray
    truth: np.ndarray
    widened: np.ndarray
    """The back-test's error a year before, as a share."""
    each: np.ndarray
    """Share of customers whose own interval holds what they brought."""

    @property
    def covered(self):
        return float(((self.low <= self.truth) & (self.truth <= self.high)).mean())

    @property
    def covered_wide(self):
        more = self.widened * np.abs(self.middle)
        return float(((self.low - more <= self.truth) & (self.truth <= self.high + more)).mean())

    def row(self, name):
        error = self.middle / self.truth - 1
        wide = f"{self.covered_wide:.1%}" if self.widened.any() else ""
        width = ((self.high - self.low) / 2 / self.middle).mean()
        told = (f"{self.covered:.1%}", wide, f"{self.each.mean():.1%}", f"{width:.1%}", f"{error.mean():+.1%}")
        return f"| {name} | {len(error):,} | {' | '.join(told)} |"


def fits(world, only=None):
    """Models fitted to a world, under contract or not; `only`: of this name."""
    if world.at_risk.size:
        return contract.candidates(world.customers, Leavers.by_age(world.at_risk, world.lost))[0]
    return shopping.candidates(world.customers, only=only)[0]


def told(model, world, error=0.0):
    """One world: the interval, what came, the back-test's error, the share of single intervals that held."""
    worth = model.worth(world.customers, 12, 1.0)
    middle, low, high = worth.total()
    later = world.customers.later
    each = ((worth.low - 0.005 <= later) & (later <= worth.high + 0.005)).mean()
    return low, high, middle, later.sum(), error, each


def study(rows):
    return Study(*np.array(list(rows)).T)


def drawn(make, count):
    """Worlds of the fitted family: the model is the true one."""
    found = []
    for world in map(make, range(count)):
        models = fits(world, "BG/NBD")
        if models:
            found.append(told(models[0], world))
    assert len(found) >= 0.98 * count
    return study(found)


def company(module, count):
    """Worlds of the simulated company: the model is chosen by a back-test of the year before."""
    found = []
    for seed in range(count):
        past = lived(module, seed, months=36)
        now = lived(module, seed, months=48)
        tested = backtest.held(list(fits(past)), past.customers, 12, None)
        models = {model.name: model for model in fits(now)}
        best = tested.among(list(models)).best
        found.append(told(models[best.name], now, abs(best.total)))
    return study(found)


@pytest.mark.parametrize("make", [members, buyers])
def test_outcomes_are_held_in_a_few_worlds_of_the_family(make):
    found = drawn(make, 40)
    assert found.covered >= 0.85
    assert found.each.mean() >= 0.93
    assert abs((found.middle / found.truth - 1).mean()) < 0.03


@pytest.mark.truth
def test_outcomes_are_held_in_93_to_97_of_100_worlds():
    rows = {
        "pay by the period, drawn from sBG": drawn(members, 1_000),
        "buy when they like, drawn from BG/NBD and Gamma-Gamma": drawn(buyers, 1_000),
    }
    names = {"contract": "Larkfield's lives", "buy": "Fern & Oak's lives"}
    lives = {names[name]: company(module, 100) for name, module in companies().items()}
    heads = ("worlds", "number", "held", "held, widened by the back-test's error", "single customers held")
    top = f"| {' | '.join((*heads, 'half width', 'mean error'))} |"
    table = [one.row(name) for name, one in (rows | lives).items()]
    _write([top, "|---|---|---|---|---|---|---|", *table], "coverage")
    for name, one in rows.items():
        assert 0.93 <= one.covered <= 0.97, name


OTHERS = {
    "family": 200,
    "family_shop": 100,
    "falling": 100,
    "heavy_tail": 100,
    "heavy_tail_shop": 50,
    "price_shock": 100,
    "season": 100,
    "season_shop": 50,
    "snapshots": 100,
}
"""Companies of the second simulator (demo/independent), 3,000 customers over 30 months, and how many; seeds 0 .. n - 1."""


@pytest.mark.truth
def test_published_interval_holds_the_next_year_in_90_of_100_other_companies():
    """METHODS.md 3: in the family 93-97% unwidened, published at least 93% and at most 1.5x as wide; outside it 90%."""
    found = {name: [forecast(name, seed) for seed in range(n)] for name, n in OTHERS.items()}
    lines = ["| companies | number | outcomes held | published held | published width over outcomes' | mean error |"]
    lines.append("|---|---|---|---|---|---|")
    held = {}
    for name, all_of in found.items():
        outcomes, held[name] = (
            np.mean([one.holds(getattr(one, of)) for one in all_of]) for of in ("outcomes", "published")
        )
        ratio = np.mean([one.ratio for one in all_of])
        error = np.mean([one.published[0] / one.actual - 1 for one in all_of])
        lines.append(f"| {name} | {len(all_of)} | {outcomes:.1%} | {held[name]:.1%} | {ratio:.2f} | {error:+.1%} |")
    _write(lines, "others")
    for name, share in held.items():
        # Less two standard errors of a share of so many worlds.
        bar = 0.93 if name.startswith("family") else 0.90
        assert share >= bar - 2 * np.sqrt(bar * (1 - bar) / OTHERS[name]), name


def _write(lines, which):
    text = PAGE.read_text(encoding="utf-8")
    start, end = f"<!-- {which} -->\n", f"<!-- end {which} -->"
    head, rest = text.split(start)
    table = "\n".join(lines)
    PAGE.write_text(f"{head}{start}{table}\n{end}{rest.split(end)[1]}", encoding="utf-8")


@pytest.mark.parametrize("make", [members, buyers])
def test_expected_range_is_narrower_and_does_not_hold_outcomes(make):
    """METHODS 3: ranges by parameters alone hold the realised total in 84% of worlds, not in 95%; here in 79% and 74%."""
    held, wide = [], []
    for seed in range(60):
        world = make(seed)
        worth = fits(world, "BG/NBD")[0].worth(world.customers, 12, 1.0)
        low, high = worth.expected_total()
        _, least, most = worth.total()
        assert least < low < high < most
        came = world.customers.later.sum()
        held.append(low <= came <= high)
        wide.append(least <= came <= most)
    assert np.mean(held) < 0.9 < np.mean(wide)


@pytest.mark.slow
def test_expected_range_holds_what_is_expected_by_the_true_curve():
    """With all else as fitted: the value by the curve that the world was drawn from. 95% of 200 worlds, +- 2 errors of 1.5%."""
    held = []
    for seed in range(200):
        world = members(seed, n=2_000)
        model = next((m for m in fits(world) if m.name == "sBG"), None)
        if model is None:  # no interior maximum: said, and not told of
            continue
        low, high = model.worth(world.customers, 12, 1.0).expected_total()
        true = replace(model, curve=replace(model.curve, alpha=1.5, beta=40.0)).worth(world.customers, 12, 1.0)
        held.append(low <= true.value.sum() <= high)
    assert len(held) >= 180
    assert 0.92 <= np.mean(held) <= 0.98
