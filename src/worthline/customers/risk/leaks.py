"""Columns that know too much: recorded after the outcome, another model's output, or the outcome itself.

Reads     one column of the sample at a time, with the outcome.
Gives     Leak: the column and why it is left out.
Method    METHODS.md 4. Of columns of any table, scores and touchpoints too: an area above .99, all values counted or
          only those that are known, against who left in time or who ever left; a level (blank is one) in which all
          leave. Of the company's own columns: a name or a shape that speaks of a model; an undated number that tells
          far more than all other columns together. What tells too much from experience alone (a sign against common
          sense) is left as found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from worthline.customers.risk.evaluation import area
from worthline.customers.risk.feature_groups import Feature
from worthline.customers.risk.matrix import Coding
from worthline.stats import logistic

Floats = npt.NDArray[np.float64]

TOO_GOOD = 0.99
"""Area under the curve of one column alone."""
MODEL_WORDS = re.compile(
    r"(^|[ _.-])(pred|predicted|prediction|prob|probability|propensity|classifier|naive[ _]?bayes|churn[ _]?score|"
    r"risk[ _]?score|model[ _]?score|health[ _]?(score|index|grade|rating)|likelihood|"
    r"p[ _]churn|p[ _]leave)([ _.-]|\d|$)",
    re.IGNORECASE,
)
MODEL_LIKE = 0.9
"""The same of numbers between 0 and 1, above which they look like a model's."""
STRONG, BEYOND = 0.85, 0.15
"""The same of an undated number, and how far above all others together, from which it is hindsight."""
MANY_VALUES = 50
"""Different values of a number that is no level."""
MOST_LEVELS = 60
FEW = 20
"""Customers who left, and who stayed, that an alarm needs."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A column that is left out."""

    feature: Feature
    why: str

    @property
    def named(self) -> str:
        """As the company calls it."""
        return self.feature.name or self.feature.concept


@dataclass(frozen=True)
class Outcomes:
    """Who left, of the rows that models learn from; arrays of shape (rows,)."""

    y: Floats
    """1: left within the horizon."""
    weight: Floats
    customer: npt.NDArray[np.int64]
    ever: Floats | None = None
    """1: left at any later time; None where that is not known."""
    dated: bool = False
    """Whether the company's own columns of customers say when they were known."""

    def of(self, rows: npt.NDArray[np.bool_]) -> Outcomes:
        """Those of some rows.

        Shapes: `rows` (n,).
        """
        ever = None if self.ever is None else self.ever[rows]
        return Outcomes(self.y[rows], self.weight[rows], self.customer[rows], ever, self.dated)

    @property
    def labels(self) -> list[Floats]:
        """What a column could know: who left in time, who ever did."""
        return [self.y] if self.ever is None else [self.y, self.ever]

    def enough(self, label: Floats) -> bool:
        """Whether enough different customers have either outcome.

        Shapes: `label` (n,).
        """
        sides = (len(np.unique(self.customer[label == outcome])) for outcome in (0, 1))
        return min(sides) >= FEW


def leaks(x: Floats, outcomes: Outcomes, coding: Coding) -> list[Leak]:
    """All columns that must not be looked at, of any table.

    Shapes: `x` (n, k).
    """
    all_leaks: list[Leak] = []
    strong: dict[int, float] = {}
    for i, feature in enumerate(coding.features):
        coded = i in coding.categories
        why = _why(x[:, i], outcomes, feature, coded=coded)
        if why:
            all_leaks.append(Leak(feature, why))
        elif feature.own and not coded and not outcomes.dated and len(np.unique(x[:, i])) > MANY_VALUES:
            alone = _area(x[:, i], outcomes.y, outcomes.weight, coded=False)
            strong |= {i: alone} if alone > STRONG else {}
    return all_leaks + _beyond(x, outcomes, coding, strong, {leak.feature.column for leak in all_leaks})


