"""What a contact does to the first purchase of people who are not customers yet. numpy only.

Reads     experiences of contacts, a History whose panel holds prospects.
Gives     Effects on the outcome first_purchase, by horizon.
Method    rows are contacts of people known at the end of the month before who were never a customer up to the end of
          the contact's own month; the outcome is whether they are one by the end of the horizon. Who becomes a
          customer within the contact's month is left out: nobody knows which came first.
Not for   money: what a prospect would bring is a forecast of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from worthline.effects import design
from worthline.effects.contrast import contrast
from worthline.effects.design import LandmarkSample
from worthline.effects.effect import Effect, estimand
from worthline.effects.experiences import Experience
from worthline.effects.history import History, running, window
from worthline.effects.outcomes import FIRST_PURCHASE
from worthline.stats.cross_fitting import Bools, Floats, Ints


def effects(
    history: History,
    experiences: Sequence[Experience],
    last: int,
    totals: Callable[[Experience], dict[str, Floats]],
    currency: str,
) -> Iterator[Effect]:
    """Effects of each experience that enough prospects had, and had not; `totals`: of other incidents.

    Shapes: `totals` each (customers, months + 1).
    """
    ever = np.maximum.accumulate(history.active, axis=1)
    active = running(history.active.astype(float))
    if not (history.there & ~ever).any():
        return
    for one in experiences:
        if one.compares_all_active or one.kind == "said":
            continue
        for horizon in design.HORIZONS:
            rows = _rows(history, ever, one, horizon, last)
            y = (window(active, rows.who, rows.month + 1, rows.month + horizon) > 0).astype(float)
            fields = contrast(
                history, rows, y, one.totals(history), totals(one), outcome=FIRST_PURCHASE, currency=currency
            )
            if fields is not None:
                yield Effect(
                    cause=one.name,
                    horizon=horizon,
                    population="prospects with a contact",
                    estimand=estimand(FIRST_PURCHASE, horizon, one.had, one.instead).replace("customers", "prospects"),
                    had=one.had,
                    touchpoint=one.touchpoint,
                    **fields,
                )


def _rows(history: History, ever: Bools, one: Experience, horizon: int, last: int) -> LandmarkSample:
    """Contacts of prospects whose horizon is complete; the first of each prospect and month."""
    first = max(1, last - horizon - design.INDEX_MONTHS + 1)
    inside = (one.month >= first) & (one.month <= last - horizon)
    before = history.there[one.who, np.maximum(one.month - 1, 0)]
    inside &= before & ~ever[one.who, one.month]
    inside &= _first(one.who, one.month)
    d = one.exposed[inside].astype(float)
    extra = {f"at the start: {name}": values[inside] for name, values in one.extra_covariates.items()}
    return LandmarkSample(one.who[inside], one.month[inside], d, extra, len(d), int(d.sum()))


def _first(who: Ints, month: Ints) -> Bools:
    new = np.ones(len(who), np.bool_)
    new[1:] = (np.diff(who) != 0) | (np.diff(month) != 0)
    return new
