"""Effects on arrays are those that a run of the same world's files publishes."""

from __future__ import annotations

import pytest

from tests.worlds import arrays, pipeline
from worthline.demo import independent

KEY = ("cause", "outcome", "horizon_months", "segment")
NUMBERS = ("n", "exposed", "estimate", "low", "high", "raw", "grade", "money")


def test_arrays_give_the_effects_of_the_files(tmp_path):
    """All of a shop's customers join within the record: nothing differs but money's last binary digit."""
    world = independent.make("shop", 1, customers=450, months=18, asked=0.0)
    world.write(tmp_path)
    by_files, by_arrays = (
        {tuple(row[name] for name in KEY): row for row in published.rows("effects")}
        for published in (pipeline.of_effects(tmp_path), arrays.of_effects(world.life))
    )
    assert set(by_files) == set(by_arrays)
    assert len(by_files) > 30
    for key, row in by_files.items():
        for name in NUMBERS:
            told, other = row[name], by_arrays[key][name]
            if isinstance(told, float):
                assert other == pytest.approx(told, rel=1e-6, abs=1e-9), (key, name)
            else:
                assert other == told, (key, name)
