"""Non-negative matrix factorisation: texts as sums of a few themes.

Reads     X (n, p), sparse, rows of TF-IDF; the number of themes.
Gives     `learn`: H (k, p), rows of length 1; `loadings`: W (n, k) of any texts by a given H.
Method    min ||X - WH||^2 with W, H >= 0 (Lee & Seung 1999, Nature 401) by hierarchical alternating least squares
          (Cichocki & Phan 2009, IEICE Trans. Fundamentals E92-A(3)): the same updates as scikit-learn's solver "cd", in
          array passes. Started from a singular value decomposition (NNDSVDa, Boutsidis & Gallopoulos 2008, Pattern
          Recognition 41), so that no lot is drawn.
Assumes   one BLAS thread: its caller sees to that, so that bytes never depend on the number of threads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
PASSES = 30
"""Updates of both factors; by then a theme's ten first terms no longer change."""
SWEEPS = 8
"""Updates of the loadings of texts whose themes are given."""
BLOCK = 4_096
"""Texts whose loadings are updated together: so few that they stay in the processor's cache."""
LEAST = 1e-10
SPARE, POWERS = 10, 3
"""Dimensions of the random basis beyond those asked for; passes that turn it towards the leading vectors."""


def learn(x: Any, themes: int) -> Floats:
    """H, shape (themes, terms): the terms of each theme, rows of length 1; raises nothing."""
    w, h = _start(x, themes)
    across = x.T.tocsr()
    for _ in range(PASSES):
        _update(w, x @ h.T, h @ h.T)
        _update(h.T, across @ w, w.T @ w)
    length = np.linalg.norm(h, axis=1, keepdims=True)
    return np.asarray(h / np.where(length > 0, length, 1.0))


def loadings(x: Any, h: Floats) -> Floats:
    """W, shape (texts, themes), for rows of x (texts, terms) and themes h whose rows have length 1."""
    target, gram = np.ascontiguousarray(np.asarray(x @ h.T).T), h @ h.T
    w = target / np.maximum(gram.sum(axis=1), LEAST)[:, None]
    for start in range(0, w.shape[1], BLOCK):
        some = slice(start, start + BLOCK)
        for _ in range(SWEEPS):
            _update(w[:, some].T, target[:, some].T, gram)
    return np.ascontiguousarray(w.T)


def _update(part: Floats, target: Floats, gram: Floats) -> None:
    """One pass over the columns of `part` (n, k), in place, towards part @ gram = target."""
    for j in range(gram.shape[0]):
        if gram[j, j] < LEAST:
            continue
        column = part[:, j] + (target[:, j] - part @ gram[:, j]) / gram[j, j]
        part[:, j] = np.maximum(column, 0.0)


def _start(x: Any, themes: int) -> tuple[Floats, Floats]:
    """NNDSVDa: the positive or the negative side of each singular pair, zeros filled with the mean."""
    u, s, v = _leading(x, themes)
    w, h = np.zeros_like(u), np.zeros_like(v)
    w[:, 0], h[0] = np.sqrt(s[0]) * np.abs(u[:, 0]), np.sqrt(s[0]) * np.abs(v[0])
    for j in range(1, themes):
        sides = [(np.maximum(sign * u[:, j], 0), np.maximum(sign * v[j], 0)) for sign in (1, -1)]
        sizes = [float(np.linalg.norm(a) * np.linalg.norm(b)) for a, b in sides]
        best = int(sizes[1] > sizes[0])
        a, b = sides[best]
        scale = np.sqrt(s[j] * sizes[best])
        w[:, j], h[j] = scale * a / max(np.linalg.norm(a), LEAST), scale * b / max(np.linalg.norm(b), LEAST)
    mean = float(x.mean())
    w[w < 1e-6], h[h < 1e-6] = mean, mean
    return w, h


def _leading(x: Any, many: int) -> tuple[Floats, Floats, Floats]:
    """The leading singular values of x and their vectors, as columns and as rows.

    By a random basis of the range and three passes of powers (Halko, Martinsson & Tropp 2011, SIAM Review 53, 217-288),
    the steps of scikit-learn's `randomized_svd`; signs are free.
    """
    from scipy import linalg

    a = x.T if x.shape[0] < x.shape[1] else x
    basis = np.random.RandomState(0).normal(size=(a.shape[1], many + SPARE))
    for _ in range(POWERS):
        for side in (a, a.T):
            basis, _upper = linalg.lu(side @ basis, permute_l=True, check_finite=False)
    basis, _upper = linalg.qr(a @ basis, mode="economic", check_finite=False)
    left, values, right = linalg.svd(basis.T @ a, full_matrices=False)
    left = basis @ left
    if a is x:
        return left[:, :many], values[:many], right[:many]
    return right[:many].T, values[:many], left[:, :many].T
