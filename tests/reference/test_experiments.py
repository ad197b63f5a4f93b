"""A randomised experiment whose answer is published: Thornton's incentives to fetch a result (Malawi, 2004)."""

from __future__ import annotations

import numpy as np
import pytest

from tests.reference.published import columns
from worthline.stats.double_ml import on_the_exposed


def test_means_and_the_error_by_village_of_thornton_2008():
    """.7892 of those offered anything fetched their result, .3387 of the others: +.4505, errors by village.

    The error is held against the sandwich of a regression on the incentive alone, clustered by village, worked out here
    from its definition: sum over villages of (sum of x e)^2. The incentive was given by lot, so holding nothing alike is
    right: the one column is noise of a fixed seed, and estimator and regression differ by that much only.
    """
    data = columns("hiv/incentives.csv")
    known = data["village"] > 0
    offered, got = data["incentive"] == 1, data["got_result"]
    assert got[offered].mean() == pytest.approx(0.7892, abs=5e-5)
    assert got[~offered].mean() == pytest.approx(0.3387, abs=5e-5)
    y, d, village = got[known], data["incentive"][known], data["village"][known]
    _, village = np.unique(village, return_inverse=True)
    assert village.max() + 1 == 119
    noise = np.random.default_rng(1).normal(size=(y.size, 1))
    (found,), _ = on_the_exposed(y[:, None], d, noise, village)
    assert found.raw == pytest.approx(y[d == 1].mean() - y[d == 0].mean(), abs=1e-12)
    # A column of noise moves the estimate by far less than a tenth of its error.
    assert found.estimate == pytest.approx(found.raw, abs=0.002)
    assert found.error == pytest.approx(_sandwich(y, d, village), rel=0.03)


def _sandwich(y, d, village):
    rest = y - np.where(d == 1, y[d == 1].mean(), y[d == 0].mean())
    weight = np.where(d == 1, 1 / d.sum(), -1 / (1 - d).sum())
    return float(np.sqrt((np.bincount(village, weight * rest) ** 2).sum()))
