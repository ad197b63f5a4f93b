"""What is true in a simulated company: each effect by living again without the cause, and what could be known.

Reads     a Life with its states kept.
Gives     Truth rows (cause, outcome, horizon, touchpoint, segment; truth and the naive difference beside), the
          experiences of a month together, what initiatives brought, the best possible AUC of a score of leaving, and
          how all customers feel. Money in the company's currency.
Method    the estimand of linkage: the mean change over those exposed, by month of exposure, windows complete only, of
          whom the files show to have been customers the month before (in a shop: who bought within a year of it).
          Each exposed customer lives on from the state before the month with this one exposure flipped and all
          chance kept; leavers' margin and orders are 0. `next_score` is the score that those still here either way
          would give at the window's end, asked or not. An initiative's total: all lives once more without it; a
          roll-out's effect: the customers of each place live on from its start without it.
Source    METHODS 5 and 8 of the project's own method book; docs/methods/demo.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worthline.demo.export import CONTACT_CHANNELS, channels
from worthline.demo.live import Life, again, live
from worthline.demo.mobile import NOTHING, Columns, fixed_from
from worthline.demo.world import World

HORIZONS = (1, 3, 6, 12)
EXPERIENCES = {
    "unresolved": "contact",
    "long_wait": "contact",
    "outage": "settled",
    "billing_error": "settled",
    "late": "delivery",
}
"""Each experience, and who could have had it."""
CHOSEN = {"gift": "settled"}
"""Actions without a control group, and who might have been chosen."""
ACTIONS = {"save_call": "save_calls", "plan_text": "plan_advice", "gift": "gifts", "voucher": "vouchers"}
"""What is done for customers, and the initiative that does it."""
SUMS = ("margin", "revenue", "orders", "contacts", "referrals")
SUMMED = (*SUMS, "retention")
"""Outcomes of which parts may be added."""
LIVES = 40
"""From one state, for the true chance of leaving."""


NTH = ("first", "second", "third or later")
"""Contacts of twelve months that are told apart."""
YEAR = 12


@dataclass(frozen=True, slots=True)
class Truth:
    """One true effect: outcome in the H months after the exposure's month, mean over those exposed."""

    cause: str
    touchpoint: str | None
    outcome: str
    horizon_months: int
    exposed: int
    truth: float
    naive: float | None
    """Mean of those exposed less mean of those who could have been, nothing adjusted."""
    segment: str | None = None
    """Through which channel, or at which contact of twelve months, as a run names them; None for all."""


@dataclass(frozen=True, slots=True)
class _Window:
    """One outcome over one horizon, of those exposed in one month and of the others who could have been."""

    outcome: str
    horizon: int
    known: NDArray[np.bool_]
    was: NDArray[Any]
    is_not: NDArray[Any]
    """As lived again, of those exposed."""
    others: NDArray[Any]


_Slice = tuple[str | None, str | None]
"""Touchpoint and segment; None and None for all."""


class _Tally:
    """Sums over months of exposure; gives the means."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str | None, str | None, str, int], NDArray[Any]] = defaultdict(lambda: np.zeros(5))

    def add(self, windows: Iterator[_Window], slices: dict[_Slice, NDArray[np.bool_]]) -> None:
        """One month's windows, within each slice of those exposed."""
        for w in windows:
            for (touchpoint, segment), some in slices.items():
                rows = some & w.known
                others = (w.others.size, w.others.sum()) if (touchpoint, segment) == (None, None) else (0, 0)
                key = touchpoint, segment, w.outcome, w.horizon
                self._sums[key] += [rows.sum(), w.was[rows].sum(), w.is_not[rows].sum(), *others]

    def truths(self, cause: str) -> list[Truth]:
        """What came of the cause."""
        return [
            Truth(
                cause,
                touchpoint,
                outcome,
                horizon,
                int(n),
                float((was - is_not) / n),
                float(was / n - other / other_n) if other_n else None,
                segment,
            )
            for (touchpoint, segment, outcome, horizon), (n, was, is_not, other_n, other) in self._sums.items()
            if n
        ]


