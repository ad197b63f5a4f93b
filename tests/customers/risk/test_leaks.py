"""Columns that know the outcome, in any table: named, and left out of the churn model and of what effects control for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.customers.risk.companies import Lived, Way, contracts, opened
from tests.customers.risk.world import World, world
from worthline.customers.risk import analyse
from worthline.customers.risk.features import suspects
from worthline.customers.risk.model import fit
from worthline.effects.history import History, is_leak, without_leaks
from worthline.ingest.health import with_leaks
from worthline.results import Leak

SMALL = Way(customers=1_500, hazard=0.025, months=24)


@pytest.fixture(scope="module")
def lived() -> Lived:
    """A company of 1,500, 2.5% of whom leave in a month."""
    return contracts(SMALL, 3)


def left(lived: Lived) -> np.ndarray:
    """Ids of those who ever left within the records."""
    rows = lived.tables["customers"]
    return np.array(rows.filter(rows["left_on"].is_valid())["customer_id"].to_pylist())


def answers(lived: Lived, score_of_leavers: float) -> Lived:
    """Two in three customers answer once a year; who will ever leave gives `score_of_leavers`, others 9 or 10."""
    rows = lived.tables["feedback"]
    gone = np.isin(np.array(rows["customer_id"].to_pylist()), left(lived))
    luck = np.random.default_rng(1)
    score = np.where(gone, score_of_leavers, luck.integers(9, 11, len(gone)))
    at = rows.column_names.index("score")
    return replace(
        lived, tables={**lived.tables, "feedback": rows.set_column(at, "score", pa.array(score.astype(float)))}
    )


def test_a_score_that_separates_leavers_is_no_feature(lived):
    """Brought as feedback, blank for most: where it is known it says who ever leaves, without fault."""
    with opened(answers(lived, 2.0)) as (ds, panel, rooms):
        found = analyse(ds, panel, rooms)
    assert [(leak.table, leak.column, leak.concept) for leak in found.leaks] == [("feedback", "score", "score")]
    assert "separates customers who leave from those who stay" in found.leaks[0].why
    auc = [r["value"] for r in found.backtests.to_pylist() if r["measure"] == "auc"]
    assert max(auc) < 0.75, "what this company's records can tell is about .62"
    assert any("feedback.score was left out of the churn model" in note for note in found.findings.notes)


def test_an_ordinary_score_stays(lived):
    with opened(lived) as (ds, panel, rooms):
        assert analyse(ds, panel, rooms).leaks == ()


def test_a_column_written_after_leaving_is_named(lived):
    """A column of customers that is filled for leavers alone."""
    customers = lived.tables["customers"]
    gone = np.isin(np.array(customers["customer_id"].to_pylist()), left(lived))
    filled = customers.append_column("closing_team", pa.array([f"T{i % 3}" if g else None for i, g in enumerate(gone)]))
    with opened(replace(lived, tables={**lived.tables, "customers": filled})) as (ds, panel, rooms):
        found = analyse(ds, panel, rooms)
    assert [(leak.table, leak.column) for leak in found.leaks] == [("customers", "closing_team")]


def with_hindsight(made: World, noise: float) -> World:
    """A column without a date, on a scale of its own, that knows the outcome up to `noise`."""
    luck = np.random.default_rng(2)
    return made.with_own("field_9", [f"{v:.4f}" for v in 40 + 10 * (made.y + luck.normal(0, noise, len(made.y)))])


def test_an_undated_number_that_tells_more_than_all_the_rest_is_hindsight():
    """AUC of two normals one apart, sd .5: Phi(1 / (.5 sqrt 2)) = .921; all recorded together about .72."""
    made = with_hindsight(world(3_000, 8, seed=5), 0.5)
    found = fit(made.rows, made.features, 3, rule=None)
    assert [leak.named for leak in found.leaks] == ["field_9"]
    assert "bears no date" in found.leaks[0].why
    assert fit(made.rows, made.features, 3, rule=None, dated=True).leaks == ()


def test_a_useful_column_is_no_leak():
    """Sd 1: an AUC of .760, well within what a true cause may reach."""
    made = with_hindsight(world(3_000, 8, seed=5), 1.0)
    assert fit(made.rows, made.features, 3, rule=None).leaks == ()


def test_what_is_a_leak_is_not_controlled_for():
    leaks = [Leak("feedback", "score", "score", "it knows"), Leak("customers", "Agent", "Agent", "it knows")]
    leaks.append(Leak("interactions", "Cancel line", "touchpoint Cancel line", "it knows"))
    blank: dict[str, Any] = dict.fromkeys(
        ("ids", "base", "there", "active", "totals", "unknown", "states", "names", "left")
    )
    history = without_leaks(History(**{**blank, "attributes": {}}), leaks)
    assert [
        group
        for group in ("last score", "agent", "Agent", "cancel line, wait before", "tenure", "contacts")
        if is_leak(history, group)
    ] == [
        "last score",
        "agent",
        "Agent",
        "cancel line, wait before",
    ]


def test_data_quality_has_a_row_for_each_leak():
    blank = pa.table(
        {
            "source": pa.array([], pa.string()),
            "rule": pa.array([], pa.string()),
            **{n: pa.array([], pa.int64()) for n in ("rows", "used", "quarantined", "found")},
            "table": pa.array([], pa.string()),
            "says": pa.array([], pa.string()),
        }
    )
    rows = with_leaks(blank, [Leak("feedback", "score", "score", "it knows")], []).to_pylist()
    assert [(row["source"], row["rule"], row["says"], row["quarantined"]) for row in rows] == [
        ("feedback (all files)", "leak", "score: it knows", 0)
    ]


def test_check_names_columns_that_sound_like_a_model(lived):
    customers = lived.tables["customers"]
    named = customers.append_column("ChurnScore", pa.array(["0.1"] * len(customers)))
    with opened(replace(lived, tables={**lived.tables, "customers": named})) as (ds, _, _):
        assert [text.split(" seems")[0] for text in suspects(ds)] == ["customers.ChurnScore"]
