"""What is true in a simulated company: each effect by living again without the cause, and what could be known.

Reads     a Life with its states kept.
Gives     Effect rows (cause, outcome, horizon, touchpoint; truth and the naive difference beside), what initiatives
          brought, the best possible AUC of a score of leaving, and how all customers feel. Money in the company's
          currency.
Method    the estimand of linkage: the mean change over those exposed, by month of exposure, windows complete only.
          Each exposed customer lives on from the state before the month with this one exposure flipped and all
          chance kept; leavers' margin and orders are 0. An initiative's total: all lives once more without it.
Source    METHODS 5 and 8 of the project's own method book; docs/methods/demo.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worthline.demo.live import Life, again, live
from worthline.demo.mobile import NOTHING, Columns
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
LIVES = 40
"""From one state, for the true chance of leaving."""


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


def outcomes(months: list[Columns]) -> dict[str, NDArray[Any]]:
    """Months x customers: what counts as an outcome, 0 for who has left; `retention` at the month's end."""
    stack = {"margin": "margin", "revenue": "revenue", "orders": "orders"}
    found = {name: np.array([m[column] for m in months]) for name, column in stack.items() if column in months[0]}
    # Who was brought joins, and is recorded, in the month after.
    refers = np.array([m["refers"] for m in months])
    found["referrals"] = np.concatenate([np.zeros_like(refers[:1]), refers[:-1]])
    for money in ("margin", "revenue"):
        found[money] = found[money] / 100
    found["contacts"] = np.array([m["contact"].astype(int) + m["again"] for m in months])
    found["left"] = np.maximum.accumulate(np.array([m["leaves"] for m in months]), axis=0)
    return found


def of_experiences(life: Life) -> list[Truth]:
    """Every experience of the company on every outcome and horizon."""
    lived = outcomes(life.months)
    found: list[Truth] = []
    for cause, could in EXPERIENCES.items():
        if cause in life.months[0]:
            found += _of_cause(life, lived, cause, could)
    return found


def of_actions(life: Life) -> list[Truth]:
    """Every action on those treated, against the same customers left alone."""
    lived = outcomes(life.months)
    found: list[Truth] = []
    for action in ACTIONS:
        if action in life.months[0]:
            found += _of_cause(life, lived, action, CHOSEN.get(action))
    return found


def _of_cause(life: Life, lived: dict[str, NDArray[Any]], cause: str, could: str | None) -> list[Truth]:
    tallies: dict[tuple[str | None, str, int], NDArray[Any]] = defaultdict(lambda: np.zeros(5))
    named = getattr(life.company, "TOUCHPOINTS", ())
    for t, record in enumerate(life.months):
        eligible = record["settled"] & (record[could] if could else record[cause] >= 0)
        had = record[cause] == 1 if record[cause].dtype == np.int8 else record[cause]
        exposed = np.flatnonzero(eligible & had)
        last = len(life.months) - 1
        if not exposed.size or t + HORIZONS[0] > last:
            continue
        others = np.flatnonzero(eligible & ~had)
        relived = outcomes(again(life, exposed, t, t + HORIZONS[-1], frozenset({cause})))
        groups: dict[str | None, NDArray[Any]] = {None: np.ones(exposed.size, bool)}
        if could == "contact":
            about = record["about"][exposed]
            groups |= {named[k]: about == k for k in range(len(named))}
        for outcome, horizon, was, is_not, else_ in _windows(life, lived, relived, exposed, others, t):
            for touchpoint, some in groups.items():
                tally = tallies[touchpoint, outcome, horizon]
                tally += [some.sum(), was[some].sum(), is_not[some].sum(), 0, 0]
                if touchpoint is None:
                    tally += [0, 0, 0, else_.size, else_.sum()]
    return [
        Truth(
            cause,
            touchpoint,
            outcome,
            horizon,
            int(n),
            float((was - is_not) / n),
            float(was / n - other / other_n) if other_n else None,
        )
        for (touchpoint, outcome, horizon), (n, was, is_not, other_n, other) in tallies.items()
        if n
    ]


def _windows(
    life: Life,
    lived: dict[str, NDArray[Any]],
    relived: dict[str, NDArray[Any]],
    exposed: NDArray[Any],
    others: NDArray[Any],
    t: int,
) -> Iterator[tuple[str, int, NDArray[Any], NDArray[Any], NDArray[Any]]]:
    """Outcome, horizon; of those exposed: as lived, as lived again; of the others: as lived."""
    for horizon in HORIZONS:
        end = t + horizon
        if end >= len(life.months):
            break
        if life.company.SETTING == "contractual":
            stays = ~lived["left"][end]
            yield "retention", horizon, stays[exposed], ~relived["left"][horizon], stays[others]
        for name in SUMS:
            if name in lived:
                total = lived[name][t + 1 : end + 1].sum(axis=0)
                yield name, horizon, total[exposed], relived[name][1 : horizon + 1].sum(axis=0), total[others]


def totals(life: Life) -> list[dict[str, Any]]:
    """What each initiative changed in all: margin, revenue and leavers, by all lives without it."""
    lived = outcomes(life.months)
    initiatives = [ACTIONS[a] for a in ACTIONS if a in life.months[0]]
    if "billing_error" in life.months[0]:
        initiatives.append("billing_fix")
    found = []
    for name in initiatives:
        world = replace(life.world, without=life.world.without | {name})
        without = outcomes(live(world, life.company, life.people["who"]).months)
        found.append(
            {
                "initiative": name,
                "margin": round(float(lived["margin"].sum() - without["margin"].sum()), 2),
                "revenue": round(float(lived["revenue"].sum() - without["revenue"].sum()), 2),
                "leavers": int(lived["left"][-1].sum()) - int(without["left"][-1].sum()),
                "contacts": int(lived["contacts"].sum()) - int(without["contacts"].sum()),
            }
        )
    return found


def chance_of_leaving(life: Life, start: int, months: int, some: NDArray[Any], lives: int = LIVES) -> NDArray[Any]:
    """Of the customers at places `some`, alive before month `start`: the share of `lives` in which they leave."""
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
    found = []
    for horizon in (3, 12):
        start = len(life.months) - horizon
        if start < 1:
            continue
        here = life.months[start - 1]["here"] & ~life.months[start - 1]["leaves"]
        some = np.flatnonzero(here)[:most]
        left = np.any([m["leaves"][some] for m in life.months[start:]], axis=0)
        known = chance_of_leaving(life, start, horizon, some)
        found.append(
            {"horizon_months": horizon, "customers": int(some.size), "left": int(left.sum()), "auc": _auc(known, left)}
        )
    return found


def _auc(score: NDArray[Any], happened: NDArray[Any]) -> float | None:
    from scipy.stats import rankdata

    n, events = happened.size, int(happened.sum())
    if events in (0, n):
        return None
    ranks = rankdata(score)[happened].sum()
    return round(float((ranks - events * (events + 1) / 2) / (events * (n - events))), 4)


def feelings(life: Life) -> dict[str, Any]:
    """NPS of the last 12 months: of those who answered, of all who were asked, of all customers had all been asked."""
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
