"""Two public tables of telecom customers: as good as the better of a tuned logistic and tuned gradient boosting.

The rivals are scikit-learn's and LightGBM's own, tuned out of fold in the same folds; identical rows stand in one fold.
"""

from __future__ import annotations

import csv

import numpy as np
import pyarrow as pa
import pytest

from tests.shared_data import DATA
from worthline.customers.risk.evaluation import area, calibration_error
from worthline.customers.risk.feature_groups import attribute
from worthline.customers.risk.landmarks import FOLDS
from worthline.customers.risk.matrix import coding
from worthline.customers.risk.model import Fitted, fit

FILES = {
    "churn_mlc_3333": ("churn_mlc_3333/churn_3333.csv", "churn", "T"),
    "iranian_churn": ("iranian_churn/customer_churn.csv", "Churn", "1"),
}


def rows_of(name: str) -> tuple[pa.Table, tuple]:
    """Rows as they come from features.py: every column is the company's own."""
    file, outcome, left = FILES[name]
    path = DATA / file
    if not path.exists():
        pytest.skip(f"there are no shared data in {DATA}")
    with path.open(encoding="utf-8-sig") as lines:
        read = list(csv.DictReader(lines))
    own = [c for c in read[0] if c != outcome]
    alike: dict[tuple, int] = {}
    # By chance, but identical rows together.
    rank = [alike.setdefault(tuple(row[c] for c in own), len(alike)) for row in read]
    order = np.random.default_rng(0).permutation(len(alike))
    n = len(read)
    table = {
        "rank": order[np.array(rank)],
        "at": np.zeros(n, np.int64),
        "y": np.array([row[outcome].strip(" .").upper()[:1] == left for row in read]).astype(np.int8),
        "weight": np.ones(n),
        **{f"own_{i}": [row[c] for row in read] for i, c in enumerate(own)},
    }
    return pa.table(table), tuple(attribute(i, c) for i, c in enumerate(own))


@pytest.fixture(scope="module", params=FILES)
def found(request: pytest.FixtureRequest) -> tuple[str, pa.Table, tuple, Fitted]:
    """One table with its model."""
    rows, features = rows_of(request.param)
    return request.param, rows, features, fit(rows, features, 3, rule=None)


def rivals(rows: pa.Table, features: tuple, fitted: Fitted) -> dict[str, float]:
    """Out-of-fold areas of the best of a grid of logistics and of boosting, on what the leak alarm left."""
    import lightgbm as lgb
    from sklearn.linear_model import LogisticRegression

    coded = coding(rows, features).without({leak.feature.column for leak in fitted.leaks})
    x = coded.matrix(rows)
    y, fold = rows["y"].to_numpy().astype(float), rows["rank"].to_numpy() % FOLDS
    wide = np.column_stack(
        [
            (x[:, [i]] == np.unique(x[:, i])[None, :]).astype(float) if i in coded.categories else x[:, [i]]
            for i in range(x.shape[1])
        ]
    )
    wide = (wide - wide.mean(0)) / np.where(wide.std(0) > 0, wide.std(0), 1)
    best = {"logistic": 0.0, "boosting": 0.0}
    for c in (0.01, 0.1, 1.0, 10.0):
        told = np.empty(len(y))
        for k in range(FOLDS):
            made = LogisticRegression(C=c, max_iter=500).fit(wide[fold != k], y[fold != k])
            told[fold == k] = made.predict_proba(wide[fold == k])[:, 1]
        best["logistic"] = max(best["logistic"], area(y, told, np.ones(len(y))))
    for leaves in (8, 31):
        for trees, rate in ((100, 0.1), (300, 0.05), (600, 0.03)):
            told = np.empty(len(y))
            for k in range(FOLDS):
                made = lgb.LGBMClassifier(
                    n_estimators=trees, learning_rate=rate, num_leaves=leaves, verbose=-1, n_jobs=1, random_state=1
                )
                made.fit(x[fold != k], y[fold != k], categorical_feature=coded.categories)
                told[fold == k] = made.predict_proba(x[fold == k])[:, 1]
            best["boosting"] = max(best["boosting"], area(y, told, np.ones(len(y))))
    return best


def test_it_is_shown_calibrated_and_time_is_said_to_be_untested(found):
    name, _, _, fitted = found
    assert fitted.shown, (name, fitted.verdict)
    held = fitted.held
    assert calibration_error(held.y, held.p, held.weight) <= 0.02
    assert "time was not tested" in fitted.tested


def test_what_is_left_out_is_named(found):
    name, _, _, fitted = found
    out = {feature.name for feature, _ in fitted.left_out} | {leak.named for leak in fitted.leaks}
    assert out == ({"phonenumber"} if name == "churn_mlc_3333" else set())


@pytest.mark.truth
def test_area_is_no_worse_than_the_better_rival_less_five_thousandths(found):
    _, rows, features, fitted = found
    best = rivals(rows, features, fitted)
    assert fitted.measures["auc"].value >= max(best.values()) - 0.005
