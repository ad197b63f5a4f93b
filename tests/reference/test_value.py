"""Published values of the models of value (METHODS.md 3), from the data on which they were published."""

from __future__ import annotations

import csv
import os
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.customers.value.test_renewals import HIGH_END, REGULAR
from worthline.customers.value.pareto import fit_pareto
from worthline.customers.value.purchases import Histories, fit_purchases
from worthline.customers.value.renewals import fit_renewals
from worthline.customers.value.spend import fit_spend

SHARED = Path(os.environ.get("WORTHLINE_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "data"
CDNOW = SHARED / "cdnow_sample"
with_cdnow = pytest.mark.skipif(not CDNOW.is_dir(), reason="needs the shared data: cdnow_sample")
CALIBRATION_ENDS, WEEKS = date(1997, 9, 30), 39


@pytest.fixture(scope="module")
def cdnow():
    with (CDNOW / "cdnow_customers_summary_with_transactions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in ("x", "t_x", "T", "zbar")}


@with_cdnow
def test_purchases_match_fader_hardie_lee_2005(cdnow):
    found = fit_purchases(Histories.count(cdnow["x"], cdnow["t_x"], cdnow["T"]))
    # Printed to four (alpha: three) digits in the paper, from data rounded to two digits of a week.
    assert found.parameters == pytest.approx([0.2426, 4.4136, 0.7929, 2.4259], rel=1e-3)
    assert found.log_likelihood == pytest.approx(-9582.429, abs=0.01)
    assert found.customers == 2357


@with_cdnow
def test_the_next_39_weeks_are_forecast_a_tenth_short(cdnow):
    """A known shortfall: the model falls about 12% short of what these customers bought in the 39 weeks after."""
    with (CDNOW / "cdnow_sample.csv").open(encoding="utf-8") as file:
        days = {(row["customer_id"], date.fromisoformat(row["date"])) for row in csv.DictReader(file)}
    last = CALIBRATION_ENDS + timedelta(weeks=WEEKS)
    came = sum(CALIBRATION_ENDS < day <= last for _, day in days)
    rates = fit_purchases(Histories.count(cdnow["x"], cdnow["t_x"], cdnow["T"]))
    told = rates.expected(WEEKS, cdnow["x"], cdnow["t_x"], cdnow["T"]).sum()
    assert told / came - 1 == pytest.approx(-0.12, abs=0.01)


@with_cdnow
def test_pareto_reaches_the_published_likelihood(cdnow):
    found = fit_pareto(Histories.count(cdnow["x"], cdnow["t_x"], cdnow["T"]))
    # Fader & Hardie (2005): r .553 alpha 10.578 s .606 beta 11.669, log-likelihood -9595.0; beta lies on a ridge.
    assert found.log_likelihood == pytest.approx(-9594.976, abs=0.005)
    assert found.parameters == pytest.approx([0.5532, 10.576, 0.6063, 11.67], rel=1e-3)


@with_cdnow
def test_spend_matches_fader_hardie_2013(cdnow):
    again = cdnow["x"] > 0
    found = fit_spend(cdnow["x"][again], cdnow["zbar"][again])
    assert found.customers == 946
    assert (found.p, found.q, found.gamma) == pytest.approx((6.25, 3.74, 15.44), rel=2e-3)  # printed to 3 digits


@pytest.mark.parametrize(
    ("active", "alpha", "beta", "log_likelihood"),
    [(REGULAR, 0.704, 1.182, -1680.27), (HIGH_END, 0.668, 3.806, -1611.16)],
    ids=["regular", "high end"],
)
def test_renewals_match_fader_hardie_2007(active, alpha, beta, log_likelihood):
    found = fit_renewals(active)
    assert (found.alpha, found.beta) == pytest.approx((alpha, beta), abs=6e-4)  # printed to three digits
    assert found.log_likelihood == pytest.approx(log_likelihood, abs=0.006)  # printed to two
