"""What is true in an independent world: every exposed customer-month lived again with and without its exposure.

Reads     a Life.
Gives     Truth: effects by experience, outcome and horizon; money of all experiences; next year's margin; who leaves.
Method    for each exposed customer and month t, the month is lived again as it was (same draws for all that came before
          leaving) and with the experience removed, then both lives go on with fresh, common draws; the truth is the
          mean difference over the exposed, over `lives` lives. People are those of the record: retained, not redrawn.
Assumes   estimand of linkage: exposed customers who were customers the month before, t >= 1, windows complete by the
          end of the record. A shop's customer counts who ordered in the `lapse_months` recorded months before t.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from worthline.demo.independent.life import NOTHING, Array, State, month
from worthline.demo.independent.world import AFTER, Life, uniforms

HORIZONS = (1, 3, 6, 12)
NAMES = {
    "outage": "Network outage",
    "wrong_bill": "Wrong bill",
    "unresolved": "unresolved contact",
    "late": "failed: Delivery",
}
"""What a run calls the experiences."""
OUTCOMES = ("retention", "margin", "purchases", "contacts")
AT_ONCE = 200_000
"""Rows lived at a time."""
_FRESH = "leave"
"""The draw of the month of exposure that is made anew, as it comes after the exposure."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One true effect: mean change over exposed customer-months, for all times of the month together."""

    cause: str
    outcome: str
    horizon_months: int
    exposed: int
    """Customer-months."""
    times: float
    """How often it happened in a customer-month, on average."""
    truth: float
    error: float
    """Standard error of `truth` from the number of lives."""


@dataclass(frozen=True, slots=True)
class Money:
    """True change of margin over 12 months by the experiences of the record's last 12 months, in all."""

    cause: str
    """An experience as a run names it, or "total": all removed at once."""
    eligible: float
    """Those who were customers the month before."""
    everyone: float
    times: int
    """Customer-months, eligible."""


@dataclass(frozen=True)
class Truth:
    """All that is known of a world and not in its files. Arrays are over customers, in order of customer_id."""

    effects: tuple[Effect, ...]
    money: tuple[Money, ...]
    active: Array
    """Still a customer at the end of the record (a shop: has not stopped)."""
    margin_12m: Array
    """Margin that came in the 12 months after the record."""
    expected_12m: float
    """Its expected total over those active, by living the year again."""
    orders_after: Array
    """(customers, 12)."""
    leaves_after: Array
    """Months after the record in which the customer leaves, 1 .. 12; 0: stays."""
    nps: float
    """Of all customers in the record's last 12 months, asked or not."""
    nps_today: float

    def left(self, horizon_months: int) -> Array:
        """Whether each customer leaves within the horizon."""
        return (self.leaves_after > 0) & (self.leaves_after <= horizon_months)


def eligible(life: Life, lapse_months: int = 12) -> Array:
    """(months, customers): who counts as a customer of the month before; `lapse_months`: of a shop."""
    settled = np.array([record["settled"] for record in life.records[: life.months]])
    settled[0] = False
    if life.setting.kind == "shop":
        ordered = np.array([record["orders"] > 0 for record in life.records[: life.months]])
        for t in range(1, life.months):
            settled[t] &= ordered[max(t - lapse_months, 0) : t].any(axis=0)
    return settled


def effects(life: Life, lives: int, lapse_months: int = 12) -> tuple[tuple[Effect, ...], tuple[Money, ...]]:
    """True effects of every experience of the world, and their money."""
    counted = eligible(life, lapse_months)
    all_effects: list[Effect] = []
    money: list[Money] = []
    for number, cause in enumerate(life.setting.harms):
        met = np.array([record[cause] for record in life.records[: life.months]]).astype(int)
        sums = _Sums(life, met * counted, np.zeros_like(counted, bool), lives)
        sums.relive(frozenset({cause}), number)
        all_effects += sums.effects(NAMES[cause])
        money.append(_money(life, met > 0, counted, frozenset({cause}), NAMES[cause], lives, sums))
    if life.setting.harms:
        met = np.any([[r[cause] > 0 for r in life.records[: life.months]] for cause in life.setting.harms], axis=0)
        money.append(_money(life, met, counted, frozenset(life.setting.harms), "total", lives, None))
    return tuple(all_effects), tuple(money)


def _money(
    life: Life, met: Array, counted: Array, remove: frozenset[str], name: str, lives: int, known: _Sums | None
) -> Money:
    recent = np.zeros_like(counted)
    recent[-12:] = True
    if known is None:
        known = _Sums(life, (met & counted & recent).astype(int), ~recent, lives)
        known.relive(remove, 90)
    others = _Sums(life, (met & ~counted & recent).astype(int), ~recent, lives)
    others.relive(remove, 91)
    return Money(name, known.last_year, known.last_year + others.last_year, int((met & counted & recent).sum()))


