"""Figures of several rooms in one order, and findings that add up."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

import worthline
from worthline.results import Figure, Findings, arranged, evidence_words


def figure(name: str, sentence: str = "") -> Figure:
    return Figure(name, name, 1.0, "count", "counted", "2026-09-30", sentence, "")


def names(*rooms: list[str]) -> list[str]:
    return [f.name for f in arranged(*([figure(name) for name in room] for room in rooms))]


def test_figures_of_later_rooms_take_their_place_in_the_headline():
    counted = ["customers_active", "retention_12m", "nps", "margin_12m", "cost_of_poor_service", "revenue_12m", "csat"]
    assert names(counted, ["customer_equity", "margin_at_risk"], ["verdict"]) == [
        "verdict",
        "customers_active",
        "retention_12m",
        "nps",
        "margin_12m",
        "margin_at_risk",
        "cost_of_poor_service",
        "revenue_12m",
        "csat",
        "customer_equity",
    ]


def test_what_a_company_earns_by_stays_on_top():
    assert names(["revenue_12m", "customers_active", "margin_12m"], ["margin_at_risk"]) == [
        "revenue_12m",
        "customers_active",
        "margin_12m",
        "margin_at_risk",
    ]


def test_a_figure_of_no_row_follows_the_one_before_it():
    assert names(["nps", "ces", "margin_12m"]) == ["nps", "ces", "margin_12m"]
    assert names(["nps", "margin_12m"], ["nps", "nps_all"]) == ["nps", "nps_all", "margin_12m"]


def test_a_later_room_s_figure_replaces_one_of_the_same_name():
    first, second = figure("nps", "those who answered"), figure("nps", "and all others")
    assert [f.sentence for f in arranged([first], [second])] == ["and all others"]


def test_findings_add_their_rows_scores_and_words():
    rows = pa.table({"kind": ["revenue"], "amount": [1]})
    more = pa.table({"kind": ["customer_equity"], "amount": [2]})
    found = Findings({"bridges": rows}, notes=("a",)) + Findings({"bridges": more, "backtests": more}, notes=("b",))
    assert found.tables["bridges"]["amount"].to_pylist() == [1, 2]
    assert found.tables["backtests"].num_rows == 1
    assert found.notes == ("a", "b")


def test_evidence_in_words_is_one_rule():
    """Words of a grade are made in results alone, so that pages, notebooks, the terminal and downloads agree."""
    sources = Path(worthline.__file__).parent
    users = {p.relative_to(sources).as_posix() for p in sources.rglob("*.py") if "GRADE_WORDS" in p.read_text("utf-8")}
    assert users == {"results.py"}


@pytest.mark.parametrize(
    ("grade", "low", "high", "words"),
    [
        ("A", 1, 2, "proven (control group)"),
        ("A", -1, 2, "measured (control group)"),
        ("B", -2, -1, "proven (comparison)"),
        ("B", 0, 1, "measured (comparison)"),
        ("C", -1, 1, "estimated"),
        ("D", 1, 2, "correlation only"),
        (None, 1, 2, ""),
    ],
)
def test_evidence_is_called_proven_only_where_the_interval_leaves_out_zero(grade, low, high, words):
    assert evidence_words(grade, low, high) == words
    assert evidence_words(grade, low, high, is_shown=False) == words.replace("proven", "measured")