def outcomes(months: list[Columns]) -> dict[str, NDArray[Any]]:
    """Months x customers: what counts as an outcome, 0 for who has left; `left` by the month's end."""
    stack = {"margin": "margin", "revenue": "revenue", "orders": "orders", "score": "score", "plan": "plan"}
    stacked = {name: np.array([m[column] for m in months]) for name, column in stack.items() if column in months[0]}
    # Who was brought joins, and is recorded, in the month after.
    refers = np.array([m["refers"] for m in months])
    stacked["referrals"] = np.concatenate([np.zeros_like(refers[:1]), refers[:-1]])
    for money in ("margin", "revenue"):
        stacked[money] = stacked[money] / 100
    stacked["contacts"] = np.array([m["contact"].astype(int) + m["again"] for m in months])
    stacked["left"] = np.maximum.accumulate(np.array([m["leaves"] for m in months]), axis=0)
    return stacked


def of_experiences(life: Life) -> list[Truth]:
    """Every experience of the company on every outcome and horizon."""
    lived = outcomes(life.months)
    truths: list[Truth] = []
    for cause, could in EXPERIENCES.items():
        if cause in life.months[0]:
            truths += _of_cause(life, lived, cause, could, _customers(life))
    return truths


def _customers(life: Life) -> NDArray[np.bool_]:
    """Months x customers: who is known to have been a customer the month before; nobody before the files begin."""
    settled = np.array([record["settled"] for record in life.months])
    settled[0] = False
    if life.company.SETTING == "contractual":
        return settled
    bought = np.array([record["orders"] > 0 for record in life.months])
    for t in range(1, len(bought)):
        settled[t] &= bought[max(t - YEAR, 0) : t].any(axis=0)
    return settled


def of_actions(life: Life) -> list[Truth]:
    """Every action on those treated, against the same customers left alone; a roll-out on those it reached."""
    lived = outcomes(life.months)
    truths: list[Truth] = []
    for action in ACTIONS:
        if action in life.months[0]:
            truths += _of_cause(life, lived, action, CHOSEN.get(action), np.array([m["settled"] for m in life.months]))
    return truths + (_of_rollout(life, lived) if "billing_error" in life.months[0] else [])


def _of_cause(
    life: Life, lived: dict[str, NDArray[Any]], cause: str, could: str | None, of: NDArray[np.bool_]
) -> list[Truth]:
    """`of`: months x customers, whose exposures count."""
    tally = _Tally()
    for t, record in enumerate(life.months[: -HORIZONS[0]]):
        eligible = of[t] & (record[could] if could else record[cause] >= 0)
        had = record[cause] == 1 if record[cause].dtype == np.int8 else record[cause]
        exposed = np.flatnonzero(eligible & had)
        if exposed.size:
            others = np.flatnonzero(eligible & ~had)
            relived = outcomes(again(life, exposed, t, t + HORIZONS[-1], frozenset({cause})))
            slices = _slices(life, lived, cause, exposed, t) if could == "contact" else {}
            slices[None, None] = np.ones(exposed.size, bool)
            tally.add(_windows(life, lived, relived, exposed, others, t), slices)
    return tally.truths(cause)


def _of_rollout(life: Life, lived: dict[str, NDArray[Any]]) -> list[Truth]:
    """Right-first-time billing, of the customers of each area from the month in which it came there."""
    tally, starts = _Tally(), fixed_from(life.people["area"])
    elsewhere = replace(life, world=replace(life.world, without=life.world.without | {"billing_fix"}))
    for t in np.unique(starts[starts < len(life.months) - HORIZONS[0]]).tolist():
        here = life.months[t]["settled"]
        some, others = np.flatnonzero(here & (starts == t)), np.flatnonzero(here & (starts > t))
        if some.size:
            without = outcomes(again(elsewhere, some, t, t + HORIZONS[-1], NOTHING))
            tally.add(_windows(life, lived, without, some, others, t), {(None, None): np.ones(some.size, bool)})
    return tally.truths("billing_fix")


