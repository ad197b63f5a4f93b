"""What an experience does to the score of that very order or case: late delivery -> that order's stars. numpy only.

Reads     experiences whose rows bear the score that was given to the same order or case.
Gives     Effects on the outcome occasion_score, with a horizon of 0 months.
Method    single orders or cases: those that went badly against those that went well, controlled for the recorded past
          of the customer and for what was known as the contact began. A customer's first order counts too. Only answers
          can be compared, so the share that answers is a check: where nearly all answer, or as many of both, who
          answers cannot make the difference.
Assumes   the answer is about the order or case that it names.
Not for   money: a score brings none of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from worthline.effects import design
from worthline.effects.checks import Check
from worthline.effects.contrast import contrast
from worthline.effects.design import LandmarkSample
from worthline.effects.effect import Effect
from worthline.effects.experiences import Experience
from worthline.effects.history import History
from worthline.effects.outcomes import OCCASION, OUTCOMES
from worthline.metrics import formatting
from worthline.stats.cross_fitting import Bools, Floats
from worthline.stats.intervals import Z95

NEARLY_ALL = 0.9
"""Share that answers, in both groups, from which on who answers matters little."""
MOST_APART = 0.02
"""Difference of shares that answer, beyond chance, up to which both groups answer alike."""


def effects(
    history: History,
    experiences: Sequence[Experience],
    last: int,
    totals: Callable[[Experience], dict[str, Floats]],
    currency: str = "USD",
) -> Iterator[Effect]:
    """One effect for each experience whose orders or cases are scored often enough; `totals`: of other incidents.

    Shapes: `totals` each (customers, months + 1).
    """
    for one in experiences:
        if one.score is None or np.isnan(one.score).all():
            continue
        inside = (one.month >= max(1, last - design.INDEX_MONTHS + 1)) & (one.month <= last)
        some = one.subset(inside)
        score = np.zeros(0) if some.score is None else some.score
        known = ~np.isnan(score)
        fields = contrast(
            history,
            _rows(some, known),
            score[known],
            one.totals(history),
            totals(one),
            outcome=OCCASION,
            currency=currency,
            beside=(answered(known, some.exposed),) if known.any() else (),
        )
        if fields is not None:
            what = OUTCOMES[OCCASION].estimand
            exposed = one.had.removesuffix(",")
            yield Effect(
                cause=one.name,
                horizon=0,
                population="orders or cases that were scored",
                estimand=f"mean change in {what} of customers who had {exposed}, compared with {one.instead}",
                had=one.had,
                touchpoint=one.touchpoint,
                **fields,
            )


def _rows(one: Experience, known: Bools) -> LandmarkSample:
    """The orders or cases that were scored, one row each."""
    extra = {f"at the start: {name}": values[known] for name, values in one.extra_covariates.items()}
    d = one.exposed[known].astype(float)
    return LandmarkSample(one.who[known], one.month[known], d, extra, int(known.sum()), int(d.sum()))


def answered(known: Bools, exposed: Bools) -> Check:
    """Whether as many answer of those who had it as of the others.

    Shapes: `known`, `exposed` (n,).
    """
    counts = [int((exposed == is_exposed).sum()) for is_exposed in (True, False)]
    shares = [float(known[exposed == is_exposed].mean()) for is_exposed in (True, False)]
    apart = shares[0] - shares[1]
    error = np.sqrt(sum(share * (1 - share) / n for share, n in zip(shares, counts, strict=True)))
    says = f"{formatting.share(shares[0])} of customers with it answered, {formatting.share(shares[1])} of the others"
    if min(shares) >= NEARLY_ALL:
        return Check("who answers", "passed", apart, f"{says}.")
    if abs(apart) > MOST_APART and abs(apart) > Z95 * error:
        return Check("who answers", "failed", apart, f"{says}: who answers may make the difference.")
    return Check("who answers", "passed", apart, f"{says}.")
