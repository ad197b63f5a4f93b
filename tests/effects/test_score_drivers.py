"""From a folder of answers to the table key_drivers, against the closed form over the sheets that count."""

from __future__ import annotations

import json

import numpy as np
import pytest

import worthline
from worthline.effects import score_drivers
from worthline.effects.drivers import key_drivers

QUESTIONS = ("staff", "queue", "seldom")


@pytest.fixture(scope="module")
def sheets():
    draw = np.random.default_rng(5)
    staff, queue = draw.integers(1, 6, 300), draw.integers(1, 6, 300)
    csat = np.clip(np.round(0.6 * staff + 0.3 * queue + draw.normal(0, 0.7, 300)), 1, 5).astype(int)
    return staff, queue, csat


@pytest.fixture(scope="module")
def run(sheets, tmp_path_factory):
    staff, queue, csat = sheets
    folder = tmp_path_factory.mktemp("airport")
    lines = ["feedback_id,at,metric,score,respondent"]
    for i in range(300):
        who = "employee" if i % 50 == 7 else "customer"
        for metric, answer in (("csat", csat[i]), ("staff", staff[i]), ("queue", queue[i] if i % 10 else "")):
            lines.append(f"s{i},2025-0{i % 9 + 1}-11,{metric},{answer},{who}")
        if i % 3 == 0:
            lines.append(f"s{i},2025-0{i % 9 + 1}-11,seldom,3,{who}")
    (folder / "answers.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "worthline.toml").write_text(
        '[company]\nname = "Airport"\nas_of = "2025-09-30"\n[tables.feedback]\nfile = "answers.csv"\nconstants = { scale = "1-5" }\n'
        'unique = ["feedback_id", "metric"]\n',
        encoding="utf-8",
    )
    return worthline.open(folder).run(threads=2)


def test_shares_are_those_of_the_sheets_that_answer_everything(run, sheets):
    staff, queue, csat = sheets
    i = np.arange(300)
    counts = (i % 50 != 7) & (i % 10 != 0)
    r = np.corrcoef(np.column_stack([staff, queue, csat])[counts].T)
    a, b, c = r[0, 2], r[1, 2], r[0, 1]
    whole = (a * a + b * b - 2 * a * b * c) / (1 - c * c)
    rows = {row["driver"]: row for row in run.table("key_drivers").to_pylist()}
    # Published to nine digits.
    assert rows["staff"]["share"] == pytest.approx((a * a + whole - b * b) / 2, abs=1e-9)
    assert rows["queue"]["share"] == pytest.approx((b * b + whole - a * a) / 2, abs=1e-9)
    assert rows["staff"]["n"] == counts.sum()
    assert rows["staff"]["performance"] == pytest.approx(staff[counts].mean(), abs=1e-9)
    assert list(rows) == ["staff", "queue"], "the larger share first; what few were asked is no driver"


def test_on_one_thread_and_two_the_same_bytes(run):
    again = worthline.open(run.path.parents[2]).run(threads=1)
    assert (again.path / "key_drivers.parquet").read_bytes() == (run.path / "key_drivers.parquet").read_bytes()


def test_a_score_of_which_too_little_is_known_is_said(tmp_path):
    (tmp_path / "worthline.toml").write_text(
        '[company]\nname = "Kiosk"\n[tables.feedback]\nfile = "a.csv"\nconstants = { scale = "1-5" }\n'
        'unique = ["feedback_id", "metric"]\n',
        encoding="utf-8",
    )
    rows = [f"s{i},2025-01-0{i},{m},{i}" for i in (1, 2, 3) for m in ("csat", "staff")]
    (tmp_path / "a.csv").write_text("feedback_id,at,metric,score\n" + "\n".join(rows) + "\n", encoding="utf-8")
    run = worthline.open(tmp_path).run()
    assert "key_drivers" not in run.tables()
    assert any(note.startswith("No key drivers of csat") and "got 3" in note for note in run.health().notes)


def test_straight_liners_are_told_with_what_they_do():
    # A fifth answer everything alike, score included: they make the drivers look stronger than they are.
    draw = np.random.default_rng(2)
    answers = draw.integers(0, 11, size=(1_000, 4)).astype(float)
    score = np.clip(answers[:, 0] * 0.5 + draw.integers(0, 6, 1_000), 0, 10)
    answers[:200] = answers[:200, :1]
    score[:200] = answers[:200, 0]
    kept = np.ptp(answers, axis=1) > 0
    with_all, without = (key_drivers(a, s, resamples=2).r2 for a, s in ((answers, score), (answers[kept], score[kept])))
    said = score_drivers.straight("nps", answers, score, with_all)
    share = f"{100 * (1 - kept.mean()):.1f}%"
    assert said.startswith(
        f"Net promoter score: {share} of 1,000 complete responses give all 4 questions the same answer"
    )
    assert said.endswith(f"the drivers explain {100 * with_all:.1f}% of the score, without them {100 * without:.1f}%.")
    assert with_all > without


def test_few_questions_or_few_straight_liners_are_not_told_of():
    draw = np.random.default_rng(3)
    answers = draw.integers(0, 11, size=(1_000, 4)).astype(float)
    assert score_drivers.straight("nps", answers, answers[:, 0], 1.0) is None
    assert score_drivers.straight("nps", np.ones((1_000, 2)), answers[:, 0], 1.0) is None


def seventeen(tmp_path, extra=""):
    """17 questions on every sheet; only the last by name drives the score."""
    draw = np.random.default_rng(8)
    answers = draw.integers(1, 6, (200, 17))
    csat = np.clip(answers[:, 16] + draw.integers(-1, 2, 200), 1, 5)
    lines = ["feedback_id,at,metric,score"]
    for i in range(200):
        day = f"2025-0{i % 9 + 1}-11"
        lines += [f"s{i},{day},q{k:02d},{answers[i, k]}" for k in range(17)] + [
            f"s{i},{day},{extra or 'csat'},{csat[i]}"
        ]
    (tmp_path / "answers.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "worthline.toml").write_text(
        '[company]\nname = "Airline"\nas_of = "2025-09-30"\n[tables.feedback]\nfile = "answers.csv"\n'
        'constants = { scale = "1-5" }\nunique = ["feedback_id", "metric"]\n',
        encoding="utf-8",
    )
    return worthline.open(tmp_path)


def test_of_seventeen_questions_the_strongest_is_kept_and_the_rest_are_named(tmp_path):
    run = seventeen(tmp_path).run()
    rows = run.table("key_drivers").to_pylist()
    assert len(rows) == score_drivers.MOST
    assert rows[0]["driver"] == "q16", "at fa99b5c the first fourteen by name are kept"
    health = (run.path / "health.json").read_text("utf-8")
    left_out = {f"q{k:02d}" for k in range(17)} - {row["driver"] for row in rows}
    assert set(health.split("Left out: ")[1].split(".")[0].split(", ")) == left_out


def test_the_heading_score_is_never_chosen_by_alphabet(tmp_path):
    """18 questions are answered equally often and none is asked of the whole: none heads the score, and it is said."""
    run = seventeen(tmp_path, extra="q17").run()
    assert run.about["settings"]["score_metric"] is None
    assert "Set score_metric" in json.dumps(run.about)
