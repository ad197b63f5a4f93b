"""Effects against DoubleML on the same folds and learners, and against known truths; LaLonde: tests/reference."""

from __future__ import annotations

import numpy as np
import pytest

from worthline.errors import NotEnoughData
from worthline.stats.cross_fitting import folds_of, means, standardised
from worthline.stats.double_ml import on_the_exposed, per_unit


def world(n=1500, p=6, seed=0, effect=0.5):
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(n, p))
    d = (draw.random(n) < 1 / (1 + np.exp(-(0.7 * x[:, 0] - 0.4 * x[:, 1] - 0.8)))).astype(float)
    y = x @ np.linspace(1, -1, p) + effect * d + draw.normal(size=n)
    return y, d, x


def doubleml_of(model, y, d, x, fold, **learners):
    doubleml = pytest.importorskip("doubleml")
    data = doubleml.DoubleMLData.from_arrays(x, y, d)
    fitted = getattr(doubleml, model)(data, n_folds=5, draw_sample_splitting=False, **learners)
    fitted.set_sample_splitting([[(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(5)]])
    return fitted.fit()


def exact_logistic():
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=1.0, tol=1e-10, max_iter=1000)


def test_effect_on_the_exposed_is_doublemls():
    from sklearn.linear_model import LinearRegression

    y, d, x = world()
    x = standardised(x)
    rows = np.arange(len(y))
    fold = folds_of(rows, 5, 1)
    (ours,), _ = on_the_exposed(y[:, None], d, x, rows, fold=fold)
    theirs = doubleml_of("DoubleMLIRM", y, d, x, fold, ml_g=LinearRegression(), ml_m=exact_logistic(), score="ATTE")
    # The same optimum, each to its own stopping rule.
    assert ours.estimate == pytest.approx(theirs.coef[0], abs=1e-6)
    assert ours.error == pytest.approx(theirs.se[0], abs=1e-6)
    theirs.sensitivity_analysis(cf_y=0.1, cf_d=0.1)
    bias = np.sqrt(0.1 * 0.1 / 0.9) * ours.scale
    assert ours.estimate - bias == pytest.approx(theirs.sensitivity_params["theta"]["lower"][0], abs=1e-4)


def test_slope_is_doublemls():
    from sklearn.linear_model import LinearRegression

    y, d, x = world(seed=2)
    d = d + 0.3 * np.random.default_rng(9).normal(size=len(d))
    rows = np.arange(len(y))
    fold = folds_of(rows, 5, 3)
    (ours,) = per_unit(y[:, None], d, x, rows, fold=fold)
    theirs = doubleml_of("DoubleMLPLR", y, d, x, fold, ml_l=LinearRegression(), ml_m=LinearRegression())
    # Both are least squares; only rounding differs.
    assert ours.estimate == pytest.approx(theirs.coef[0], abs=1e-9)
    assert ours.error == pytest.approx(theirs.se[0], abs=1e-9)


def test_boosted_slope_is_doublemls():
    import lightgbm
    from sklearn.base import BaseEstimator, RegressorMixin

    from worthline.stats.cross_fitting import _BOOSTED, _TREES

    class Boosted(RegressorMixin, BaseEstimator):
        def fit(self, x, y):
            # Where trees may cut is told by all rows of x, in ours and so in theirs; no outcome is in it.
            data = lightgbm.Dataset(x, y, params=quiet, reference=whole)
            self.model_ = lightgbm.train(_BOOSTED | {"objective": "regression"}, data, num_boost_round=_TREES)
            return self

        def predict(self, x):
            return self.model_.predict(x)

    y, d, x = world(n=600, seed=4)
    d, x = d + x[:, 2] ** 2, standardised(x)
    rows = np.arange(len(y))
    fold = folds_of(rows, 5, 3)
    quiet = {"verbose": -1}
    whole = lightgbm.Dataset(x, params=quiet, free_raw_data=False).construct()
    (ours,) = per_unit(y[:, None], d, x, rows, fold=fold, learner="boosted")
    theirs = doubleml_of("DoubleMLPLR", y, d, x, fold, ml_l=Boosted(), ml_m=Boosted())
    assert ours.estimate == pytest.approx(theirs.coef[0], abs=1e-9)


def test_errors_are_those_of_clusters():
    y, d, x = world(n=800, seed=5)
    who = np.arange(800) // 4
    fold = folds_of(who, 5, 0)
    assert all(len(set(fold[who == c])) == 1 for c in range(200))
    (apart,), _ = on_the_exposed(y[:, None], d, x, np.arange(800), fold=fold)
    (together,), _ = on_the_exposed(y[:, None], d, x, who, fold=fold)
    twice = [np.concatenate([a, a]) for a in (y, d, x)]
    (doubled,), _ = on_the_exposed(
        twice[0][:, None], twice[1], twice[2], np.tile(np.arange(800), 2), fold=np.tile(fold, 2)
    )
    assert apart.estimate == together.estimate
    assert together.error == pytest.approx(np.sqrt((apart.influence.reshape(200, 4).sum(axis=1) ** 2).sum()))
    # A row told twice is no new evidence; the ridge weighs half as much then.
    assert doubled.error == pytest.approx(apart.error, rel=5e-3)


def test_no_effect_where_nobody_is_alike():
    draw = np.random.default_rng(0)
    x = draw.normal(size=(400, 1))
    d = (x[:, 0] > 0).astype(float)
    (found,), fit = on_the_exposed(draw.normal(size=(400, 1)), d, 50 * x, np.arange(400))
    assert found.dropped > 60
    # Dropped in the middle split; `fit` says in most of them.
    assert abs(found.dropped - int((d.astype(bool) & ~fit.kept).sum())) < 10


@pytest.mark.parametrize("exposed", [0, 3, 400])
def test_too_few_is_said(exposed):
    d = (np.arange(400) < exposed).astype(float)
    with pytest.raises(NotEnoughData, match=f"{exposed} exposed"):
        on_the_exposed(np.zeros((400, 1)), d, np.zeros((400, 1)), np.arange(400))


def test_same_exposure_for_all_has_no_slope():
    with pytest.raises(NotEnoughData, match="1 different"):
        per_unit(np.zeros((40, 1)), np.ones(40), np.zeros((40, 1)), np.arange(40))


def test_columns_all_but_alike_teach_no_wild_expectation():
    """Revenue and margin of a company with one rate: alike to a thousandth but in one row, whose fold learns of neither.

    y is noise of 1, so 2,000 rows have nothing beyond 5. At b785399 that row is expected to have some 20 or more.
    """
    draw = np.random.default_rng(7)
    revenue, y = draw.normal(size=(2, 2_000))
    margin = revenue + 0.001 * draw.normal(size=2_000)
    margin[0] += 5.0
    x = standardised(np.column_stack([revenue, margin]))
    expected = means(x, y[:, None], folds_of(np.arange(2_000), 5, 0))
    assert abs(expected[0, 0]) < 1.0
    [slope] = per_unit(y[:, None], revenue + draw.normal(size=2_000), x, np.arange(2_000), splits=1)
    assert slope.error < 0.03  # 1 / sqrt(2,000) is 0.022
