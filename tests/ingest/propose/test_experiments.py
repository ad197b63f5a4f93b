"""Experiments as they are published: which file is one, what is asked, and the published difference by init and run."""

import csv

import pytest

import worthline as wl
from tests.ingest.propose.proposing import dispositions, proposal_of, sources
from tests.shared_data import DATA
from worthline.config import FILE
from worthline.ingest.propose import write

MAILS = ("Mens E-Mail", "Womens E-Mail", "No E-Mail")
HILLSTROM = "recency,history_segment,history,mens,womens,zip_code,newbie,channel,segment,visit,conversion,spend\n"


def settled(folder, *typed):
    """The proposal after each question was answered by the first choice, dates by `typed`; the questions' keys."""
    answers, days = {}, iter(typed)
    while questions := (proposal := proposal_of(folder, answers)).questions:
        question = questions[0]
        answers[question.key] = next(days) if question.typed == "day" else question.choices[0][0]
    return proposal, list(answers)


def hillstrom(folder, rows=300):
    """Spend by arm: $3 for every third customer of the men's mail, nothing without mail."""
    lines = [
        f"{n % 12 + 1},2) $100 - $200,{100 + n % 90}.50,1,0,Urban,0,Web,{MAILS[n % 3]},{n % 2},0,{3 if n % 9 == 0 else 0}"
        for n in range(rows)
    ]
    (folder / "hillstrom.csv").write_text(HILLSTROM + "\n".join(lines) + "\n")


def test_mail_variants_and_their_control_are_asked_about(tmp_path):
    """Control, outcomes, the day of assignment and the day of the export: four questions."""
    hillstrom(tmp_path)
    assert not proposal_of(tmp_path).mapped
    proposal, asked = settled(tmp_path, "2008-03-20", "2008-04-30")
    assert [key[0] for key in asked] == ["control", "outcomes", "assigned", "as_of"]
    ((table, entry),) = sources(write(proposal))
    assert table == "treatments"
    assert entry["values"] == {"arm": {"No E-Mail": "control"}}
    assert entry["outcomes"] == ["visit", "conversion", "spend"]
    assert "before" not in entry
    assert entry["constants"] == {"initiative": "hillstrom", "at": "2008-03-20"}
    assert dispositions(proposal)["hillstrom.csv"].columns["history"] == "attribute"


def test_no_experiment_as_answered_is_none(tmp_path):
    hillstrom(tmp_path)
    (question, *_) = proposal_of(tmp_path).questions
    assert "treatments" not in {p.table for p in proposal_of(tmp_path, {question.key: ""}).plans}


def test_id_that_names_each_row_is_the_customer(tmp_path):
    rows = "".join(f"u{n},2026-03-01,{'control' if n % 2 else 'B'},{n % 3}\n" for n in range(60))
    (tmp_path / "test.csv").write_text("user_id,assigned_at,variant,conversion\n" + rows)
    proposal, asked = settled(tmp_path)
    assert [key[0] for key in asked] == ["outcomes"]
    (plan,) = proposal.mapped
    assert (plan.guess("customer_id").header, plan.guess("at").header) == ("user_id", "assigned_at")


def test_lalonde_as_published_gives_the_published_difference(tmp_path):
    """1,794.34 (Dehejia & Wahba 1999): from the file as it stands, three answers and a run."""
    if not DATA.is_dir():
        pytest.skip("the real data are not here")
    text = (DATA / "lalonde" / "nsw_dw.csv").read_text()
    (tmp_path / "nsw_dw.csv").write_text(text)
    proposal, asked = settled(tmp_path, "1976-01-01", "1978-12-31")
    assert [key[0] for key in asked] == ["outcomes", "assigned", "as_of"]
    (tmp_path / FILE).write_text(write(proposal))
    rows = list(csv.DictReader(text.splitlines()))
    mean = {t: [float(r["re78"]) for r in rows if float(r["treat"]) == t] for t in (0, 1)}
    hand = sum(mean[1]) / len(mean[1]) - sum(mean[0]) / len(mean[0])
    assert hand == pytest.approx(1794.34, abs=0.005)
    made = wl.open(tmp_path).run()
    (row,) = made.sql("select estimate, treated, control from initiative_results where outcome = 're78'").to_pylist()
    assert row["estimate"] == pytest.approx(1794.34, abs=0.005)
    assert (row["treated"], row["control"]) == (185, 260)


def test_panel_of_places_is_no_experiment(tmp_path):
    """`treated` that changes from year to year is a roll-out."""
    rows = "".join(
        f"S{s},{year},{int(s < 3 and year > 2000)},{s + year}\n" for s in range(9) for year in range(1995, 2006)
    )
    (tmp_path / "states.csv").write_text("state,year,treated,sales\n" + rows)
    assert "treatments" not in {p.table for p in proposal_of(tmp_path).plans}
