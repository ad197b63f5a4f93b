"""Embeddings from a company's own folder: words of like meaning are one term, across languages; a folder without a licence is refused."""

from __future__ import annotations

import numpy as np
import pytest

import worthline as wl
from tests.voice.made import comments, distinct
from worthline.voice import embeddings, themes

GERMAN = {
    "bill": "rechnung",
    "charge": "gebühr",
    "refund": "erstattung",
    "parcel": "paket",
    "courier": "bote",
    "late": "verspätet",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Vectors of two languages in one space: each German word a little beside its English one (cosine about .9)."""
    place = tmp_path_factory.mktemp("vectors")
    rng = np.random.default_rng(4)
    lines: dict[str, list[str]] = {"en": ["6 40"], "de": ["6 40"]}
    for english, german in GERMAN.items():
        vector = rng.standard_normal(40)
        lines["en"].append(english.title() + " " + " ".join(f"{v:.4f}" for v in vector))
        lines["de"].append(german + " " + " ".join(f"{v:.4f}" for v in vector + 0.45 * rng.standard_normal(40)))
    lines["de"] += ["kaputt 1 zwei 3", "leer", "unendlich " + " ".join(["inf"] * 40), "null " + " ".join(["0"] * 40)]
    for language, found in lines.items():
        (place / f"wiki.{language}.vec").write_text("\n".join(found), encoding="utf-8")
    return place


def test_words_of_like_meaning_are_one_term_led_by_the_most_frequent(folder):
    words = {word: word for word in (*GERMAN, *GERMAN.values(), "tower", "kaputt", "null")}
    often = dict.fromkeys(words, 5) | {"rechnung": 9}
    joined = embeddings.joined(words, often, folder)
    assert joined["bill"] == joined["rechnung"] == "rechnung"
    assert joined["paket"] == joined["parcel"] != joined["late"]
    assert (joined["tower"], joined["kaputt"]) == ("tower", "kaputt"), "without a vector a word stands for itself"
    assert len({joined[word] for word in GERMAN}) == len(GERMAN)


def test_a_theme_holds_both_languages_only_with_embeddings(folder):
    """Half of the comments say it in German: with vectors one theme has both, without them there are two."""
    said = comments(500, seed=6)
    texts = [" ".join(GERMAN.get(w, w) if at % 2 else w for w in text.split()) for at, (text, _) in enumerate(said)]
    plain, keys = distinct(texts)
    for vectors, themes_of_both in ((folder, 1), (None, 2)):
        learnt = themes.learn(plain, keys, vectors)
        assert learnt is not None
        english, german = learnt.loadings(["bill charge refund", "rechnung gebühr erstattung"])
        assert min(english.max(), german.max()) > 0.3, "each is about a theme"
        assert len({int(english.argmax()), int(german.argmax())}) == themes_of_both


@pytest.mark.parametrize(
    ("made", "says"),
    [((), "no \\*.vec file"), (("a.vec",), "no licence"), (("a.vec", "LICENSE"), "")],
)
def test_a_folder_that_is_absent_or_without_a_licence_says_so(tmp_path, made, says):
    (tmp_path / "words").mkdir()
    for name in made:
        (tmp_path / "words" / name).write_text("bill 1 2\n", encoding="utf-8")
    toml = tmp_path / "worthline.toml"
    toml.write_text('[company]\nname = "A"\n[voice]\nembeddings = "words"\n', encoding="utf-8")
    if says:
        with pytest.raises(wl.errors.BadSetting, match=says):
            wl.open(tmp_path)
        return
    first = wl.open(tmp_path).config
    assert first.embeddings == tmp_path / "words"
    (tmp_path / "words" / "a.vec").write_text("bill 2 1\n", encoding="utf-8")
    assert wl.open(tmp_path).config.text != first.text, "other vectors are another run"
