"""What lasts and what is a short-term spike."""

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
        ("margin", {3: 5.0, 12: 14.0}, "passed"),
        ("margin", {3: 5.0, 12: 5.1}, "failed"),
        ("margin", {3: 5.0, 12: 1.0}, "failed"),
        ("margin", {3: 0.01, 12: 14.0}, None),
        ("margin", {3: 5.0}, None),
    ],
)
def test_a_spike_is_told_from_what_lasts(outcome, by_month, outcome_of_check):
    found = check_of(*(effect(outcome, months, value) for months, value in by_month.items()))
    assert (found and found.outcome) == outcome_of_check


def test_a_spike_is_said_in_the_sentence_and_leaves_the_grade():
    last = durability.told([effect("retention", 3, 0.08), effect("retention", 12, 0.005)])[-1]
    assert "A short-term spike: shown after 3 months, and not after 12 months." in sentence(last, "a gift", "USD")
    assert last.grade == "C"