class _Sums:
    """Sums of differences over exposed customer-months, by outcome and horizon, of each life."""

    def __init__(self, life: Life, met: Array, skipped: Array, lives: int) -> None:
        """`met`: (months, customers), how often; `skipped`: cells that are not lived."""
        self._life, self._lives, self._met = life, lives, met
        self._t, self._who = np.nonzero((met > 0) & ~skipped)
        self._sums = {(o, h): np.zeros(lives) for o in OUTCOMES for h in HORIZONS}
        self.last_year = 0.0

    def effects(self, cause: str) -> Iterator[Effect]:
        """The means."""
        setting = self._life.setting
        unseen = {"retention": setting.kind == "shop", "purchases": setting.kind == "contract"}
        unseen["contacts"] = not setting.contact_rate
        for (outcome, horizon), total in self._sums.items():
            if unseen.get(outcome):
                continue
            complete = self._t + horizon < self._life.months
            n = int(complete.sum())
            if n:
                times = self._met[self._t[complete], self._who[complete]].mean()
                error = float(total.std(ddof=1) / n / np.sqrt(self._lives))
                yield Effect(cause, outcome, horizon, n, float(times), float(total.mean() / n), error)

    def relive(self, remove: frozenset[str], purpose: int) -> None:
        """Live every exposed customer-month and the year after it, with and without."""
        rng = self._life.generator(3, purpose)
        rows = max(AT_ONCE // self._lives, 1)
        for start in range(0, self._t.size, rows):
            t, who = self._t[start : start + rows], self._who[start : start + rows]
            seed = int(rng.integers(2**62))
            happened, removed = (again(self._life, t, who, self._lives, seed, out) for out in (NOTHING, remove))
            for outcome in OUTCOMES:
                for horizon in HORIZONS:
                    complete = t + horizon < self._life.months
                    change = happened[outcome][horizon] - removed[outcome][horizon]
                    self._sums[outcome, horizon] += change[complete].sum(axis=0)
            recent = t >= self._life.months - 12
            self.last_year += float((happened["margin"][12] - removed["margin"][12])[recent].sum() / self._lives)


def again(
    life: Life, t: Array, who: Array, lives: int, seed: int, remove: frozenset[str]
) -> dict[str, dict[int, Array]]:
    """Outcomes by horizon, (rows, lives): month `t` of row `who` lived again without `remove`, and the year after."""
    rng = np.random.default_rng(seed)
    n = t.size * lives
    people = life.people.take(np.repeat(who, lives))
    state = _states(life, t, who, lives)
    at = np.repeat(t, lives)
    keep = [name for name in life.draws[0] if name != _FRESH or life.setting.deciding]
    totals = {outcome: np.zeros(n) for outcome in ("margin", "purchases", "contacts")}
    by_outcome: dict[str, dict[int, Array]] = {outcome: {} for outcome in OUTCOMES}
    for ahead in range(HORIZONS[-1] + 1):
        draws = uniforms(rng, n)
        if ahead == 0:
            for name in keep:
                kept = np.array([draws_of[name] for draws_of in life.draws])[t, who]
                draws[name] = np.repeat(kept, lives)
        state, record = month(life.setting, people, state, at + ahead, draws, remove if ahead == 0 else NOTHING)
        if ahead:
            for outcome, column in (("margin", "margin"), ("purchases", "orders"), ("contacts", "contact")):
                totals[outcome] += record[column]
        if ahead in HORIZONS:
            by_outcome["retention"][ahead] = state.alive.reshape(t.size, lives).astype(float)
            for outcome, total in totals.items():
                by_outcome[outcome][ahead] = total.reshape(t.size, lives).copy()
    return by_outcome


def _states(life: Life, t: Array, who: Array, lives: int) -> State:
    """The states at the start of month `t` of each row, once for each life."""
    columns = (np.array([getattr(state, field.name) for state in life.states]) for field in fields(State))
    return State(*(np.repeat(cells[t, who], lives) for cells in columns))


def next_year(life: Life, active: Array, lives: int) -> float:
    """Expected margin of the 12 months after the record, over those active.

    Shapes: `active` (customers,); gives a number.
    """
    who = np.flatnonzero(active)
    if not who.size:
        return 0.0
    rng = life.generator(4)
    people, state = life.people.take(np.repeat(who, lives)), life.states[life.months].take(np.repeat(who, lives))
    total = 0.0
    for t in range(life.months, life.months + AFTER):
        state, record = month(life.setting, people, state, t, uniforms(rng, people.joined.size))
        total += float(record["margin"].sum())
    return total / lives
