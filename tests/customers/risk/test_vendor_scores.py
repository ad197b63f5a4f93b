"""A vendor's score brought as a column is tested on the rows that our model is tested on, by the same gate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import mannwhitneyu

from tests.customers.risk.companies import Way, contracts, opened
from worthline.customers.risk import analyse, vendor_scores
from worthline.customers.risk.evaluation import HeldOut, area
from worthline.customers.risk.landmarks import FOLDS

SMALL = Way(customers=1_500, hazard=0.025, months=24)


@pytest.fixture(scope="module")
def tested():
    """health_score falls with whether a customer ever leaves, and noise; nothing dates it."""
    lived = contracts(SMALL, 3)
    people = lived.tables["customers"]
    left = np.array([day is not None for day in people["left_on"].to_pylist()])
    luck = np.random.default_rng(2)
    health = np.round(70 - 8 * left + luck.normal(0, 15, len(left)), 1)
    noise = np.round(luck.uniform(0, 100, len(left)), 1)
    people = people.append_column("health_score", pa.array(health)).append_column("vendor_health", pa.array(noise))
    with opened(replace(lived, tables={**lived.tables, "customers": people})) as (ds, panel, rooms):
        return analyse(ds, panel, rooms), dict(zip(people["customer_id"].to_pylist(), health, strict=True))


def measures(found, model, horizon=12):
    rows = found.backtests.to_pylist()
    return {r["measure"]: r for r in rows if r["model"] == model and r["horizon"] == horizon}


def test_vendors_and_our_score_stand_beside_each_other(tested):
    found, _ = tested
    theirs, ours = measures(found, "vendor: health_score"), measures(found, "risk")
    assert set(theirs) >= {"auc", "top_decile_lift", "calibration_error", "auc_worthline"}
    assert theirs["auc"]["n"] == ours["auc"]["n"]
    # The order after calibration by thirds of customers, which our own measure leaves out.
    assert theirs["auc_worthline"]["value"] == pytest.approx(ours["auc"]["value"], abs=0.02)
    assert theirs["auc"]["value"] > 0.55


def test_noise_does_not_tell_leavers(tested):
    found, _ = tested
    noise = measures(found, "vendor: vendor_health")["auc"]
    # Out of fold, noise lies a little below half: a fold's direction is learnt from the others.
    assert noise["low"] < 0.5 < noise["high"] + 0.02


def test_without_a_date_it_is_never_shown_and_says_why(tested):
    found, _ = tested
    assert not any(r["shown"] for r in found.backtests.to_pylist() if r["model"].startswith("vendor"))
    note = next(n for n in found.findings.notes if n.startswith("customers.health_score, tested beside the 12-month"))
    assert "Worthline 0." in note
    assert "It has no date" in note


def test_equal_scores_tie_whatever_the_order_of_rows():
    """Red, amber and green, leavers' rows first: the area of Mann and Whitney, of which ties are half."""
    luck = np.random.default_rng(4)
    y = np.repeat([1.0, 0.0], [300, 900])
    score = luck.binomial(2, 0.5 + 0.1 * y).astype(float)
    customer = np.arange(len(y))
    p = vendor_scores._calibrated(score, y, np.ones(len(y)), customer)
    for fold in range(FOLDS):
        mine = customer % FOLDS == fold
        left, stayed = (score[mine & (y == outcome)] for outcome in (1, 0))
        expected = mannwhitneyu(left, stayed).statistic / (len(left) * len(stayed))
        assert area(y[mine], p[mine], np.ones(mine.sum())) == pytest.approx(expected, abs=1e-12)


def test_a_dated_score_passes_and_one_that_changed_since_is_not_tested():
    """Landmark 2026-01 (month 24312 from year 0): known in 2025, or for 3 of 4 customers since 2026-02 only."""
    luck = np.random.default_rng(6)
    y = luck.binomial(1, 0.3, 1_200).astype(float)
    health = 60 - 20 * y + luck.normal(0, 15, len(y))
    ranks, ones = np.arange(len(y)), np.ones(len(y))
    past = pa.table({"rank": ranks, "at": np.full(len(y), 2026 * 12)})
    model = SimpleNamespace(held=HeldOut(y, 0.3 * ones, ones, ranks), past=past)
    before, after = date(2025, 6, 30), date(2026, 2, 28)

    def judged(known):
        rows = pa.table({"rank": ranks, "known": known, "health": health})
        return vendor_scores._judged(rows, "health", model, is_dated=True)

    measures, passed, _, n = judged([before] * len(y))
    assert (passed, n) == (True, len(y))
    # Normal scores 20 / 15 deviations apart: Phi(20 / 15 / sqrt 2) = .827, known to .013; thirds and tenths cost a little.
    assert measures["auc"].value == pytest.approx(0.827, abs=0.04)
    assert "known for 25% of the tested customer-months" in judged([before, after, after, after] * 300)
