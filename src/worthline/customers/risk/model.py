"""One model of leaving within so many months: learnt, held out, calibrated, judged. numpy and Arrow only.

Reads     the sample of landmarks with its features.
Gives     Fitted: the model with its back-test, or without a score and why; chances and reasons of any rows.
Method    METHODS.md 4. Customers stand in three folds. A model that never saw a fold's customers, and whose windows
          had ended before, tells its later months (later months alone where the past is too short for that; customers
          alone where there is one month). These chances calibrate the model that learns from all, and judge it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from worthline.customers.risk import evaluation, reasons
from worthline.customers.risk.evaluation import HeldOut, Measure, Verdict
from worthline.customers.risk.feature_groups import Feature
from worthline.customers.risk.landmarks import FOLDS
from worthline.customers.risk.leaks import Leak, Outcomes, leaks
from worthline.customers.risk.matrix import Coding, coding
from worthline.customers.risk.reasons import Peers
from worthline.stats import boosted_classification
from worthline.stats.boosted_classification import Learner
from worthline.stats.calibration import Calibration, calibration, log_odds, probability

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

FEWEST = 50
"""Leavers, and stayers, that a model needs; customers, each counted once."""
TAUGHT = 0.2
"""Share of all rows that a model which is tested learns from, at least: fewer would test a far poorer one."""
TESTED_AT_MOST = 6
"""Months that are told, the latest."""


@dataclass(frozen=True)
class Split:
    """Which rows teach and which are told, in words too."""

    folds: list[tuple[Bools, Bools]]
    says: str


@dataclass(frozen=True)
class TrainedModel:
    """What gives scores."""

    learner: Learner
    calibration: Calibration
    coding: Coding
    shift: float = 0.0
    """Added to the log-odds, where their mean did not agree with what was observed lately."""
    power: float = 1.0
    """Months spoken of over months learnt from: a constant hazard."""
    peers: Peers | None = None
    """What customers who have been here about as long share."""

    def probabilities(self, rows: pa.Table) -> Floats:
        """Calibrated probabilities of leaving."""
        p = self.calibration(self.learner.raw(self.coding.matrix(rows)))
        if self.shift:
            p = probability(log_odds(p) + self.shift)
        return p if self.power == 1.0 else np.asarray(1 - (1 - p) ** self.power)

    def added(self, rows: pa.Table) -> tuple[list[str], Floats]:
        """Concepts, and what each adds to the log-odds of rows against a typical customer, shape (rows, concepts)."""
        concepts = list(dict.fromkeys(feature.concept for feature in self.coding.features))
        group_index = np.array([concepts.index(feature.concept) for feature in self.coding.features], dtype=np.int64)
        return concepts, self.learner.contributions(self.coding.matrix(rows), group_index, len(concepts))

    def with_peers(self, rows: pa.Table) -> TrainedModel:
        """The same, knowing what today's customers (`rows`) who have been here about as long share."""
        return replace(self, peers=reasons.peers(self.added(rows)[1], rows))

    def reasons(self, rows: pa.Table, currency: str) -> list[list[str]]:
        """At most three of each row with their direction: failures of late first, then what sets it apart."""
        concepts, weight = self.added(rows)
        beyond = weight if self.peers is None else self.peers.beyond(weight, rows)
        return reasons.in_words(beyond, concepts, self.coding.features, rows, currency)


@dataclass(frozen=True)
class Fitted:
    """A model, or why there is none."""

    horizon: int
    learnt: TrainedModel | None
    verdict: Verdict
    measures: dict[str, Measure]
    """By name; area and lift of the rule and the logistic beside."""
    held: HeldOut | None
    leaks: tuple[Leak, ...]
    left_out: tuple[tuple[Feature, str], ...]
    tested: str
    """How it was tested, in words."""
    customers: int
    events: int
    treated: int = 0
    """Landmarks left out, as the customer was treated before the outcome."""
    past: pa.Table | None = None
    """rank, at, p, weight: the rows held out, and what was predicted of them."""
    window: int | None = None
    """Months within which leaving was looked at, where they are not those spoken of."""
    first: int | None = None
    """The first landmark."""
    changed: float = 0.0
    """Share of rows whose customer's columns changed later, where these columns are not looked at for that."""

    @property
    def shown(self) -> bool:
        """Whether its scores may be seen."""
        return self.learnt is not None and self.verdict.shown


