"""A third simulator: customers are small Markov chains, so that every truth is arithmetic and nothing is lived again.

Reads     a Setting, a seed.
Gives     `live`: World, all that happened; its exact effects, money and expected margin; `write`: its folder of files.
Method    a customer is in one of eight states: grievances 0 to 3, and whether there was a breakdown last month. Each
          month: a breakdown, a contact, whether it helped, leaving, a grievance that passes. Probabilities are
          logistic and hang on the plan, the place, the quarter and last month's breakdown, all of them recorded; of the
          grievance only its causes are. Backward sums over the chain give P(still here) and expected margin from
          any state and month on; an effect is their difference between the two ways a month can go.
Assumes   nothing of the other two simulators: no code, no hazards, no fading by a factor, no lives drawn for the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
from scipy.special import expit

PLANS = ("basic", "plus", "all in")
MARGIN = np.array([6.0, 11.0, 19.0])
"""A month, by plan."""
STATES, GONE = 8, 8
"""State 2 x grievances + whether there was a breakdown last month; GONE stands behind them."""
PASSES = 0.45
"""Chance that a grievance passes in a month."""
BEFORE, YEAR = 18, 12
FIRST = np.datetime64("2023-01", "M")
BREAKDOWN, UNHELPED = "Breakdown", "unresolved contact"
"""The experiences, as a run calls them."""


@dataclass(frozen=True)
class Setting:
    """One kind of world."""

    name: str
    breakdown: float = -3.3
    """Log odds a month."""
    unhelped: float = -0.9
    """Log odds that a contact does not help."""
    contact: float = -2.6
    leave: float = -4.2
    by_breakdown: float = 0.8
    """Chance that a breakdown brings a grievance."""
    by_unhelped: float = 0.9
    credit: float = 3.0
    """Margin that a breakdown takes in the month after."""
    each: float = 0.75
    """Log odds of leaving that each grievance adds."""
    selection: float = 1.0
    """Scales how plan, place, quarter and last month's breakdown move what happens and who leaves."""
    places: int = 5
    strikes_places: bool = False
    """A breakdown strikes all customers of a place, or none."""
    ahead: tuple[int, ...] = ()
    """Months before leaving in which leavers get in touch because they leave; then nothing has an effect."""
    shock: int | None = None
    """Month in which prices rise: for two months more leave, more breaks down and less helps."""
    yearly: bool = False
    """Customers sign for a year and leave at its end only."""


SETTINGS = {
    one.name: one
    for one in (
        Setting("plain"),
        Setting("struck", strikes_places=True, places=24),
        Setting("price_rise", shock=14),
        Setting("rare", breakdown=-6.4, contact=-30.0, leave=-4.6, by_breakdown=0.0, credit=0.0, selection=0.0),
        Setting("nothing", by_breakdown=0.0, by_unhelped=0.0, credit=0.0),
        Setting("callers", by_breakdown=0.0, by_unhelped=0.0, breakdown=-30.0, ahead=(0,)),
        Setting("month_ahead", by_breakdown=0.0, by_unhelped=0.0, breakdown=-30.0, ahead=(1,)),
        Setting("any_time", by_breakdown=0.0, by_unhelped=0.0, breakdown=-30.0, ahead=(0, 1, 2)),
        Setting("term", by_breakdown=0.0, by_unhelped=0.0, breakdown=-30.0, ahead=(1, 2), yearly=True, leave=-1.2),
    )
}


@dataclass(frozen=True)
class Effect:
    """One exact effect: mean change over exposed customer-months."""

    cause: str
    outcome: str
    horizon_months: int
    exposed: int
    truth: float


