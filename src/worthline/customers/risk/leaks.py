"""Columns that know too much: recorded after the outcome, another model's output, or the outcome itself.

Reads     one column of the sample at a time, with the outcome.
Gives     Leak: the column and why it is left out.
Method    METHODS.md 4. An area above .99 for any column; a level (blank is one) of the company's own columns in
          which all leave, or almost all leavers stand and nobody else; a name or a shape that speaks of a
          model. What tells too much from experience alone (a sign against common sense) is left as found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from worthline.customers.risk.evaluation import area
from worthline.customers.risk.feature_groups import Feature
from worthline.customers.risk.matrix import Coding

Floats = npt.NDArray[np.float64]

TOO_GOOD = 0.99
"""Area under the curve of one column alone."""
MODEL_WORDS = re.compile(
    r"(^|[ _.-])(pred|predicted|prediction|prob|probability|propensity|classifier|naive[ _]?bayes|churn[ _]?score|"
    r"risk[ _]?score|model[ _]?score|likelihood|p[ _]churn|p[ _]leave)([ _.-]|\d|$)",
    re.IGNORECASE,
)
_FEW = 20
"""Leavers that a level needs before it can raise the alarm."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A column that is left out."""

    feature: Feature
    why: str

    @property
    def named(self) -> str:
        """As the company calls it."""
        return self.feature.name or self.feature.concept


def leaks(x: Floats, y: Floats, weight: Floats, coding: Coding) -> list[Leak]:
    """All columns that must not be looked at."""
    found: list[Leak] = []
    for i, feature in enumerate(coding.features):
        why = _why(x[:, i], y, weight, feature, coded=i in coding.categories)
        if why:
            found.append(Leak(feature, why))
    return found


def _why(x: Floats, y: Floats, weight: Floats, feature: Feature, *, coded: bool) -> str:
    if feature.own and MODEL_WORDS.search(_spaced(feature.name)):
        return "its name says that it is another model's output"
    found = max(_area(x, y, weight, coded=coded), 0.0)
    if found > TOO_GOOD:
        return f"alone it tells who leaves almost without fault (area {found:.3f})"
    if not feature.own:
        return ""
    if not coded and _a_chance(x) and found > 0.9:
        return f"it lies between 0 and 1 and tells leavers apart with an area of {found:.2f}, as another model would"
    return _level(x, y, weight)


def _spaced(name: str) -> str:
    """ChurnScore -> Churn Score."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)


def _area(x: Floats, y: Floats, weight: Floats, *, coded: bool) -> float:
    """Best area that the column alone reaches, blanks set to one side; levels by their share of leavers."""
    known = ~np.isnan(x)
    if coded or (~known).any():
        levels = np.where(known, x, np.nanmax(x) + 1 if known.any() else 0) if coded else (~known).astype(float)
        _, number = np.unique(levels, return_inverse=True)
        total, hit = np.bincount(number, weight), np.bincount(number, weight * y)
        by_level = area(y, (hit / total)[number], weight)
        if coded:
            return by_level
        low = np.nanmin(x) - 1 if known.any() else 0
        high = np.nanmax(x) + 1 if known.any() else 0
        sides = [area(y, np.where(known, x, side), weight) for side in (low, high)]
        return max(by_level, *(max(side, 1 - side) for side in sides))
    found = area(y, x, weight)
    return max(found, 1 - found)


def _a_chance(x: Floats) -> bool:
    known = x[~np.isnan(x)]
    return bool(known.size > 0 and known.min() >= 0 and known.max() <= 1 and len(np.unique(known)) > 50)


def _level(x: Floats, y: Floats, weight: Floats) -> str:
    """A level in which everybody leaves, though fewer than half do elsewhere."""
    filled = np.where(np.isnan(x), np.nanmin(x) - 1 if (~np.isnan(x)).any() else 0, x)
    values, number = np.unique(filled, return_inverse=True)
    if len(values) > 60:
        _, number = np.unique(np.isnan(x), return_inverse=True)
    hits, rows = np.bincount(number, y), np.bincount(number)
    heavy = float(weight[y == 0].max()) if (y == 0).any() else 1.0
    base = float((weight * y).sum() / weight.sum())
    sure = (hits == rows) & (hits >= _FEW * max(heavy, 1.0)) & (hits >= 0.05 * y.sum())
    return "everybody with one of its values leaves" if sure.any() and base < 0.5 else ""