def fit(
    rows: pa.Table, features: tuple[Feature, ...], horizon: int, *, rule: str | None, dated: bool = False
) -> Fitted:
    """Learn from `rows`: rank, at, y, weight, the features, and `ever` (left at any later time) where it is known.

    `rule`: the column of the simple rule. `dated`: whether the company's own columns say when they were known.
    """
    y, weight = _floats(rows, "y"), _floats(rows, "weight")
    customer, landmark = _ints(rows, "rank"), _ints(rows, "at")
    leavers, stayers = len(np.unique(customer[y == 1])), len(np.unique(customer[y == 0]))
    if few := too_few(horizon, leavers, stayers):
        return few
    coded = coding(rows, features)
    x = coded.matrix(rows)
    ever = _floats(rows, "ever") if "ever" in rows.column_names else None
    leaking = leaks(x, Outcomes(y, weight, customer, ever, dated), coded)
    coded = coded.without({leak.feature.column for leak in leaking})
    if not coded.columns:
        return no_model(
            horizon, "nothing is known of customers that differs between them", leavers + stayers, leavers, leaking
        )
    x = coded.matrix(rows)
    if len(np.unique(landmark)) == 1:
        customer = _alike(customer, x)
    parts = split(customer, landmark, horizon)
    simple = None if rule is None else coded.place(rule.lstrip("-"))
    outside = boosted_classification.out_of_fold(x, y, weight, coded.categories, parts.folds, simple)
    is_tested = ~np.isnan(outside.raw)
    if min(y[is_tested].sum(), (1 - y[is_tested]).sum()) < FEWEST / 2:
        reason = f"of the months that a model is tested on, only {int(y[is_tested].sum())} rows end in leaving"
        return no_model(horizon, reason, leavers + stayers, leavers, leaking)
    held_out = HeldOut(
        y[is_tested],
        _calibrated_apart(outside.raw, y, weight, customer)[is_tested],
        weight[is_tested],
        customer[is_tested],
    )
    order = HeldOut(held_out.y, outside.raw[is_tested], held_out.weight, held_out.customer)
    measures, verdict = _judged(held_out, order, _beside(outside.linear, rows, rule, is_tested))
    learner = boosted_classification.train(x, y, weight, coded.categories, outside)
    trained = TrainedModel(learner, calibration(outside.raw[is_tested], y[is_tested], weight[is_tested]), coded)
    past = pa.table({"rank": rows["rank"], "at": rows["at"]}).filter(pa.array(is_tested))
    past = past.append_column("p", pa.array(held_out.p)).append_column("weight", pa.array(held_out.weight))
    return Fitted(
        horizon,
        trained,
        verdict,
        measures,
        held_out,
        tuple(leaking),
        coded.left_out,
        parts.says,
        leavers + stayers,
        leavers,
        past=past,
    )


def _alike(customer: Ints, x: Floats) -> Ints:
    """Customers of whom all the same is known as one, so that none is told from its twin."""
    _, first, twin = np.unique(np.nan_to_num(x, nan=np.inf), axis=0, return_index=True, return_inverse=True)
    return np.asarray(customer[first][twin.ravel()])


