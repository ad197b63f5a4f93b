"""Looks at a running experiment: how often they are wrong, and how soon they tell of harm (METHODS 8)."""

from __future__ import annotations

from math import exp, log, sqrt

import numpy as np
import pytest

from worthline.stats.sequential import START, half_width, one_sided_width, tightest


def looks(rng, effect, *, a_day, days, share=0.5, rare=None):
    """(difference, its variance, units) at the close of each day from the first look on."""
    n = a_day * days
    treated = rng.random(n) < share
    y = (rng.random(n) < rare).astype(float) if rare else rng.normal(size=n)
    y += effect * treated
    seen = np.arange(1, days + 1) * a_day - 1
    sums = {}
    for arm, rows in (("a", treated), ("b", ~treated)):
        count, total, squares = (np.cumsum(v)[seen] for v in (rows, y * rows, y * y * rows))
        sums[arm] = count, total, squares
    out = []
    for day in range(days):
        (na, sa, qa), (nb, sb, qb) = ([v[day] for v in sums[arm]] for arm in ("a", "b"))
        if min(na, nb) < START:
            continue
        va, vb = qa / na - (sa / na) ** 2, qb / nb - (sb / nb) ** 2
        out.append((sa / na - sb / nb, va / (na - 1) + vb / (nb - 1), na + nb))
    return out


def test_width_is_the_paper_s_formula():
    """Equation 10 with sigma 1, rho2 0.01, 500 units: sqrt(6 / (500 x 5) x ... ), worked out by hand here."""
    rho2, n = tightest(300), 500
    by_hand = sqrt(2 * (n * rho2 + 1) / (n * n * rho2) * log(sqrt(n * rho2 + 1) / 0.05))
    assert half_width(1 / n, n, 300) == pytest.approx(by_hand)
    one_sided = tightest(300, 0.10)
    by_hand = sqrt(2 * (n * one_sided + 1) / (n * n * one_sided) * log(1 + sqrt(n * one_sided + 1) / 0.10))
    assert one_sided_width(1 / n, n, 300) == pytest.approx(by_hand)


def test_rho_makes_the_sequence_narrowest_where_planned():
    def width(rho2, n=1000.0):
        return (n * rho2 + 1) / (n * rho2) * log((n * rho2 + 1) / 0.05**2)

    best = tightest(1000)
    assert width(best) < min(width(best * exp(0.05)), width(best * exp(-0.05)))


@pytest.mark.parametrize(("share", "rare", "a_day"), [(0.5, None, 50), (0.8, 0.10, 50), (0.5, None, 10)])
def test_ninety_daily_looks_under_no_effect_exclude_zero_in_at_most_5_of_100(share, rare, a_day):
    rng = np.random.default_rng(1)
    wrong = one_sided = 0
    for _ in range(400):
        seen = looks(rng, 0.0, a_day=a_day, days=90, share=share, rare=rare)
        planned = 90 * a_day
        wrong += any(abs(d) > half_width(v, n, planned) for d, v, n in seen)
        one_sided += any(d + one_sided_width(v, n, planned) < 0 for d, v, n in seen)
    # At most 5% is promised; 400 worlds whose rate is 5% show 8.3% or less in 997 of 1,000 cases.
    assert wrong / 400 <= 0.05
    assert one_sided / 400 <= 0.05


def test_harm_of_1_5_smallest_detectable_effects_stops_the_action():
    """By the close of the last window all units are in: the last look is at all 4,500, whatever the window."""
    rng = np.random.default_rng(2)
    a_day, days, planned = 50, 90, 4500
    smallest = (1.959964 + 0.841621) * sqrt(4 / planned)
    stopped = 0
    for _ in range(200):
        seen = looks(rng, -1.5 * smallest, a_day=a_day, days=days)
        stopped += any(d + one_sided_width(v, n, planned) < 0 for d, v, n in seen)
    assert stopped / 200 >= 0.80