def together(life: Life) -> list[dict[str, Any]]:
    """Of who met any experience in a month: what all of that month's did, and what its parts come to one by one."""
    lived = outcomes(life.months)
    causes = [cause for cause in EXPERIENCES if cause in life.months[0]]
    tally, parts, of = _Tally(), _Tally(), _customers(life)
    for t, record in enumerate(life.months[: -HORIZONS[0]]):
        for flip in (*([cause] for cause in causes), causes):
            exposed = np.flatnonzero(of[t] & np.any([record[cause] for cause in flip], axis=0))
            if exposed.size:
                relived = outcomes(again(life, exposed, t, t + HORIZONS[-1], frozenset(flip)))
                windows = _windows(life, lived, relived, exposed, exposed[:0], t)
                (tally if flip is causes else parts).add(windows, {(None, None): np.ones(exposed.size, bool)})
    added = {(one.outcome, one.horizon_months): one.truth * one.exposed for one in parts.truths("")}
    return [
        {
            "outcome": one.outcome,
            "horizon_months": one.horizon_months,
            "exposed": one.exposed,
            "truth": one.truth,
            "sum_of_parts": added[one.outcome, one.horizon_months] / one.exposed,
        }
        for one in tally.truths("together")
        if one.outcome in SUMMED
    ]


def _slices(
    life: Life, lived: dict[str, NDArray[Any]], cause: str, exposed: NDArray[Any], t: int
) -> dict[_Slice, NDArray[np.bool_]]:
    """Touchpoints and channels of contacts; of those left unresolved, which of twelve months' it was."""
    record = life.months[t]
    slices: dict[_Slice, NDArray[np.bool_]] = {}
    named, about = vars(life.company)["TOUCHPOINTS"], record["about"][exposed]
    for k, touchpoint in enumerate(named):
        slices[touchpoint, None] = about == k
    channel = channels(life, record, t)[exposed]
    for k, name in enumerate(CONTACT_CHANNELS):
        slices[None, f"channel: {name}"] = channel == k
    if cause == "unresolved" and t >= YEAR:
        before = lived["contacts"][t - YEAR : t, exposed].sum(axis=0)
        for k, name in enumerate(NTH):
            slices[None, f"contact of twelve months: {name}"] = np.minimum(before, len(NTH) - 1) == k
    return slices


def _windows(
    life: Life,
    lived: dict[str, NDArray[Any]],
    relived: dict[str, NDArray[Any]],
    exposed: NDArray[Any],
    others: NDArray[Any],
    t: int,
) -> Iterator[_Window]:
    """Every outcome over every horizon that the record holds whole, of who was exposed in month `t`."""
    everyone = np.ones(exposed.size, bool)
    fees = vars(life.company).get("FEES")
    for horizon in HORIZONS:
        end = t + horizon
        if end >= len(life.months):
            break
        stays, would = ~lived["left"][end], ~relived["left"][horizon]
        if life.company.SETTING == "contractual":
            yield _Window("retention", horizon, everyone, stays[exposed], would, stays[others])
        for name in SUMS:
            if name in lived:
                total = lived[name][t + 1 : end + 1].sum(axis=0)
                again_ = relived[name][1 : horizon + 1].sum(axis=0)
                yield _Window(name, horizon, everyone, total[exposed], again_, total[others])
        if fees is not None:
            before = fees[lived["plan"][t]]  # a change of plan begins on the first of a month
            more = stays & (fees[lived["plan"][end]] > before)
            then = would & (fees[relived["plan"][horizon]] > before[exposed])
            yield _Window("expansion", horizon, everyone, more[exposed], then, more[others])
        either = stays[exposed] & would
        score = lived["score"][end].astype(float)
        yield _Window(
            "next_score", horizon, either, score[exposed], relived["score"][horizon], score[others][stays[others]]
        )


def totals(life: Life) -> list[dict[str, Any]]:
    """What each initiative changed in all: margin, revenue and leavers, by all lives without it."""
    lived = outcomes(life.months)
    initiatives = [ACTIONS[a] for a in ACTIONS if a in life.months[0]]
    if "billing_error" in life.months[0]:
        initiatives.append("billing_fix")
    rows = []
    for name in initiatives:
        world = replace(life.world, without=life.world.without | {name})
        without = outcomes(live(world, life.company, life.people["who"]).months)
        rows.append(
            {
                "initiative": name,
                "margin": round(float(lived["margin"].sum() - without["margin"].sum()), 2),
                "revenue": round(float(lived["revenue"].sum() - without["revenue"].sum()), 2),
                "leavers": int(lived["left"][-1].sum()) - int(without["left"][-1].sum()),
                "contacts": int(lived["contacts"].sum()) - int(without["contacts"].sum()),
            }
        )
    return rows


