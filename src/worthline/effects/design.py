"""Who is compared with whom, alike in what, and what came of it: the landmark design. numpy only.

Reads     a History, an Experience, the months to look ahead.
Gives     LandmarkSample: a row for each customer and index month; covariates of any of its rows.
Method    exposure in the index month t; alike in what was known by the end of t - 1 (for a contact, also in what was
          known as it began); outcome over the months t + 1 .. t + H, complete by the as-of date. Those who left bring
          nothing. The effect on the exposed does not change when those without it are drawn at random, so of those a
          seeded sample is enough.
          Of those without it who left within t, as many stay as were here when others had it.
          What strikes whole places at once (an outage) is told by how much its share differs between places in one
          month; customers are then compared within the places and months in which it happened, alike in how common it
          was there. Where nobody of a place is spared, places of the same month are compared, alike in what their
          customers did before: a column for each place would learn from months that the exposure itself had changed.
Assumes   a customer active at the end of t - 1: one who joined within t has no past to be alike in.
Not for   effects of two exposures in one month on each other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from worthline.effects.experiences import Experience
from worthline.effects.history import COMMON, SEASON, TERM, History, is_leak, running, window
from worthline.stats.cross_fitting import Bools, Floats, Ints

HORIZONS = (1, 3, 6, 12)
INDEX_MONTHS = 24
"""Index months at most: the latest."""
MOST_EXPOSED, MOST_OTHERS = 20_000, 40_000
PLACE_LEVEL_DISPERSION = 5.0
"""Times the chance variance by which shares differ between places, from which on it strikes places, not customers."""
LEAST_THERE = 30
"""Customers of a place in a month, for their share to say anything."""
_SHORT, _LONG = 3, 12
SECONDS_A_DAY = 86_400.0
DIGITS = 9
"""Decimals of a covariate: sums of money that are equal differ in their last bits, and trees would split there."""


@dataclass(frozen=True)
class LandmarkSample:
    """Rows compared: customer, index month, exposure; `extra_covariates` are those known in the month itself."""

    who: Ints
    month: Ints
    treatment: Floats
    """1 where the customer had it, else 0; of scores, the score."""
    extra_covariates: dict[str, Floats]
    eligible: int
    """Customer-months that could have had it, before any were drawn."""
    exposed: int
    """Of these, how many had it."""
    place: Ints | None = None
    """Place of each row, where it strikes whole places: they share their luck."""
    later: Floats | None = None
    """How many of the same kind followed in the month of each row; None where a row is the whole month."""
    day: Floats | None = None
    """Day of the contact of each row, counted from 1970; None where a row is the whole month."""

    def subset(self, rows: Ints | Bools) -> LandmarkSample:
        """Some of the rows.

        Shapes: `rows` (n,).
        """
        extra = {name: values[rows] for name, values in self.extra_covariates.items()}
        place = None if self.place is None else self.place[rows]
        later = None if self.later is None else self.later[rows]
        day = None if self.day is None else self.day[rows]
        chosen = self.who[rows], self.month[rows], self.treatment[rows]
        return LandmarkSample(*chosen, extra, self.eligible, self.exposed, place, later, day)

    @property
    def struck(self) -> Ints | None:
        """Place and month of each row numbered from 0, where all of a place in a month had it or nobody."""
        if self.place is None or COMMON in self.extra_covariates:
            return None
        cell = self.month * (int(self.place.max(initial=0)) + 1) + self.place
        return np.asarray(np.unique(cell, return_inverse=True)[1], dtype=np.int64)

    @property
    def clusters(self) -> Ints:
        """Customers numbered from 0."""
        return np.unique(self.who, return_inverse=True)[1].astype(np.int64)

    @property
    def places(self) -> Ints | None:
        """Places numbered from 0, where rows share them."""
        return None if self.place is None else np.unique(self.place, return_inverse=True)[1].astype(np.int64)

    def sampled(self) -> LandmarkSample:
        """All of the exposed and a sample of the others, as many as are needed; the same rows every time.

        Where whole places had it, more of the others: what is alike in few places and months is learnt from few rows.
        """
        draw = np.random.Generator(np.random.Philox(20_260_101))
        is_exposed, others = np.flatnonzero(self.treatment == 1), np.flatnonzero(self.treatment == 0)
        if len(is_exposed) > MOST_EXPOSED:
            is_exposed = draw.choice(is_exposed, MOST_EXPOSED, replace=False)
        most = min(max(4 * len(is_exposed), 10_000), MOST_OTHERS) if self.struck is None else MOST_OTHERS
        if len(others) > most:
            others = draw.choice(others, most, replace=False)
        return self.subset(np.sort(np.concatenate([is_exposed, others])))


def landmark_sample(history: History, one: Experience, horizon: int, last: int) -> LandmarkSample:
    """All eligible rows whose `horizon` months are complete by month `last`."""
    first, final = max(history.first + 1, last - horizon - INDEX_MONTHS + 1), last - horizon
    if one.compares_all_active:
        months = np.arange(first, final + 1)
        here = history.active[:, months - 1] if len(months) else np.zeros((history.customers, 0), np.bool_)
        who, column = np.nonzero(here)
        month = months[column]
        is_exposed = np.zeros(history.active.shape, np.bool_)
        is_exposed[one.who, one.month] = True
        is_kept = is_exposed[who, month] | _still_here(history, one, who, month)
        is_kept[is_kept] = ~_gave_notice(history, who[is_kept], month[is_kept])
        who, month = who[is_kept], month[is_kept]
        treatment = is_exposed[who, month].astype(float)
        sample = LandmarkSample(who, month, treatment, {}, len(who), int(treatment.sum()))
        return sample if history.place is None else _within_places(sample, history.place[who])
    rows = (one.month >= first) & (one.month <= final)
    rows[rows] = history.active[one.who[rows], one.month[rows] - 1]
    who, month, treatment = one.who[rows], one.month[rows], one.exposed[rows].astype(float)
    extra_covariates = {f"at the start: {name}": values[rows] for name, values in one.extra_covariates.items()}
    later = None if one.later is None else one.later[rows]
    who, month = who.astype(np.int64), month.astype(np.int64)
    day = one.at[rows] / SECONDS_A_DAY
    return LandmarkSample(
        who, month, treatment, extra_covariates, len(treatment), int(treatment.sum()), later=later, day=day
    )


def before_notice(history: History, one: Experience) -> Experience:
    """The rows of customers who had not given notice: what comes after the notice has not brought it about."""
    if history.notice is None or one.kind == "said":
        return one
    notice_day = history.notice[one.who]
    return one if np.isnan(notice_day).all() else one.subset(~(one.at / SECONDS_A_DAY >= notice_day))


def _gave_notice(history: History, who: Ints, month: Ints) -> Bools:
    """Whether each customer had given notice before the month."""
    if history.notice is None:
        return np.zeros(len(who), np.bool_)
    first = (month + history.base).astype("datetime64[M]").astype("datetime64[D]").astype(float)
    return np.asarray(history.notice[who] < first)


def _within_places(rows: LandmarkSample, place: Ints) -> LandmarkSample:
    """The rows; where it strikes places, those of places and months in which it happened, and how common it was.

    Where it strikes all customers of a place nobody there is left to compare: then customers of other places are, in
    the months in which it happened.
    """
    if not len(rows.treatment):
        return rows
    width = int(place.max()) + 1
    cell = rows.month * width + place
    exposed, size = np.bincount(cell, rows.treatment), np.bincount(cell)
    rate = (np.bincount(rows.month, rows.treatment) / np.maximum(np.bincount(rows.month), 1))[
        np.arange(len(size)) // width
    ]
    some = (size >= LEAST_THERE) & (rate > 0) & (rate < 1)
    wide = (exposed - size * rate)[some] ** 2 / (size * rate * (1 - rate))[some]
    if len(wide) < 2 or wide.mean() < PLACE_LEVEL_DISPERSION:
        return rows
    share = (exposed + 0.5) / (size + 1.0)
    extra_covariates = {COMMON: np.log(share / (1.0 - share))[cell]}
    inside = replace(rows, extra_covariates=extra_covariates, place=place).subset(exposed[cell] > 0)
    others = len(np.unique(inside.who[inside.treatment == 0]))
    if others >= LEAST_THERE:
        return inside
    in_month = np.bincount(rows.month, rows.treatment) > 0
    return replace(rows, place=place).subset(in_month[rows.month])


def _still_here(history: History, experience: Experience, who: Ints, month: Ints) -> Bools:
    """Whether each customer was still here at a time of the month at which others had it.

    Who left early in the month could hardly have had it; were they compared, it would seem to keep customers.
    """
    is_here = history.active[who, month].copy()
    inactive = np.flatnonzero(~is_here)
    draw = np.random.Generator(np.random.Philox(20_260_102)).random(len(inactive))
    order = np.argsort(experience.month, kind="stable")
    first = np.searchsorted(experience.month[order], month[inactive])
    count = np.searchsorted(experience.month[order], month[inactive], side="right") - first
    some = count > 0
    place = np.minimum(first + (draw * count).astype(np.int64), max(len(order) - 1, 0))
    day = experience.at[order][place] / SECONDS_A_DAY
    leaving_day = history.left[who[inactive]]
    leaving_month = leaving_day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) - history.base
    here = leaving_month == month[inactive]
    is_here[inactive] = np.where(some & here, leaving_day > day, draw < 0.5)
    return is_here


def past_outcomes(history: History, rows: LandmarkSample) -> dict[str, Floats]:
    """Outcomes of the months t - 24 .. t - 13: before all that is controlled for, and before the exposure."""
    who, first, last = rows.who, rows.month - 2 * _LONG, rows.month - _LONG - 1
    past = {"contacts": history.summed("contacts", who, first, last)}
    if history.earned:
        past["margin"] = history.summed("margin", who, first, last)
    if history.bought:
        past["purchases"] = history.summed("orders", who, first, last)
    return past


def has_past(history: History, rows: LandmarkSample) -> Bools:
    """Rows whose customer was here two years before."""
    back = rows.month - 2 * _LONG
    return np.asarray((back >= history.first) & history.active[rows.who, np.maximum(back, 0)])


def covariates(
    history: History, rows: LandmarkSample, own: Floats, others: dict[str, Floats]
) -> tuple[Floats, list[str]]:
    """Columns controlled for, standardised, and for each the group that it belongs to.

    Shapes: `own` (n,) times; `others` (n,); gives (n, k).
    """
    who, s = rows.who, rows.month - 1
    columns: list[tuple[str, Floats]] = []
    windows = (1, _SHORT, _LONG)
    months_active = np.maximum(window(history.months_active, who, np.full_like(s, history.first), s), 1.0)

    def past(group: str, totals: Floats, spans: tuple[int, ...]) -> None:
        for span in spans:
            # Months of the window that are on record.
            months_on_record = np.maximum(s - np.maximum(s - span + 1, history.first) + 1, 1)
            columns.append(
                (group, np.log1p(np.maximum(window(totals, who, s - span + 1, s), 0.0) * span / months_on_record))
            )

    def average(group: str, totals: Floats) -> None:
        # A customer's level, free of how long they have been here: what lies under the noise of single months.
        columns.append((group, np.log1p(np.maximum(totals[who, s + 1], 0.0) / months_active)))

    tenure = np.nan_to_num(history.states["tenure"][who, s])
    columns += [
        ("tenure", tenure),
        ("tenure", np.log1p(np.maximum(tenure, 0))),
        ("tenure", (tenure < _SHORT).astype(float)),
    ]
    money = {name: history.totals[name] / history.unit for name in ("revenue", "margin", "refunds")}
    past("revenue", money["revenue"], windows)
    past("margin", money["margin"], windows[1:])
    past("money paid back", -money["refunds"], windows[1:])
    past("purchases", history.totals["orders"], windows)
    past("contacts", history.totals["contacts"], windows)
    past("unresolved contacts", history.totals["unresolved"], windows)
    past("answers", history.totals["answers"], windows[1:])
    average("revenue", money["revenue"])
    average("margin", money["margin"])
    average("purchases", history.totals["orders"])
    average("contacts", history.totals["contacts"])
    most = _LONG
    for name, group in (("since_purchase", "purchases"), ("since_contact", "contacts")):
        columns.append((group, np.minimum(np.nan_to_num(history.states[name][who, s], nan=most), most)))
    score = history.states["last_score"][who, s]
    columns += [
        ("last score", np.nan_to_num(score, nan=_mean(score))),
        ("last score", (~np.isnan(score)).astype(float)),
    ]
    past("the same experience before", own, windows[1:])
    for name, totals in others.items():
        past(f"{name} before", totals, (_SHORT,))
    columns += _product(history, who, s)
    if history.balances is not None:
        balance = history.balances[who, s]
        columns += [
            ("balances", np.log1p(np.maximum(np.nan_to_num(balance), 0.0) / history.unit)),
            ("balances", np.nan_to_num(balance)),
            ("balances", (~np.isnan(balance)).astype(float)),
        ]
    if history.term_left is not None:
        term_left = history.term_left[who, rows.month]
        columns += [(TERM, (term_left == months).astype(float)) for months in (1, 2, 3)]
        columns.append((TERM, np.nan_to_num(term_left)))
    for name, code in history.attributes.items():
        if rows.struck is not None and name == history.place_name:
            columns += _place_before(history, rows)
            continue
        columns += [(name, (code[who] == level).astype(float)) for level in range(len(history.names[name]))]
    for name, ranks in history.amounts.items():
        is_known = ~np.isnan(ranks[who])
        columns += [(name, np.where(is_known, ranks[who], 0.5)), (name, is_known.astype(float))]
    columns += list(rows.extra_covariates.items())
    columns += [(SEASON, values) for values in _season(rows)]
    return _standardised([(group, values) for group, values in columns if not is_leak(history, group)])


def _place_before(history: History, rows: LandmarkSample) -> list[tuple[str, Floats]]:
    """What customers of the row's place did in the twelve months before, each a month: left, contacts, margin."""
    place = history.place
    if place is None:
        return []
    width, s = int(place.max()) + 1, rows.month - 1
    here = history.active.astype(float)
    has_left = np.zeros_like(here)
    has_left[:, 1:] = history.active[:, :-1] & ~history.active[:, 1:]
    cells = {"left": has_left} | {name: np.diff(history.totals[name], axis=1) for name in ("contacts", "margin")}

    def of_place(values: Floats) -> Floats:
        sums = np.zeros((width, history.months))
        np.add.at(sums, place, values)
        first = np.maximum(s - _LONG + 1, history.first)
        return window(running(sums), place[rows.who], first, s)

    months = np.maximum(of_place(here), 1.0)
    return [("the place before", of_place(values) / months) for values in cells.values()]


