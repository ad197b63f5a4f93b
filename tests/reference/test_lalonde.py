"""The experiment of LaLonde (1986) as Dehejia & Wahba (1999) have it, and what comparisons from surveys make of it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.reference.published import DATA
from worthline.stats.cross_fitting import Propensities, folds_of, means
from worthline.stats.double_ml import on_the_exposed

LALONDE = DATA / "lalonde"


def lalonde(controls):
    trial = np.loadtxt(LALONDE / "nsw_dw.csv", delimiter=",", skiprows=1)
    if controls is None:
        rows = trial
    else:
        others = np.loadtxt(LALONDE / f"{controls}.csv.gz", delimiter=",", skiprows=1)
        rows = np.vstack([trial[trial[:, 0] == 1], others])
    d, x, y = rows[:, 0], rows[:, 1:-1], rows[:, -1]
    re74, re75 = x[:, 6], x[:, 7]
    more = np.column_stack([x, re74 == 0, re75 == 0, x[:, 0] ** 2, x[:, 1] ** 2, re74**2, re75**2])
    return y, d, more


class TestLaLonde:
    def test_experiment_is_1794(self):
        y, d, x = lalonde(None)
        (found,), _ = on_the_exposed(y[:, None], d, x, np.arange(len(d)))
        assert found.raw == pytest.approx(1794.34, abs=0.005)
        assert abs(found.estimate - 1794.34) < 671

    def test_standard_error_of_the_experiment_is_671(self):
        # Difference of means with unequal variances, sqrt(s1^2 / 185 + s0^2 / 260) = 671. Cross-fitting learns the
        # mean from four fifths of the rows, which moves the error by less than 1%.
        y, d, _ = lalonde(None)
        (found,), _ = on_the_exposed(y[:, None], d, np.zeros((len(d), 0)), np.arange(len(d)))
        assert found.error == pytest.approx(671, rel=0.01)

    def test_att_with_cps_controls_lies_in_the_published_range(self):
        # DoubleML gives 1,466 to 1,731 over learners and splits; its mean over everyone, -6,445 to -7,295, is another
        # estimand: hardly anyone of the CPS resembles the trainees.
        y, d, x = lalonde("cps_controls")
        for learner in ("linear", "stacked"):
            (found,), _ = on_the_exposed(y[:, None], d, x, np.arange(len(d)), learner=learner)
            assert 1_466 <= found.estimate <= 1_731, learner

    def test_mean_over_everyone_with_cps_controls_lies_in_its_published_range(self):
        # Equation 5.1 of Chernozhukov et al. (2018) with the nuisances of the effect on the exposed, probabilities cut
        # at .01 as DoubleML does: trainees and the CPS together. Not published by a run; why it is not, stands above.
        y, d, x = lalonde("cps_controls")
        fold = folds_of(np.arange(len(d)), 5, 0)
        p = np.clip(Propensities(x, d, "boosted").of(fold), 0.01, 0.99)
        had, had_not = (means(x, y[:, None], fold, "boosted", d == kind)[:, 0] for kind in (1, 0))
        score = had - had_not + d * (y - had) / p - (1 - d) * (y - had_not) / (1 - p)
        assert -7_295 <= score.mean() <= -6_445

    @pytest.mark.parametrize(("controls", "naive"), [("cps_controls", -8497.52), ("psid_controls", -15204.78)])
    def test_naive_is_far_off(self, controls, naive):
        y, d, x = lalonde(controls)
        (found,), _ = on_the_exposed(y[:, None], d, x, np.arange(len(d)))
        assert found.raw == pytest.approx(naive, abs=0.005)

    def test_effect_on_the_exposed_is_within_one_error_of_the_experiment(self):
        y, d, x = lalonde("cps_controls")
        (found,), _ = on_the_exposed(y[:, None], d, x, np.arange(len(d)))
        assert abs(found.estimate - 1794.34) < 671
        assert found.dropped == 0
