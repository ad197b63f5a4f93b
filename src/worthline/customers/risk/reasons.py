"""Why a customer is at risk, in words: what failed lately first, then what sets the customer apart from their peers.

Reads     what each concept adds to the log-odds of rows; the rows themselves.
Gives     Peers: what customers who have been here about as long share; at most three sentences a row.
Method    a concept counts by what it adds beyond its mean among peers (bands of tenure, customers of today): what every
          newcomer shares is no reason for one of them. Failures of the last three months that raise the risk come
          first, the strongest first; then concepts by the size of what they add.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from worthline.customers.risk.feature_groups import Feature, told_all
from worthline.metrics import formatting

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

REASONS = 3
BANDS = (3, 12, 24, 60)
"""Months of tenure from which the next band of peers begins."""
FAILURES = {"unresolved": "unresolved_3m", "refunds": "refunds_3m"}
"""Concepts that are failures, and the column that says whether one happened lately; touchpoints met lately are too."""
FIRST = 1e6
"""What puts failures of late before everything else."""
LEAST = 1e-6
"""Log-odds below which a concept adds nothing."""


@dataclass(frozen=True)
class Peers:
    """What concepts add on average, by band of tenure: shape (bands, concepts)."""

    mean: Floats

    def beyond(self, weight: Floats, rows: pa.Table) -> Floats:
        """What concepts add beyond the mean of peers, shape (rows, concepts)."""
        return np.asarray(weight - self.mean[bands(rows)])


def bands(rows: pa.Table) -> Ints:
    """The band of each row."""
    if "tenure_months" not in rows.column_names:
        return np.zeros(rows.num_rows, np.int64)
    tenure = np.array(rows["tenure_months"].cast(pa.float64()).to_numpy(), dtype=np.float64)
    return np.searchsorted(BANDS, np.nan_to_num(tenure), side="right").astype(np.int64)


def peers(weight: Floats, rows: pa.Table) -> Peers:
    """Of today's customers; a band without any has the mean of all.

    Shapes: `weight` (n, terms).
    """
    band = bands(rows)
    mean = np.repeat(weight.mean(axis=0)[None, :], len(BANDS) + 1, axis=0)
    for number in np.unique(band):
        mean[number] = weight[band == number].mean(axis=0)
    return Peers(mean)


def happened(concepts: list[str], features: tuple[Feature, ...], rows: pa.Table) -> Bools:
    """Whether a failure of each concept happened in the last three months, shape (rows, concepts)."""
    out = np.zeros((rows.num_rows, len(concepts)), np.bool_)
    for feature in features:
        lately = FAILURES.get(feature.concept) == feature.column or feature.column.startswith("touch_")
        if lately:
            values = np.array(rows[feature.column].cast(pa.float64()).to_numpy(), dtype=np.float64)
            out[:, concepts.index(feature.concept)] = np.nan_to_num(values) != 0
    return out


def in_words(
    weight: Floats, concepts: list[str], features: tuple[Feature, ...], rows: pa.Table, currency: str
) -> list[list[str]]:
    """At most three reasons a row; `weight`: what concepts add beyond peers, shape (rows, concepts)."""
    failed = happened(concepts, features, rows) & (weight > LEAST)
    strongest = np.argsort(-(np.abs(weight) + FIRST * failed), axis=1, kind="stable")[:, :REASONS]
    sentences = np.full(strongest.shape, None, dtype=object)
    for number, concept in enumerate(concepts):
        at = strongest == number
        who = np.flatnonzero(at.any(axis=1) & (np.abs(weight[:, number]) > LEAST))
        speaker = next(f for f in features if f.concept == concept)
        texts = told_all(speaker, rows.take(pa.array(who)), currency)
        ways = np.where(weight[who, number] > 0, "higher risk", "lower risk").tolist()
        sentences[who, at[who].argmax(axis=1)] = [
            f"{formatting.capitalised(text)} ({way})" for text, way in zip(texts, ways, strict=True)
        ]
    return [[text for text in three if text is not None] for three in sentences.tolist()]
