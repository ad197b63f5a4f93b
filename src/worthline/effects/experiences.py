"""Which experiences a company's tables hold, who could have had each and who did. numpy and Arrow.

Reads     rows of lives.met, a History.
Gives     Experience: for each touchpoint something left unresolved, a long wait, a thing that befell customers, or
          one that was to go well and failed (a delivery that came late).
Method    found from the tables, not set up. A contact's own outcome is compared among those who had the contact; a
          thing that befell customers, among all who were active, unless the table says how it went (`resolved`): then
          among those who had it. Every contact counts; what befell customers counts once a month, however often.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from worthline.effects.history import History, running
from worthline.metrics import formatting
from worthline.stats.cross_fitting import Bools, Floats, Ints

Kind = Literal["unresolved", "wait", "incident", "failed", "said"]
AT = "at "
"""Stands before a touchpoint among what is known at a contact's start."""
ELSEWHERE = " elsewhere"
"""Stands behind the name of what remains of a kind."""
EARLIER = "earlier in the month"
TOUCHES, SAME_EARLIER = f"contacts {EARLIER}", f"the same experience {EARLIER}"
"""Names of what a month's earlier contacts are called, among what is known at a contact's start."""
THROUGH = "through "
"""Stands before a channel among what is known at a contact's start."""
LEAST = 10
"""Times that it happened, below which nothing is published of an experience at all."""
LONG = 0.75
"""A long wait is longer than this share of waits."""


@dataclass(frozen=True)
class Met:
    """Contacts and incidents in order of customer, month and time."""

    who: Ints
    month: Ints
    at: Ints
    touchpoint: Ints
    names: list[str]
    is_incident: Bools
    resolved: Floats
    """1, 0, or NaN where it is not known."""
    wait: Floats
    channel: Ints
    channels: list[str]
    score: Floats
    """What was answered about the same order or case; NaN where nothing was."""


@dataclass(frozen=True)
class Experience:
    """One experience: its words, and the customers and months that are compared."""

    name: str
    kind: Kind
    touchpoint: str | None
    had: str
    """… of customers who had <had>."""
    instead: str
    """… compared with <instead>."""
    who: Ints
    """Rows of those who had the contact; for what befell customers, only those whom it befell."""
    month: Ints
    exposed: Bools
    at: Ints
    """When, in seconds since 1970."""
    extra_covariates: dict[str, Floats] = field(default_factory=dict)
    """What else was known at the contact's start, one value per row."""
    later: Floats | None = None
    """How many exposed rows of the same customer and month follow each row; None where there is one row per month."""
    score: Floats | None = None
    """What was answered about the order or case of each row; NaN where nothing was, None where nothing names them."""
    is_remainder: bool = False
    """Whether it is what remains of a kind once some touchpoints are estimated by themselves."""

    @property
    def compares_all_active(self) -> bool:
        """Whether it is compared among all active customers, not only among those with a contact."""
        return self.kind == "incident"

    @property
    def is_incident(self) -> bool:
        """Whether it befell customers without a contact: what else befell them before is controlled for."""
        return self.kind in ("incident", "failed")

    def subset(self, rows: Ints | Bools) -> Experience:
        """Some of the rows.

        Shapes: `rows` (n,).
        """
        extra = {name: values[rows] for name, values in self.extra_covariates.items()}
        return replace(
            self,
            who=self.who[rows],
            month=self.month[rows],
            exposed=self.exposed[rows],
            at=self.at[rows],
            extra_covariates=extra,
            later=None if self.later is None else self.later[rows],
            score=None if self.score is None else self.score[rows],
        )

    def totals(self, history: History) -> Floats:
        """Running totals of how often each customer had it."""
        cells = np.zeros((history.customers, history.months))
        np.add.at(cells, (self.who[self.exposed], self.month[self.exposed]), 1.0)
        return running(cells)


def read(rows: pa.Table, history: History) -> Met:
    """The rows of lives.met whose customers and months are laid out."""
    who, month = history.numbers(rows)
    inside = pa.array((who >= 0) & (month >= 0) & (month < history.months))
    rows, keep = rows.filter(inside), np.asarray(inside)
    touchpoint, names = _coded(rows["touchpoint"])
    channel, channels = _coded(rows["channel"])
    return Met(
        who=who[keep],
        month=month[keep],
        at=np.asarray(rows["at"].cast(pa.int64()).to_numpy(), dtype=np.int64),
        touchpoint=touchpoint,
        names=names,
        is_incident=np.asarray(pc.equal(rows["kind"], "experience").to_numpy(), dtype=np.bool_),
        resolved=np.asarray(rows["resolved"].cast(pa.float64()).to_numpy(), dtype=np.float64),
        wait=np.asarray(rows["wait"].to_numpy(), dtype=np.float64),
        channel=channel,
        channels=channels,
        score=_numbers(rows, "score"),
    )


