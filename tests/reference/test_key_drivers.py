"""Key drivers against the published decomposition of R's data set swiss."""

from __future__ import annotations

import numpy as np
import pytest

from tests.reference.published import columns
from worthline.effects.drivers import key_drivers, shares_of_r2

DRIVERS = ("agriculture", "examination", "education", "catholic", "infant_mortality")
PUBLISHED = (0.0571, 0.1712, 0.2601, 0.1056, 0.1128)
"""LMG shares of R2 of fertility, 47 districts: package relaimpo (Groemping 2006), as printed with four digits."""


@pytest.fixture(scope="module")
def swiss():
    data = columns("swiss/swiss.csv", without=("district",))
    return np.column_stack([data[name] for name in DRIVERS]), data["fertility"]


def test_shares_match_lmg_of_swiss(swiss):
    x, y = swiss
    found = shares_of_r2(np.corrcoef(np.column_stack([x, y]).T))
    assert found == pytest.approx(PUBLISHED, abs=5e-5)
    assert found.sum() == pytest.approx(0.7067, abs=5e-5)  # R2 of the regression, as R prints it


def test_what_is_published_of_them_is_the_same(swiss):
    found = key_drivers(*swiss, resamples=20)
    assert found.shares == pytest.approx(PUBLISHED, abs=5e-5)
