"""Panels of places: what is measured of stores, hospitals and regions, with soft or hard asked and never guessed."""

from __future__ import annotations

import pytest

from tests.ingest.propose.proposing import proposal_of
from worthline import config
from worthline.engine import open_engine
from worthline.ingest.load import load
from worthline.ingest.propose import write
from worthline.tables import TABLES

STORES = "store_id,month_end,waiting_minutes,guest_rating,treated\n" + "".join(
    f"S{s},2025-{m:02}-{(31, 28, 31, 30)[m - 1]},{5 + s + m},{1 + (s + m) % 5},{int(s > 3)}\n"
    for s in range(1, 7)
    for m in range(1, 5)
)
YEARS = "state,year,sales,nps\n" + "".join(
    f"State {s},{y},{100 * s + y},{s}\n" for s in range(3) for y in range(2018, 2022)
)
WIDE = "Hospital ID,name,star_rating_202501,star_rating_202502,star_rating_202503\n" + "".join(
    f"H{h},Hospital {h},{h % 5},{h % 4},{'' if h == 3 else h % 3}\n" for h in range(1, 9)
)


def rows(folder, answer):
    """What the mapping reads, after the one question got this answer; (questions, rows)."""
    answers = {}
    while questions := (proposal := proposal_of(folder, answers)).questions:
        answers[questions[0].key] = answer(questions[0])
    (folder / config.FILE).write_text(write(proposal), encoding="utf-8")
    company = config.load(folder, {name: spec.names for name, spec in TABLES.items()})
    engine = open_engine("duckdb", folder / ".scratch", threads=1)
    try:
        table = load(company, engine, folder / ".scratch").dataset["locations"]
        return len(answers), engine.fetch(table).to_pylist()
    finally:
        engine.close()


def first(question):
    return question.choices[0][0]


@pytest.mark.parametrize(
    ("text", "count", "places", "soft"),
    [(STORES, 6 * 4 * 2, 6, {"guest_rating"}), (YEARS, 3 * 4 * 2, 3, {"nps"}), (WIDE, 8 * 3 - 1, 8, {"star_rating"})],
    ids=["long", "years", "wide"],
)
def test_each_measure_of_a_place_becomes_a_row(tmp_path, text, count, places, soft):
    (tmp_path / "panel.csv").write_text(text)
    questions, found = rows(tmp_path, first)
    assert questions == 1
    assert len(found) == count
    assert len({r["location"] for r in found}) == places
    assert {r["measure"] for r in found if r["kind"] == "soft"} == soft
    assert "treated" not in {r["measure"] for r in found}


def test_values_and_days_are_those_of_the_file(tmp_path):
    (tmp_path / "panel.csv").write_text(WIDE)
    _, found = rows(tmp_path, first)
    values = {(r["location"], str(r["at_date"])): r["value"] for r in found}
    assert values["H7", "2025-02-28"] == 7 % 4
    assert ("H3", "2025-03-31") not in values


def test_soft_is_never_taken_unasked(tmp_path):
    (tmp_path / "panel.csv").write_text(STORES)
    proposal = proposal_of(tmp_path)
    assert not proposal.mapped
    (question,) = proposal.questions
    assert [words for _, words in question.choices] == [
        "guest_rating",
        "all of them",
        "none of them",
        "it is no panel of places: leave it out",
    ]
    _, found = rows(tmp_path, lambda q: next(c for c, words in q.choices if words == "none of them"))
    assert {r["kind"] for r in found} == {"hard"}


@pytest.mark.parametrize(
    "text",
    [
        "customer_id,date,store,amount\n"
        + "".join(f"C{i % 9},2025-01-{1 + i % 28:02},S{i % 3},{i}\n" for i in range(60)),
        "store,date,amount\n" + "".join(f"S{i % 3},2025-01-{1 + i // 20:02},{i}\n" for i in range(60)),
    ],
    ids=["customers' purchases", "several rows a store and day"],
)
def test_rows_of_customers_or_of_sales_are_no_panel(tmp_path, text):
    (tmp_path / "sales.csv").write_text(text)
    assert "locations" not in {plan.table for plan in proposal_of(tmp_path).plans}


def test_an_incentive_beside_an_outcome_is_asked_about(tmp_path):
    """As Thornton's villages: `any` incentive, with blanks; `got` is what came of it."""
    text = "villnum,got,distvct,any,age\n" + "".join(
        f"{i % 7},{int(i % 3 > 0)},{i % 5}.25,{('0', '1', '')[i % 11 % 3]},{20 + i % 40}\n" for i in range(330)
    )
    (tmp_path / "thornton.csv").write_text(text)
    proposal = proposal_of(tmp_path)
    (plan,) = proposal.plans
    assert plan.table == "treatments"
    assert plan.guess("arm").header == "any"
    assert not plan.taken
    assert {q.key[0] for q in proposal.questions} == {"control", "outcomes", "assigned"}
