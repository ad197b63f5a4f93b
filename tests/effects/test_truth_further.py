"""Longer studies of what else is told with an interval: slopes of scores, places, doses, the total; writes their table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.effects import test_dose, test_money, test_scores
from tests.effects.worlds import deliveries
from worthline.effects import design, joint, linkage, locations, money, scores
from worthline.stats.double_ml import per_unit

PAGE = Path(__file__).parents[2] / "docs/methods/effects-held-to-truth.md"
START, END = "<!-- further -->\n", "<!-- end further -->"
PER_POINT = 0.25


def slope_held(seed, pairs):
    """Half of an answer is noise; whether the corrected slope's interval holds that of the feeling."""
    draw = np.random.default_rng(seed)
    feeling = draw.normal(size=pairs)
    who, month = np.repeat(np.arange(pairs), 2), np.tile([0, 1], pairs)
    score = np.repeat(feeling, 2) + draw.normal(size=2 * pairs)
    y = PER_POINT * np.repeat(feeling, 2) + 0.1 * draw.normal(size=2 * pairs)
    rows = design.LandmarkSample(who, month, score, {}, len(who), len(who))
    nothing = np.zeros((len(who), 0))
    [slope] = per_unit(y[:, None], score, nothing, rows.clusters, splits=1)
    divided = scores.corrected(slope, np.arange(pairs), scores.reliability(rows, nothing))
    return divided is not None and divided[1] <= PER_POINT <= divided[2]


def company_held(seed, pairs):
    """The same of a whole company, with all that is controlled for."""
    one = test_scores.slope_of(test_scores.asked_twice(pairs, 10_000 + seed))
    return one.interval is not None and one.low <= test_scores.PER_POINT <= one.high


def places_held(seed):
    """60 places, 10 months, two measures that rise with the calendar and are unrelated otherwise."""
    draw = np.random.default_rng(seed)
    where, when = np.repeat(np.arange(60), 10), np.tile(30 * np.arange(10), 60)
    x = 0.2 * when / 30 + 0.1 * draw.normal(size=600)
    y = 2.0 * when / 30 + draw.normal(size=600)
    found = locations.slopes(where, when, x, y)
    return abs(found.within) <= found.quantile * found.within_error


def dose_held(seed, repeat):
    """Weekly deliveries, 1 in 7 late, each costing $3: the effect of a month's late deliveries."""
    who, month, failed, late, margin = test_dose.weekly(np.random.default_rng(seed), repeat=repeat)
    one = test_dose.of_margin(deliveries(margin, who, month, failed))
    return one.low <= test_dose.EACH * late[:, 1:-1][late[:, 1:-1] > 0].mean() <= one.high


def total_held(seed):
    """Outages that bring wrong bills: the total of both over one month's horizon."""
    draw = np.random.default_rng(seed)
    out = draw.random((test_money.CUSTOMERS, test_money.MONTHS)) < test_money.OUT
    wrong = draw.random(out.shape) < np.where(out, test_money.WRONG_AFTER, test_money.WRONG)
    margin = 20 + draw.normal(size=out.shape)
    margin[:, 1:] += test_money.OUTAGE * out[:, :-1] + test_money.BILL * wrong[:, :-1]
    linked = test_money.laid(margin, {"Outage": out, "Wrong bill": wrong})
    found = [one for one in linkage.effects(linked) if one.horizon == 1]
    total = money.table(joint.parts(linked, found), {}, None, test_money.CUSTOMERS, "USD").to_pylist()[0]
    truth = test_money.OUTAGE * out[:, -12:].sum() + test_money.BILL * wrong[:, -12:].sum()
    return float(total["joint_low"]) <= truth <= float(total["joint_high"])


STUDIES = (
    *((f"corrected slope of a score, {pairs:,} pairs", 600, slope_held, (pairs,)) for pairs in (100, 300, 1_000)),
    *((f"the same, a whole company, {pairs:,} pairs", 600, company_held, (pairs,)) for pairs in (110, 300, 1_000)),
    ("slope within places, two unrelated trends", 400, places_held, ()),
    ("late deliveries of a month, each by itself", 40, dose_held, (0.0,)),
    ("late deliveries of a month, one brings the next", 40, dose_held, (0.8,)),
    ("total of two experiences that come together", 40, total_held, ()),
)


@pytest.mark.truth
def test_intervals_hold_the_truth():
    lines = []
    for name, n, held, more in STUDIES:
        share = np.mean([held(seed, *more) for seed in range(n)])
        lines.append(f"| {name} | {n} | {share:.1%} |")
        # 95% less three standard errors of n worlds.
        assert share >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / n), (name, share)
    text = PAGE.read_text("utf-8")
    head, rest = text.split(START)
    top = "| worlds | number | 95% intervals that hold the truth |\n|---|---|---|\n"
    PAGE.write_text(f"{head}{START}{top}{chr(10).join(lines)}\n{END}{rest.split(END)[1]}", "utf-8")
