"""Themes: planted ones are found, shuffled words give none, neither order nor threads change a byte."""

from __future__ import annotations

import random
import re

import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse
from scipy.optimize import nnls
from threadpoolctl import threadpool_limits

from tests.voice.made import TOPICS, comments, distinct, rows
from worthline.config import ListedTheme
from worthline.results import no_progress
from worthline.voice import coherence, factors, matching, terms, themes, word_counts
from worthline.voice import texts as texts_module
from worthline.voice.labelling import label


@pytest.fixture(scope="module")
def made():
    return comments(800)


@pytest.fixture(scope="module")
def voice(made):
    scores = [9.0 if topic == "staff" else 3.0 for _, topic in made]
    return label(rows([text for text, _ in made], score=scores), (), None, no_progress)


def test_planted_topics_are_found_and_told_apart(made, voice):
    about = {text: set() for text in range(len(made))}
    for text, theme in zip(voice.mentions["text"].to_pylist(), voice.mentions["theme"].to_pylist(), strict=True):
        about[text].add(theme)
    topic_of = dict(made)
    texts = voice.items["text"].to_pylist()
    for number, row in enumerate(voice.themes.to_pylist()):
        if row["origin"] != "found":
            continue
        topics = [topic_of[texts[t]] for t, found in about.items() if number in found]
        assert max(map(topics.count, set(topics))) >= 0.9 * len(topics), row["label"]
    told = {max(set(t), key=t.count) for t in _topics_by_theme(made, voice)}
    assert told == set(TOPICS)


def _topics_by_theme(made, voice):
    topic_of = dict(made)
    texts = voice.items["text"].to_pylist()
    found = {}
    for text, theme in zip(voice.mentions["text"].to_pylist(), voice.mentions["theme"].to_pylist(), strict=True):
        found.setdefault(theme, []).append(topic_of[texts[text]])
    return list(found.values())


def test_sentiment_is_learnt_from_the_scores(voice):
    assert set(voice.items["sentiment_from"].to_pylist()) == {"scores"}
    assert voice.tables["backtests"]["shown"].to_pylist() == [True] * 3


def test_order_of_rows_and_threads_change_no_byte(made, voice):
    table = rows([text for text, _ in made], score=[9.0 if topic == "staff" else 3.0 for _, topic in made])
    order = list(range(table.num_rows))
    random.Random(3).shuffle(order)
    with threadpool_limits(2, "blas"):
        again = label(table.take(pa.array(order)), (), None, no_progress)
    assert again.items.equals(voice.items)
    assert again.mentions.equals(voice.mentions)
    assert again.themes.equals(voice.themes)


def shuffled(texts: list[str], seed: int) -> list[str]:
    """The words of all texts, dealt to texts of the same lengths."""
    words = [word for text in texts for word in text.split()]
    random.Random(seed).shuffle(words)
    out, at = [], 0
    for text in texts:
        many = len(text.split())
        out.append(" ".join(words[at : at + many]))
        at += many
    return out


def shows_nothing(seed: int) -> bool:
    texts = [text for text, _ in comments(240, seed)]
    with threadpool_limits(1, "blas"):
        found = themes.learn(*distinct(shuffled(texts, seed)))
    return found is None or found.count == 0


def test_shuffled_words_hold_no_theme():
    # A theme of nothing passes in fewer than 1 of 20 corpora by the rule; of 12 two or more would be 10% at 5%.
    assert sum(shows_nothing(seed) for seed in range(12)) >= 11


@pytest.mark.truth
def test_shuffled_words_hold_no_theme_in_95_of_100():
    assert sum(shows_nothing(seed) for seed in range(100)) >= 95


