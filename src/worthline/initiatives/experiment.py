"""What one initiative did to those assigned to it, from its control group. numpy and Arrow only.

Reads     the rows of queries.units for one initiative.
Gives     Trial: its units as arrays; `effects`: an OutcomeEffect for each arm, outcome and horizon.
Method    intention to treat by arm against the shared control group; strata are the month of assignment and, where
          brought, the stratum; weeks or days of a month too, where the arms' shares differ between them;
          covariates are what the twelve months before the assignment brought (stats.experiments).
          Shares with fewer than ten events in an arm: a score interval (stats.rare_events).
Assumes   within a month and stratum the arm was drawn by lot: the checks beside say what speaks against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from worthline.errors import NotEnoughData
from worthline.initiatives.outcomes import OUTCOMES, Outcome
from worthline.initiatives.queries import HORIZONS
from worthline.initiatives.record_ends import RecordEnds
from worthline.panel.treatments import CONTROL
from worthline.stats.experiments import (
    ArmEffect,
    Bools,
    Floats,
    Ints,
    equal_shares_within,
    intention_to_treat,
    numbered,
    ratio_effect,
    share_compared,
)
from worthline.stats.rare_events import LEAST_EVENTS, Interval, risk_difference

COVARIATES = ("margin_before", "orders_before", "contacts_before", "tenure")
"""Columns of queries.units that were fixed before the assignment."""
HALF = 0.5
WAVE_P = 0.001
"""Below this the arms' shares differ between the weeks of a month, or the days of a week."""
MOST_COMPARED = 0.9
"""Share of units that weeks or days must leave comparable to be taken for strata."""
LEAST_UNITS = 10
"""Units of an arm below which nothing is reported."""


