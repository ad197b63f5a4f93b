"""A figure's value, range and evidence in words."""

import pytest

from worthline.initiatives import returns
from worthline.metrics.sentences import margin_source
from worthline.reports.figure_text import evidence, sample, span, value
from worthline.results import Figure


@pytest.mark.parametrize(
    ("number", "unit", "name", "short", "exact"),
    [
        (1_030_000.25, "money", "", "$1.03M", "$1,030,000.25"),
        (0.8214, "share", "", "82.1%", "82.14%"),
        (12.1, "score", "nps", "+12", "+12.10"),
        (-0.2, "score", "nps_weighted", "0", "-0.20"),
        (4.25, "score", "stars", "4.2", "4.25"),
        (50_214, "count", "", "50,214", "50,214"),
        (1, "hours", "", "1.0 hour", "1.0 hour"),
        (2.44, "days", "", "2.4 days", "2.4 days"),
        (0.31251, "ratio", "", "0.31", "0.313"),
        (None, "money", "", "not known", "not known"),
    ],
)
def test_value_in_its_unit(number, unit, name, short, exact):
    assert value(number, unit, currency="USD", name=name) == short
    assert value(number, unit, currency="USD", name=name, exact=True) == exact


def test_ranges():
    assert span(7.2e6, 8.3e6, "money", currency="USD") == "$7.20M-$8.30M"
    assert span(-1e6, 2e6, "money", currency="USD") == "-$1.00M to $2.00M"
    assert span(0.1, 0.2, "share", currency="USD") == "10.0%-20.0%"
    assert span(-2, 3, "score", currency="USD", name="nps") == "-2 to +3"
    assert span(None, 3, "score", currency="USD") == ""


@pytest.mark.parametrize(
    ("basis", "grade", "says"),
    [
        ("counted", None, "actual"),
        ("forecast", None, "forecast"),
        ("effect", "A", "proven (control group)"),
        ("effect", "B", "proven (comparison)"),
        ("effect", "C", "estimated"),
        ("effect", "D", "correlation only"),
        ("effect", "E", "assumed"),
    ],
)
def test_evidence_is_said_in_words(basis, grade, says):
    figure = Figure("f", "F", 1.0, "money", basis, "2026-09-30", "", "", grade=grade)
    assert evidence(figure) == says


def figure(name, value=1.0, **more):
    usual = {"unit": "money", "basis": "counted", "as_of": "2026-09-30", "sentence": "", "method": ""}
    return Figure(name=name, label="F", value=value, **{**usual, **more})


def test_undefined_figure_has_no_evidence():
    assert evidence(figure("margin_12m", None)) == "-"


def test_declared_margin_is_named_only_where_the_figure_uses_it():
    flat, brought = (margin_source("0.55", flat=flat) for flat in (True, False))
    declared = {"margin": "0.55"}
    assert (
        evidence(figure("margin_12m", sentence=f"Customers brought it. {flat}"), declared)
        == "actual, margin set at 55%"
    )
    assert evidence(figure("margin_12m", sentence=brought), declared) == "actual"
    assert evidence(figure("margin_12m", sentence=brought), {"margin": None}) == "actual"


@pytest.mark.parametrize(
    ("name", "n", "says"),
    [
        ("revenue", 14_079, "14,079 transactions"),
        ("margin", 1, "1 transaction"),
        ("retention", 51_870, "51,870 customers"),
        ("nps", 7_030, "7,030 responses"),
        ("nps_response_rate", 12, "12 invitations"),
        ("response_rate", 12, "12 invitations"),
        ("repeat_contacts", 258, "258 contacts"),
        ("cost_of_poor_service_cash", 3, "3 transactions"),
        ("cost_of_poor_service", 3, "n = 3"),
        ("revenue_per_customer", 3, "3 customers"),
        ("a_score_of_their_own", 3, "3 responses"),
        ("nps", None, ""),
    ],
)
def test_what_a_number_rests_on_is_named(name, n, says):
    assert sample(figure(f"{name}_12m", n=n, details={"metric": name})) == says


def test_customers_of_several_initiatives_are_said_to_count_in_each():
    """48,664 "customers" of a company of 37,934 were shown."""
    verdict = figure("verdict", n=48_664, details={"counted": returns.COUNTED})
    assert sample(verdict) == "48,664 customers, counted per initiative"


def test_revenue_of_subscriptions_rests_on_fees():
    earned = figure("revenue_12m", n=30, details={"metric": "revenue"})
    assert sample(earned, {"revenue_from": "subscriptions"}) == "30 fees by subscription and month"
