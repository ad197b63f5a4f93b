"""Public labelled texts: sentiment by stars, themes against departments and coded comments, languages, a known spike."""

from __future__ import annotations

import csv
from collections import Counter
from hashlib import sha256

import numpy as np
import pyarrow.parquet as pq
import pytest
from threadpoolctl import threadpool_limits

from tests.shared_data import DATA
from worthline.voice import language, lexicon, sentiment, themes, trend
from worthline.voice.texts import simplified

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no public texts in {DATA}")


def digest(text: str) -> bytes:
    return sha256(text.encode()).digest()


def rated(name: str) -> list[tuple[str, float]]:
    """Texts and their stars, 0 to 1."""
    if name == "womens_clothing":
        rows = pq.read_table(DATA / "womens_clothing/womens_clothing.parquet").to_pylist()
        return [(row["Review Text"], (row["Rating"] - 1) / 4) for row in rows if row["Review Text"]]
    with (DATA / f"skytrax_lounge_seat/{name}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        (row["content"], (float(row["overall_rating"]) - 1) / 9)
        for row in rows
        if row["overall_rating"] and row["content"]
    ]


def distinct(pairs: list[tuple[str, float]], most: int) -> tuple[list[str], np.ndarray]:
    """Different texts in order of their sha256, with the mean of their stars."""
    stars: dict[str, list[float]] = {}
    for text, star in pairs:
        stars.setdefault(simplified(text), []).append(star)
    texts = sorted(stars, key=digest)[:most]
    return texts, np.array([float(np.mean(stars[text])) for text in texts])


@pytest.mark.parametrize(("name", "bar"), [("womens_clothing", 0.95), ("seat", 0.95), ("lounge", 0.85)])
def test_learnt_sentiment_tells_low_stars_from_high_ones(name, bar):
    # The bars are those of a plain TF-IDF ridge on the same files (.96, .96, .87), less what chance takes.
    texts, stars = distinct(rated(name), 8_000)
    parts = np.array([digest(text)[0] % sentiment.FOLDS for text in texts])
    found = sentiment.learn(texts, np.arange(len(texts)), stars, parts)
    assert found.measures[0].value >= bar
    assert found.shown


@pytest.mark.parametrize("name", ["womens_clothing", "seat", "lounge"])
def test_the_lexicon_tells_extremes_in_english(name):
    texts, stars = distinct(rated(name), 3_000)
    told = np.array([lexicon.valence(text) or 0.0 for text in texts])
    extreme = (stars <= sentiment.LOW) | (stars >= sentiment.HIGH)
    assert sentiment.area(told[extreme], stars[extreme] >= sentiment.HIGH)[0] >= 0.80


def against_lda(texts: list[str], labels: list[str]) -> tuple[float, float]:
    """Mutual information of labels with our strongest theme and with LDA's, as many topics each."""
    from sklearn.decomposition import LatentDirichletAllocation
    from sklearn.metrics import mutual_info_score

    order = sorted(range(len(texts)), key=lambda i: digest(texts[i]))
    different = list(dict.fromkeys(texts[i] for i in order))
    with threadpool_limits(1, "blas"):
        found = themes.learn(different, np.array([digest(text) for text in different], dtype="S32"))
        assert found is not None
        ours = found.loadings(texts)
        own = np.where(ours.max(axis=1) > 0, ours.argmax(axis=1), -1)
        model = LatentDirichletAllocation(found.count, random_state=0, learning_method="online", max_iter=5)
        lda = model.fit_transform(found.terms.counts(texts)).argmax(axis=1)
    return mutual_info_score(labels, own), mutual_info_score(labels, lda)


@pytest.mark.slow
def test_themes_tell_departments_no_worse_than_lda():
    """Of two sets of 3,000 together: how many themes pass in one hangs on chance, and LDA's topics on their start."""
    rows = pq.read_table(DATA / "womens_clothing/womens_clothing.parquet").to_pylist()
    known = sorted(
        (row for row in rows if row["Review Text"] and row["Department Name"]), key=lambda r: digest(r["Review Text"])
    )
    both = [
        against_lda([simplified(row["Review Text"]) for row in some], [row["Department Name"] for row in some])
        for some in (known[:3_000], known[3_000:6_000])
    ]
    assert sum(ours for ours, _ in both) >= sum(lda for _, lda in both)


def test_themes_of_coded_comments_tell_codes_no_worse_than_lda():
    columns = ("Q8COM1", "Q8COM2", "Q8COM3", "Q9COM1", "Q9COM2", "Q10COM1", "Q12COM1", "Q15COM1")
    texts, labels = [], []
    for year in (2015, 2017):
        with (DATA / f"sfo_survey/{year}_SFO_Customer_Survey_20250817.csv").open(encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                codes = [
                    f"{c.lower()[:-1]}x{row[c]}" for c in columns if row.get(c, "").strip() not in ("", "0", "999")
                ]
                if len(codes) >= 2:
                    texts.append(" ".join(codes))
                    labels.append(codes[0])
    ours, lda = against_lda(texts, labels)
    assert ours >= lda


def test_languages_of_airbnb_guests():
    rows = pq.read_table(DATA / "airbnb_albany/reviews.parquet")["comments"].to_pylist()
    texts = sorted({simplified(text or "")[:240] for text in rows}, key=digest)[:4_000]
    found = Counter(language.languages(texts, [None] * len(texts)))
    # py3langid itself, asked of each whole text, says English of 2,934 of the first 3,000 (97.8%); French, Spanish follow.
    assert 0.95 <= found["en"] / len(texts) <= 0.995
    assert {"fr", "es", "de", "zh"} <= {code for code, n in found.items() if n >= 3}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Die Rechnung war falsch und niemand hat zurückgerufen.", "de"),
        ("Le livreur n'est jamais venu et personne ne répond.", "fr"),
        ("La factura estaba mal otra vez y nadie me llamó.", "es"),
        ("Il servizio è stato pessimo e nessuno risponde.", "it"),
        ("De bezorging was veel te laat en niemand belde terug.", "nl"),
        ("A entrega atrasou e ninguém respondeu ao meu pedido.", "pt"),
        ("Счет был неправильным, и никто не перезвонил.", "ru"),
        ("השירות היה גרוע ואף אחד לא חזר אלי", "he"),
        ("Faturam yanlıştı ve kimse geri aramadı.", "tr"),
        ("😀😀", None),
        ("12345", None),
        ("", None),
    ],
)
def test_a_sentence_in_its_language(text, code):
    assert language.languages([simplified(text)], [None]) == [code]


def test_a_declared_language_holds_unless_a_longer_text_is_clearly_in_another():
    texts = ["ok", "Le livreur n'est jamais venu, personne ne répond au téléphone et le colis est perdu."]
    assert language.languages([simplified(t) for t in texts], ["de-DE", "en"]) == ["de", "fr"]


def test_the_spike_of_june_2015_in_complaints_is_more_than_chance():
    with (DATA / "comcast_complaints/comcast_complaints.csv").open(encoding="latin-1") as file:
        months = Counter(int(row["Date"].replace("/", "-").split("-")[1]) for row in csv.DictReader(file))
    counts = np.array([float(months[month]) for month in range(1, 13)])
    p, expected = trend.chances(counts)
    assert int(np.nanargmin(p)) == 5
    assert p[5] < 1e-6
    assert expected[5] < 100 < counts[5]
