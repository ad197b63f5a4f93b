"""An experiment that is gathered block by block has the same results as one gathered at once."""

from __future__ import annotations

import numpy as np
import pytest

from tests.initiatives.by_lists import people, published
from worthline.initiatives import experiments
from worthline.stats.experiments import numbered

TRIALS = {
    "three": people("three", {"mail": 30, "call": 25, "control": 35}, 2, lift={"mail": 4}, leaving={"control": 12}),
    "two": people("two", {"call": 20, "control": 21}, 3),
}


@pytest.mark.slow
def test_blocks_give_the_rows_of_the_whole(tmp_path, monkeypatch):
    whole = published(tmp_path / "whole", TRIALS, {})
    monkeypatch.setattr(experiments, "BLOCK", 13)
    parts = published(tmp_path / "parts", TRIALS, {})
    for table in ("initiative_results", "initiative_returns", "initiative_costs"):
        assert whole.table(table).num_rows == parts.table(table).num_rows
        assert whole.table(table).equals(parts.table(table)), table


def test_numbers_without_gaps_are_those_of_sorting():
    luck = np.random.default_rng(1)
    for values in (luck.integers(-5, 9, 300), luck.integers(0, 10**12, 300), np.array([7]), np.zeros(0, np.int64)):
        assert np.array_equal(numbered(values), np.unique(values, return_inverse=True)[1])
