"""Published values of the models of value (METHODS.md 3), from the data on which they were published."""

from __future__ import annotations

import numpy as np
import pytest

from tests.reference.published import columns
from worthline.customers.value.pareto import fit_pareto
from worthline.customers.value.purchases import Histories, fit_purchases
from worthline.customers.value.renewals import fit_renewals
from worthline.customers.value.spend import fit_spend, log_likelihood

WEEKS, CAME = 39, 1882
"""The weeks after the sample's past, and on how many customer-days these customers bought in them (data/README.md)."""


@pytest.fixture(scope="module")
def cdnow():
    return columns("cdnow/summary.csv")


def test_purchases_match_fader_hardie_lee_2005(cdnow):
    found = fit_purchases(Histories.count(cdnow["x"], cdnow["t_x"], cdnow["T"]))
    # Printed to four (alpha: three) digits in the paper, from data rounded to two digits of a week.
    assert found.parameters == pytest.approx([0.2426, 4.4136, 0.7929, 2.4259], rel=1e-3)
    assert found.log_likelihood == pytest.approx(-9582.429, abs=0.01)
    assert found.customers == 2357


def test_leaving_after_the_first_purchase_matches_the_published_cdnow(cdnow):
    """MBG/NBD (Batislam et al. 2007; Hoppe & Wagner 2007) on CDNOW, as printed by BTYDplus: .525 6.183 .891 1.614."""
    found = fit_purchases(Histories.count(cdnow["x"], cdnow["t_x"], cdnow["T"]), after_first=True)
    assert found.parameters == pytest.approx([0.525, 6.183, 0.891, 1.614], abs=6e-4)  # printed to three digits
    # Just above BG/NBD's -9582.429: three in four of CDNOW's customers bought once, and cannot tell the two apart.
    assert found.log_likelihood == pytest.approx(-9582.13, abs=0.01)


def test_the_next_39_weeks_are_forecast_a_tenth_short(cdnow):
    """A known shortfall: the model falls about 12% short of what these customers bought in the 39 weeks after."""
    rates = fit_purchases(Histories.count(cdnow["x"], cdnow["t_x"], cdnow["T"]))
    forecast = rates.expected(WEEKS, cdnow["x"], cdnow["t_x"], cdnow["T"]).sum()
    assert forecast / CAME - 1 == pytest.approx(-0.12, abs=0.01)


def test_pareto_reaches_the_published_likelihood(cdnow):
    found = fit_pareto(Histories.count(cdnow["x"], cdnow["t_x"], cdnow["T"]))
    # Fader & Hardie (2005): r .553 alpha 10.578 s .606 beta 11.669, log-likelihood -9595.0; beta lies on a ridge.
    assert found.log_likelihood == pytest.approx(-9594.976, abs=0.005)
    assert found.parameters == pytest.approx([0.5532, 10.576, 0.6063, 11.67], rel=1e-3)


@pytest.mark.parametrize("rate", [1, 16_000])
def test_spend_matches_fader_hardie_2013_in_any_currency(cdnow, rate):
    """Gamma alone is money: in rupiah 247,000. The density of an amount is that of a dollar over the rate."""
    again = cdnow["x"] > 0
    x, mean = cdnow["x"][again], rate * cdnow["zbar"][again]
    found = fit_spend(x, mean)
    assert found.customers == 946
    assert (found.p, found.q, found.gamma / rate) == pytest.approx((6.25, 3.74, 15.44), rel=2e-3)  # printed to 3 digits
    asked, _ = log_likelihood(np.array([found.p, found.q, found.gamma]), x, mean)
    assert found.log_likelihood == pytest.approx(asked, rel=1e-12)


@pytest.mark.parametrize(
    ("segment", "alpha", "beta", "log_likelihood"),
    [("regular", 0.704, 1.182, -1680.27), ("high_end", 0.668, 3.806, -1611.16)],
)
def test_renewals_match_fader_hardie_2007(segment, alpha, beta, log_likelihood):
    active = columns("sbg/retention.csv")[f"pct_alive_{segment}"][:8] * 10  # 1,000 starts, years 0 to 7
    found = fit_renewals(active)
    assert (found.alpha, found.beta) == pytest.approx((alpha, beta), abs=6e-4)  # printed to three digits
    assert found.log_likelihood == pytest.approx(log_likelihood, abs=0.006)  # printed to two


def test_beta_discrete_weibull_improves_on_the_high_end_segment():
    """Fader et al. (2018): retention of the high end rises faster than sBG allows; on years 1 to 7 BdW gains, ahead too.

    BdW with c = 1 is the sBG, so its likelihood is at least the published one; in years 8 to 12 sBG is off by 16 per mille.
    """
    table = columns("sbg/retention.csv")
    for segment, published in (("regular", -1680.27), ("high_end", -1611.16)):
        active = table[f"pct_alive_{segment}"] * 10
        ageing = fit_renewals(active[:8], ageing=True)
        assert ageing.log_likelihood >= published - 0.006
        off = np.abs(ageing.survival(12)[8:] * 1000 - active[8:]).max()
        assert off <= 12.0  # per mille: the printed points are rounded to one, sampling of 1,000 starts gives about 15
