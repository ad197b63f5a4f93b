"""Whom to contact, why it pays, and who is kept aside.

Reads     a Dataset with actions, its panel, what the rooms before say of customers (chance of leaving, value).
Gives     Worklist: tables worklist, worklist_candidates, control_groups; columns arm, action, expected_saving of
          customer_scores; the figure savings_available; notes.
Method    eligible customers of today x actions, with the expected net gain of each pair; one action per customer under
          capacity and budget (policy); control groups by keyed hash (control); the list in weeks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from worthline.errors import BadSetting
from worthline.initiatives import queries
from worthline.initiatives.assignment import kind_of_assignment
from worthline.initiatives.worklist import actions as acting
from worthline.initiatives.worklist import control, effects, gather, growth, lessons, listing, policy, rules
from worthline.initiatives.worklist.actions import Action
from worthline.initiatives.worklist.effects import Expected
from worthline.initiatives.worklist.lessons import Lessons
from worthline.initiatives.worklist.made import Made
from worthline.initiatives.worklist.policy import Bools, Floats, Ints, Limits, Pairs
from worthline.initiatives.worklist.sizing import Sizing, of_growth, size
from worthline.panel.treatments import assignments, has_assignments
from worthline.results import Compute, Dataset, Findings, Progress, Worklist, no_progress

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Customers:
    """Customers of today as arrays, in order of customer_id."""

    ids: list[str]
    p: Floats
    lost: Floats
    at_risk: Floats
    may_contact: Bools
    is_quiet: Bools
    is_excluded: Bools
    eligible: tuple[Bools, ...]
    """By action."""
    tenure: Floats
    """Months since joining; NaN where not known."""
    is_universal: Bools
    is_prospect: Bools
    harmed: tuple[Bools, ...] = ()
    """By action: in a group that the action would harm."""
    assigned: tuple[Ints, ...] = ()
    """By action: 0 assigned to the control group of its initiative before, 1 to a treatment, -1 not assigned."""
    for_prospects: tuple[bool, ...] = ()
    """By action: whether it is for a first purchase."""

    def open_to(self, action: int) -> Bools:
        """Who may be contacted with an action now."""
        harmed = self.harmed[action] if self.harmed else np.zeros(len(self.ids), np.bool_)
        return (
            self.may_contact & ~self.is_quiet & ~self.is_excluded & self.eligible[action] & ~harmed & self.is_of(action)
        )

    def is_of(self, action: int) -> Bools:
        """Who an action is for by purpose: prospects for a first purchase, customers for all others."""
        return self.is_prospect if self.for_prospects[action] else ~self.is_prospect


def analyse(
    ds: Dataset,
    panel: ir.Table,
    rooms: Compute,
    *,
    scores: Sequence[ir.Table],
    key: str | None = None,
    shares: Mapping[str, float] | None = None,
    results: pa.Table | None = None,
    progress: Progress = no_progress,
) -> Worklist:
    """The worklist of today; `key` and `shares` of control groups: those kept in the company's folder.

    `results`: rows of initiative_results, from which it follows which past treatments can be learnt from.
    """
    s = ds.settings
    if not ds.has("actions", "action"):
        valued = any("margin_at_risk" in table.columns for table in scores)
        nothing = listing.without_actions(s) if valued else Findings()
        taught = lessons.learn(ds, panel, rooms, results, able=(), lost=1.0)
        return Worklist(nothing + Findings(taught.tables()))
    progress("Planning the worklist", 0, 0)
    rows = rooms.fetch(ds["actions"].order_by("action")).to_pylist()
    names = _initiatives(ds, rooms)
    able = acting.read(rows, names, gather.columns(ds))
    secret = s.control.key or key or control.default_key(s.name)
    people = _customers(ds, panel, rooms, scores, able)
    people = replace(people, is_universal=_universal(ds, rooms, people, secret, names) & ~people.is_excluded)
    lost = people.lost[np.isfinite(people.lost)]
    taught = lessons.learn(ds, panel, rooms, results, able=able, lost=float(lost.mean()) if len(lost) else 1.0)
    people = replace(
        people,
        harmed=tuple(taught.harmed(action, people.ids) for action in able),
        assigned=tuple(_assigned(ds, rooms, action, people.ids) for action in able),
    )
    measured = [] if results is None else results.to_pylist()
    expected = [_expected(ds, panel, rooms, action, people, taught, measured) for action in able]
    sizes = [_size(ds, people, able, expected, k, shares or {}) for k in range(len(able))]
    pairs, is_open = _pairs(people, able, expected, secret, np.asarray([sizing.share for sizing in sizes]))
    weekly = np.asarray([action.capacity_per_week for action in able], dtype=np.int64)
    random_shares = np.asarray([s.acting.random_share if effect.still_learning else 0.0 for effect in expected])
    budget = None if s.acting.budget is None else float(s.acting.budget)
    chosen = policy.plan(pairs, Limits(weekly * s.acting.plan_weeks, budget, random_shares))
    plan = Made(
        people.ids, people.is_universal, able, expected, sizes, pairs, chosen, policy.weeks(pairs, chosen, weekly)
    )
    worklist = listing.findings(ds, rooms, plan, scores) + Findings(taught.tables())
    if not len(pairs.customer):
        worklist += listing.nobody(s, _why_nobody(ds, people, is_open, expected))
    return worklist


def _expected(
    ds: Dataset,
    panel: ir.Table,
    rooms: Compute,
    action: Action,
    people: Customers,
    taught: Lessons,
    results: Sequence[Mapping[str, Any]],
) -> Expected:
    """What an action is expected to do: as measured, where it was, else as assumed."""
    s = ds.settings
    before = effects.assumed(action, people.p, people.at_risk, s.acting)
    if not action.is_for_staying and (measured_gain := growth.gain(results, action.initiative)) is not None:
        found = lessons.learn_growth(ds, panel, rooms, action, measured_gain)
        if found is None:
            return effects.measured_growth(action, measured_gain, before, s, None, before.gain)
        by_id = dict(zip(found[0], found[1].effect.tolist(), strict=True))
        effect = np.asarray([by_id.get(who, np.nan) for who in people.ids], dtype=np.float64)
        return effects.measured_growth(action, measured_gain, before, s, found[1], effect)
    lesson = taught.of(action) if action.is_for_staying else None
    if lesson is None:
        return before
    return effects.measured(action, lesson, taught.effect(lesson, people.ids), before, people.p, people.lost)


def _size(
    ds: Dataset,
    people: Customers,
    able: Sequence[Action],
    expected: Sequence[Expected],
    k: int,
    shares: Mapping[str, float],
) -> Sizing:
    """How large the control group of an action is."""
    s, action = ds.settings, able[k]
    may = people.open_to(k)
    settled = s.control.share if s.control.share is not None else shares.get(action.trial)
    if not action.is_for_staying:
        return of_growth(settled)
    return size(
        p=people.p[may],
        lost=people.lost[may],
        net=np.nan_to_num(expected[k].gain[may] - float(action.cost), nan=-np.inf),
        cost=float(action.cost),
        per_week=action.capacity_per_week,
        weeks=s.acting.plan_weeks,
        share=settled,
    )


def _assigned(ds: Dataset, rooms: Compute, action: Action, ids: Sequence[str]) -> Ints:
    """The arm that customers have in the action's initiative already; none where each month had a lot of its own."""
    nobody = np.full(len(ids), -1, dtype=np.int64)
    if action.initiative is None:
        return nobody
    if kind_of_assignment(rooms.fetch(queries.repeats(ds, action.initiative)).to_pylist()).is_drawn_anew:
        return nobody
    assigned = rooms.fetch(gather.assigned(ds, action.initiative))
    arms = dict(zip(assigned["customer_id"].to_pylist(), assigned["is_treated"].to_pylist(), strict=True))
    return np.asarray([-1 if who not in arms else int(arms[who]) for who in ids], dtype=np.int64)


