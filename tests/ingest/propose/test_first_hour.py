"""The first hour with a folder: answers that undo nothing, days from somewhere, personal samples masked."""

import tomllib

import pytest

from tests.app.test_init import run
from tests.ingest.propose.proposing import loaded_sum, proposal_of, sources
from tests.ingest.propose.test_folders import OLIST, lay
from worthline.config import FILE
from worthline.ingest.propose import write


def settled(folder, answer):
    """The proposal after every question was answered by `answer`, and how many there were."""
    answers = {}
    while questions := (proposal := proposal_of(folder, answers)).questions:
        answers[questions[0].key] = answer(questions[0])
    return proposal, len(answers)


def test_leaving_a_file_out_keeps_the_join_that_reads_it(tmp_path):
    """Payments take their customer from the orders, whether or not orders and customers become tables themselves."""
    lay(tmp_path, OLIST)
    aside = ("olist_customers_dataset.csv", "olist_orders_dataset.csv")
    proposal, _ = settled(tmp_path, lambda q: "" if q.file in aside else q.choices[0][0])
    taken = {p.group.shown: p for p in proposal.mapped}
    assert set(taken) == {"olist_order_payments_dataset.csv", "olist_order_reviews_dataset.csv"}
    assert all(p.guess("customer_id").sure for p in taken.values())


ANSWERED = "review_id,customer_id,stars,review_creation_date,review_answer_timestamp\n"


def test_answered_day_and_not_the_day_it_was_sent(tmp_path):
    rows = "".join(f"r{n},c{n},{1 + n % 5},2026-02-0{n},2026-02-1{n}\n" for n in range(1, 9))
    proposal = lay(tmp_path, {"reviews.csv": ANSWERED + rows})
    assert proposal.mapped[0].guess("at").header == "review_answer_timestamp"


def test_day_a_survey_was_sent_is_no_answers_day(tmp_path):
    rows = "".join(f"c{n},{n},2026-02-0{n}\n" for n in range(1, 9))
    assert not lay(tmp_path, {"survey.csv": "customer_id,nps,date_sent\n" + rows}).mapped


@pytest.mark.parametrize(("second", "rows"), [("c9", 4), ("c1", 3)])
def test_one_review_id_for_two_customers_is_two_answers(tmp_path, second, rows):
    """r1 comes twice: of two customers it is two answers; of one customer it is one, scored again."""
    text = "review_id,customer_id,stars,date\nr1,c1,5,2026-02-01\nr2,c2,4,2026-02-01\nr3,c3,1,2026-02-01\n"
    lay(tmp_path, {"reviews.csv": text + f"r1,{second},2,2026-02-03\n"})
    assert loaded_sum(tmp_path, "feedback", "score")[0] == rows


def test_nothing_mapped_leads_to_no_command(tmp_path, capsys):
    (tmp_path / "notes.csv").write_text("colour,shape\nred,round\nblue,flat\n")
    assert run("init", str(tmp_path), "--yes") == 1
    assert "worthline run" not in capsys.readouterr().out


def test_no_day_is_made_up(tmp_path):
    (tmp_path / "customers.csv").write_text("customer_id,plan\nC1,x\nC2,y\n")
    proposal = proposal_of(tmp_path)
    (question,) = proposal.questions
    assert question.typed == "day"
    assert "as_of" not in tomllib.loads(write(proposal))["company"]
    answered = proposal_of(tmp_path, {question.key: "2026-03-31"})
    assert tomllib.loads(write(answered))["company"]["as_of"] == "2026-03-31"


def test_personal_samples_are_masked(tmp_path):
    people = "customer_id,name,email,phone,Remarks\n" + "".join(
        f"C{n},Ann Lee{n},ann{n}@example.org,+44 20 7946 000{n},call 415-382-465{n}\n" for n in range(1, 9)
    )
    other = "colour,Contact Name,mail\n" + "".join(f"red,Bob Roe{n},bob{n}@example.org\n" for n in range(1, 9))
    for name, text in (("customers.csv", people), ("leads.csv", other)):
        (tmp_path / name).write_text(text)
    assert run("init", str(tmp_path), "--yes") == 0
    text = (tmp_path / FILE).read_text()
    for personal in ("Ann Lee", "ann1@", "7946", "415-382", "Bob Roe", "bob1@"):
        assert personal not in text
    assert "C1" in text
    assert [t for t, _ in sources(text)] == ["customers"]