@dataclass(frozen=True)
class World:
    """What happened; arrays are (months, customers) but for plan, place, joined (customers,)."""

    setting: Setting
    months: int
    plan: np.ndarray
    place: np.ndarray
    joined: np.ndarray
    state: np.ndarray
    """At the start of each month; one month more than months. GONE: left, or not joined yet."""
    broken: np.ndarray
    contact: np.ndarray
    unhelped: np.ndarray

    @cached_property
    def _ahead(self) -> tuple[np.ndarray, np.ndarray]:
        """P(still here) after k months and expected margin within k months, (kinds, months + YEAR + 1, k, states + 1)."""
        plan, place = _kinds(self.setting)
        last, most = self.months + 2 * YEAR, YEAR + 1
        here = np.zeros((len(plan), last + 1, most + 1, STATES + 1))
        earned = np.zeros_like(here)
        here[:, :, 0, :STATES] = 1.0
        pays = np.zeros((len(plan), STATES + 1))
        pays[:, :STATES] = MARGIN[plan][:, None] - self.setting.credit * (np.arange(STATES) % 2)
        for t in range(last - 1, -1, -1):
            step = _month(self.setting, plan, place, t)
            for k in range(1, most + 1):
                here[:, t, k, :STATES] = np.einsum("isj,ij->is", step, here[:, t + 1, k - 1])
                earned[:, t, k] = pays
                earned[:, t, k, :STATES] += np.einsum("isj,ij->is", step, earned[:, t + 1, k - 1])
        return here, earned

    def effects(self) -> list[Effect]:
        """Exact effects of both experiences on staying and margin at 1, 3, 6 and 12 months."""
        found = []
        for cause, happened in ((BREAKDOWN, self.broken), (UNHELPED, self.unhelped)):
            if not happened.any():
                continue
            for horizon in (1, 3, 6, 12):
                t, who = np.nonzero(
                    happened & self._settled & (np.arange(self.months) < self.months - horizon)[:, None]
                )
                for outcome, number in (("retention", 0), ("margin", 1)):
                    change = self._change(t, who, cause, horizon, number)
                    found.append(Effect(cause, outcome, horizon, len(t), float(change.mean()) if len(t) else 0.0))
        return found

    def total_money(self, *, settled: bool = True) -> float:
        """What all experiences of the last 12 months did to the margin of the year after each; `settled`: of
        customers of the month before, else of everybody."""
        recent = (np.arange(self.months) >= self.months - YEAR)[:, None]
        t, who = np.nonzero((self.broken | self.unhelped) & recent & (self._settled if settled else True))
        return float(self._change(t, who, "", YEAR, 1).sum())

    def expected_margin(self) -> float:
        """Of the 12 months after the record, over all who are still customers."""
        who = np.flatnonzero(self.state[self.months] != GONE)
        kind = self.plan[who] * self.setting.places + self.place[who]
        return float(self._ahead[1][kind, self.months, YEAR, self.state[self.months, who]].sum())

    @property
    def _settled(self) -> np.ndarray:
        """Customers of the month before, (months, customers)."""
        return (
            (self.state[:-1] != GONE)
            & (np.arange(self.months)[:, None] > self.joined)
            & (np.arange(self.months) > 0)[:, None]
        )

    def _change(self, t: np.ndarray, who: np.ndarray, cause: str, horizon: int, number: int) -> np.ndarray:
        """As it was (for a breakdown: whatever followed in the month) less without `cause`; without all where it is ""."""
        plan, place, s = self.plan[who], self.place[who], self.state[t, who]
        after = self._ahead[number][plan * self.setting.places + place, t + 1, horizon]
        ends = {(b, u): _end(self.setting, plan, place, t, b, u) for b in (0, 1) for u in (0, 1)}
        rows = np.arange(len(t))
        value = {key: (end[rows, s] * after).sum(axis=1) for key, end in ends.items()}
        broken, unhelped = self.broken[t, who], self.unhelped[t, who]
        if cause == BREAKDOWN:
            bad = _unhelped(self.setting, plan, t)
            chance = [_contact(self.setting, plan, b) * bad for b in (0, 1)]
            one, none = (value[b, 0] + chance[b] * (value[b, 1] - value[b, 0]) for b in (1, 0))
            return np.asarray(one - none)
        was = np.where(
            broken, np.where(unhelped, value[1, 1], value[1, 0]), np.where(unhelped, value[0, 1], value[0, 0])
        )
        return np.asarray(was - (np.where(broken, value[1, 0], value[0, 0]) if cause else value[0, 0]))

    def write(self, folder: Path) -> None:
        """The company's folder: customers, payments or yearly terms, what was met. Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        tables = _tables(self)
        end = (FIRST + self.months).astype("datetime64[D]") - 1
        text = f'[company]\nname = "Chains: {self.setting.name}"\ncurrency = "USD"\nsimulated = true\nsetting = "contractual"\n'
        text += f'margin = 1.0\nas_of = "{end}"\ntimezone = "UTC"\ndiscount_rate = 0.0\nhorizon_months = 12\n'
        for name, table in tables.items():
            pacsv.write_csv(table, folder / f"{name}.csv")
            text += f'[tables.{name}]\nfile = "{name}.csv"\n'
        (folder / "worthline.toml").write_text(text, encoding="utf-8")


def live(setting: Setting | str, seed: int, customers: int = 3_000, months: int = 30) -> World:
    """Live a world. Raises KeyError for an unknown setting."""
    if isinstance(setting, str):
        setting = SETTINGS[setting]
    draw = np.random.default_rng([seed, 33])
    plan, place = draw.choice(3, customers, p=[0.5, 0.3, 0.2]), draw.integers(0, setting.places, customers)
    joined = np.where(
        draw.random(customers) < 0.75, draw.integers(-BEFORE, 0, customers), draw.integers(0, months, customers)
    )
    state = np.full((BEFORE + months + 1, customers), GONE)
    happened = np.zeros((3, BEFORE + months, customers), bool)
    for at, t in enumerate(range(-BEFORE, months)):
        s = np.where(joined == t, 0, state[at])
        state[at] = s
        here = s != GONE
        odds = draw.random(setting.places)[place] if setting.strikes_places else draw.random(customers)
        broken = here & (odds < _breakdown(setting, plan, place, t, s % 2))
        contact = here & (draw.random(customers) < _contact(setting, plan, broken))
        unhelped = contact & (draw.random(customers) < _unhelped(setting, plan, t))
        ends = np.stack([_end(setting, plan, place, t, b, u) for b in (0, 1) for u in (0, 1)])
        if setting.yearly:
            ends = _only_at_the_end(ends, (t - joined) % YEAR == YEAR - 1)
        row = ends[2 * broken + unhelped, np.arange(customers), np.minimum(s, STATES - 1)]
        state[at + 1] = np.where(here, (np.cumsum(row, axis=1) < draw.random(customers)[:, None]).sum(axis=1), GONE)
        happened[:, at] = broken, contact, unhelped
    if setting.ahead:
        _leavers_call(setting, draw, state, happened)
    keep = (state[BEFORE] != GONE) | (joined >= 0)
    state, happened = state[BEFORE:, keep], happened[:, BEFORE:, keep]
    return World(setting, months, plan[keep], place[keep], joined[keep], state, *happened)


def _leavers_call(setting: Setting, draw: np.random.Generator, state: np.ndarray, happened: np.ndarray) -> None:
    """Contacts that leavers start because they leave, most of them unhelped."""
    leaves = (state[:-1] != GONE) & (state[1:] == GONE)
    for months in setting.ahead:
        calls = np.zeros_like(leaves)
        calls[: len(leaves) - months] = leaves[months:]
        calls &= (state[:-1] != GONE) & (draw.random(calls.shape) < 0.6)
        happened[1] |= calls
        happened[2] |= calls & (draw.random(calls.shape) < 0.8)


def _only_at_the_end(ends: np.ndarray, is_last: np.ndarray) -> np.ndarray:
    """Nobody leaves but in the last month of a term."""
    stays = ends.copy()
    stays[..., GONE] = 0.0
    return np.where(is_last[:, None, None], ends, stays / stays.sum(axis=-1, keepdims=True))


def _kinds(setting: Setting) -> tuple[np.ndarray, np.ndarray]:
    """Plan and place of every kind of customer."""
    kinds = np.arange(len(PLANS) * setting.places)
    return kinds // setting.places, kinds % setting.places


def _quarter(t: np.ndarray | int) -> np.ndarray:
    return np.asarray(t) // 3 % 4


def _shocked(setting: Setting, t: np.ndarray | int) -> np.ndarray:
    """1 in the two months of a price rise, else 0."""
    since = np.asarray(t) - (np.inf if setting.shock is None else setting.shock)
    return np.asarray((since >= 0) & (since < 2), dtype=float)


def _breakdown(
    setting: Setting, plan: np.ndarray, place: np.ndarray, t: np.ndarray | int, again: np.ndarray
) -> np.ndarray:
    known = 0.5 * (plan == 2) + 0.5 * (_quarter(t) == 0) + 0.3 * (place % 5 == 1) + 0.5 * again
    known = (0.0 if setting.strikes_places else setting.selection) * known + 0.7 * _shocked(setting, t)
    return np.asarray(expit(setting.breakdown + known))


def _contact(setting: Setting, plan: np.ndarray, broken: np.ndarray | int) -> np.ndarray:
    return np.asarray(expit(setting.contact + 0.4 * setting.selection * (plan == 2) + 1.5 * np.asarray(broken)))


def _unhelped(setting: Setting, plan: np.ndarray, t: np.ndarray | int) -> np.ndarray:
    known = setting.selection * (0.6 * (plan == 2) + 0.5 * (_quarter(t) == 0))
    return np.asarray(expit(setting.unhelped + known + 0.7 * _shocked(setting, t)))


def _end(
    setting: Setting, plan: np.ndarray, place: np.ndarray, t: np.ndarray | int, broken: int, unhelped: int
) -> np.ndarray:
    """State at the end of a month by that at its start, given what happened in it, (customers, states, states + 1)."""
    more = np.array([1.0, 0.0, 0.0])
    for chance in (setting.by_breakdown * broken, setting.by_unhelped * unhelped):
        more = (1 - chance) * more + chance * np.array([0.0, more[0], more[1]])
    known = 0.6 * (plan == 2) + 0.3 * (_quarter(t) == 0) + 0.3 * (place % 5 == 1)
    known = setting.selection * known + 1.1 * _shocked(setting, t)
    leaves = expit(setting.leave + known[:, None] + setting.each * np.arange(4))
    out = np.zeros((len(plan), STATES, STATES + 1))
    for s in range(STATES):
        for added, chance in enumerate(more):
            g = min(s // 2 + added, 3)
            stays = chance * (1 - leaves[:, g])
            out[:, s, GONE] += chance * leaves[:, g]
            out[:, s, 2 * max(g - 1, 0) + broken] += PASSES * stays
            out[:, s, 2 * g + broken] += (1 - PASSES) * stays
    return out


def _month(setting: Setting, plan: np.ndarray, place: np.ndarray, t: int) -> np.ndarray:
    """Transition of one month whatever happens in it, (kinds, states, states + 1)."""
    bad = _unhelped(setting, plan, t)[:, None, None]
    made = np.zeros((len(plan), STATES, STATES + 1))
    breaks = np.stack([_breakdown(setting, plan, place, t, np.full(len(plan), s % 2)) for s in range(STATES)], axis=1)
    for b in (0, 1):
        chance = (breaks if b else 1 - breaks)[:, :, None]
        calls = _contact(setting, plan, b)[:, None, None] * bad
        good, poor = (_end(setting, plan, place, t, b, u) for u in (0, 1))
        made += chance * (good + calls * (poor - good))
    return made


def _tables(world: World) -> dict[str, pa.Table]:
    n, months = len(world.plan), world.months
    draw = np.random.default_rng(n)
    names = np.array([f"M{number:05d}" for number in range(n)])
    here = world.state[:-1] != GONE
    gone = (world.state[1:] == GONE) & here
    left = np.where(gone.any(axis=0), gone.argmax(axis=0), months)
    # Who leaves does so in the last days of the month, after all that happened in it.
    day = (FIRST + left).astype("datetime64[D]") + draw.integers(24, 28, n)
    start = (FIRST + world.joined).astype("datetime64[D]")
    end = pa.array(day, mask=left == months)
    people = {"customer_id": names, "joined_on": start, "left_on": end}
    people |= {"plan": np.array(PLANS)[world.plan], "location": np.char.add("L", world.place.astype(str))}
    tables = {"customers": pa.table(people)}
    if world.setting.yearly:
        terms = {"customer_id": names, "started_on": start, "ended_on": end, "product": people["plan"]}
        terms |= {"fee": 12 * MARGIN[world.plan], "period": np.full(n, "year")}
        tables["subscriptions"] = pa.table(terms)
    else:
        t, who = np.nonzero(here)
        paid = MARGIN[world.plan[who]] - world.setting.credit * (world.state[t, who] % 2)
        columns = {
            "customer_id": names[who],
            "at": (FIRST + t).astype("datetime64[D]") + 9,
            "amount": paid,
            "margin": paid,
        }
        tables["transactions"] = pa.table(columns)
    met = []
    for rows, touchpoint, kind in ((world.broken, BREAKDOWN, "experience"), (world.contact, "Hotline", "contact")):
        t, who = np.nonzero(rows)
        day = (FIRST + t).astype("datetime64[D]") + (
            draw.integers(1, 8, len(t)) if kind == "experience" else draw.integers(9, 22, len(t))
        )
        known = pa.nulls(len(t), pa.bool_()) if kind == "experience" else pa.array(~world.unhelped[t, who])
        columns = {"customer_id": names[who], "at": day, "touchpoint": np.full(len(t), touchpoint)}
        met.append(pa.table(columns | {"kind": np.full(len(t), kind), "resolved": known}))
    return tables | {"interactions": pa.concat_tables(met)}