def _why(x: Floats, outcomes: Outcomes, feature: Feature, *, coded: bool) -> str:
    if feature.own and names_a_model(feature.name):
        return "its name says that it is another model's output"
    best = _best(x, outcomes, coded=coded)
    if best > TOO_GOOD:
        return f"alone it separates customers who leave from those who stay (AUC {best:.3f})"
    if feature.own and not coded and _a_probability(x) and best > MODEL_LIKE:
        return f"it lies between 0 and 1 and alone reaches an AUC of {best:.2f}, as another model's output would"
    known = ~np.isnan(x)
    if not coded and known.any() and not known.all():
        inside = outcomes.of(known)
        for label in inside.labels:
            alone = _area(x[known], label, inside.weight, coded=False) if inside.enough(label) else 0.0
            if alone > TOO_GOOD:
                return f"where it is known, it separates customers who leave from those who stay (AUC {alone:.3f})"
    return _level(x, outcomes)


def _best(x: Floats, outcomes: Outcomes, *, coded: bool) -> float:
    return max(
        (_area(x, label, outcomes.weight, coded=coded) for label in outcomes.labels if outcomes.enough(label)),
        default=0.0,
    )


def _beyond(x: Floats, outcomes: Outcomes, coding: Coding, strong: dict[int, float], out: set[str]) -> list[Leak]:
    """Undated columns that know more than all the others together can: numbers written with hindsight."""
    if not strong:
        return []
    rest = [i for i, f in enumerate(coding.features) if i not in strong and f.column not in out]
    others = 0.5
    if rest:
        part = x[:, rest]
        coded = [new for new, i in enumerate(rest) if i in coding.categories]
        made = logistic.design(part, coded)
        terms = made.terms(part)
        predicted = np.zeros(len(outcomes.y))
        for k in range(2):
            learn = outcomes.customer % 2 != k
            model = logistic.fit(made, terms[learn], outcomes.y[learn], outcomes.weight[learn], logistic.RIDGES[0])
            predicted[~learn] = model.odds(part[~learn])
        others = area(outcomes.y, predicted, outcomes.weight)
    says = "it bears no date, and alone it tells more (AUC {:.2f}) than all other columns together ({:.2f})"
    return [
        Leak(coding.features[i], says.format(alone, others)) for i, alone in strong.items() if alone > others + BEYOND
    ]


def names_a_model(name: str) -> bool:
    """Whether a column's name says that it is a model's output."""
    return bool(MODEL_WORDS.search(_spaced(name)))


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
    alone = area(y, x, weight)
    return max(alone, 1 - alone)


def _a_probability(x: Floats) -> bool:
    known = x[~np.isnan(x)]
    return bool(known.size > 0 and known.min() >= 0 and known.max() <= 1 and len(np.unique(known)) > MANY_VALUES)


def _level(x: Floats, outcomes: Outcomes) -> str:
    """A level in which everybody leaves, though fewer than half do elsewhere."""
    filled = np.where(np.isnan(x), np.nanmin(x) - 1 if (~np.isnan(x)).any() else 0, x)
    values, number = np.unique(filled, return_inverse=True)
    if len(values) > MOST_LEVELS:
        _, number = np.unique(np.isnan(x), return_inverse=True)
    base = float((outcomes.weight * outcomes.y).sum() / outcomes.weight.sum())
    pairs = np.unique(np.column_stack([number, outcomes.customer, outcomes.y]), axis=0)
    hits = np.bincount(pairs[:, 0][pairs[:, 2] == 1].astype(int), minlength=int(number.max()) + 1)
    others = np.bincount(pairs[:, 0][pairs[:, 2] == 0].astype(int), minlength=int(number.max()) + 1)
    sure = (others == 0) & (hits >= FEW) & (hits >= 0.05 * len(np.unique(outcomes.customer[outcomes.y == 1])))
    return "everybody with one of its values leaves" if sure.any() and base < 0.5 else ""
