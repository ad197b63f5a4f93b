"""The bars of linkage, over hundreds of small worlds whose truth is known; writes its tables into the method's page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from tests.effects.worlds import outages
from worthline.demo import worlds as lives
from worthline.effects import checks, design
from worthline.effects.effect import telling
from worthline.effects.linkage import effects
from worthline.effects.outcomes import OUTCOMES
from worthline.stats.double_ml import on_the_exposed
from worthline.stats.intervals import Z95
from worthline.stats.threads import linear_algebra_on_one

PAGE = Path(__file__).parents[2] / "docs/methods/effects-held-to-truth.md"


@pytest.fixture(autouse=True)
def one_thread():
    """As in a run: linear algebra of this size is slower on several."""
    with linear_algebra_on_one():
        yield


@dataclass
class Study:
    """What came of one kind of world, a value per world."""

    estimate: np.ndarray
    error: np.ndarray
    truth: np.ndarray
    naive: np.ndarray
    warned: np.ndarray

    @property
    def covered(self):
        return float((np.abs(self.estimate - self.truth) <= Z95 * self.error).mean())

    @property
    def pays(self):
        return float((self.estimate - Z95 * self.error > 0).mean())

    @property
    def biased(self):
        return np.abs(self.estimate - self.truth) > self.error

    def row(self, name):
        off, naive = (float((values - self.truth).mean()) for values in (self.estimate, self.naive))
        share = f"{self.warned[self.biased].mean():.1%} of {int(self.biased.sum())}" if self.warned.any() else ""
        told = (f"{self.covered:.1%}", f"{100 * off:+.2f}", f"{100 * naive:+.2f}", f"{self.pays:.1%}", share)
        return f"| {name} | {len(self.error):,} | {' | '.join(told)} |"


def landmark(worlds):
    """Retention a month on, in worlds laid out as a company's tables are."""
    found = []
    for world in worlds:
        laid, met = world.linked.history, world.linked.experiences[0]
        rows = design.landmark_sample(laid, met, 1, world.linked.last).sampled()
        x, _ = design.covariates(laid, rows, met.totals(laid), {})
        y = OUTCOMES["retention"].values(laid, rows.who, rows.month, 1)
        (one,), _ = on_the_exposed(y[:, None], rows.treatment, x, rows.clusters)
        found.append((one.estimate, one.error, world.truth, one.raw, False))
    return Study(*np.array(found).T)


def whole(worlds):
    """The same through everything that is published: placebo, balance, overlap, sensitivity, grade."""
    found = []
    for world in worlds:
        told = effects(replace(world.linked, outcomes=("retention",)))
        one = next(e for e in told if e.horizon == 1)
        warned = one.grade == "D" or one.bound_low <= world.truth <= one.bound_high
        found.append((one.estimate, one.error, world.truth, one.raw, warned))
    return Study(*np.array(found).T)


def lived(kind, count, cause="unresolved", horizon=3):
    """Worlds of the simulated company: one month of Larkfield Mobile, its moods unrecorded."""
    found = []
    for seed in range(count):
        one = lives.sample(lives.world(kind, seed, 12_000), cause, "retention", horizon)
        d, who = one.exposed.astype(float), np.arange(len(one.exposed))
        (told,), _ = on_the_exposed(one.outcome[:, None], d, one.covariates, who)
        bias, strongest = checks.strongest(one.outcome, d, one.covariates, list(one.names), told.scale)
        doubt = checks.sensitivity(told, bias, strongest, telling("retention", "USD")).outcome == "failed"
        warned = doubt or told.low - bias <= one.truth <= told.high + bias
        found.append((told.estimate, told.error, one.truth, one.naive, warned))
    return Study(*np.array(found).T)


def test_identified_worlds_are_covered_briefly():
    study = landmark(outages(customers=700, months=11, seed=seed) for seed in range(40))
    assert study.covered >= 0.88
    assert abs((study.naive - study.truth).mean()) > 2 * abs((study.estimate - study.truth).mean())


@pytest.mark.truth
def test_bars_of_linkage():
    size = {"customers": 800, "months": 12}
    rows = {
        "identified, harm of 10 points": landmark(outages(**size, seed=seed) for seed in range(500)),
        "identified, harm of 5 points, stronger selection": landmark(
            outages(**size, effect=-0.05, selected=2.0, seed=seed) for seed in range(500)
        ),
        "null": landmark(outages(**size, effect=0.0, seed=seed) for seed in range(1000)),
        "hidden, weak": whole(outages(**size, hidden=0.5, effect=0.0, seed=seed) for seed in range(60)),
        "hidden": whole(outages(**size, hidden=1.0, effect=-0.05, seed=seed) for seed in range(60)),
        "hidden, strong": whole(outages(**size, hidden=2.0, effect=0.0, seed=seed) for seed in range(60)),
        "Larkfield's lives, identified": lived("identified", 200),
        "Larkfield's lives, hidden": lived("hidden", 200),
    }
    _write("worlds", [one.row(name) for name, one in rows.items()])
    for name, one in rows.items():
        if name.startswith("identified"):
            assert 0.92 <= one.covered <= 0.98, name
    # Lives of a whole simulated company: errors that are told too large (98.5%) mislead nobody, too small would.
    assert rows["Larkfield's lives, identified"].covered >= 0.92
    assert rows["null"].pays <= 0.065
    for name, one in rows.items():
        if "hidden" in name:
            assert one.warned[one.biased].mean() >= 0.8, name


def _write(part, lines):
    text = PAGE.read_text(encoding="utf-8")
    start, end = f"<!-- {part} -->\n", f"<!-- end {part} -->"
    head, rest = text.split(start)
    table = "\n".join(
        [
            "| worlds | number | 95% intervals that hold the truth | mean error, points | naive, points | says it pays | warned, of those off by a standard error |",
            "|---|---|---|---|---|---|---|",
            *lines,
        ]
    )
    PAGE.write_text(f"{head}{start}{table}\n{end}{rest.split(end)[1]}", encoding="utf-8")
