"""Campaign lists without days, files without a header, scores in other spellings, one name for two columns."""

from __future__ import annotations

import pytest

from tests.cases.counting import counted, made
from tests.cases.test_further_kinds import sheet
from worthline.ingest.propose import look, propose, write


def proposal(folder, **files):
    """What is proposed, with the first choice of each question; and the answers."""
    made(folder, "", **files)
    (folder / "worthline.toml").unlink()
    found, answers = propose(folder, *look(folder)), {}
    while questions := (proposed := found.proposal(answers)).questions:
        answers[questions[0].key] = questions[0].choices[0][0]
    (folder / "worthline.toml").write_text(write(proposed), "utf-8")
    return proposed, answers


def survey(question, cells, more=""):
    """One answer a row, all in May 2025."""
    rows = [[f"r{n}", f"C{n}", f"2025-05-{1 + n % 28:02}", cell] for n, cell in enumerate(cells)]
    return sheet(f"response_id,customer_id,answered_at,{question}", rows)


def test_a_list_of_whom_campaigns_reached_takes_its_days_from_the_campaigns(tmp_path):
    reached = [[1 + n % 3, f"H{n:03}"] for n in range(90)]
    campaigns = [[n, "AB"[n % 2], f"2024-0{n}-10", f"2024-0{n}-28"] for n in (1, 2, 3)]
    sold = [[f"H{n % 90:03}", f"2024-{1 + n % 6:02}-05", 10, f"o{n}"] for n in range(360)]
    _, answers = proposal(
        tmp_path / "c",
        campaigns=sheet("campaign_id,household_id", reached),
        campaign_descriptions=sheet("campaign_id,campaign_type,start_date,end_date", campaigns),
        orders=sheet("household_id,order_date,amount,order_id", sold),
    )
    assert answers == {("reached", "campaigns.csv"): "treated"}
    rows = counted(tmp_path / "c", metrics=False).tables["treatments"].to_pylist()
    assert {(r["customer_id"], r["initiative"], str(r["at_date"]), r["arm"]) for r in rows} == {
        (household, str(n), f"2024-0{n}-10", "treated") for n, household in reached
    }


def test_a_file_without_a_header_is_not_read_and_loses_no_row(tmp_path):
    rows = "\n".join(f"K{n % 9},2024-05-{1 + n % 28:02},10.00,o{n}" for n in range(60))
    made(tmp_path, "", orders=rows)
    found = propose(tmp_path, *look(tmp_path)).proposal({})
    assert [name for name, _ in found.unread] == ["orders.csv"]
    assert "put a row of names above the data" in found.unread[0][1]


@pytest.mark.parametrize("cells", [["4/5", "5/5", "1/5"], ["4 out of 5", "5 out of 5", "1 out of 5"], ["4 von 5", "5 von 5", "1 von 5"]])  # fmt: skip
def test_scores_written_of_a_whole(tmp_path, cells):
    proposal(tmp_path / "c", survey=survey("csat", cells * 20))
    assert counted(tmp_path / "c").value("csat", "2025-05") == pytest.approx(2 / 3)


def test_stars_that_are_drawn(tmp_path):
    proposal(tmp_path / "c", survey=survey("rating", ["★★★★☆", "★★★★★", "★☆☆☆☆"] * 20))
    assert counted(tmp_path / "c").value("stars", "2025-05") == pytest.approx(10 / 3)


def test_a_header_that_says_that_one_is_the_best(tmp_path):
    question = '"Satisfaction (1 = very satisfied, 5 = very dissatisfied)"'
    rows = [[f"r{n}", f"C{n}", f"2025-05-{1 + n % 28:02}", (1, 2, 5, 1)[n % 4]] for n in range(80)]
    text = sheet("response_id,customer_id,answered_at,QUESTION", rows).replace("QUESTION", question)
    proposal(tmp_path / "c", survey=text)
    assert counted(tmp_path / "c").value("csat", "2025-05") == 0.75


def test_recommending_asked_twice_is_two_questions(tmp_path):
    rows = [[f"r{n}", f"C{n}", f"2025-05-{1 + n % 28:02}", 9, n % 11] for n in range(88)]
    header = (
        "response_id,customer_id,answered_at,How likely are you to recommend us?,How likely to recommend this branch?"
    )
    proposal(tmp_path / "c", survey=sheet(header, rows))
    found = counted(tmp_path / "c")
    assert found.value("nps", "2025-05") == 100
    assert found.value("nps_this_branch", "2025-05") == 5


def test_two_columns_of_one_name_are_asked_about(tmp_path):
    rows = [[f"K{n % 9}", f"2024-05-{1 + n % 28:02}", "10.00", "99.00", f"o{n}"] for n in range(60)]
    made(tmp_path, "", orders=sheet("customer_id,order_date,amount,amount,order_id", rows))
    assert propose(tmp_path, *look(tmp_path)).proposal({}).questions