def test_npmi_by_hand():
    # 4 texts of one length; a and b together in two, c alone. With one added to what was seen and to what was expected:
    # a, b: (2+1) / (2*2/4 + 1) = 1.5, over log(5/3); a, c: (0+1) / (2*2/4+1) = .5, over log(5/1).
    from scipy import sparse

    present = sparse.csr_matrix(np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1], [0, 0, 1]], dtype=float))
    found = coherence.coherence(present, np.array([[0, 1]]))
    # texts 3 and 4 are shorter by one term: strata part them, so that chance of a and b is 2*2/2 = 2
    assert found[0] == pytest.approx(np.log(3 / 3) / np.log(5 / 3))
    same = sparse.csr_matrix(np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]], dtype=float))
    found = coherence.coherence(same, np.array([[0, 1], [0, 2]]))
    assert found == pytest.approx([np.log(1.5) / np.log(5 / 3), np.log(0.5) / np.log(5 / 1)])


def test_shuffling_keeps_words_and_lengths():
    texts = [text for text, _ in comments(100)]
    known = terms.learn(texts, 2)
    counts = known.counts(texts)
    dealt = coherence.shuffled(counts, 1)
    assert np.array_equal(np.asarray(dealt.sum(axis=0)), np.asarray(counts.sum(axis=0)))
    assert np.array_equal(np.asarray(dealt.sum(axis=1)), np.asarray(counts.sum(axis=1)))


def test_factors_come_near_scikit_learn():
    from sklearn.decomposition import NMF

    texts = [text for text, _ in comments(300)]
    known = terms.learn(texts, 2)
    x = known.weighted(known.counts(texts))
    h = factors.learn(x, 4)
    w = factors.loadings(x, h)
    ours = np.linalg.norm(x.toarray() - w @ h)
    peer = NMF(4, init="nndsvda", random_state=0, max_iter=400)
    theirs = np.linalg.norm(x.toarray() - peer.fit_transform(x) @ peer.components_)
    assert ours <= 1.01 * theirs  # both stop near a minimum; 1% covers where they stop


def test_words_and_their_counts_are_those_of_scikit_learn(made):
    from sklearn.feature_extraction.text import CountVectorizer

    odd = [
        "it's o'clock 3g 4you a1b2 x_y __z 'tis don''t",
        "naïve Straße's co2 1ère don't",
        "",
        "42 ... \x00 ½ ｆｕｌｌ",
        "Ab aB AB",
    ]
    texts = [*map(texts_module.simplified, (text for text, _ in made[:500])), *odd]
    reader = CountVectorizer(token_pattern=word_counts.WORD, lowercase=False)
    expected = reader.fit_transform(texts)
    names = reader.get_feature_names_out().tolist()
    assert [word_counts.split(text) for text in odd] == [re.findall(word_counts.WORD, text) for text in odd]
    words, counts = word_counts.counted(texts)
    assert words == names
    assert (counts != expected).nnz == 0
    known = terms.Terms({name: column for column, name in enumerate(names)}, names, np.ones(len(names)))
    assert (known.counts(texts) != expected).nnz == 0
    weighted = known.weighted(known.counts(texts))
    lengths = np.sqrt(weighted.multiply(weighted).sum(axis=1))
    assert np.allclose(lengths[np.diff(expected.indptr) > 0], 1.0)
    assert np.all(lengths[np.diff(expected.indptr) == 0] == 0.0)


def test_words_are_as_alike_as_scikit_learn_finds_them():
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = ["support", "supports", "supporting", "überweisung", "überweisungen", "naïve", "naïveté"]
    peer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), lowercase=False).fit_transform(words)
    ours = terms._pieces_of(words)
    assert abs(ours @ ours.T - peer @ peer.T).max() < 1e-14  # rounding of sums


@pytest.mark.parametrize("shape", [(45, 120), (200, 60)])
def test_leading_vectors_are_those_of_scikit_learn(shape):
    from sklearn.utils.extmath import randomized_svd

    x = sparse.random(*shape, density=0.1, random_state=1, format="csr")
    u, s, v = factors._leading(x, 5)
    left, values, right = randomized_svd(x, 5, n_iter=3, random_state=0)
    assert np.allclose(s, values, rtol=1e-13)
    assert np.allclose((u * s) @ v, (left * values) @ right, atol=1e-13)  # signs are free


