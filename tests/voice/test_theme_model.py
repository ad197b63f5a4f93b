"""The published model gives a text the themes that the run gave it, read back from Parquet and nothing else."""

import random
from hashlib import sha256

import numpy as np
import pyarrow.parquet as pq
import pytest

from worthline.config import ListedTheme
from worthline.voice import labelled, theme_model, themes
from worthline.voice.texts import simplified

TOPICS = {
    "bill": [
        "bill",
        "wrong",
        "charge",
        "invoice",
        "refund",
        "amount",
        "paid",
        "twice",
        "fee",
        "total",
        "tax",
        "month",
        "correct",
    ],
    "network": [
        "signal",
        "network",
        "outage",
        "coverage",
        "slow",
        "data",
        "drops",
        "tower",
        "calls",
        "mobile",
        "lost",
        "area",
    ],
    "shop": [
        "shop",
        "staff",
        "queue",
        "friendly",
        "store",
        "waiting",
        "counter",
        "helpful",
        "manager",
        "rude",
        "visit",
        "clerk",
    ],
}


@pytest.fixture(scope="module")
def learnt():
    """(themes learnt from made-up comments of three topics, the comments)."""
    rng = random.Random(3)
    texts = [" ".join(rng.sample(TOPICS[rng.choice(list(TOPICS))], 6)) for _ in range(900)]
    plain = sorted({simplified(text) for text in texts}, key=lambda text: sha256(text.encode()).digest())
    keys = np.array([sha256(text.encode()).digest() for text in plain])
    found = themes.learn(plain, keys)
    assert found is not None
    assert found.count
    return found, plain


def test_read_from_its_file_it_labels_as_the_run_did(learnt, tmp_path):
    found, plain = learnt
    names = [f"t{at}" for at in range(found.count)]
    pq.write_table(theme_model.table(found, names), tmp_path / "theme_model.parquet")
    model = theme_model.read(pq.read_table(tmp_path / "theme_model.parquet").to_pylist(), {})
    loadings = np.minimum(found.loadings(plain), 1.0)
    about = (loadings >= labelled.LEAST) & (loadings >= labelled.NEXT * loadings.max(axis=1, keepdims=True))
    expected = [{names[at] for at in np.flatnonzero(row)} for row in about]
    assert [set(row) for row in model.themes(plain)] == expected
    assert sum(map(bool, expected)) > len(plain) / 2, "most of the comments are about something"


def test_a_comment_never_seen_gets_the_theme_of_its_words(learnt):
    found, _ = learnt
    model = theme_model.read(
        theme_model.table(found, found.top(1) and [row[0] for row in found.top(1)]).to_pylist(), {}
    )
    ((first, *_),) = model.themes(["The BILL was wrong: charged twice, no refund of the amount!"])
    assert first in TOPICS["bill"]
    assert model.themes(["", "zebra quantum", "😀"]) == [(), (), ()]


def test_headings_and_the_companys_own_themes_come_with_it(learnt):
    found, _ = learnt
    names = [f"t{at}" for at in range(found.count)]
    own = (ListedTheme("Refunds", words=("refund*",)),)
    model = theme_model.read(theme_model.table(found, names).to_pylist(), dict.fromkeys(names, "all: x"), own)
    (row,) = model.themes(["bill wrong charge refunds invoice"])
    assert row[-1] == "own: Refunds"
    assert "all: x" in row


def test_without_a_model_only_the_own_list_speaks():
    model = theme_model.read([], {}, (ListedTheme("Refunds", words=("refund*",)),))
    assert model.themes(["a refund, please", "nothing"]) == [("own: Refunds",), ()]
    assert theme_model.read([], {}).themes(["x"]) == [()]
