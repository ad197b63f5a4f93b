"""Score tests of hinges: all targets at once say what each says alone."""

from __future__ import annotations

import numpy as np

from worthline.stats.spline_terms import _RIDGE, _score_statistics


def test_statistics_of_all_targets_are_those_of_each_alone() -> None:
    rng = np.random.default_rng(3)
    beyond, residual = rng.normal(size=(400, 5)), rng.normal(size=(400, 3)) * np.array([0.1, 1.0, 40.0])
    by_hand = []
    for k in range(3):
        score = beyond * residual[:, [k]]
        spread = score.T @ score
        spread += _RIDGE * np.trace(spread) * np.eye(5)
        by_hand.append(score.sum(axis=0) @ np.linalg.inv(spread) @ score.sum(axis=0))
    np.testing.assert_allclose(_score_statistics(beyond, residual), by_hand, rtol=1e-9)


def test_a_target_that_is_all_explained_has_no_score() -> None:
    beyond = np.random.default_rng(4).normal(size=(50, 4))
    np.testing.assert_allclose(_score_statistics(beyond, np.zeros((50, 1))), [0.0])
