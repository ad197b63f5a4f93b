"""A figure's value, range and evidence in words."""

import pytest

from worthline.reports.words import known_by, span, value
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
        ("counted", None, "counted"),
        ("forecast", None, "predicted"),
        ("effect", "A", "proven (control group)"),
        ("effect", "B", "proven (comparison)"),
        ("effect", "C", "estimated"),
        ("effect", "D", "correlation only"),
        ("effect", "E", "assumed"),
    ],
)
def test_evidence_is_said_in_words(basis, grade, says):
    figure = Figure("f", "F", 1.0, "money", basis, "2026-09-30", "", "", grade=grade)
    assert known_by(figure) == says
