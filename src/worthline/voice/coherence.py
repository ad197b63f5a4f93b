"""Whether a theme is one: its terms stand together in texts that it was not learnt from. numpy and SciPy.

Reads     presence (n, p): which text has which term; themes (k, p).
Gives     `coherence`: NPMI of each theme's first ten terms; `shuffled`: the same texts with their words dealt anew.
Method    normalised pointwise mutual information, mean over pairs (Bouma 2009, GSCL; Lau, Newman & Baldwin 2014, EACL):
          -1 never together, 0 as by chance, 1 always together; chance among texts of like length, as long texts
          hold any two words together more often. Shuffled: every word of all texts, dealt to texts of the
          same lengths: frequencies and lengths stay, what belongs together does not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
STRATA = 10
TOP = 10
"""Terms of a theme that are tested."""
PRIOR = 1.0
"""Texts that are added to those seen with both terms and to those expected by chance: without them two rare terms that
met once count for more than two common ones that meet all the time, and one pair that never met outweighs the rest."""


def top_terms(h: Floats, many: int = TOP) -> Ints:
    """The terms that weigh most in each theme, shape (themes, many); of equals the first."""
    return np.argsort(-np.round(h, 9), axis=1, kind="stable")[:, :many]


def coherence(present: Any, tops: Ints) -> Floats:
    """NPMI of each row of `tops` (themes, terms) in texts; NaN where a term stands in none of them."""
    n = present.shape[0]
    n = present.shape[0]
    out = np.full(len(tops), np.nan)
    if n == 0:
        return out
    columns = present.tocsc()
    strata = _by_length(present)
    for at, top in enumerate(tops):
        some = columns[:, top]
        both = np.asarray((some.T @ some).todense(), dtype=np.float64)
        counts = np.asarray((strata.T @ some).todense())
        by_chance = (counts / np.maximum(np.asarray(strata.sum(axis=0)).T, 1)).T @ counts
        i, j = np.triu_indices(len(top), 1)
        seen = both[i, j] + PRIOR
        out[at] = float(np.mean(np.log(seen / (by_chance[i, j] + PRIOR)) / np.log((n + PRIOR) / seen)))
    return out


def _by_length(present: Any) -> Any:
    """Which of STRATA each text is in by how many terms it has: CSR of ones, shape (texts, strata)."""
    lengths = np.diff(present.indptr)
    edges = np.unique(np.quantile(lengths, np.linspace(0, 1, STRATA + 1)[1:-1], method="lower"))
    stratum = np.searchsorted(edges, lengths, side="left")
    return sparse.csr_matrix((np.ones(len(lengths)), (np.arange(len(lengths)), stratum)), shape=(len(lengths), STRATA))


def shuffled(counts: Any, seed: int) -> Any:
    """Counts of the same words dealt to texts of the same lengths: CSR of the same shape."""
    times = counts.data.astype(np.int64)
    words = np.repeat(counts.indices, times)
    lengths = np.add.reduceat(np.concatenate([times, [0]]), np.minimum(counts.indptr[:-1], len(times))) * (
        np.diff(counts.indptr) > 0
    )
    dealt = np.random.default_rng(seed).permutation(words)
    rows = np.repeat(np.arange(counts.shape[0]), lengths)
    out = sparse.csr_matrix((np.ones(len(dealt)), (rows, dealt)), shape=counts.shape)
    out.sum_duplicates()
    return out