@dataclass(frozen=True)
class Trial:
    """The units of one initiative that count, in order of customer and month; `excluded` says who does not."""

    initiative: str
    rows: pa.Table
    arms: tuple[str, ...]
    """Treatments, in order of name."""
    ends: RecordEnds
    """The last complete month, and the last that each outcome is known for."""
    excluded: dict[str, int]
    """Reason -> units: both arms in one month, assigned after leaving, not a known customer."""
    is_first_only: bool = True
    crossed_over: int = 0
    """Customers whose arm changed midway, where arms were not drawn anew."""
    fixed_before: tuple[str, ...] = COVARIATES
    """Columns that were fixed before the assignment."""

    def column(self, name: str) -> Floats:
        """A column as numbers; NaN where blank."""
        values = self.rows[name]
        if pa.types.is_boolean(values.type):
            values = values.cast(pa.int8())
        return np.asarray(values.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)

    @cached_property
    def month(self) -> Ints:
        """Month of assignment of each unit, since year 0."""
        return np.asarray(self.rows["number"].to_numpy(), dtype=np.int64)

    @cached_property
    def stratum(self) -> Ints:
        """Month of assignment and the file's stratum, numbered; with its week or day where shares differ between them.

        Weeks or days in which arms are not side by side are no waves of one lot: months stand then.
        """
        stratum_code = _crossed(_crossed(self.month, codes(self.rows["stratum"])), self.was_prospect.astype(np.int64))
        arm, is_control = codes(self.rows["arm"]), self.is_arm(CONTROL)
        for wave in (self.day // 7, self.day):
            finer = _crossed(stratum_code, wave - wave.min(initial=0))
            differs = equal_shares_within(stratum_code, finer, arm) < WAVE_P
            if differs and share_compared(finer, is_control) >= MOST_COMPARED:
                stratum_code = finer
        return stratum_code

    @cached_property
    def day(self) -> Ints:
        """Day of assignment of each unit, counted from a Monday."""
        days = np.asarray(self.rows["day"].to_numpy(zero_copy_only=False)).astype("datetime64[D]").astype(np.int64)
        return np.asarray(days + 3, dtype=np.int64)  # 1 January 1970 was a Thursday

    @property
    def is_clustered(self) -> bool:
        """Whether the file says what was assigned as a whole."""
        return bool(self.rows["cluster"].null_count < self.rows.num_rows)

    @cached_property
    def cluster(self) -> Ints | None:
        """What was assigned as a whole; where waves assign a customer more than once, the customer. None: the unit.

        Customers without a cluster, among others who have one, are one of their own each.
        """
        if self.is_clustered:
            own = codes(self.rows["cluster"])
            blank = self.rows["cluster"].is_null().to_numpy(zero_copy_only=False)
            alone = own.max(initial=0) + 1 + codes(self.rows["customer_id"])
            return np.asarray(np.where(blank, alone, own), dtype=np.int64)
        return None if self.is_first_only else codes(self.rows["customer_id"])

    @cached_property
    def was_prospect(self) -> Bools:
        """Units who had never been customers when they were assigned."""
        return np.asarray(self.rows["was_prospect"].to_numpy(zero_copy_only=False), dtype=np.bool_)

    def known_to(self, outcome: Outcome) -> int:
        """Number (since year 0) of the last month that an outcome is known for."""
        return self.ends.of(*outcome.sources)

    def counts(self, outcome: Outcome) -> Bools:
        """Units of which an outcome tells anything."""
        if outcome.is_recorded or outcome.population == "everyone":
            return np.ones(self.rows.num_rows, np.bool_)
        return self.was_prospect if outcome.population == "prospects" else ~self.was_prospect

    def is_arm(self, arm: str) -> Bools:
        """Units of one arm."""
        names, codes_of_units = self._arms
        return np.asarray(codes_of_units == (names.index(arm) if arm in names else -1), dtype=np.bool_)

    @cached_property
    def _arms(self) -> tuple[list[str], Ints]:
        coded = self.rows["arm"].combine_chunks().dictionary_encode()
        return coded.dictionary.to_pylist(), np.asarray(coded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)

    @cached_property
    def covariates(self) -> Floats:
        """What was fixed before the assignment, shape (units, p)."""
        if not self.fixed_before:
            return np.zeros((self.rows.num_rows, 0))
        return np.column_stack([self.column(name) for name in self.fixed_before])

    def covariates_of(self, rows: Ints, own: str | None = None) -> Floats | None:
        """Covariates of some units that vary among them, with the column `own`; None where none does.

        Shapes: `rows` (n,); gives (units, k).
        """
        x = self.covariates[rows]
        if own is not None:
            x = np.column_stack([x, self.column(own)[rows]])
        varies = [k for k in range(x.shape[1]) if _varies(x[:, k])]
        return x[:, varies] if varies else None

    def subset(self, rows: Bools) -> Trial:
        """Some of the units.

        Shapes: `rows` (n,).
        """
        return replace(self, rows=self.rows.filter(pa.array(rows)))


@dataclass(frozen=True, slots=True)
class OutcomeEffect:
    """The effect of one arm on one outcome over one horizon."""

    initiative: str
    arm: str
    outcome: Outcome
    horizon: int
    """Months after the month of assignment; of an outcome to date: the months of the first unit."""
    segment: str
    effect: ArmEffect | None
    """None where it cannot be told; `why` then says why."""
    low: float | None = None
    high: float | None = None
    p: float | None = None
    events: tuple[int, int] | None = None
    """Of a share with few events: how many among the assigned and the controls."""
    why: str = ""


def codes(column: pa.ChunkedArray) -> Ints:
    """Numbers of the values of a text column; blanks are a value of their own.

    Shapes: `column` (n,); gives (n,).
    """
    coded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    return np.asarray(coded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)


def _crossed(first: Ints, second: Ints) -> Ints:
    """Pairs of two numberings, numbered."""
    return numbered(first * (second.max(initial=0) + 1) + second)


def _varies(values: Floats) -> bool:
    """Whether two values differ; blanks do not count."""
    low, high = np.fmin.reduce(values), np.fmax.reduce(values)
    return bool(high > low)


def is_share(values: Floats) -> bool:
    """Whether a column holds nothing but 0 and 1.

    Shapes: `values` (n,).
    """
    recorded = values[~np.isnan(values)]
    return bool(recorded.size) and bool(np.isin(recorded, (0.0, 1.0)).all())


def trial(
    initiative: str,
    rows: pa.Table,
    *,
    ends: RecordEnds,
    is_first_only: bool,
    crossed_over: int = 0,
    fixed_before: tuple[str, ...] = COVARIATES,
    has_prospects: bool = False,
) -> Trial:
    """The units that count, and how many do not and why; `has_prospects`: who was none yet counts, too."""
    several = np.asarray(rows["arms"].to_numpy()) > 1
    unknown = ~np.asarray(rows["has_panel"].to_numpy(zero_copy_only=False), dtype=np.bool_)
    prospect = np.asarray(rows["was_prospect"].to_numpy(zero_copy_only=False), dtype=np.bool_) & has_prospects
    was_inactive = ~np.asarray(rows["was_active"].to_numpy(zero_copy_only=False), dtype=np.bool_) & ~unknown & ~prospect
    excluded = {
        "in two arms in one month": int(several.sum()),
        "not a known customer": int((unknown & ~several).sum()),
        "not a customer when assigned": int((was_inactive & ~several).sum()),
    }
    if not has_prospects:
        rows = rows.set_column(
            rows.column_names.index("was_prospect"), "was_prospect", pa.array(np.zeros(rows.num_rows, np.bool_))
        )
    counted = rows.filter(pa.array(~(several | unknown | was_inactive)))
    arms = sorted({arm for arm in counted["arm"].unique().to_pylist() if arm != CONTROL})
    return Trial(initiative, counted, tuple(arms), ends, excluded, is_first_only, crossed_over, fixed_before)


def effects(one: Trial, outcomes: tuple[str, ...], segment: str = "all") -> list[OutcomeEffect]:
    """Every arm on every outcome, at the horizons whose windows are complete for enough units, and to date."""
    measured_effects: list[OutcomeEffect] = []
    for arm in one.arms:
        for name in outcomes:
            outcome = OUTCOMES[name]
            for horizon in HORIZONS if outcome.has_horizon else (to_date(one, outcome),):
                measured = effect(one, arm, outcome, horizon, segment)
                if measured is not None:
                    measured_effects.append(measured)
    return measured_effects


def to_date(one: Trial, outcome: Outcome) -> int:
    """Months since the first assignment that an outcome is known for."""
    last = one.known_to(outcome)
    return max(int(last - one.month.min(initial=last)), 0)


def effect(
    one: Trial, arm: str, outcome: Outcome, horizon: int, segment: str = "all", among: Bools | None = None
) -> OutcomeEffect | None:
    """One effect; None where no unit's window is complete. `among`: only some units, in the strata of all.

    Shapes: `among` (n,).
    """
    ahead = 0 if outcome.is_recorded else horizon if outcome.has_horizon else 1
    complete = one.month + ahead <= one.known_to(outcome)
    in_arms = one.is_arm(arm) | one.is_arm(CONTROL)
    rows = np.flatnonzero(complete & in_arms & one.counts(outcome) & (True if among is None else among))
    if not rows.size:
        return None
    value = outcome.values(one.column, horizon)[rows]
    is_known = ~np.isnan(value)
    rows, value = rows[is_known], value[is_known]
    treated = one.is_arm(arm)[rows]
    sizes = int(treated.sum()), int((~treated).sum())
    empty = OutcomeEffect(one.initiative, arm, outcome, horizon, segment, None)
    if min(sizes) < LEAST_UNITS:
        return replace(empty, why=f"{sizes[0]} assigned and {sizes[1]} control customers with a known outcome")
    cluster = None if one.cluster is None else one.cluster[rows]
    stratum = one.stratum[rows]
    try:
        if outcome.divided_by is not None:
            below = outcome.divided_by(one.column, horizon)[rows]
            measured = ratio_effect(value, below, treated, stratum=stratum, cluster=cluster)
        else:
            covariate = one.covariates_of(rows, outcome.before) if outcome.uses_history else None
            measured = intention_to_treat(value, treated, covariate=covariate, stratum=stratum, cluster=cluster)
    except NotEnoughData as error:
        return replace(empty, why=str(error))
    if outcome.unit == "share" and is_share(value) and (events := _few_events(value, treated)) is not None:
        score = _score_interval(value, treated, stratum, _design_effect(measured, value, treated, stratum))
        return replace(empty, effect=measured, low=score.low, high=score.high, p=score.p, events=events)
    low, high = measured.interval()
    return replace(empty, effect=measured, low=low, high=high, p=measured.p)


def _few_events(value: Floats, treated: Bools) -> tuple[int, int] | None:
    """Of a share: the rarer kind's numbers in the arms, where either is below LEAST_EVENTS."""
    some, others = int(value[treated].sum()), int(value[~treated].sum())
    rarer = min((some, others), (int(treated.sum()) - some, int((~treated).sum()) - others), key=sum)
    return rarer if min(rarer) < LEAST_EVENTS else None


def _design_effect(measured: ArmEffect, value: Floats, treated: Bools, stratum: Ints) -> float:
    """By how much clusters make the variance larger than that of as many independent customers; at least 1."""
    if measured.clusters is None:
        return 1.0
    alone = intention_to_treat(value, treated, stratum=stratum).error
    return max((measured.error / alone) ** 2, 1.0) if alone > 0 else 1.0


def _score_interval(value: Floats, treated: Bools, stratum: Ints, design_effect: float) -> Interval:
    """From events and effective sizes of both arms by stratum; strata with one arm are out, as in the estimate."""
    count = int(stratum.max()) + 1
    sizes = [np.bincount(stratum[arm], minlength=count) / design_effect for arm in (treated, ~treated)]
    events = [np.bincount(stratum[arm], value[arm], minlength=count) / design_effect for arm in (treated, ~treated)]
    both = (sizes[0] > 0) & (sizes[1] > 0)
    return risk_difference(events[0][both], sizes[0][both], events[1][both], sizes[1][both])


def in_quarters(one: Trial, arm: str, columns: Sequence[str], last: int) -> ArmEffect | None:
    """The effect on the sum of some columns by quarter, of all units that count to date; None where it cannot be told.

    `last`: number of the last month that they are known for.

    The same units, strata and covariates as of the effect to date, in which all is linear: quarters add up to it.
    """
    rows = np.flatnonzero((one.month + 1 <= last) & (one.is_arm(arm) | one.is_arm(CONTROL)))
    value = np.sum([np.nan_to_num(one.column(name)[rows]) for name in columns], axis=0)
    treated = one.is_arm(arm)[rows]
    if min(int(treated.sum()), int((~treated).sum())) < LEAST_UNITS:
        return None
    cluster = None if one.cluster is None else one.cluster[rows]
    try:
        return intention_to_treat(
            value, treated, covariate=one.covariates_of(rows), stratum=one.stratum[rows], cluster=cluster
        )
    except NotEnoughData:
        return None


def longest(one: Trial, outcome: Outcome) -> int | None:
    """The longest horizon whose window is complete for half of the units; None where there is none."""
    last = one.known_to(outcome)
    complete = [h for h in HORIZONS if one.rows.num_rows and float((one.month + h <= last).mean()) >= HALF]
    return max(complete, default=None)


def members(one: Trial, customers: pa.ChunkedArray, values: pa.ChunkedArray) -> dict[str, Bools]:
    """Member of a customers column -> its units; in order of name.

    Shapes: `customers`, `values` (n,); gives (n,).
    """
    place = pc.index_in(one.rows["customer_id"], customers.combine_chunks())
    own = values.cast(pa.string()).combine_chunks().take(place)
    names = sorted(name for name in own.unique().to_pylist() if name is not None)
    return {
        name: np.asarray(pc.fill_null(pc.equal(own, name), False).to_numpy(zero_copy_only=False), dtype=np.bool_)
        for name in names
    }