def _universal(ds: Dataset, rooms: Compute, people: Customers, key: str, names: Sequence[str]) -> Bools:
    """Who receives nothing from any initiative: who was drawn before, and of later customers the share by lot.

    Customers who were open to initiatives when the group was drawn stay open to them.
    """
    place = control.positions(people.ids, key, control.UNIVERSAL)
    by_lot: Bools = np.less(place, ds.settings.control.universal)
    own = [name for name in names if control.is_universal(name)]
    earlier = rooms.fetch(gather.universal(ds, own)) if own else None
    if earlier is None or not earlier.num_rows:
        return by_lot
    before = set(earlier["customer_id"].to_pylist())
    last, today = max(earlier["day"].to_pylist()), ds.settings.as_of
    months = 12 * (today.year - last.year) + today.month - last.month
    is_drawn: Bools = np.asarray([who in before for who in people.ids], np.bool_)
    is_later: Bools = np.less(people.tenure, months)
    return is_drawn | (by_lot & is_later)


def _initiatives(ds: Dataset, rooms: Compute) -> list[str]:
    """Initiatives that treatments tell of."""
    if not has_assignments(ds):
        return []
    rows = assignments(ds)
    names: list[str] = rooms.fetch(rows.select("initiative").distinct().order_by("initiative"))[
        "initiative"
    ].to_pylist()
    return names