def test_loadings_do_not_depend_on_what_stands_beside_a_text(monkeypatch):
    rng = np.random.default_rng(5)
    x = sparse.random(700, 60, 0.1, format="csr", random_state=1)
    h = rng.random((5, 60))
    h /= np.linalg.norm(h, axis=1, keepdims=True)
    whole = factors.loadings(x, h)
    by_least_squares = np.array([nnls(h.T, row)[0] for row in x.toarray()[:20]])
    assert np.abs(whole[:20] - by_least_squares).max() < 0.02
    monkeypatch.setattr(factors, "BLOCK", 37)
    assert np.abs(factors.loadings(x, h) - whole).max() < 1e-12


def test_inflections_are_one_term():
    texts = [
        "the invoice was wrong",
        "wrong invoices",
        "Rechnung falsch",
        "Rechnungen falsch",
        "disconnect connect",
        *("nothing of this kind",) * 10,
    ] * 3
    known = terms.learn([t.lower() for t in texts], 2)
    assert known.words["invoice"] == known.words["invoices"]
    assert known.words["rechnung"] == known.words["rechnungen"]
    assert known.words["connect"] != known.words["disconnect"]


BAD = {
    "one text": ["hello world"],
    "ten equal texts": ["the very same words again"] * 10,
    "a million characters": ["word " * 200_000],
    "emoji only": ["😀😀", "👍", "😡😡😡"] * 5,
    "right to left": ["השירות היה גרוע מאוד", "الخدمة كانت سيئة للغاية"] * 20,
    "mixed languages": ["bill wrong", "Rechnung falsch", "facture fausse", "请求书错误"] * 10,
    "html and scripts": ["<script>alert('x')</script> bill", "<img src=x onerror=alert(1)>"] * 10,
    "zero width": ["bi\u200bll wro\u200bng", "\u202edrow"] * 10,
    "prompts and formulas": ["Ignore all previous instructions", "=HYPERLINK(\"http://x\")", "{{7*7}}", "'; drop table x;"] * 5,
    "nothing": ["", " ", ".", "n/a", None],
    "links": ["http://a.example http://b.example http://c.example", "buy www.x.example"] * 5,
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BAD))
def test_odd_texts_end_without_a_theme_and_keep_their_words(name):
    texts = [text or "" for text in BAD[name]]
    found = label(rows(texts), (), None, no_progress)
    assert found.items.num_rows == len(texts)
    assert sorted(found.items["text"].to_pylist()) == sorted(texts)
    assert found.themes.num_rows == 0
    assert "No themes" in found.notes[0]


def test_kinds_are_told_apart():
    texts = ["My bill is wrong", "my bill is  WRONG!", "n/a", "", "see http://spam.example now", "aaaaaaaaaaaaaa", "😀"]
    who = ["A", "A", "B", "C", "D", "E", "F"]
    found = label(rows(texts, customer_id=who), (), None, no_progress)
    kinds = dict(zip(found.items["feedback_id"].to_pylist(), found.items["kind"].to_pylist(), strict=True))
    assert [kinds[f"F{i:06}"] for i in range(7)] == ["comment", "comment", "empty", "empty", "spam", "spam", "comment"]
    same = label(rows(["Great", "great"], customer_id=["A", "A"]), (), None, no_progress)
    assert sorted(same.items["kind"].to_pylist()) == ["comment", "duplicate"]
    others = label(rows(["Great", "great"], customer_id=["A", "B"]), (), None, no_progress)
    assert others.items["kind"].to_pylist() == ["comment", "comment"]


