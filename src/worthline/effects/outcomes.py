"""What may come of an experience: each outcome once, with how it is computed, its words and its unit. numpy only.

Reads     a History; customers and index months, arrays of shape (rows,).
Gives     OUTCOMES, by name; `recorded`, those that a company's tables hold.
Method    the months t + 1 .. t + horizon after the index month t. Customers who left bring nothing: 0, not missing.
Not for   measures of places, which may bear an outcome's name and are plain numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from worthline.effects.history import History, window
from worthline.stats.cross_fitting import Floats, Ints

Unit = Literal["share", "amount", "score", "count"]
OCCASION = "occasion_score"
"""The score of the order or case itself: read at the contact, not in the months after it."""
FIRST_PURCHASE = "first_purchase"
"""Whether a prospect becomes a customer: prospects.py reads it, as customers have it behind them."""
Compute = Callable[[History, Ints, Ints, int], Floats]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome; `estimand` and `label` hold {months} where the horizon is named."""

    name: str
    title: str
    estimand: str
    """… mean change in <estimand>."""
    label: str
    """… no change of <label>."""
    unit: Unit
    compute: Compute
    """Values of shape (rows,) from (history, customers, index months, months ahead); NaN where not known."""
    is_recorded: Callable[[History], bool]
    higher_is_better: bool = True
    is_state: bool = False
    """Whether it is read at the end of the horizon; else it adds up over its months."""
    is_causal: bool = True
    """Whether an effect on it can be more than a correlation: not where only some of those who stay are seen."""
    is_behaviour: bool = True
    """Whether it is what customers do; else it is what they say, or what serving them takes."""

    def values(self, history: History, who: Ints, month: Ints, horizon: int) -> Floats:
        """The outcome of each row, shape (rows,); NaN where it is not known."""
        return self.compute(history, who, month, horizon)


def recorded(history: History, *, contractual: bool) -> tuple[str, ...]:
    """Names of the outcomes that the tables hold; purchases explain nothing where customers pay by the period."""
    skipped = ("purchases",) if contractual else ()
    return tuple(name for name, one in OUTCOMES.items() if name not in skipped and one.is_recorded(history))


def _retention(history: History, who: Ints, t: Ints, horizon: int) -> Floats:
    return history.active[who, t + horizon].astype(float)


def _margin(history: History, who: Ints, t: Ints, horizon: int) -> Floats:
    missing = window(history.unknown.astype(float), who, t + 1, t + horizon) > 0
    return np.where(missing, np.nan, history.summed("margin", who, t + 1, t + horizon))


def _purchases(history: History, who: Ints, t: Ints, horizon: int) -> Floats:
    return history.summed("orders", who, t + 1, t + horizon)


def _contacts(history: History, who: Ints, t: Ints, horizon: int) -> Floats:
    return history.summed("contacts", who, t + 1, t + horizon)


def _upsell(history: History, who: Ints, t: Ints, horizon: int) -> Floats:
    """1 where a higher fee is paid at the end of the horizon.

    What changed on the first of the month came before what was met in it: later fees are compared with the month's
    own, or, for customers who left within it, with those of the month before.
    """
    if history.fees is None:
        return np.full(len(who), np.nan)
    end = t + horizon
    signed, own = history.fees[who, t - 1], history.fees[who, t]
    before, after = np.where(own > 0, own, signed), history.fees[who, end] * history.active[who, end]
    return np.where(signed > 0, (after > before * (1 + 1e-9)).astype(float), np.nan)


def _referrals(history: History, who: Ints, t: Ints, horizon: int) -> Floats:
    if history.referrals is None:
        return np.full(len(who), np.nan)
    return window(history.referrals, who, t + 1, t + horizon)


def _next_score(history: History, who: Ints, t: Ints, horizon: int) -> Floats:
    """The score of the first month after t with an answer; NaN where none comes within the horizon."""
    answered = np.diff(history.totals["answers"], axis=1) > 0
    coming = np.where(answered, np.arange(history.months), history.months)
    first = np.minimum.accumulate(coming[:, ::-1], axis=1)[:, ::-1][who, np.minimum(t + 1, history.months - 1)]
    known = (first <= t + horizon) & (first > t)
    return np.where(known, history.states["last_score"][who, np.minimum(first, history.months - 1)], np.nan)


