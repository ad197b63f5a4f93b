"""A vendor's health or risk score, brought as a column of customers, held to the same test as the churn model.

Reads     what the churn model's backtest held out, and the customers' columns.
Gives     rows of `backtests`, model `vendor: <column>`; a sentence per column.
Method    the rows that the model was tested on, the same measures and the same gate (evaluation.gate). A score becomes
          probabilities on other customers (their share by tenth of the score, rising or falling), so that an
          order which is right is not refused for its scale. A value counts where it was known at that time.
Assumes   a score without a date is today's: it may know who left, so it is tested but never shown as passed.
Not for   scores that changed since: of customers' own columns the latest value is kept, so their past is not known.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from worthline.customers.risk import evaluation
from worthline.customers.risk.evaluation import HeldOut, Measure
from worthline.customers.risk.landmarks import FOLDS
from worthline.customers.risk.leaks import names_a_model
from worthline.metrics import formatting
from worthline.metrics.dimensions import attributes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from worthline.customers.risk.landmarks import ScoringContext
    from worthline.customers.risk.model import Fitted
    from worthline.results import Compute, Dataset

Floats = evaluation.Floats
FEWEST = 50
"""Customers of either outcome that a test needs."""
LEAST_KNOWN = 0.9
"""Share of the scored rows whose score must have been known then: customers whose row never changed are like few."""
_HEALTH = re.compile(r"(^|[ _.-])(customer)?[ _]?health([ _.-]?(score|index|grade|rating))?([ _.-]|$)", re.IGNORECASE)


def columns(ds: Dataset) -> list[str]:
    """Columns of customers that a vendor's score is named by, in order."""
    if "customers" not in ds.tables:
        return []
    return sorted(name for name in attributes(ds) if _HEALTH.search(name) or names_a_model(name))


def backtests(
    ds: Dataset, on: ScoringContext, models: Iterable[Fitted], rooms: Compute
) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows of the table backtests, and what to say of each column."""
    named, rows, notes = columns(ds), [], []
    tested = [model for model in models if model.held is not None and model.past is not None]
    if not named or not tested:
        return [], []
    people = ds["customers"]
    values = {name: people[name].cast("string").try_cast("float64") for name in named}
    vendor_rows = rooms.fetch(
        people.select("customer_id", known="same_since", **values)
        .inner_join(on.customers, "customer_id")
        .order_by("rank")
    )
    is_dated = ds.has("customers", "known_at")
    for name in named:
        for model in tested:
            judged = _judged(vendor_rows, name, model, is_dated=is_dated)
            if isinstance(judged, str):
                notes.append(f"customers.{name} is not tested beside the {model.horizon}-month churn model: {judged}.")
                continue
            measures, passed, why, n = judged
            is_shown = passed and is_dated
            horizon = model.window or model.horizon
            rows += [
                {"model": f"vendor: {name}", "horizon": horizon, "measure": measure, "n": n, "shown": is_shown}
                | {"value": estimate.value, "low": estimate.low, "high": estimate.high}
                for measure, estimate in measures.items()
            ]
            notes.append(_sentence(name, model, measures, passed=passed, why=why, is_dated=is_dated))
    return rows, notes


def _judged(
    vendor_rows: pa.Table, name: str, model: Fitted, *, is_dated: bool
) -> tuple[dict[str, Measure], bool, str, int] | str:
    """Measures of one column on the rows that one model was tested on, whether it passes and why not; or why none."""
    held_out, past = model.held, model.past
    assert held_out is not None
    assert past is not None
    rank, landmark = (np.asarray(past[column].to_numpy(), dtype=np.int64) for column in ("rank", "at"))
    vendor_rank = np.asarray(vendor_rows["rank"].to_numpy(), dtype=np.int64)
    place = np.clip(np.searchsorted(vendor_rank, rank), 0, len(vendor_rank) - 1)
    score = np.asarray(vendor_rows[name].to_numpy(zero_copy_only=False), dtype=np.float64)[place]
    has_score = (vendor_rank[place] == rank) & ~np.isnan(score)
    is_known = has_score
    if is_dated:
        since = vendor_rows["known"].to_pylist()
        months = np.array([-1 if day is None else day.year * 12 + day.month - 1 for day in since], dtype=np.int64)
        is_known = has_score & (months[place] <= landmark)
        if is_known.sum() < LEAST_KNOWN * has_score.sum():
            share = formatting.share(float(is_known.sum() / has_score.sum()), 0)
            return f"its value at the time is known for {share} of the tested customer-months, as rows changed since"
    y, weight, customer = held_out.y[is_known], held_out.weight[is_known], held_out.customer[is_known]
    if min(len(np.unique(customer[y == kind])) for kind in (0, 1)) < FEWEST:
        return f"{FEWEST} customers who left and {FEWEST} who stayed must have a score"
    p = _calibrated(score[is_known], y, weight, customer)
    vendor = HeldOut(y, p, weight, customer)
    worthline = HeldOut(y, held_out.p[is_known], weight, customer)
    measures = {
        "auc": evaluation.measured(vendor, evaluation.area),
        "top_decile_lift": evaluation.measured(vendor, evaluation.top_lift),
        "calibration_error": evaluation.measured(vendor, evaluation.calibration_error),
        "auc_worthline": evaluation.measured(worthline, evaluation.area),
        "top_decile_lift_worthline": evaluation.measured(worthline, evaluation.top_lift),
    }
    verdict = evaluation.gate(
        measures["auc"],
        measures["top_decile_lift"],
        measures["calibration_error"],
        evaluation.error_by_chance(vendor, FOLDS),
        None,
    )
    return measures, verdict.shown, verdict.says, len(y)


def _calibrated(score: Floats, y: Floats, weight: Floats, customer: evaluation.Ints) -> Floats:
    """Probabilities of each fold by the share that left, by tenth of the score, among customers of the other folds.

    A whisper of the score itself keeps the order within a tenth, in the direction that the other folds show.
    """
    calibrated, fold = np.empty(len(score)), customer % FOLDS
    for k in range(FOLDS):
        learn, scored = fold != k, fold == k
        edges = np.unique(np.quantile(score[learn], np.linspace(0.1, 0.9, 9)))
        bins = np.searchsorted(edges, score, side="right")
        count = np.bincount(bins[learn], weight[learn], len(edges) + 1)
        leavers = np.bincount(bins[learn], weight[learn] * y[learn], len(edges) + 1)
        base = float(leavers.sum() / count.sum())
        share = (leavers + base) / (count + 1)
        means = [np.average(score[learn & (y == kind)], weights=weight[learn & (y == kind)]) for kind in (0, 1)]
        order = np.unique(score, return_inverse=True)[1] / len(score)  # equal scores stay equal: ties count half
        rising = order if means[1] >= means[0] else 1 - order
        calibrated[scored] = np.clip(share[bins[scored]] + 1e-9 * rising[scored], 0.0, 1.0)
    return calibrated


def _sentence(name: str, model: Fitted, measures: dict[str, Measure], *, passed: bool, why: str, is_dated: bool) -> str:
    auc, ours = measures["auc"], measures["auc_worthline"]
    sentence = (
        f"customers.{name}, tested beside the {model.horizon}-month churn model on the same customers: AUC "
        f"{auc.value:.2f} (95% CI {auc.low:.2f} to {auc.high:.2f}), Worthline {ours.value:.2f}."
    )
    if not is_dated:
        undated = "It has no date, so it may know who left. Only a value dated before the test (known_at) can pass."
        return f"{sentence} {undated}"
    return f"{sentence} {'It passes the same gate.' if passed else f'It does not pass: {why}.'}"
