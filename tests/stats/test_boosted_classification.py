"""Of many columns that say nothing, the one that tells may do better alone."""

import numpy as np

from worthline.stats.boosted_classification import out_of_fold, train
from worthline.stats.calibration import probability


def world(noise: int, seed: int = 1, customers: int = 300, repeats: int = 8):
    """Rows of customers who come again and again with the same columns: 300 know 40 columns badly, 2,400 rows seem to."""
    draw = np.random.default_rng(seed)
    own = draw.normal(size=(customers, 1 + noise))
    x = np.repeat(own, repeats, axis=0)
    y = (draw.random(customers) < probability(-1.5 + 0.8 * own[:, 0])).astype(float)
    who = np.repeat(np.arange(customers), repeats)
    folds = [(who % 3 != k, who % 3 == k) for k in range(3)]
    return x, np.repeat(y, repeats), folds


def test_one_column_alone_is_kept_where_it_does_better():
    x, y, folds = world(noise=40)
    one = np.ones(len(y))
    all_of, alone = (out_of_fold(x, y, one, [], folds, simple) for simple in (None, 0))
    assert all_of.only is None
    assert alone.only == 0

    def loss(p):
        return float(-(y * np.log(p) + (1 - y) * np.log(1 - p)).mean())

    assert loss(alone.linear) < loss(all_of.linear)
    slopes = train(x, y, one, [], alone).linear.slopes
    assert slopes[0] > 0.4
    assert np.abs(slopes[1:]).max() < 1e-6


def test_where_other_columns_tell_as_well_all_are_kept():
    draw = np.random.default_rng(2)
    x = draw.normal(size=(3000, 4))
    y = (draw.random(3000) < probability(-1 + x @ np.full(4, 0.6))).astype(float)
    folds = [(np.arange(3000) % 3 != k, np.arange(3000) % 3 == k) for k in range(3)]
    assert out_of_fold(x, y, np.ones(3000), [], folds, 0).only is None
