"""Alarms and trends against simulated counts: false alarms without any change, alarms on a change, coverage of intervals."""

from __future__ import annotations

import numpy as np
import pytest

from worthline.stats.false_discovery import adjusted_p_values
from worthline.voice import trend
from worthline.voice.months import ALARM

MONTHS, THEMES = 24, 8


def drawn(rng, mean, many, spread):
    """Counts of a mean whose variance is `spread` times it."""
    if spread == 1:
        return rng.poisson(mean, many).astype(float)
    share = 1 / spread
    return rng.negative_binomial(mean * share / (1 - share), share, many).astype(float)


def alarmed(counts):
    """For each theme the months of the last 12 that are more than chance, as `months.by_month` has them."""
    found = [trend.chances(each) for each in counts]
    flat = [None if np.isnan(p) else float(p) for p, _ in found for p in p.tolist()]
    adjusted = adjusted_p_values(flat)
    return [
        {
            at
            for at in range(MONTHS - 12, MONTHS)
            if (p := adjusted[i * MONTHS + at]) is not None and p < ALARM and each[at] > found[i][1][at]
        }
        for i, each in enumerate(counts)
    ]


@pytest.mark.parametrize(("mean", "spread"), [(20, 1), (20, 2), (6, 3), (300, 3)])
def test_false_alarms_are_at_most_5_percent_of_themes_where_nothing_changed(mean, spread):
    rng = np.random.default_rng(7)
    worlds = [alarmed([drawn(rng, mean, MONTHS, spread) for _ in range(THEMES)]) for _ in range(40)]
    rate = np.mean([bool(months) for world in worlds for months in world])
    assert rate <= 0.05, rate  # of 320 themes


def test_a_month_of_three_times_as_many_is_found_and_half_as_many_is_none():
    rng = np.random.default_rng(8)
    found = []
    for times in (3.0, 0.5):
        hits = 0
        for _ in range(30):
            counts = [drawn(rng, 20, MONTHS, 1) for _ in range(THEMES)]
            counts[0][18] = rng.poisson(20 * times)
            hits += 18 in alarmed(counts)[0]
        found.append(hits)
    assert found[0] >= 27  # 60 where 20 were to be expected: nine standard deviations
    assert found[1] == 0


@pytest.mark.parametrize("before", [3, 12])
@pytest.mark.parametrize(("mean", "spread", "ratio"), [(3, 1, 1.0), (20, 2, 1.5), (100, 4, 0.6)])
def test_intervals_of_a_trend_hold_the_truth_in_95_of_100(mean, spread, ratio, before):
    rng = np.random.default_rng(9)
    held = []
    for _ in range(1_000):
        counts = np.concatenate([drawn(rng, mean, before, spread), drawn(rng, mean * ratio, 3, spread)])
        found = trend.trend(counts)
        if found is not None:
            held.append(found.low <= ratio - 1 <= found.high)
    # 1,000 draws: four standard errors are .028; whole counts make intervals of few comments wider.
    assert 0.922 <= np.mean(held) <= 0.99


def test_a_trend_by_hand():
    """12 months of 10, then 3 of 20: (60.5 / 3) / (120.5 / 12) is 2.008; no spread beyond chance, so 1.96 standard errors."""
    found = trend.trend(np.array([10.0] * 12 + [20.0] * 3))
    error = (1 / 60.5 + 1 / 120.5) ** 0.5
    ratio = (60.5 / 3) / (120.5 / 12)
    assert found.change == pytest.approx(ratio - 1, abs=1e-4)
    assert (found.low, found.high) == pytest.approx(
        (ratio * np.exp(-1.959964 * error) - 1, ratio * np.exp(1.959964 * error) - 1), abs=1e-3
    )
