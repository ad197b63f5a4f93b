"""Whether what an experience does lasts, or is a short-term spike. Arithmetic only.

Reads     the effects of one company, by cause, outcome and horizon.
Gives     the same effects, a check "durability" added to the longest horizon of each that is shown early.
Method    of a state (still here, paying more, the next score): shown after at most EARLY months and not after the
          longest. Of what adds up (margin, purchases, contacts): what comes after EARLY months adds less than a
          tenth of what came by then, or takes it back.
Not for   the grade: how long it lasts says nothing of how well it is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from worthline.effects.checks import Check
from worthline.effects.effect import Effect, months

EARLY = 3
STATES = ("retention", "expansion", "next_score")
ADDS = 0.1
"""Share of the early effect that later months must add."""


def told(effects: Sequence[Effect]) -> list[Effect]:
    """Every effect, in its place."""
    families: dict[tuple[str, str, str, str], list[int]] = {}
    for at, one in enumerate(effects):
        if one.estimate is not None and one.horizon:
            families.setdefault((one.cause, one.outcome, one.segment, one.grain), []).append(at)
    found = list(effects)
    for places in families.values():
        early = [effects[at] for at in places if effects[at].horizon <= EARLY and _shown(effects[at])]
        last = max(places, key=lambda at: effects[at].horizon)
        if early and effects[last].horizon > EARLY:
            check = _check(max(early, key=lambda one: one.horizon), effects[last])
            found[last] = replace(effects[last], checks=(*effects[last].checks, check))
    return found


def _check(early: Effect, late: Effect) -> Check:
    first, last = early.estimate or 0.0, late.estimate or 0.0
    ratio = last / first
    lasts = _shown(late) and ratio > 0 if late.outcome in STATES else ratio > 1 + ADDS
    when = f"shown after {months(early.horizon)}"
    if lasts:
        return Check("durability", "passed", ratio, f"It lasts: {when}, and after {months(late.horizon)} too.")
    says = f"A short-term spike: {when}, and "
    says += f"not after {months(late.horizon)}." if late.outcome in STATES else "later months add nothing to it."
    return Check("durability", "failed", ratio, says)


def _shown(one: Effect) -> bool:
    return one.low is not None and one.high is not None and not one.low <= 0 <= one.high