def joint(life: Life) -> dict[str, Any] | None:
    """Margin that calls, texts and gifts brought together since the universal control group was drawn.

    Of those outside it, by all lives without them; None where no such group was drawn.
    """
    groups = ((t, record["universal"]) for t, record in enumerate(life.months) if "universal" in record)
    drawn = next((t for t, group in groups if (group >= 0).any()), None)
    if drawn is None:
        return None
    those = life.months[drawn]["settled"] & (life.months[drawn]["universal"] < 0)
    world = replace(life.world, without=life.world.without | set(ACTIONS.values()))
    without = live(world, life.company, life.people["who"]).months
    after = slice(drawn + 1, len(life.months))
    gain = outcomes(life.months)["margin"][after, those].sum() - outcomes(without)["margin"][after, those].sum()
    return {"customers": int(those.sum()), "margin": round(float(gain), 2)}


def chance_of_leaving(life: Life, start: int, months: int, some: NDArray[Any], lives: int = LIVES) -> NDArray[Any]:
    """Of the customers at places `some`, alive before month `start`: the share of `lives` in which they leave.

    Shapes: `some` (k,) places of customers; gives (n,).
    """
    left = np.zeros(some.size)
    for number in range(lives):
        elsewhere = replace(life, world=replace(life.world, seed=life.world.seed + 7919 * (number + 1)))
        lived = again(elsewhere, some, start, start + months - 1, NOTHING)
        left += np.any([m["leaves"] for m in lived], axis=0)
    return left / lives


def best_possible(life: Life, most: int = 10_000) -> list[dict[str, Any]]:
    """The AUC that nobody beats but by luck: the generator's own chance of leaving against who left."""
    if life.company.SETTING != "contractual":
        return []
    rows = []
    for horizon in (3, 12):
        start = len(life.months) - horizon
        if start < 1:
            continue
        here = life.months[start - 1]["here"] & ~life.months[start - 1]["leaves"]
        some = np.flatnonzero(here)[:most]
        left = np.any([m["leaves"][some] for m in life.months[start:]], axis=0)
        known = chance_of_leaving(life, start, horizon, some)
        rows.append(
            {"horizon_months": horizon, "customers": int(some.size), "left": int(left.sum()), "auc": _auc(known, left)}
        )
    return rows


def _auc(score: NDArray[Any], happened: NDArray[Any]) -> float | None:
    from scipy.stats import rankdata

    n, events = happened.size, int(happened.sum())
    if events in (0, n):
        return None
    ranks = rankdata(score)[happened].sum()
    return round(float((ranks - events * (events + 1) / 2) / (events * (n - events))), 4)


def feelings(life: Life) -> dict[str, Any]:
    """NPS of the last 12 months: of respondents, of all who were asked, of all customers had all been asked."""
    window = life.months[-12:]
    groups = {"answered": "answered", "asked": "asked", "all": "here"}
    scores = {name: np.concatenate([m["score"][m[flag]] for m in window]) for name, flag in groups.items()}
    found = {
        name: round(100 * float((s >= 9).mean() - (s <= 6).mean()), 2) if s.size else None for name, s in scores.items()
    }
    last = life.months[-1]
    now = last["score"][last["here"] & ~last["leaves"]]
    found["today"] = round(100 * float((now >= 9).mean() - (now <= 6).mean()), 2) if now.size else None
    return found


def known_of(world: World) -> dict[str, Any]:
    """The settings that a reader of truth.json needs."""
    return {
        "kind": world.kind,
        "null": world.is_null,
        "seed": world.seed,
        "customers": world.customers,
        "months": world.months,
        "confounding": world.confounding,
        "hidden": world.hidden,
        "answering": world.answering,
        "experiences": {name: [e.feeling, e.leaving] for name, e in world.experiences.items()},
        "actions": {name: [e.feeling, e.leaving] for name, e in world.actions.items()},
    }
