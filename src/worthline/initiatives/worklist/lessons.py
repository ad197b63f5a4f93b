"""Every past treatment with a control group that holds, learnt from: whom to contact, and whom not. Arrow only.

Reads     a Dataset with treatments, its panel, rows of initiative_results.
Gives     Lessons; tables treatment_groups and do_not_contact.
Method    an experiment whose effect on retention has grade A, at the longest horizon that is complete for half of its
          customers. Groups of all experiments are one family: no group is called harmed by chance in more than 5%.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from worthline.initiatives import queries
from worthline.initiatives.assignment import kind_of_assignment
from worthline.initiatives.experiment import codes
from worthline.initiatives.worklist import features, learned, past
from worthline.initiatives.worklist.actions import Action
from worthline.initiatives.worklist.growth import MeasuredGain
from worthline.initiatives.worklist.learned import Lesson, Trial
from worthline.initiatives.worklist.policy import Bools, Floats
from worthline.metrics import formatting
from worthline.panel.calendar import last_complete
from worthline.panel.treatments import CONTROL
from worthline.results import Compute, Dataset

if TYPE_CHECKING:
    import ibis.expr.types as ir

GROUPS = pa.schema(
    [
        ("initiative", pa.string()),
        ("arm", pa.string()),
        ("group", pa.int32()),
        ("groups", pa.int32()),
        ("described", pa.string()),
        ("horizon_months", pa.int32()),
        ("units", pa.int64()),
        ("effect", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("p_adjusted", pa.float64()),
        ("is_harmed", pa.bool_()),
        ("customers_today", pa.int64()),
        ("sentence", pa.string()),
    ]
)
"""Effects on retention by group, from the one that loses most; intervals hold together over all groups of the table."""
DO_NOT_CONTACT = pa.schema(
    [("customer_id", pa.string()), ("initiative", pa.string()), ("arm", pa.string()), ("group", pa.int32())]
)
HALF = 0.5


@dataclass(frozen=True)
class Lessons:
    """What was learnt, in order of initiative and arm, for customers of today in order of customer_id."""

    ids: tuple[str, ...] = ()
    each: tuple[Lesson, ...] = ()

    def of(self, action: Action) -> Lesson | None:
        """The lesson for an action: of its initiative, the arm with most customers."""
        own = [lesson for lesson in self.each if lesson.trial.initiative == action.initiative]
        return max(own, key=lambda lesson: int(lesson.trial.treated.sum()), default=None)

    def harmed(self, action: Action, ids: Sequence[str]) -> Bools:
        """Which of `ids` an action would harm."""
        lesson = self.of(action)
        if lesson is None:
            return np.zeros(len(ids), np.bool_)
        there = {who for who, harmed in zip(self.ids, lesson.is_harmed.tolist(), strict=True) if harmed}
        return np.asarray([who in there for who in ids], dtype=np.bool_)

    def effect(self, lesson: Lesson, ids: Sequence[str]) -> Floats:
        """The effect on staying of each of `ids`; NaN where it is not known."""
        by_id = dict(zip(self.ids, lesson.effect.tolist(), strict=True))
        return np.asarray([by_id.get(who, np.nan) for who in ids], dtype=np.float64)

    def tables(self) -> dict[str, pa.Table]:
        """treatment_groups and do_not_contact; nothing without a lesson."""
        if not self.each:
            return {}
        rows, people = [], []
        for lesson in self.each:
            for gate, described in zip(lesson.gates, lesson.described, strict=True):
                rows.append(_row(lesson, gate.group, described))
            harmed = np.flatnonzero(lesson.is_harmed)
            people += [
                {
                    "customer_id": self.ids[i],
                    "initiative": lesson.trial.initiative,
                    "arm": lesson.trial.arm,
                    "group": int(lesson.group[i]) + 1,
                }
                for i in harmed
            ]
        listed = pa.Table.from_pylist(people, DO_NOT_CONTACT)
        return {"treatment_groups": pa.Table.from_pylist(rows, GROUPS), "do_not_contact": listed}


def learn(
    ds: Dataset,
    panel: ir.Table,
    rooms: Compute,
    results: pa.Table | None,
    *,
    able: Sequence[Action],
    lost: float,
) -> Lessons:
    """`results`: initiative_results; `lost`: money that goes with a customer on average."""
    chosen = _chosen(results)
    if not chosen:
        return Lessons()
    last = last_complete(ds.settings.as_of)
    now = rooms.fetch(past.today(panel, last))
    trials: list[Trial] = []
    for initiative, horizon in chosen.items():
        repeats = rooms.fetch(queries.repeats(ds, initiative)).to_pylist()
        is_drawn_anew = kind_of_assignment(repeats).is_drawn_anew
        query = past.treated_before(ds, panel, initiative, horizon, last, is_drawn_anew=is_drawn_anew)
        rows = rooms.fetch(query)
        trials += _trials(rows, now, initiative, horizon, "stayed")
    family = sum(learned.groups(len(trial.outcome)) for trial in trials)
    costs = {action.initiative: float(action.cost) for action in able}
    each = [learned.lesson(trial, lost=lost, cost=costs.get(trial.initiative, 0.0), family=family) for trial in trials]
    return Lessons(tuple(now["customer_id"].to_pylist()), tuple(each))


def learn_growth(
    ds: Dataset, panel: ir.Table, rooms: Compute, action: Action, measured: MeasuredGain
) -> tuple[tuple[str, ...], Lesson] | None:
    """(customers of today, what a growth action brings each of them in discounted margin); None with too few customers.

    Customers of a first-purchase action are prospects.
    """
    assert action.initiative is not None
    last, of_prospects = last_complete(ds.settings.as_of), action.is_for_prospects
    repeats = rooms.fetch(queries.repeats(ds, action.initiative)).to_pylist()
    query = past.gained_since(
        ds,
        panel,
        action.initiative,
        measured.horizon,
        last,
        is_drawn_anew=kind_of_assignment(repeats).is_drawn_anew,
        of_prospects=of_prospects,
    )
    now = rooms.fetch(past.today(panel, last, of_prospects=of_prospects))
    trials = _trials(rooms.fetch(query), now, action.initiative, measured.horizon, "gained")
    own = next((trial for trial in trials if trial.arm == measured.arm), None)
    if own is None:
        return None
    worth = measured.factor(ds.settings.discount_rate)
    lesson = learned.lesson(own, lost=worth, cost=float(action.cost), family=learned.groups(len(own.outcome)))
    return tuple(now["customer_id"].to_pylist()), lesson


def _chosen(results: pa.Table | None) -> dict[str, int]:
    """Initiative -> horizon in months."""
    horizons: dict[str, int] = {}
    rows = [] if results is None else results.to_pylist()
    whole = [row for row in rows if row["outcome"] == "retention" and row["segment"] == "all" and row["grade"] == "A"]
    for name in sorted({row["initiative"] for row in whole}):
        own = [row for row in whole if row["initiative"] == name and row["control"] and row["estimate"] is not None]
        most = max((row["treated"] + row["control"] for row in own), default=0)
        enough = [row["horizon_months"] for row in own if row["treated"] + row["control"] >= HALF * most]
        if enough:
            horizons[name] = max(enough)
    return horizons


def _trials(rows: pa.Table, now: pa.Table, initiative: str, horizon: int, outcome: str) -> list[Trial]:
    """One an arm with enough customers; `outcome`: the column that holds it."""
    trials = []
    arms = sorted(arm for arm in rows["arm"].unique().to_pylist() if arm != CONTROL)
    of_row = np.asarray(rows["arm"].to_pylist(), dtype=object)
    for arm in arms:
        own = np.flatnonzero((of_row == arm) | (of_row == CONTROL))
        own = own[learned.sampled(len(own))]
        treated = of_row[own] == arm
        if min(int(treated.sum()), int((~treated).sum())) < learned.LEAST_ARM:
            continue
        some = rows.take(pa.array(own))
        month = np.asarray(some["month"].to_numpy(), dtype=np.int64)
        stratum = month * 1000 + codes(some["stratum"])
        values = np.asarray(some[outcome].to_numpy(zero_copy_only=False), dtype=np.float64)
        matrices = features.matrices(some, now)
        trials.append(
            learned.trial(initiative, arm, horizon, matrices, values, treated, stratum, codes(some["customer_id"]))
        )
    return trials


def _row(lesson: Lesson, group: int, described: str) -> dict[str, Any]:
    gate = next(gate for gate in lesson.gates if gate.group == group)
    today = int((lesson.group == group).sum())
    return {
        "initiative": lesson.trial.initiative,
        "arm": lesson.trial.arm,
        "group": group + 1,
        "groups": len(lesson.gates),
        "described": described,
        "horizon_months": lesson.trial.horizon,
        "units": gate.units,
        "effect": gate.effect,
        "low": gate.low,
        "high": gate.high,
        "p_adjusted": gate.p,
        "is_harmed": gate.is_harmed,
        "customers_today": today,
        "sentence": _sentence(lesson, group, described, today),
    }


def _sentence(lesson: Lesson, group: int, described: str, today: int) -> str:
    gate = next(gate for gate in lesson.gates if gate.group == group)
    ends = f"{_points(gate.low)} to {_points(gate.high)}"
    name = lesson.trial.initiative.replace("_", " ")
    sentence = f"{name.capitalize()} changes retention after {lesson.trial.horizon} months by {_points(gate.effect)} "
    sentence += f"percentage points ({ends}, corrected) for {described}."
    if gate.is_harmed and not today:
        sentence += " No customer of today is in this group."
    elif gate.is_harmed:
        sentence += f" Do not contact them: {formatting.how_many(today, 'customer')} today."
    return sentence


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"