def _product(history: History, who: Ints, s: Ints) -> list[tuple[str, Floats]]:
    """The product taken last, and for how long it has been held: who changed lately is like few."""
    if history.product is None or history.held is None:
        return []
    product, months_held = history.product[who, s], history.held[who, s]
    months = np.minimum(np.nan_to_num(months_held, nan=2 * _LONG), 2 * _LONG)
    indicators = [("product", (product == level).astype(float)) for level in range(len(history.products))]
    return [
        *indicators,
        ("time on the product", np.log1p(months)),
        ("time on the product", (months_held < _SHORT).astype(float)),
    ]


def _season(rows: LandmarkSample) -> list[Floats]:
    """Quarters, and how common the exposure was in the month, where one has it or not; where places do, months."""
    if rows.struck is not None:
        return [(rows.month == month).astype(float) for month in np.unique(rows.month)[1:]]
    quarter = rows.month // 3
    columns = [(quarter == q).astype(float) for q in np.unique(quarter)[1:]]
    if ((rows.treatment != 0) & (rows.treatment != 1)).any():
        return columns
    exposed, size = np.bincount(rows.month, rows.treatment), np.bincount(rows.month)
    rate = (exposed + 0.5) / (size + 1.0)
    return [*columns, np.log(rate / (1.0 - rate))[rows.month]]


def _standardised(columns: list[tuple[str, Floats]]) -> tuple[Floats, list[str]]:
    scaled, groups = [], []
    for group, values in columns:
        spread = float(values.std())
        if spread > 1e-9 * max(1.0, float(np.abs(values).max(initial=0))):
            scaled.append(np.round((values - values.mean()) / spread, DIGITS))
            groups.append(group)
    return (np.column_stack(scaled) if scaled else np.zeros((len(columns[0][1]), 0))), groups


def _mean(values: Floats) -> float:
    recorded = values[~np.isnan(values)]
    return float(recorded.mean()) if recorded.size else 0.0
