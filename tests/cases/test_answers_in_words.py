"""Answers in words, smileys, percent and groups of NPS: right by `init`'s first choices, each value by hand.

140 answers from January to July 2025, 20 a month; what May brings follows from the answers that repeat.
"""

from __future__ import annotations

import pytest

from tests.cases.test_further_kinds import of, proposed, sheet
from tests.cases.test_outsiders import MONTHS, day
from worthline.ingest.propose.scale_words import in_words
from worthline.tables.scales import satisfied_from


def survey(header, answers):
    """A sheet of answers, the given ones again and again."""
    rows = [[f"r{m}-{i}", f"c{i}", day(m, 2 + i), answers[i % len(answers)]] for m in MONTHS for i in range(20)]
    return {"survey": sheet(f"response_id,customer_id,date,{header}", rows)}


@pytest.mark.parametrize(
    ("header", "answers", "metric", "value", "questions"),
    [
        # two of four are satisfied
        ("csat", [100, 80, 60, 20], "csat", 0.5, 2),
        ("CSAT %", ["100%", "75%", "50%", "0%"], "csat", 0.5, 2),
        ("Satisfaction rating", ["Very satisfied", "Somewhat satisfied", "Neutral", "Very dissatisfied"], "csat", 0.5, 0),
        ("How happy are you?", ["Very happy", "Happy", "Unhappy", "Very unhappy"], "csat", 0.5, 0),
        # of five answers two; offered is no answer
        ("csat", ["😀", "🙂", "😐", "🙁", "😡"], "csat", 0.4, 0),
        ("satisfaction_rating", ["offered", "good", "bad", "unoffered"], "csat", 0.5, 0),
        # not at all, slightly, moderately, very, extremely: 5 and 4 of 1 to 5
        ("csat", ["Extremely satisfied", "Moderately satisfied", "Slightly satisfied", "Not at all satisfied"], "csat", 0.25, 0),
        # three of four said 1
        ("csat", [1, 1, 0, 1], "csat", 0.75, 2),
        # 99 is no answer: two of three
        ("csat", [5, 4, 3, 99], "csat", 2 / 3, 2),
        # two promoters, one detractor of four
        ("nps", ["Promoter", "Promoter", "Passive", "Detractor"], "nps", 25, 0),
        ("NPS Group", ["Promoters", "Promoters", "Passives", "Detractors"], "nps", 25, 0),
    ],
)  # fmt: skip
def test_the_first_choice_is_right(tmp_path, header, answers, metric, value, questions):
    found, asked = proposed(tmp_path / "c", **survey(header, answers))
    assert (found.value(metric, "2025-05"), asked) == (pytest.approx(value), questions)


def test_groups_of_nps_in_a_column_each_are_marks_or_counts(tmp_path):
    marks = [
        [f"c{i}", day(m, 2 + i), *(int(i % 4 in g) for g in ((0, 1), (2,), (3,)))] for m in MONTHS for i in range(20)
    ]
    found, asked = proposed(tmp_path / "a", nps_survey=sheet("customer_id,date,promoter,passive,detractor", marks))
    assert (found.value("nps", "2025-05"), asked) == (25, 0)
    counts = [[f"Store {i}", day(m, 2 + i), 20, 11, 9] for m in MONTHS for i in range(4)]
    found, asked = proposed(tmp_path / "b", nps=sheet("store,date,promoters,passives,detractors", counts))
    # (20 - 9) of 40; 4 stores of 40 answers
    assert (found.value("nps", "2025-05"), asked) == (pytest.approx(27.5), 0)
    assert found.value("answers", "2025-05") == 160
    assert "repeat an earlier row" not in found.words


def test_groups_of_nps_beside_its_score_are_no_second_answer(tmp_path):
    rows = [[f"c{i}", day(m, 2 + i), ["Promoter", "Passive", "Detractor", "Promoter"][i % 4], [10, 8, 3, 9][i % 4]]
            for m in MONTHS for i in range(20)]  # fmt: skip
    found, asked = proposed(tmp_path / "c", nps_survey=sheet("customer_id,date,nps_category,nps", rows))
    assert (found.value("nps", "2025-05"), found.value("answers", "2025-05"), asked) == (25, 20, 0)


def test_a_scale_of_a_hundred_by_hand_is_satisfied_from_three_quarters_on(tmp_path):
    tables = '[tables.feedback]\nfile = "survey.csv"\nconstants = { metric = "csat", scale = "0-100" }\n'
    sheets = survey("score", [100, 75, 74, 0])
    found = of(
        tmp_path / "c", tables, survey=sheets["survey"].replace("response_id", "feedback_id").replace("date", "at")
    )
    assert found.value("csat", "2025-05") == 0.5


@pytest.mark.parametrize(
    ("scale", "least"), [((1, 5), 4), ((1, 7), 6), ((0, 10), 9), ((1, 10), 9), ((1, 3), 3), ((0, 1), 1), ((0, 100), 75)]
)
def test_satisfied_are_the_top_two_points_or_on_long_scales_the_top_quarter(scale, least):
    assert satisfied_from(*scale) == least


@pytest.mark.parametrize(
    ("words", "readings"),
    [
        ("Very satisfied/Somewhat satisfied/Neither/Somewhat dissatisfied/Very dissatisfied", [("5 4 3 2 1", "1-5")]),
        # satisfied and somewhat satisfied apart: seven steps
        ("Very satisfied/Satisfied/Somewhat satisfied/Neutral", [("7 6 5 4", "1-7")]),
        # no word tells whether it has two sides
        ("Extremely satisfied/Moderately satisfied/Slightly satisfied", [("7 6 5", "1-7"), ("5 3 2", "1-5")]),
        ("Not at all happy/Not very happy/Somewhat happy/Very happy", [("1 2 3 4", "1-4")]),
        ("Very easy/Easy/Difficult/Very difficult", [("5 4 2 1", "1-5")]),
        ("👍🏽/👎", [("4 2", "1-5")]),
        ("Very happy 😀/Unhappy 🙁", [("5 2", "1-5")]),
        ("Sehr zufrieden/Eher unzufrieden", [("5 2", "1-5")]),
        ("neutral/ok", []),
        ("open/closed", []),
        ("Very likely/Likely/Unlikely", []),
    ],
)
def test_words_stand_for_steps_of_their_scale(words, readings):
    assert [(" ".join(r.numbers.values()), r.scale) for r in in_words(words.split("/"))] == readings
