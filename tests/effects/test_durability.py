"""What lasts and what is a short-term spike."""

from dataclasses import replace

import numpy as np
import pytest

from worthline.effects import durability
from worthline.effects.effect import Effect, sentence


def effect(outcome, horizon, estimate, error=0.01):
    return Effect(
        cause="Gift",
        outcome=outcome,
        horizon=horizon,
        population="all",
        estimand="",
        method="",
        checks=(),
        n=1000,
        exposed=100,
        estimate=estimate,
        error=error,
        grade="C",
    )


def check_of(*effects):
    last = durability.told(effects)[-1]
    return next((check for check in last.checks if check.name == "durability"), None)


@pytest.mark.parametrize(
    ("outcome", "by_month", "outcome_of_check"),
    [
        ("retention", {1: 0.10, 3: 0.08, 12: 0.07}, "passed"),
        ("retention", {1: 0.10, 3: 0.08, 12: 0.005}, "failed"),
        ("retention", {1: 0.10, 3: 0.08, 12: -0.07}, "failed"),
        ("retention", {1: 0.10, 3: 0.08, 12: (0.05, 0.04)}, "informs"),
        ("margin", {3: 5.0, 12: (14.0, 9.0)}, "informs"),
        ("margin", {3: 5.0, 12: (5.1, 9.0)}, "informs"),
        ("margin", {3: 5.0, 12: (5.1, 5.0)}, "failed"),
        ("margin", {3: 5.0, 12: 14.0}, "passed"),
        ("margin", {3: 5.0, 12: 5.1}, "failed"),
        ("margin", {3: 5.0, 12: 1.0}, "failed"),
        ("margin", {3: 0.01, 12: 14.0}, None),
        ("margin", {3: 5.0}, None),
    ],
)
def test_a_spike_is_told_from_what_lasts(outcome, by_month, outcome_of_check):
    found = check_of(*(effect(outcome, months, *np.atleast_1d(value)) for months, value in by_month.items()))
    assert (found and found.outcome) == outcome_of_check


def test_a_spike_is_said_in_the_sentence_and_leaves_the_grade():
    last = durability.told([effect("retention", 3, 0.08), effect("retention", 12, 0.005)])[-1]
    assert "A short-term spike: shown after 3 months, and not after 12 months, and the fall is shown." in sentence(
        last, "a gift", "USD"
    )
    assert last.grade == "C"


def test_the_error_of_a_fall_knows_that_both_are_of_the_same_customers():
    # Both errors are .05 and move together: the fall of .06 has none of its own.
    same = {"who": np.array([1, 4]), "influence": np.array([0.03, 0.04])}
    early, late = (replace(effect("retention", at, by, 0.05), **same) for at, by in ((3, 0.12), (12, 0.06)))
    assert check_of(early, late).outcome == "failed"
    apart = replace(late, who=np.array([2, 3]))
    assert check_of(early, apart).outcome == "informs"


def test_one_chance_finding_among_many_is_not_shown():
    one = replace(effect("retention", 3, -0.08, 0.03), p_adjusted=0.09)
    assert not one.shown
    assert replace(one, p_adjusted=0.04).shown
    says = sentence(one, "a gift", "USD")
    assert says.startswith(
        "A gift: -8.0 points in the share still here 3 months later (95% CI -13.9 to -2.1 points); estimated."
    )
    assert says.endswith("Not significant after multiple-test correction (adjusted p 0.09).")


def test_nothing_is_said_of_an_unseen_cause_where_nothing_was_computed():
    one = effect("retention", 3, -0.08)
    assert (one.bound_low, one.bound_high) == (None, None)
    assert replace(one, bias=0.01).bound_low == pytest.approx(one.low - 0.01)
