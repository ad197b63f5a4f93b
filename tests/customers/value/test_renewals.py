"""Renewal curves: published values, a truth recovered, and what cannot be fitted."""

from __future__ import annotations

import numpy as np
import pytest

from worthline.customers.value.renewals import fit_renewals
from worthline.errors import NotConverged, NotEnoughData

# Fader & Hardie (2007), table 1: per mille of 1,000 starts still active in years 0 to 7, printed to a tenth of a percent.
REGULAR = np.array([1000.0, 631, 468, 382, 326, 289, 262, 241])
HIGH_END = np.array([1000.0, 869, 743, 653, 593, 551, 517, 491])
LATER = {"regular": [223, 207, 194, 183, 173], "high end": [468, 445, 427, 409, 394]}
"""Years 8 to 12, which the fit has not seen."""


@pytest.mark.parametrize(("active", "name"), [(REGULAR, "regular"), (HIGH_END, "high end")])
def test_years_not_seen_are_forecast_within_a_point(active, name):
    # The paper's figure 5: the forecast of years 8 to 12 lies within about two points of what happened.
    forecast = fit_renewals(active).survival(12)[8:] * 1000
    assert np.abs(forecast - LATER[name]).max() < 25


def test_survival_and_retention_are_one_curve():
    found = fit_renewals(REGULAR)
    assert found.survival(5)[0] == 1
    assert np.cumprod(found.retention(5)) == pytest.approx(found.survival(5)[1:])
    # r(t) = (beta + t - 1) / (alpha + beta + t - 1), equation 8.
    t = np.arange(1, 6)
    assert found.retention(5) == pytest.approx((found.beta + t - 1) / (found.alpha + found.beta + t - 1))


def test_a_chance_that_rises_with_time_is_recovered():
    from scipy.special import betaln

    t = np.arange(13.0) ** 1.4
    active = np.round(1e6 * np.exp(betaln(1.2, 9.0 + t) - betaln(1.2, 9.0)))
    found = fit_renewals(active, ageing=True)
    # A million customers: four standard errors are about 3% of each.
    assert (found.alpha, found.beta, found.c) == pytest.approx((1.2, 9.0, 1.4), rel=0.03)


@pytest.mark.parametrize("active", [[10, 9], [10, 10, 10], [10, 11, 9], [10, 5, 0], [0, 0, 0]])
def test_no_churn_rises_and_too_few_renewals_are_not_enough(active):
    with pytest.raises(NotEnoughData, match=r"needs 2 renewals"):
        fit_renewals(np.array(active, float))


def test_leaving_that_rises_has_no_interior_maximum_and_it_is_said():
    # sBG's retention can only rise; where it falls, the spread goes to zero, alpha and beta to infinity.
    with pytest.raises(NotConverged, match=r"no interior maximum|only one of"):
        fit_renewals(np.array([1000.0, 900, 780, 640, 480]))
