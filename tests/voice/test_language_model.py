"""The model of languages, unpacked once for all processes of a user."""

from __future__ import annotations

import numpy as np
import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from worthline.voice import language_model

WORDS = [b" the ", " überraschend ".encode(), " déçu ".encode(), " 非常 ".encode(), b"\xff\xfe"]


@pytest.fixture(scope="module")
def library():
    return LanguageIdentifier.from_model_file(MODEL_FILE)


@pytest.fixture
def model(tmp_path):
    language_model.model.cache_clear()
    yield lambda: language_model.model(tmp_path)
    language_model.model.cache_clear()


def _of(model):
    features = [model.features(word) for word in WORDS]
    return features, [model.weight(some) for some in features if some]


def test_unpacked_once_and_read_in_place_it_says_what_the_library_says(model, library, tmp_path, monkeypatch):
    first = _of(model())
    assert [place.name.split("-")[0] for place in tmp_path.iterdir()] == ["languages"]
    language_model.model.cache_clear()
    monkeypatch.setattr(language_model, "_unpacked", lambda: pytest.fail("unpacked again"))
    again = _of(model())
    assert any(first[0])
    assert first[0] == again[0]
    by_hand = [np.asarray(library.nb_ptc, np.float32)[some].sum(axis=0) for some in first[0] if some]
    for one, two, three in zip(first[1], again[1], by_hand, strict=True):
        assert one.tobytes() == two.tobytes() == three.tobytes()


def test_what_is_damaged_is_unpacked_again(model, tmp_path):
    right = _of(model())
    [place] = tmp_path.iterdir()
    (place / "moves.npy").write_bytes((place / "moves.npy").read_bytes()[:1000])
    language_model.model.cache_clear()
    assert _of(model())[0] == right[0]
    assert len((place / "moves.npy").read_bytes()) > 1000


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path):
    language_model.model.cache_clear()
    assert language_model.model(tmp_path / "is not there").features(WORDS[1])
    language_model.model.cache_clear()
