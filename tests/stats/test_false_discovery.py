"""Adjusted p-values against the paper that proposed them."""

import pytest

from worthline.stats.false_discovery import adjusted_p_values


def test_corrected_p_values_match_benjamini_hochberg_1995():
    # The 15 p-values of their table 1; four are significant at 5% after correction.
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1.0,
    ]
    found = adjusted_p_values([*p, None])
    assert sum(value < 0.05 for value in found[:-1]) == 4
    assert found[3] == pytest.approx(0.0095 * 15 / 4)
    assert found[-1] is None


def test_an_empty_family_and_one_without_p_values():
    assert adjusted_p_values([]) == []
    assert adjusted_p_values([None, None]) == [None, None]