def _customers(
    ds: Dataset, panel: ir.Table, rooms: Compute, scores: Sequence[ir.Table], able: Sequence[Action]
) -> Customers:
    columns = gather.columns(ds)
    excluded = []
    for text in ds.settings.control.exclude:
        rule = rules.read(text, columns)
        if rule is None:
            fix = "Write comparisons joined by and: segment = 'Staff' and tenure_months < 3."
            raise BadSetting("[control] exclude", f"{text!r} is no rule about {', '.join(columns)}", fix)
        excluded.append(rule)
    rows = rooms.fetch(gather.today(ds, panel, scores, able, excluded))
    ids: list[str] = rows["customer_id"].to_pylist()
    is_excluded = _flags(rows, "is_excluded")
    return Customers(
        ids=ids,
        p=_numbers(rows, "p"),
        lost=_numbers(rows, "lost"),
        at_risk=_numbers(rows, "at_risk"),
        may_contact=_flags(rows, "may_contact"),
        is_quiet=_flags(rows, "is_quiet"),
        is_excluded=is_excluded,
        eligible=tuple(_flags(rows, f"eligible_{k}") for k in range(len(able))),
        tenure=_numbers(rows, "tenure"),
        is_universal=np.zeros(len(ids), np.bool_),
        is_prospect=_flags(rows, "is_prospect"),
        for_prospects=tuple(action.is_for_prospects for action in able),
    )


def _pairs(
    people: Customers, able: Sequence[Action], expected: Sequence[Expected], key: str, share: Floats
) -> tuple[Pairs, list[Bools]]:
    """Customers x actions open to them; and by action who it is open to."""
    customer, action, net, cost, is_control, lot, may_rank, is_open = [], [], [], [], [], [], [], []
    for k, (this_action, effect) in enumerate(zip(able, expected, strict=True)):
        may = people.open_to(k)
        is_open.append(may)
        rows = np.flatnonzero(may & np.isfinite(effect.gain))
        ids = [people.ids[i] for i in rows]
        customer.append(rows)
        action.append(np.full(len(rows), k))
        net.append(effect.gain[rows] - float(this_action.cost))
        cost.append(np.full(len(rows), float(this_action.cost)))
        own = control.positions(ids, key, control.of_action(this_action.trial)) < share[k]
        before = people.assigned[k][rows]  # an arm that somebody has stays theirs
        own = np.where(before >= 0, before == 0, own)
        is_control.append(people.is_universal[rows] | own)
        lot.append(control.positions(ids, key, control.at_random(this_action.trial)))
        may_rank.append(effect.may_rank()[rows])
    return Pairs(
        np.concatenate([np.zeros(0, np.int64), *customer]),
        np.concatenate([np.zeros(0, np.int64), *action]),
        np.concatenate([np.zeros(0), *net]),
        np.concatenate([np.zeros(0), *cost]),
        np.concatenate([np.zeros(0, np.bool_), *is_control]),
        np.concatenate([np.zeros(0), *lot]),
        np.concatenate([np.zeros(0, np.bool_), *may_rank]),
    ), is_open


def _why_nobody(ds: Dataset, people: Customers, is_open: Sequence[Bools], expected: Sequence[Expected]) -> str:
    """Why there is no pair of a customer and an action: a sentence with what to do."""
    if not expected:
        return "no action has a cost and a capacity. Fill cost and capacity_per_week of actions."
    if not people.ids:
        return "there are no customers today."
    if not ds.has("customers", "contact_permission"):
        return (
            "no contact_permission column was found, so nobody may be contacted. Add contact_permission to customers."
        )
    if not people.may_contact.any():
        return "no customer has given permission to be contacted."
    if not any(open_.any() for open_ in is_open):
        return "no customer with permission is eligible for an action outside the quiet days and exclusions."
    unknown = [
        effect.says for effect in expected if not np.isfinite(effect.gain).any() and np.isnan(effect.effect).all()
    ]
    if np.isnan(people.at_risk).all():
        return "the chance of leaving or the value of customers is not known."
    return unknown[0] if unknown else "nothing is known of the customers who may be contacted."


def _numbers(rows: pa.Table, name: str) -> Floats:
    values: Any = rows[name].cast(pa.float64()).to_numpy(zero_copy_only=False)
    return np.asarray(values, dtype=np.float64)


def _flags(rows: pa.Table, name: str) -> Bools:
    values: Any = rows[name].fill_null(False).to_numpy(zero_copy_only=False)
    return np.asarray(values, dtype=np.bool_)


__all__ = ["Customers", "Ints", "analyse"]