def _numbers(rows: pa.Table, name: str) -> Floats:
    """A column of numbers; NaN throughout where it is not there."""
    if name not in rows.column_names:
        return np.full(rows.num_rows, np.nan)
    return np.asarray(rows[name].cast(pa.float64()).to_numpy(), dtype=np.float64)


def found(met: Met) -> Iterator[Experience]:
    """All experiences that happened often enough to be estimated, in a fixed order."""
    contacts = ~met.is_incident
    is_known = contacts & ~np.isnan(met.resolved)
    if is_known.any():
        yield from _often(_unresolved(met, np.flatnonzero(is_known), None))
        for number, name in _by_name(met):
            yield from _often(_unresolved(met, np.flatnonzero(is_known & (met.touchpoint == number)), name))
    waited = contacts & (met.wait > 0)
    if waited.any():
        limit, has_wait = _limit(met.wait[waited]), contacts & ~np.isnan(met.wait)
        longest = float((met.wait[waited] > limit).mean())
        yield from _often(_waited(met, np.flatnonzero(has_wait), limit, longest, None))
        for number, name in _by_name(met):
            yield from _often(_waited(met, np.flatnonzero(has_wait & (met.touchpoint == number)), limit, longest, name))
    for number, name in _by_name(met):
        rows = np.flatnonzero(met.is_incident & (met.touchpoint == number))
        yield from _often(
            _incident(met, rows, name) if np.isnan(met.resolved[rows]).all() else _failed(met, rows, name)
        )


def _limit(waits: Floats) -> float:
    """What a long wait is longer than; where a quarter and more waited longest of all alike, the next shorter wait."""
    limit = float(np.quantile(waits, LONG))
    shorter = waits[waits < limit]
    return limit if (waits > limit).any() or not len(shorter) else float(shorter.max())


def elsewhere(experiences: Sequence[Experience], named: Collection[str]) -> list[Experience]:
    """Of each kind of contact of which some touchpoints are `named` (names) and others not: those at the others."""
    remainders = []
    for whole in experiences:
        if whole.touchpoint is not None or whole.kind not in ("unresolved", "wait"):
            continue
        placed = [
            experience
            for experience in experiences
            if experience.kind == whole.kind and experience.touchpoint is not None
        ]
        apart = [f"{AT}{experience.touchpoint}" for experience in placed if experience.name in named]
        if not apart or not set(apart) <= set(whole.extra_covariates):
            continue
        others = np.logical_and.reduce([whole.extra_covariates[name] == 0 for name in apart])
        if int(whole.exposed[others].sum()) < LEAST:
            continue
        name, is_exposed = whole.name + ELSEWHERE, f"{whole.had} elsewhere"
        remainders.append(_counted(replace(whole.subset(others), name=name, had=is_exposed, is_remainder=True)))
    return remainders


def _often(experience: Experience) -> Iterator[Experience]:
    if int(experience.exposed.sum()) >= LEAST:
        yield _counted(experience)


def _counted(experience: Experience) -> Experience:
    """The experience, knowing of each row what of its kind came before it in the month, and how often it follows."""
    if experience.compares_all_active:
        return experience
    key = experience.who * (int(experience.month.max(initial=0)) + 1) + experience.month
    start = np.searchsorted(key, key)
    count = np.concatenate([[0.0], np.cumsum(experience.exposed)])
    end = np.searchsorted(key, key, side="right")
    before = count[np.arange(len(key))] - count[start]
    extra = experience.extra_covariates | {TOUCHES: (np.arange(len(key)) - start).astype(float), SAME_EARLIER: before}
    return replace(experience, extra_covariates=extra, later=count[end] - count[start] - before - experience.exposed)


def _incident(met: Met, rows: Ints, name: str) -> Experience:
    rows = _once_a_month(met, rows)
    exposed = np.ones(len(rows), np.bool_)
    instead = "not having had it"
    return Experience(
        name, "incident", name, f"“{name}”", instead, met.who[rows], met.month[rows], exposed, met.at[rows]
    )


