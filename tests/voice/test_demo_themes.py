"""The themes that the simulated company plants: each cause's comments are found as themes of its words, with its customers."""

from __future__ import annotations

import numpy as np
import pytest

from tests.voice.made import rows
from worthline.demo import texts as planted
from worthline.demo.chance import Chance
from worthline.results import no_progress
from worthline.voice.labelling import label

CAUSES = list(planted.THEMES)


@pytest.fixture(scope="module")
def said():
    """3,000 customers, half of whom had one of five causes; their comments, and which cause each had."""
    who = np.arange(5_000)
    luck = np.random.default_rng(3)
    cause = np.where(luck.random(5_000) < 0.5, luck.integers(0, len(CAUSES), 5_000), -1)
    record = {"who": who} | {name: cause == number for number, name in enumerate(CAUSES)}
    score = np.where(cause >= 0, luck.integers(2, 8, 5_000), luck.integers(5, 11, 5_000)).astype(float)
    words = planted.said(Chance(1), record, who, 10, score, "nps", 1).to_pylist()
    some = [i for i, text in enumerate(words) if text is not None]
    table = rows(
        [words[i] for i in some],
        customer_id=[f"C{i:05}" for i in some],
        score=[float(score[i]) for i in some],
        feedback_id=[f"F{i:05}" for i in some],
    )
    return label(table, (), None, no_progress), {f"C{i:05}": int(cause[i]) for i in some}


def test_each_planted_theme_is_found_by_its_words_and_customers(said):
    voice, cause_of = said
    customers = voice.items["customer_id"].to_pylist()
    about: dict[int, list[int]] = {}
    for text, theme in zip(voice.mentions["text"].to_pylist(), voice.mentions["theme"].to_pylist(), strict=True):
        about.setdefault(theme, []).append(cause_of[customers[text]])
    for number, name in enumerate(CAUSES):
        told = [
            row
            for at, row in enumerate(voice.themes.to_pylist())
            if about.get(at)
            and about[at].count(number) >= 0.6 * len(about[at])  # words such as “far” stand elsewhere too
        ]
        assert told, f"no theme is about {name}"
        assert set(planted.THEMES[name]) & {term for row in told for term in row["terms"]}, name
    heard = {customers[t] for t in voice.mentions["text"].to_pylist()}
    had = [who for who, cause in cause_of.items() if cause >= 0]
    assert sum(who in heard for who in had) >= 0.6 * len(had)


def test_sentiment_follows_the_scores_that_were_given(said):
    voice, _ = said
    felt = np.array([np.nan if v is None else v for v in voice.items["sentiment"].to_pylist()])
    score = np.array(voice.items["score"].to_pylist())
    assert np.corrcoef(felt, score)[0, 1] > 0.5
