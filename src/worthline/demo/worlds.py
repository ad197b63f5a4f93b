"""Small worlds for coverage studies: one month's landmark as arrays, the truth beside, in milliseconds.

Reads     a World of some thousand customers and few months.
Gives     Sample: what is recorded before the exposure (n, p), who was exposed, the outcome, and the true mean change
          over those exposed.
Method    the same customers, months and flips as in the whole company: no second model of the world to agree with.
          Everything recorded that moves the exposure or the outcome is among the covariates, so that in an identified
          world adjusting for them is enough; in a hidden one it is not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from worthline.demo import mobile
from worthline.demo.live import Company, Life, again, live
from worthline.demo.mobile import Columns
from worthline.demo.truth import EXPERIENCES, outcomes
from worthline.demo.world import World

MEMORY = 3
"""Months back that the covariates count."""
KINDS = ("identified", "hidden", "null")


@dataclass(frozen=True)
class Sample:
    """One landmark: rows are eligible customers."""

    names: tuple[str, ...]
    covariates: NDArray[np.float64]
    exposed: NDArray[np.bool_]
    outcome: NDArray[np.float64]
    places: NDArray[np.int64]
    """Whose area it is: an outage strikes by place."""
    truth: float
    """Mean change over those exposed here; NaN where nobody was."""

    @property
    def naive(self) -> float:
        """Mean of those exposed less mean of the others."""
        return float(self.outcome[self.exposed].mean() - self.outcome[~self.exposed].mean())


def world(kind: str, seed: int, customers: int = 4_000, months: int = 8, **settings: Any) -> World:
    """A small world: identified, hidden or null; any other setting of World by name; raises ValueError."""
    if kind not in KINDS:
        raise ValueError(f"A small world is one of {', '.join(KINDS)}; found {kind!r}.")
    made = replace(World(customers=customers, months=months, seed=seed, hidden=float(kind == "hidden")), **settings)
    return made.null() if kind == "null" else made


def sample(
    made: World,
    cause: str = "unresolved",
    outcome: str = "retention",
    horizon: int = 3,
    company: ModuleType = mobile,
) -> Sample:
    """Live `made` and look at `cause` in the month that leaves `horizon` months for the outcome."""
    life = live(made, cast(Company, company), np.arange(made.customers), keep_states=True)
    t = made.months - 1 - horizon
    record = life.months[t]
    eligible = np.flatnonzero(record["settled"] & record[EXPERIENCES[cause]])
    exposed = record[cause][eligible]
    lived = _outcome(life.months[t : t + horizon + 1], outcome)[eligible]
    truth = float("nan")
    if exposed.any():
        relived = again(life, eligible[exposed], t, t + horizon, frozenset({cause}))
        truth = float((lived[exposed] - _outcome(relived, outcome)).mean())
    names, covariates = _recorded(life, t, cause)
    return Sample(names, covariates[eligible], exposed, lived, life.people["area"][eligible].astype(np.int64), truth)


def _outcome(months: list[Columns], outcome: str) -> NDArray[np.float64]:
    """The outcome over the months after the first: margin, orders and the like summed, retention at the end."""
    by_month = outcomes(months)
    value = ~by_month["left"][-1] if outcome == "retention" else by_month[outcome][1:].sum(axis=0)
    total: NDArray[np.float64] = value.astype(np.float64)
    return total


def _recorded(life: Life, t: int, cause: str) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """What the company's files know before the exposure of month `t`, as names and (n, p)."""
    one, record = life.people, life.months[t]
    tenure = t - one["joined"]
    columns: dict[str, NDArray[Any]] = {"new": tenure < 6, "first_year": tenure < 12}
    if "plan" in record:
        columns |= {"basic": record["plan"] == 0, "most": record["plan"] == 2}
        columns |= {"light": one["usage"] == 0, "heavy": one["usage"] == 2, "rolling": one["contract"] == 1}
        columns["changed"] = record["plan"] != life.months[t - 1]["plan"] if t else np.zeros(tenure.size)
        columns["beyond"] = sum((m["bill"] for m in life.months[max(t - MEMORY, 0) : t]), np.zeros(tenure.size)) / 1e4
    else:
        columns |= {"trade": one["segment"] == 2, "garden": one["segment"] == 1, "orders_now": record["orders"]}
        columns["very_new"] = tenure < 3
        for name in ("orders", "revenue"):
            past = sum((m[name] for m in life.months[max(t - MEMORY, 0) : t]), np.zeros(tenure.size))
            columns[name] = past / (1 if name == "orders" else 1e4)
    columns["far"] = one["area"] >= 30
    befell = [name for name in (*EXPERIENCES, "contact") if name in record]
    for name in befell:
        for back in range(1, MEMORY + 1):
            if t >= back:
                columns[f"{name}_{back}_before"] = life.months[t - back][name]
    if EXPERIENCES[cause] == "contact":
        columns |= {name: record[name] for name in ("outage", "billing_error", "late") if name in record}
    for name in ("save_call", "plan_text", "gift", "voucher"):
        if name in record:
            columns[name] = np.any([m[name] == 1 for m in life.months[: t + 1]], axis=0)
    return tuple(columns), np.column_stack([np.asarray(c, float) for c in columns.values()])