def _balances(history: History, who: Ints, t: Ints, horizon: int) -> Floats:
    """Balances at the end of the horizon; 0 of customers who left; NaN where none was known by the month before."""
    if history.balances is None:
        return np.full(len(who), np.nan)
    end = t + horizon
    held = np.where(history.active[who, end], history.balances[who, end], 0.0)
    return np.where(np.isnan(history.balances[who, t - 1]), np.nan, held)


def _wallet(history: History, who: Ints, t: Ints, horizon: int) -> Floats:
    """The share of wallet by the first answer after t; NaN where none comes within the horizon."""
    if history.wallet is None:
        return np.full(len(who), np.nan)
    coming = np.where(np.isnan(history.wallet), history.months, np.arange(history.months))
    first = np.minimum.accumulate(coming[:, ::-1], axis=1)[:, ::-1][who, np.minimum(t + 1, history.months - 1)]
    known = (first <= t + horizon) & (first > t)
    return np.where(known, history.wallet[who, np.minimum(first, history.months - 1)], np.nan)


def _elsewhere(history: History, who: Ints, t: Ints, horizon: int) -> Floats:
    """Nothing here: rooms of their own read it, of other rows than those of customers."""
    return np.full(len(who), np.nan)


def _any(history: History, name: str) -> bool:
    return bool(history.totals[name][:, -1].any())


OUTCOMES: dict[str, Outcome] = {
    one.name: one
    for one in (
        Outcome(
            "retention",
            "Retention",
            "P(still here {months} later)",
            "the share still here {months} later",
            "share",
            _retention,
            lambda history: True,
            is_state=True,
        ),
        Outcome(
            "margin",
            "Gross margin",
            "gross margin over the next {months}",
            "gross margin over the next {months}",
            "amount",
            _margin,
            lambda history: history.earned,
        ),
        Outcome(
            "purchases",
            "Purchases",
            "the number of purchases in the next {months}",
            "purchases in the next {months}",
            "count",
            _purchases,
            lambda history: history.bought,
        ),
        Outcome(
            "expansion",
            "Upsell",
            "P(a higher fee {months} later)",
            "the share paying more {months} later",
            "share",
            _upsell,
            lambda history: history.fees is not None,
            is_state=True,
        ),
        Outcome(
            "referrals",
            "Referrals",
            "the number of customers referred in the next {months}",
            "customers referred in the next {months}",
            "count",
            _referrals,
            lambda history: history.referrals is not None and bool(history.referrals[:, -1].any()),
        ),
        Outcome(
            "balances",
            "Balances",
            "balances {months} later",
            "balances {months} later",
            "amount",
            _balances,
            lambda history: history.balances is not None,
            is_state=True,
        ),
        Outcome(
            "share_of_wallet",
            "Share of wallet",
            "the share of wallet within {months}, among respondents",
            "the share of wallet within {months}",
            "share",
            _wallet,
            lambda history: history.wallet is not None,
            is_state=True,
            is_causal=False,
            is_behaviour=False,
        ),
        Outcome(
            "contacts",
            "Contacts",
            "the number of contacts in the next {months}",
            "contacts in the next {months}",
            "count",
            _contacts,
            lambda history: _any(history, "contacts"),
            higher_is_better=False,
        ),
        Outcome(
            "next_score",
            "Next score",
            "the next score within {months}, among respondents",
            "the next score within {months}",
            "score",
            _next_score,
            lambda history: _any(history, "answers"),
            is_state=True,
            is_causal=False,
            is_behaviour=False,
        ),
        Outcome(
            FIRST_PURCHASE,
            "First purchase of prospects",
            "P(a first purchase within {months})",
            "the share of prospects who buy within {months}",
            "share",
            _elsewhere,
            lambda history: False,
            is_state=True,
        ),
        Outcome(
            OCCASION,
            "Score of the occasion",
            "the score given to the same order or case",
            "the score of the same order or case",
            "score",
            _elsewhere,
            lambda history: False,
            is_state=True,
            is_behaviour=False,
        ),
    )
}
"""Every outcome, in the order of pages."""
