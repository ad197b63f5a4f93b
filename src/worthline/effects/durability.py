"""Whether what an experience does lasts, or is a short-term spike. numpy only.

Reads     the effects of one company, by cause, outcome and horizon.
Gives     the same effects, a check "durability" added to the longest horizon of each that is shown early.
Method    of a state (still here, paying more, the next score): a spike where what was shown after at most EARLY months
          has fallen by the longest, and the fall itself is shown. Of what adds up (margin, purchases, contacts): a
          spike where later months add less than a tenth of what came by then, and it is shown that they do not go on as
          it began. It lasts where a change is shown at the longest too. Else it cannot be told. The error of a
          difference adds the influences of both by customer before it squares them.
Not for   the grade: how long it lasts says nothing of how well it is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from worthline.effects.checks import Check
from worthline.effects.effect import Effect, months
from worthline.effects.outcomes import OUTCOMES
from worthline.stats.intervals import Z95

EARLY = 3
ADDS = 0.1
"""Share of the early effect that later months must add."""


def told(effects: Sequence[Effect]) -> list[Effect]:
    """Every effect, in its place."""
    families: dict[tuple[str, str, str, str], list[int]] = {}
    for at, one in enumerate(effects):
        if one.estimate is not None and one.horizon:
            families.setdefault((one.cause, one.outcome, one.segment, one.grain), []).append(at)
    checked = list(effects)
    for places in families.values():
        early = [effects[at] for at in places if effects[at].horizon <= EARLY and effects[at].shown]
        last = max(places, key=lambda at: effects[at].horizon)
        if early and effects[last].horizon > EARLY:
            check = _check(max(early, key=lambda one: one.horizon), effects[last])
            checked[last] = replace(effects[last], checks=(*effects[last].checks, check))
    return checked


def _check(early: Effect, late: Effect) -> Check:
    first, last = early.estimate or 0.0, late.estimate or 0.0
    ratio, half = last / first, Z95 * _apart(early, late)
    when, then = f"shown after {months(early.horizon)}", months(late.horizon)
    later = (last - first) * (1 if first > 0 else -1)
    if OUTCOMES[late.outcome].is_state:
        spike, why = later + half < 0 and not (late.shown and ratio > 0), f"not after {then}, and the fall is shown."
    else:
        going_on = abs(first) * (late.horizon - early.horizon) / early.horizon
        spike, why = later < ADDS * abs(first) and later + half < going_on, "later months add nothing to it."
    if spike:
        return Check("durability", "failed", ratio, f"A short-term spike: {when}, and {why}")
    if late.shown and ratio > 0:
        return Check("durability", "passed", ratio, f"It lasts: {when}, and after {then} too.")
    says = f"Whether it lasts cannot be told: {when}, but the range after {then} is too wide."
    return Check("durability", "informs", ratio, says)


def _apart(early: Effect, late: Effect) -> float:
    """The error of the difference of two effects on the same customers."""
    if not len(early.who) or not len(late.who):
        return float(np.hypot(early.error, late.error))
    who = np.union1d(early.who, late.who)
    apart = np.zeros(len(who))
    apart[np.searchsorted(who, late.who)] += late.influence
    apart[np.searchsorted(who, early.who)] -= early.influence
    return float(np.sqrt(apart @ apart))
