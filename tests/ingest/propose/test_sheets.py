"""Wide survey sheets: a column per question, one row per respondent; and reviews without a day."""

import pytest

from tests.ingest.propose.proposing import proposal_of, sources
from tests.ingest.propose.test_experiments import settled
from tests.ingest.propose.test_folders import lay
from tests.shared_data import DATA
from worthline import config
from worthline.config import FILE
from worthline.engine import open_engine
from worthline.ingest.load import load
from worthline.ingest.propose import write
from worthline.tables import TABLES

ASKED = ("Check-in", "Seat comfort", "Food", "Cleanliness")
SHEET = "ID,Gender,Age," + ",".join(ASKED) + "\n"


def sheet(folder, rows=50):
    """Check-in 1 to 5 in turn, food 0 (not eaten) for every tenth: 45 answers."""
    lines = [
        f"{n},F,{20 + n},{1 + n % 5},{2 + n % 4},{0 if n % 10 == 0 else 5 - n % 3},{5 - n % 3}" for n in range(rows)
    ]
    lay(folder, {"answers.csv": SHEET + "\n".join(lines) + "\n"})


def loaded(folder, proposal):
    """By question: (answers, mean) of what is read."""
    (folder / FILE).write_text(write(proposal))
    company = config.load(folder, {name: spec.names for name, spec in TABLES.items()})
    engine = open_engine("duckdb", folder / ".scratch", threads=1)
    try:
        rows = load(company, engine, folder / ".scratch").dataset["feedback"]
        score = rows.score.cast("float64")
        got = engine.fetch(rows.group_by("metric").aggregate(n=score.count(), mean=score.mean())).to_pylist()
    finally:
        engine.close()
    return {r["metric"]: (r["n"], r["mean"]) for r in got}


def test_each_column_becomes_a_question(tmp_path):
    """Means by hand: check-in 3; seat comfort 3.48 (2 and 3 come 13 times, 4 and 5 twelve times)."""
    sheet(tmp_path)
    proposal, asked = settled(tmp_path, "2026-05-31")
    assert [key[0] for key in asked] == ["battery", "answered"]
    ((table, entry),) = sources(write(proposal))
    assert (table, entry["constants"]["scale"], entry["blank"]) == ("feedback", "1-5", {"score": ["0"]})
    got = loaded(tmp_path, proposal)
    assert set(got) == {name.casefold() for name in ASKED}
    assert got["check-in"] == (50, pytest.approx(3.0))
    assert got["seat comfort"] == (50, pytest.approx((13 * 2 + 13 * 3 + 12 * 4 + 12 * 5) / 50))
    assert got["food"][0] == 45


def test_nothing_is_taken_unasked(tmp_path):
    sheet(tmp_path)
    assert not proposal_of(tmp_path).mapped
    assert "feedback" not in {p.table for p in proposal_of(tmp_path, {("battery", "5"): ""}).mapped}


def test_airport_survey_as_published(tmp_path):
    """The mean of Q7ALL of 2017 over answers 1 to 5, beside the file; purposes and flags are no questions."""
    if not DATA.is_dir():
        pytest.skip("the real data are not here")
    name = "2017_SFO_Customer_Survey_20250817.csv"
    text = (DATA / "sfo_survey" / name).read_bytes()
    (tmp_path / name).write_bytes(text)
    proposal, asked = settled(tmp_path, "2017-05-31")
    assert [key[0] for key in asked] == ["battery", "answered"]
    lines = [line.split(",") for line in text.decode("utf-8-sig").splitlines()]
    at = lines[0].index("Q7ALL")
    answers = [int(row[at]) for row in lines[1:] if len(row) > at and row[at] in "12345" and row[at]]
    got = loaded(tmp_path, proposal)
    assert got["q7all"][1] == pytest.approx(sum(answers) / len(answers), abs=0.01)  # rows with quoted commas are few
    assert all(metric.startswith(("q7", "q9")) for metric in got)


def test_reviews_without_a_day_ask_for_one(tmp_path):
    rows = "".join(f"{1 + n % 5},I would buy this dress again number {n}\n" for n in range(40))
    lay(tmp_path, {"shop.csv": "Rating,Review Text\n" + rows})
    proposal, asked = settled(tmp_path, "2026-05-31")
    assert [key[0] for key in asked] == ["table", "column"]
    (plan,) = proposal.mapped
    assert (plan.table, plan.guess("score").header, plan.guess("text").header) == ("feedback", "Rating", "Review Text")
    assert [line.value for line in proposal.company if line.key == "as_of"] == ["2026-05-31"]


def test_same_day_and_score_of_unnamed_people_is_no_repetition(tmp_path):
    """Two files of reviews without customers: equal days and stars are accidents where the words differ."""
    for name in ("lounge", "seat"):
        rows = "".join(
            f"2026-03-0{1 + n % 9},{1 + n % 5},the {name} was as we expected number {n}\n" for n in range(40)
        )
        (tmp_path / f"{name}_reviews.csv").write_text("date,stars,comment\n" + rows)
    proposal = proposal_of(tmp_path)
    assert [q.key[0] for q in proposal.questions] == []
    assert len(proposal.mapped) == 2
