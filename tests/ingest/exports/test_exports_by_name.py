"""Exports of 17 systems, 1,000 rows each, alone in a folder: 95 of 100 columns right, none wrong unasked, few questions."""

from __future__ import annotations

import pytest

from tests.ingest.exports.business import BUSINESS
from tests.ingest.exports.surveys import SURVEYS
from tests.ingest.propose.proposing import dispositions, proposal_of
from worthline import config
from worthline.engine import open_engine
from worthline.ingest.load import load
from worthline.ingest.propose import look, propose, write
from worthline.tables import TABLES

MADE = (*SURVEYS, *BUSINESS)
EXPECTED_SHARE = 0.95
MOST_QUESTIONS = 5


class Tried:
    """One export as `init` takes it: without an answer, and after the first choice of each question."""

    def __init__(self, made, folder):
        (folder / made.name).write_bytes(made.content)
        self.made, self.folder = made, folder
        found = propose(folder, *look(folder))
        self.columns = dispositions(found.proposal({}))[made.name].columns
        answers = {}
        while questions := (proposal := found.proposal(answers)).questions:
            question = questions[0]
            answers[question.key] = "2025-12-31" if question.typed == "day" else question.choices[0][0]
        self.questions, self.proposal = len(answers), proposal

    def verdict(self, header):
        """right, asked or wrong."""
        became = self.columns[self.made.read_as.get(header, header)]
        return "right" if became == self.made.of(header) else "asked" if became == "asked" else "wrong"


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    return {made.name: Tried(made, tmp_path_factory.mktemp(made.name.split(".")[0])) for made in MADE}


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.name)
def test_no_column_is_wrong_unasked_and_few_questions_are_asked(tried, made):
    one = tried[made.name]
    assert [h for h in made.header if one.verdict(h) == "wrong"] == []
    assert one.questions <= MOST_QUESTIONS
    assert next(plan.table for plan in one.proposal.mapped) == made.table


def test_nineteen_of_twenty_columns_are_right_unasked(tried):
    counted = [one.verdict(h) for one in tried.values() if not one.made.is_asked for h in one.made.header]
    assert len(counted) > 200
    assert counted.count("right") / len(counted) >= EXPECTED_SHARE


@pytest.mark.parametrize("made", [m for m in MADE if m.table != "customers"], ids=lambda made: made.name)
def test_every_row_that_is_one_is_read(tried, made):
    """Previews, failed charges, lost opportunities and second lines of an order are none; refunds are rows of their own."""
    one = tried[made.name]
    (one.folder / config.FILE).write_text(write(one.proposal), encoding="utf-8")
    company = config.load(one.folder, {name: spec.names for name, spec in TABLES.items()})
    engine = open_engine("duckdb", one.folder / ".scratch", threads=1)
    try:
        (table,) = [t for t in load(company, engine, one.folder / ".scratch").health.tables if t.table == made.table]
    finally:
        engine.close()
    waits = sum(r.rows for f in table.files for r in f.rules if r.rule == "after_as_of")
    assert table.rows_in == made.rows_read
    assert table.quarantined == waits


def test_damaged_and_proposal_are_alike(tried):
    """Nothing that was looked at changes the folder."""
    for one in tried.values():
        assert (one.folder / one.made.name).read_bytes() == one.made.content


def test_spss_is_named_with_what_to_do(tmp_path):
    (tmp_path / "survey.sav").write_bytes(b"$FL2@(#) SPSS DATA FILE")
    ((name, why),) = proposal_of(tmp_path).unread
    assert name == "survey.sav"
    assert "save it as CSV UTF-8, with the labels of its values" in why


def test_three_tools_become_a_board_and_their_ids_do_not_match(tmp_path):
    """docs/how-to/three-exports-to-a-board.md: no question; that the tools number people apart is said first."""
    three = {
        made.name: made for made in MADE if made.name.split(".")[0] in ("orders_export", "delighted", "zendesk_tickets")
    }
    for name, made in three.items():
        (tmp_path / name).write_bytes(made.content)
    proposal = proposal_of(tmp_path)
    assert not proposal.questions
    assert {plan.table for plan in proposal.mapped} == {"transactions", "feedback", "interactions"}
    (tmp_path / config.FILE).write_text(write(proposal), encoding="utf-8")
    company = config.load(tmp_path, {name: spec.names for name, spec in TABLES.items()})
    engine = open_engine("duckdb", tmp_path / ".scratch", threads=1)
    try:
        lost = load(company, engine, tmp_path / ".scratch").health.losses
    finally:
        engine.close()
    apart = {said.partition(":")[0] for said in lost if "customers is in transactions" in said}
    assert apart == {"feedback", "interactions"}
    assert any("none of its 600 customers" in said for said in lost)  # i % 600 of Zendesk's requesters
