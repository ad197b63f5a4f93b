"""Customers who call because they are leaving, against contacts that make customers leave."""

from __future__ import annotations

import numpy as np
import pytest

from tests.effects.worlds import callers
from worthline.effects import reverse_causality
from worthline.effects.effect import sentence
from worthline.effects.linkage import Study, _of_horizon
from worthline.effects.reverse_causality import Survival, check
from worthline.stats.double_ml import Estimate


def of_all(linked):
    [whole] = [one for one in linked.experiences if one.name == "unresolved contact"]
    study = Study(linked, whole)
    return [effect for horizon in (1, 12) for effect in _of_horizon(study, horizon)]


def test_leavers_who_call_are_no_effect_of_the_call():
    # At fa99b5c: grade C with money. The bar is D in at least 95% of worlds (docs/methods/effects-held-to-truth.md).
    for seed in range(3):
        found = of_all(callers(seed, leavers_call=True))
        assert {one.grade for one in found} == {"D"}
        assert not any(one.has_money for one in found)
        says = sentence(found[0], found[0].had, "USD")
        assert "Customers may have made contact because they were leaving." in says
        assert "among customers still here one month later" in says


def test_an_effect_that_lasts_is_estimated():
    # The bar is 80% of worlds; of 3, two.
    graded = [{one.grade for one in of_all(callers(seed, harm=0.05))} for seed in range(3)]
    assert sum(grades == {"C"} for grades in graded) >= 2


def test_no_effect_shows_no_sign():
    # The test of the first month errs in 5%; of 3 worlds one may be D.
    graded = [{one.grade for one in of_all(callers(seed, harm=0.0))} for seed in range(3)]
    assert sum(grades == {"C"} for grades in graded) >= 2


def estimate(value, error):
    return Estimate(value, error, 0.0, 0.0, 1_000, 300, 0, 1_000, np.zeros(1), 1.0)


@pytest.mark.parametrize(
    ("first", "later", "leavers", "outcome"),
    [
        ((0.10, 0.01), (0.00, 0.01), 0.2, "failed"),  # gone among those who are still here
        ((0.10, 0.01), (0.05, 0.01), 0.2, "passed"),
        ((0.10, 0.01), (-0.05, 0.01), 0.2, "failed"),  # the other way round is no lasting effect
        ((0.10, 0.01), (0.05, 0.05), 0.2, "failed"),  # cannot be ruled out
        ((0.01, 0.01), (0.00, 0.01), 0.2, "passed"),  # nothing in the first month to explain
        ((0.10, 0.01), (0.05, 0.01), 0.6, "failed"),  # only leavers have it
    ],
)
def test_the_rule(first, later, leavers, outcome):
    found = Survival(estimate(*first), estimate(*later), estimate(*later), leavers)
    assert check(found, starts_with_customer=True).outcome == outcome


def test_what_customers_do_not_start_only_informs():
    found = Survival(estimate(0.10, 0.01), estimate(0.0, 0.01), None, 0.2)
    made = check(found, starts_with_customer=False)
    assert made.outcome == "informs"
    assert made.name == reverse_causality.NAME
    assert made.says.startswith("Effect on leaving within a month 10.0 points (95% CI 8.0 to 12.0)")
    nobody = Survival(None, None, None, 0.0)
    assert check(nobody, starts_with_customer=True).outcome == "informs"
