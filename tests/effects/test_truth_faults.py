"""Kinds of worlds in which effects were wrong: rare events, bent confounders, leavers who call. Writes its table."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from tests.effects.worlds import callers
from tests.stats.test_few_events import OUTCOMES, rare_world
from tests.stats.test_stacked import u_shaped
from worthline.effects.linkage import Study
from worthline.stats.double_ml import on_the_exposed
from worthline.stats.threads import linear_algebra_on_one

PAGE = Path(__file__).parents[2] / "docs/methods/effects-held-to-truth.md"
START, END = "<!-- faults -->\n", "<!-- end faults -->"
RARE, BENT, CALLERS = 1_000, 200, 60
"""Worlds of each kind."""


@dataclass
class Counts:
    """What came of one kind of world."""

    worlds: int = 0
    held: int = 0
    low: int = 0
    """Worlds that say the effect is above zero."""
    high: int = 0
    width: list[float] = field(default_factory=list)
    """Width over that of an oracle that knows the confounder's shape."""

    def add(self, one, truth, oracle=None):
        self.worlds += 1
        self.held += one.low <= truth <= one.high
        self.low += one.low > 0
        self.high += one.high < 0
        if oracle is not None:
            self.width.append((one.high - one.low) / (oracle.high - oracle.low))


def rare(outcome, worlds):
    found = Counts()
    for seed in range(worlds):
        event, d, x, draw = rare_world(seed)
        y = np.asarray(outcome(event, draw), float)[:, None]
        (one,), _ = on_the_exposed(y, d, x, np.arange(len(d)), splits=1, learner="stacked")
        found.add(one, 0.0)
    return found


def bent(worlds, learner):
    found = Counts()
    for seed in range(worlds):
        y, d, x = u_shaped(seed)
        rows = np.arange(len(d))
        bowl = np.minimum(x[:, :1] ** 2, 4.0)
        (oracle,), _ = on_the_exposed(y[:, None], d, np.hstack([bowl, x[:, 1:2]]), rows, splits=1)
        (one,), _ = on_the_exposed(y[:, None], d, x, rows, splits=1, learner=learner)
        found.add(one, -0.05, oracle)
    return found


def graded(worlds, **kind):
    """Share of worlds that the check of reverse causality makes "correlation only"."""
    failed = 0
    for seed in range(worlds):
        linked = callers(seed, **kind)
        whole = next(one for one in linked.experiences if one.touchpoint is None and one.kind == "unresolved")
        check = Study(linked, whole).reverse
        failed += check is not None and check.outcome == "failed"
    return failed / worlds


@pytest.mark.truth
def test_kinds_of_faults():
    lines = []
    with linear_algebra_on_one():
        for name, outcome in OUTCOMES.items():
            found = rare(outcome, RARE)
            sides = found.low / RARE, found.high / RARE
            lines.append(
                f"| 98 exposed, 1% leave, no effect: {name} | {RARE:,} | {found.held / RARE:.1%} | above zero {sides[0]:.1%}, below {sides[1]:.1%} |"
            )
            assert max(sides) <= 0.04, name
        for learner in ("linear", "stacked"):
            found = bent(BENT, learner)
            width = float(np.mean(found.width))
            lines.append(
                f"| U-shaped confounder, {learner} | {BENT} | {found.held / BENT:.1%} | width {width:.2f} times the oracle's |"
            )
        assert 0.92 <= found.held / BENT <= 0.98
        assert width <= 1.4
        for name, kind, least, most in (
            ("leavers call because they leave", {"leavers_call": True}, 0.95, 1.0),
            ("an unresolved contact makes customers leave, less each month", {"harm": 0.05}, 0.0, 0.2),
            ("contacts without any effect", {}, 0.0, 0.2),
        ):
            share = graded(CALLERS, **kind)
            lines.append(f"| {name} | {CALLERS} | | “correlation only” in {share:.1%} |")
            assert least <= share <= most, name
    head, rest = PAGE.read_text("utf-8").split(START)
    top = "| worlds | number | 95% intervals that hold the truth | |\n|---|---|---|---|\n"
    PAGE.write_text(f"{head}{START}{top}{chr(10).join(lines)}\n{END}{rest.split(END)[1]}", "utf-8")
