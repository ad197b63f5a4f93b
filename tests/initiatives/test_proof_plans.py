"""Prove this: drafted control groups by arithmetic beside the test."""

from __future__ import annotations

from decimal import Decimal
from math import sqrt

import pyarrow as pa
import pytest

from tests.initiatives.planning import settings
from worthline import initiatives
from worthline.effects.effect import SCHEMA as EFFECTS
from worthline.initiatives.proof_plans import Claim, draft
from worthline.initiatives.results import SCHEMA as RESULTS
from worthline.results import Figure, Findings

Z = 1.959964 + 0.841621


def figure(grade="C", value=-40_000.0, low=-59_600.0, high=-20_400.0, n=20_000, name="cost_of_poor_experiences"):
    return Figure(name, "Cost", value, "money", "effect", "2026-09-30", "s", "m", low, high, grade, n)


def plan(*figures, **tables) -> dict:
    found = initiatives.prove(settings(), Findings(tables, figures=figures))
    return {(r["kind"], r["name"]): r for r in found.tables["proof_plans"].to_pylist()} if found.tables else {}


def test_a_figure_by_hand():
    """-2 a customer, standard error of the sum 10,000: spread 10,000 / sqrt(20,000) = 70.71 a customer.
    Both arms: Z^2 x 4 x 70.71^2 / 2^2 = 39,245. 20,000 a year are 384.6 a week: 103 weeks. 19,622 control x 2 = 39,244."""
    row = plan(figure())["figure", "cost_of_poor_experiences"]
    spread = 10_000 / sqrt(20_000)
    assert row["spread"] == pytest.approx(spread, rel=1e-4)
    assert row["customers"] == pytest.approx(Z**2 * 4 * spread**2 / 4, rel=1e-3)
    assert row["control"] == row["customers"] // 2
    assert row["weeks"] == 103
    assert float(row["cost"]) == pytest.approx(row["control"] * 2)
    assert "103 weeks of assigning and costs an expected $39," in row["sentence"]


def test_an_interval_with_zero_is_planned_for_its_far_end():
    claim = Claim("effect", "x", "C", "withhold it from", 0.01, -0.01, 0.03, 1000, 50.0, 12, None)
    row = draft(settings(), claim)
    assert row["effect"] == 0.03
    assert row["cost"] is None
    assert "its cost is not known" in row["sentence"]


def test_what_no_group_could_prove_is_said():
    row = draft(settings(), Claim("effect", "x", "D", "withhold it from", 0.01, 0.001, 0.019, 1000, 0.5, 12, 1.0))
    assert row["weeks"] > 260
    assert row["sentence"].startswith("No control group of this company would prove it within five years")


def test_proven_and_unknown_figures_have_no_plan():
    assert plan(figure(grade="A"), figure(grade=None, name="margin_12m"), figure(value=None, name="other")) == {}


def test_a_figure_without_interval_says_so():
    row = plan(figure(grade="E", low=None, high=None))["figure", "cost_of_poor_experiences"]
    assert (row["customers"], row["cost"]) == (None, None)
    assert "interval or its sample is not known" in row["sentence"]


def test_effects_and_scores():
    def effect(cause, outcome, estimate, low, high):
        return {
            "effect_id": f"{cause}.{outcome}.12m",
            "cause": cause,
            "outcome": outcome,
            "horizon_months": 12,
            "segment": "all",
            "exposed": 1000,
            "estimate": estimate,
            "low": low,
            "high": high,
            "grade": "C",
        }

    rows = [
        effect("outage", "retention", -0.05, -0.08, -0.02),
        effect("outage", "margin", -7.0, -9.0, -5.0),
        effect("score: promoter", "retention", 0.1, 0.05, 0.15),
        effect("unknown", "retention", None, None, None),
    ]
    metrics = pa.table({"period": ["2026-01", "2026-02", "12m:2026-02"]})
    found = plan(effects=pa.Table.from_pylist(rows, EFFECTS), metrics=metrics)
    kept = found["effect", "outage.retention.12m"]
    assert kept["customers_per_week"] == pytest.approx(1000 / (2 * 365.25 / 12 / 7))
    assert float(kept["cost"]) == pytest.approx(kept["control"] * 7)
    assert "A score cannot be assigned" in found["effect", "score: promoter.retention.12m"]["sentence"]
    assert ("effect", "unknown.retention.12m") not in found


def test_an_initiative_without_control_group():
    row = {
        "initiative": "gifts",
        "name": "Gifts",
        "outcome": "margin_to_date",
        "segment": "all",
        "grade": "C",
        "estimate": 10.0,
        "low": 2.0,
        "high": 18.0,
        "treated": 400,
        "horizon_months": 10,
    }
    costs = pa.table({"initiative": ["gifts"], "cost": [Decimal(14_000)], "months": [10]})
    found = plan(initiative_results=pa.Table.from_pylist([row], RESULTS), initiative_costs=costs)
    drafted = found["initiative", "gifts"]
    treated = drafted["customers"] - drafted["control"]
    assert float(drafted["cost"]) == pytest.approx(drafted["control"] * 10 + treated * 35)
    assert drafted["sentence"].startswith("To prove it, withhold Gifts from half of")
