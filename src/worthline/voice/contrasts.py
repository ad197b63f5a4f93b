"""What goes with speaking of a theme: a lower score, leaving. numpy and SciPy only.

Reads     Said; for leaving, the month in which each customer left.
Gives     rows of theme_drivers and theme_leavers.
Method    score: least squares on all themes at once, errors by customer (Liang & Zeger 1986). Leaving: customers whose
          last comment lies 6 to 24 months back, those who left within 6 months of it against those who did not; shares
          with Newcombe's interval (1998, Statistics in Medicine 17, method 10), Fisher's exact test. Chances are
          corrected over themes (Benjamini & Hochberg). Both are correlation only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from worthline.stats.false_discovery import adjusted_p_values
from worthline.stats.intervals import Z95, wilson
from worthline.voice.arrays import Ints, Said

Floats = NDArray[np.float64]
FEWEST = 10
"""Comments, or customers, with a theme and without it."""
WITHIN, BACK = 6, 24


def drivers(
    texts: Said, about: Sequence[Ints], named: Sequence[tuple[int, str, str]], metric: str | None
) -> list[dict[str, Any]]:
    """Rows of theme_drivers; `named`: number, name and label of the themes that are held against each other.

    Shapes: `about` one of (k,) a theme, places of texts.
    """
    scored = texts.is_comment & texts.by_customer & ~np.isnan(texts.score)
    metrics = Counter(m for m, good in zip(texts.metric, scored.tolist(), strict=True) if good and m is not None)
    out: list[dict[str, Any]] = []
    for scored_metric in sorted(metrics, key=lambda m: (m != metric, -metrics[m], m)):
        if metrics[scored_metric] >= 5 * FEWEST:
            out += _drivers_of(texts, about, named, scored_metric, scored)
    return out


def _drivers_of(
    text_arrays: Said,
    about: Sequence[Ints],
    named: Sequence[tuple[int, str, str]],
    metric: str,
    scored: NDArray[np.bool_],
) -> list[dict[str, Any]]:
    rows = np.flatnonzero(scored & np.array([m == metric for m in text_arrays.metric], dtype=np.bool_))
    place = np.full(len(text_arrays.score), -1)
    place[rows] = np.arange(len(rows))
    columns: list[Floats] = []
    themes: list[tuple[str, str]] = []
    for number, name, label in named:
        speaks = np.zeros(len(rows))
        theme_rows = place[about[number]]
        speaks[theme_rows[theme_rows >= 0]] = 1.0
        if FEWEST <= speaks.sum() <= len(rows) - FEWEST:
            columns.append(speaks)
            themes.append((name, label))
    if not columns:
        return []
    x: Any = np.column_stack([np.ones(len(rows)), *columns])
    y = text_arrays.score[rows]
    cluster = _clusters(text_arrays.customer[rows])
    inverse = np.linalg.pinv(x.T @ x)
    beta = inverse @ (x.T @ y)
    scores = np.zeros((int(cluster.max()) + 1, x.shape[1]))
    residual = y - x @ beta
    np.add.at(scores, cluster, x * residual.reshape(-1, 1))
    groups = len(scores)
    variance = np.diag(inverse @ (scores.T @ scores) @ inverse) * groups / max(groups - 1, 1)
    error = np.sqrt(np.maximum(variance, 0.0))  # themes that always stand together leave rounding below nought
    p = [
        float(2 * scipy.stats.norm.sf(abs(b / e))) if e > 0 else None for b, e in zip(beta[1:], error[1:], strict=True)
    ]
    return [
        {
            "metric": metric,
            "theme": name,
            "label": label,
            "n": int(columns[i].sum()),
            "mean_with": _rounded(y[columns[i] == 1].mean()),
            "mean_without": _rounded(y[columns[i] == 0].mean()),
            "difference": _rounded(beta[i + 1]),
            "low": _rounded(beta[i + 1] - Z95 * error[i + 1]),
            "high": _rounded(beta[i + 1] + Z95 * error[i + 1]),
            "p_adjusted": adjusted,
        }
        for i, ((name, label), adjusted) in enumerate(zip(themes, adjusted_p_values(p), strict=True))
    ]


def _clusters(customer: Ints) -> Ints:
    """Numbers of customers, from 0; each comment of an unknown one by itself."""
    each = np.where(customer >= 0, customer, -1 - np.arange(len(customer)))
    return np.asarray(np.unique(each, return_inverse=True)[1], dtype=np.int64)


def leavers(
    said: Said, about: Sequence[Ints], named: Sequence[tuple[int, str, str]], left: dict[str, int], as_of: date
) -> list[dict[str, Any]]:
    """Rows of theme_leavers; `left`: months since 1970 in which customers left.

    Shapes: `about` one of (k,) a theme, places of texts.
    """
    now = (as_of.year - 1970) * 12 + as_of.month - 1
    month = said.month
    inside = said.is_comment & said.by_customer & (said.customer >= 0) & (month >= now - BACK) & (month <= now - WITHIN)
    last = np.full(len(said.customers), -1, dtype=np.int64)
    np.maximum.at(last, said.customer[inside], month[inside])
    leaving_month = np.array([left.get(customer, -1) for customer in said.customers], dtype=np.int64)
    spoke = last >= 0
    leaver = spoke & (leaving_month >= last) & (leaving_month <= last + WITHIN)
    stayer = spoke & ~leaver & ((leaving_month < 0) | (leaving_month > last + WITHIN))
    if min(leaver.sum(), stayer.sum()) < FEWEST:
        return []
    out: list[dict[str, Any]] = []
    for number, name, label in named:
        who = np.zeros(len(said.customers), dtype=np.bool_)
        texts = about[number]
        who[said.customer[texts[inside[texts]]]] = True
        if who.sum() >= FEWEST:
            out.append(_contrast(name, label, leaver, stayer, who))
    adjusted = adjusted_p_values([row["p_adjusted"] for row in out])
    return [{**row, "p_adjusted": p} for row, p in zip(out, adjusted, strict=True)]


def _contrast(
    name: str, label: str, leaver: NDArray[np.bool_], stayer: NDArray[np.bool_], who: NDArray[np.bool_]
) -> dict[str, Any]:
    n1, n0, k1, k0 = (int(v.sum()) for v in (leaver, stayer, leaver & who, stayer & who))
    p1, p0 = k1 / n1, k0 / n0
    leaver_interval, stayer_interval = _wilson(k1, n1), _wilson(k0, n0)
    test: Any = scipy.stats.fisher_exact([[k1, n1 - k1], [k0, n0 - k0]])
    return {
        "theme": name,
        "label": label,
        "leavers": n1,
        "leavers_said": k1,
        "stayers": n0,
        "stayers_said": k0,
        "difference": _rounded(p1 - p0),
        "low": _rounded(p1 - p0 - np.hypot(p1 - leaver_interval[0], stayer_interval[1] - p0)),
        "high": _rounded(p1 - p0 + np.hypot(leaver_interval[1] - p1, p0 - stayer_interval[0])),
        "p_adjusted": float(test.pvalue),
    }


def _wilson(k: int, n: int) -> tuple[float, float]:
    low, high = wilson(k, n)
    return low or 0.0, 1.0 if high is None else high


def _rounded(value: float) -> float:
    return round(float(value), 9)