def _failed(met: Met, rows: Ints, name: str) -> Experience:
    """Of what befell customers, that which did not go as it should; how it went is known for `rows` or some of them."""
    rows = rows[~np.isnan(met.resolved[rows])]
    return Experience(
        f"failed: {name}",
        "failed",
        name,
        f"“{name}” that failed",
        "having had it go well",
        met.who[rows],
        met.month[rows],
        met.resolved[rows] == 0,
        met.at[rows],
        _known_at_start(met, rows, False),
        score=met.score[rows],
    )


def _unresolved(met: Met, rows: Ints, touchpoint: str | None) -> Experience:
    name = "unresolved contact" if touchpoint is None else f"unresolved: {touchpoint}"
    what = "an unresolved contact" + ("" if touchpoint is None else f" at “{touchpoint}”")
    exposed = met.resolved[rows] == 0
    return Experience(
        name,
        "unresolved",
        touchpoint,
        what,
        "having had it resolved",
        met.who[rows],
        met.month[rows],
        exposed,
        met.at[rows],
        _known_at_start(met, rows, touchpoint is None),
        score=met.score[rows],
    )


def _waited(met: Met, rows: Ints, limit: float, longest: float, touchpoint: str | None) -> Experience:
    """`longest`: the share of all waits that are longer than `limit` seconds."""
    duration = f"{limit / 60:.0f} minutes" if limit >= 120 else f"{limit:.0f} seconds"
    extra_covariates = _known_at_start(met, rows, touchpoint is None)
    where = "" if touchpoint is None else f" at “{touchpoint}”"
    return Experience(
        "long wait" if touchpoint is None else f"long wait: {touchpoint}",
        "wait",
        touchpoint,
        f"a wait of more than {duration}{where} (the longest {formatting.share(longest, 0)} of all waits)",
        "having waited less",
        met.who[rows],
        met.month[rows],
        met.wait[rows] > limit,
        met.at[rows],
        extra_covariates,
        score=met.score[rows],
    )


def _known_at_start(met: Met, rows: Ints, several: bool) -> dict[str, Floats]:
    """What was known when the contact began: where, through what, and what had befallen the customer that month."""
    covariates: dict[str, Floats] = {}
    if several:
        covariates |= {f"{AT}{name}": (met.touchpoint[rows] == i).astype(float) for i, name in list(_by_name(met))[:12]}
    for i, name in enumerate(met.channels[:8]):
        covariates[f"{THROUGH}{name}"] = (met.channel[rows] == i).astype(float)
    for number, name in _by_name(met):
        these = met.is_incident & (met.touchpoint == number)
        if not these.any():
            continue
        covariates[f"{name} {EARLIER}"] = (_earlier(met, these)[rows] > 0).astype(float)
        failed = these & (met.resolved == 0)
        if failed.any():
            covariates[f"{name} that failed, {EARLIER}"] = (_earlier(met, failed)[rows] > 0).astype(float)
    return covariates


def _earlier(met: Met, chosen: Bools) -> Floats:
    """How many of the chosen rows came earlier in the month of the same customer, shape (rows,); none at one time."""
    key = met.who * (int(met.month.max(initial=0)) + 1) + met.month
    same_time = np.ones(len(key), np.bool_)
    same_time[1:] = (np.diff(key) != 0) | (np.diff(met.at) != 0)
    first = np.maximum.accumulate(np.where(same_time, np.arange(len(key)), 0))
    count = np.concatenate([[0.0], np.cumsum(chosen)])
    return np.asarray(count[first] - count[np.searchsorted(key, key)])


def _once_a_month(met: Met, rows: Ints) -> Ints:
    """The first of the rows of each customer and month."""
    new = np.ones(len(rows), np.bool_)
    new[1:] = (np.diff(met.who[rows]) != 0) | (np.diff(met.month[rows]) != 0)
    return rows[new]


def _by_name(met: Met) -> Iterator[tuple[int, str]]:
    return iter(sorted(enumerate(met.names), key=lambda numbered: numbered[1]))


def _coded(column: pa.ChunkedArray) -> tuple[Ints, list[str]]:
    """Numbers of the values of a text column, the commonest 0; -1 for none."""
    values = column.combine_chunks().cast(pa.string())
    value_counts = [(row["counts"], str(row["values"])) for row in pc.value_counts(values).to_pylist() if row["values"]]
    names = [name for _, name in sorted(value_counts, key=lambda counted: (-counted[0], counted[1]))]
    code = pc.fill_null(pc.index_in(values, pa.array(names, pa.string())), -1)
    return np.asarray(code.to_numpy(zero_copy_only=False), dtype=np.int64), names