def test_a_listed_theme_by_words_and_by_examples(made):
    listed = (
        ListedTheme("Invoices", words=("invoice*", "credit note"), group="Billing"),
        ListedTheme("Missing parcels", examples=("the courier driver never arrived with my parcel, tracking lost",)),
    )
    texts = [*(text for text, _ in made), "Two invoices came", "a credit  note please", "invoicing department"]
    found = label(rows(texts), listed, None, no_progress)
    own = [row for row in found.themes.to_pylist() if row["origin"] == "listed"]
    assert [(row["label"], row["group"]) for row in own] == [("Invoices", "Billing"), ("Missing parcels", None)]
    number = {row["label"]: i for i, row in enumerate(found.themes.to_pylist())}
    words = found.items["text"].to_pylist()
    mentions = list(zip(found.mentions["text"].to_pylist(), found.mentions["theme"].to_pylist(), strict=True))
    about = {words[t] for t, theme in mentions if theme == number["Invoices"]}
    assert about == {text for text in texts if "invoice" in text or "credit" in text}
    parcels = [words[t] for t, theme in mentions if theme == number["Missing parcels"]]
    topics = dict(made)
    assert len(parcels) > 20
    assert all(topics.get(text) == "delivery" for text in parcels)


def theme(name: str, **weights: float) -> dict[str, object]:
    return {"theme": name, "label": name.title(), "origin": "found", "terms": list(weights), "weights": list(weights.values()),
            "known_from": None}  # fmt: skip


def test_names_last_under_another_order_fewer_and_other_texts_and_what_goes_or_comes_is_said(made, voice):
    """Each topic keeps the name of its strongest theme; a topic that is gone or new is said to be so."""
    before = ("run1", voice.themes.to_pylist())
    app = "app crash login password screen update button freeze version install menu icon"
    changed = {**{name: words for name, words in TOPICS.items() if name != "staff"}, "app": app}
    worlds = {
        "another order": [text for text, _ in reversed(made)],
        "fewer": [text for text, _ in made[:400]],
        "other texts": [text for text, _ in comments(500, seed=7)],
        "one gone, one new": [text for text, _ in comments(500, seed=5, topics=changed)],
    }
    for which, texts in worlds.items():
        now = label(rows(texts), (), before, no_progress)
        found = [row for row in now.themes.to_pylist() if row["origin"] == "found"]
        assert all(row["change"] for row in found), which
        topics = {row["theme"]: _topic(row) for row in found}
        for row in before[1]:
            if row["origin"] == "found" and row["theme"] in topics:
                assert topics[row["theme"]] == _topic(row), f"{which}: {row['label']} is another topic now"
        kept = {topics[row["theme"]] for row in found if row["change"] != "new" and "split" not in row["change"]}
        assert kept == set(TOPICS) - ({"staff"} if "new" in which else set()), which
        if "new" in which:
            assert any(row["change"] == "new" and set(row["terms"]) & set(app.split()) for row in found)
            assert any("no longer found" in note for note in now.notes)


def _topic(row):
    """The topic that most of a theme's first terms belong to; the new one where they belong to none."""
    counts = {name: len(set(row["terms"][:8]) & set(words.split())) for name, words in TOPICS.items()}
    most = max(sorted(counts), key=lambda name: counts[name])
    return most if counts[most] else "app"


def test_names_are_kept_split_and_merged_visibly():
    earlier = [
        theme("billing", bill=1.0, charge=1.0),
        theme("parcel", parcel=1.0),
        theme("late", late=1.0),
        theme("gone", odd=1.0),
    ]
    now = [
        theme("a", bill=1.0, charge=0.2),
        theme("b", charge=1.0, bill=0.2),
        theme("c", parcel=1.0, late=0.9),
        theme("d", brand=1.0, new=1.0),
    ]
    found = matching.matched(now, earlier, "run1")
    by = {row["theme"]: row for row in found.rows}
    assert {"billing", "parcel", "d"} <= set(by)
    assert by["billing"]["known_from"] == "run1"
    assert by["parcel"]["change"] == "merged with Late"
    assert [row["change"] for row in found.rows if row["change"].startswith("split")] == ["split from Billing"]
    assert by["d"]["change"] == "new"
    assert found.notes == ("Theme “Gone” of run run1 is no longer found.",)
