"""How positive words are, learnt from the company's own scores. numpy only.

Reads     different texts and the scores that their authors gave, on a scale of 0 to 1.
Gives     Learnt: the expected score of any text, and how well scores of authors it had not seen were told.
Method    ridge regression on TF-IDF of words and pairs of words, any language. Cross-fitted: five parts by author, each
          told by a model of the other four, then put on the scale of the scores
          by one line. Backtest on those: the area under the curve, low scores (the lower third of
          the scale) against high ones (the upper third), its error by Hanley & McNeil (1982, Radiology 143); the error
          of ten equal bins; the squared error against that of the mean. Shown only when the area's lower end is at
          least LEAST_AREA, bins err by at most MOST_ERROR, and the squared error is below the mean's.
Assumes   words with a score are like words without one. A language with fewer than LEAST_OF_LANGUAGE scored texts is
          not told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy import sparse

from worthline.stats.intervals import Z95
from worthline.voice.word_counts import WORD

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FOLDS = 5
LEARN = 20_000
"""Texts that are learnt from: those with the smallest sha256."""
FEWEST, FEWEST_EXTREME = 200, 30
LOW, HIGH = 0.34, 0.66
LEAST_AREA, MOST_ERROR = 0.65, 0.08
LEAST_OF_LANGUAGE = 50
PENALTY = 1.0
FEATURES = 60_000


@dataclass(frozen=True)
class Measure:
    """One number of the backtest, with its 95% interval where it has one."""

    name: str
    value: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Learnt:
    """A model of what score goes with words, and its backtest."""

    reader: Any
    weights: Floats
    """Shape (features + 1, FOLDS): the last row is what is added."""
    fold: dict[int, int]
    """The part of each text that was learnt from."""
    measures: tuple[Measure, ...]
    shown: bool

    def expected(self, texts: Sequence[str], numbers: Ints) -> Floats:
        """The expected score, 0 to 1, of texts with these numbers; of one learnt from, by models without it.

        Shapes: `numbers` (n,); gives (n,).
        """
        out = np.empty(len(texts))
        for start in range(0, len(texts), 50_000):
            x = self.reader.transform(texts[start : start + 50_000])
            predicted = x @ self.weights[:-1] + self.weights[-1]
            of = [self.fold.get(int(n), -1) for n in numbers[start : start + 50_000].tolist()]
            mean = predicted.mean(axis=1)
            out[start : start + len(of)] = [mean[i] if f < 0 else predicted[i, f] for i, f in enumerate(of)]
        return np.asarray(np.clip(out, 0.0, 1.0))


def learn(texts: Sequence[str], numbers: Ints, score: Floats, author: Ints) -> Learnt | None:
    """The model of texts (in order of sha256) with their numbers, mean scores and author's part; None if too few.

    Shapes: `numbers`, `score`, `author` (n,).
    """
    texts, numbers, score, author = texts[:LEARN], numbers[:LEARN], score[:LEARN], author[:LEARN]
    low, high = score <= LOW, score >= HIGH
    if len(texts) < FEWEST or min(low.sum(), high.sum()) < FEWEST_EXTREME:
        return None
    from sklearn.feature_extraction.text import TfidfVectorizer

    reader = TfidfVectorizer(
        token_pattern=WORD, lowercase=False, ngram_range=(1, 2), min_df=2, sublinear_tf=True, max_features=FEATURES
    )
    try:
        x = reader.fit_transform(texts)
    except ValueError:  # no word that stands in two texts
        return None
    weights, predicted = np.zeros((x.shape[1] + 1, FOLDS)), np.empty(len(texts))
    for fold in range(FOLDS):
        out = author == fold
        if out.all() or not out.any():
            return None
        weights[:, fold] = ridge(x[~out], score[~out])
        predicted[out] = x[out] @ weights[:-1, fold] + weights[-1, fold]
    slope, start = np.polyfit(
        predicted, score, 1
    )  # a penalty draws what is told to the mean: by how much is seen out of fold
    weights *= slope
    weights[-1] += start
    measures = _measures(np.clip(slope * predicted + start, 0, 1), score)
    area, error, gain = measures
    shown = (area.low or 0.0) >= LEAST_AREA and error.value <= MOST_ERROR and gain.value > 0
    fold_of = dict(zip(numbers.tolist(), author.tolist(), strict=True))
    return Learnt(reader, weights, fold_of, measures, shown)


def ridge(x: Any, y: Floats) -> Floats:
    """Coefficients and, last, the intercept of a ridge regression; x (n, p) sparse, by LSQR."""
    from scipy.sparse.linalg import lsqr

    mean = float(y.mean())
    wide = sparse.hstack([x, sparse.csr_matrix(np.ones((x.shape[0], 1)))]).tocsr()
    coefficients = lsqr(wide, y - mean, damp=float(np.sqrt(PENALTY)), atol=1e-4, btol=1e-4, iter_lim=60)[0]
    coefficients[-1] += mean
    return np.asarray(coefficients, dtype=np.float64)


def area(score: Floats, positive: NDArray[np.bool_]) -> tuple[float, float]:
    """The area under the curve and its standard error.

    Shapes: `score`, `positive` (n,).
    """
    m, n = int(positive.sum()), int((~positive).sum())
    a = float((scipy.stats.rankdata(score)[positive].sum() - m * (m + 1) / 2) / (m * n))
    q1, q2 = a / (2 - a), 2 * a * a / (1 + a)
    variance = (a * (1 - a) + (m - 1) * (q1 - a * a) + (n - 1) * (q2 - a * a)) / (m * n)
    return a, float(np.sqrt(max(variance, 0.0)))


def _measures(predicted: Floats, score: Floats) -> tuple[Measure, Measure, Measure]:
    """Area, error of bins, and the share of the mean's squared error that is gone."""
    extreme = (score <= LOW) | (score >= HIGH)
    a, se = area(predicted[extreme], score[extreme] >= HIGH)
    bins = np.array_split(np.argsort(predicted, kind="stable"), 10)
    error = sum(len(b) * abs(predicted[b].mean() - score[b].mean()) for b in bins if len(b)) / len(predicted)
    gain = 1 - float(((predicted - score) ** 2).sum() / max(((score - score.mean()) ** 2).sum(), 1e-12))
    n = len(score)
    return (
        Measure("auc", a, max(0.0, a - Z95 * se), min(1.0, a + Z95 * se), int(extreme.sum())),
        Measure("calibration_error", float(error), None, None, n),
        Measure("r2", gain, None, None, n),
    )