def split(customer: Ints, at: Ints, horizon: int) -> Split:
    """Three folds of customers; the later months are told, from months whose windows had ended by then.

    Shapes: `customer`, `at` (n,).
    """
    fold = customer % FOLDS
    months = np.unique(at)
    if len(months) < 3:
        folds = [(fold != k, fold == k) for k in range(FOLDS)]
        return Split(folds, "on other customers; time was not tested, as there is too little past")
    most = min(max(len(months) // 4, 1), TESTED_AT_MOST)
    for tested in range(most, 0, -1):
        first = months[-tested]
        apart = at <= first - horizon
        if len(np.unique(at[apart])) >= 2 and apart.mean() >= TAUGHT:
            sentence = "on later months of other customers, after all that it learnt from had ended"
            break
    else:
        first = months[-most]
        apart = at < first
        sentence = "on later months of other customers; windows overlap in time, as the past is short"
    return Split([((fold != k) & apart, (fold == k) & (at >= first)) for k in range(FOLDS)], sentence)


def too_few(horizon: int, leavers: int, stayers: int) -> Fitted | None:
    """No model, where fewer customers left or stayed than one needs."""
    if leavers >= FEWEST and stayers >= FEWEST:
        return None
    reason = f"a model needs {FEWEST} customers who left and {FEWEST} who stayed; there are {leavers} and {stayers}"
    return no_model(horizon, reason, leavers + stayers, leavers)


def no_model(horizon: int, says: str, customers: int = 0, events: int = 0, found: list[Leak] | None = None) -> Fitted:
    """No model, and why."""
    return Fitted(horizon, None, Verdict(False, says), {}, None, tuple(found or ()), (), "", customers, events)


def _calibrated_apart(raw: Floats, y: Floats, weight: Floats, customer: Ints) -> Floats:
    """Each fold calibrated by the others, so that the calibration too is judged on customers it has not seen."""
    calibrated = np.full(len(raw), np.nan)
    tell, fold = ~np.isnan(raw), customer % FOLDS
    for k in range(FOLDS):
        learn, calibrating = tell & (fold != k), tell & (fold == k)
        if learn.any() and calibrating.any():
            calibrated[calibrating] = calibration(raw[learn], y[learn], weight[learn])(raw[calibrating])
    return calibrated


def _beside(straight: Floats, rows: pa.Table, rule: str | None, tell: Bools) -> dict[str, Floats]:
    """What a plain logistic and the simple rule say of the rows told."""
    scores = {"logistic": straight[tell]}
    if rule is not None:
        column = _floats(rows, rule.lstrip("-"))
        filled = np.where(np.isnan(column), np.nanmax(column) + 1 if (~np.isnan(column)).any() else 0, column)
        scores["rule"] = (-filled if rule.startswith("-") else filled)[tell]
    return scores


def _judged(held_out: HeldOut, order: HeldOut, beside: dict[str, Floats]) -> tuple[dict[str, Measure], Verdict]:
    """`order`: the same before calibration, which moves nobody past another but differs from fold to fold."""
    measures = {
        "auc": evaluation.measured(order, evaluation.area),
        "top_decile_lift": evaluation.measured(order, evaluation.top_lift),
        "calibration_error": evaluation.measured(held_out, evaluation.calibration_error),
        "share_left": evaluation.measured(held_out, lambda y, p, w: float((y * w).sum() / w.sum())),
        "share_predicted": evaluation.measured(held_out, lambda y, p, w: float((p * w).sum() / w.sum())),
    }
    for name, score in beside.items():
        other = HeldOut(held_out.y, score, held_out.weight, held_out.customer)
        measures[f"auc_{name}"] = evaluation.measured(other, evaluation.area)
    for number, (predicted, observed) in enumerate(evaluation.tenths(held_out), start=1):
        measures[f"calibration_predicted_{number:02d}"] = Measure(predicted, predicted, predicted)
        measures[f"calibration_happened_{number:02d}"] = observed
    by_chance = evaluation.error_by_chance(held_out, FOLDS)
    verdict = evaluation.gate(
        measures["auc"],
        measures["top_decile_lift"],
        measures["calibration_error"],
        by_chance,
        measures.get("auc_rule"),
    )
    return measures, verdict


def _floats(rows: pa.Table, name: str) -> Floats:
    return np.array(rows[name].cast(pa.float64()).to_numpy(), dtype=np.float64)


def _ints(rows: pa.Table, name: str) -> Ints:
    return np.array(rows[name].to_numpy(), dtype=np.int64)
