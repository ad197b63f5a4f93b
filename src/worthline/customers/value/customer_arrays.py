"""Customers as arrays: what each brought lately, for how long, and how often they bought. numpy and Arrow only.

Reads     rows of gather.customers.
Gives     Standing.
Method    net margin is margin less the cost to serve; where no cost is known it is margin. The last twelve months
          fall into the last three and the nine before, so that a customer's own noise can be told from what
          differs between customers. A customer whose margin is not known has no weight.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from worthline.customers.value.clock import MONTH_DAYS, Clock
from worthline.stats.maximise import Floats
from worthline.stats.season import YEAR

WEEKS = MONTH_DAYS / 7
"""Weeks a month."""


@dataclass(frozen=True, slots=True)
class CustomerArrays:
    """Customers at the end of a month; arrays of one length."""

    here: np.ndarray[tuple[int], np.dtype[np.bool_]]
    """Customers on that day."""
    tenure: Floats
    net: tuple[Floats, Floats]
    """Net margin of the last three months, and of the nine before."""
    weight: tuple[Floats, Floats]
    """What they are divided by: months seen, or money spent."""
    bought: tuple[Floats, Floats, Floats]
    """x, t_x and age in weeks: repeat purchases, time of the last since the first, time since the first."""
    spend: Floats
    """Mean of a purchase."""
    later: Floats
    """Net margin of the months after; nan where it is not known."""
    costed: bool
    """The cost to serve is known."""
    pace: Floats = field(default_factory=lambda: np.ones(YEAR))
    """How long each of the next twelve months is for purchases, as a share of a usual one."""

    def __len__(self) -> int:
        return len(self.here)

    @property
    def year(self) -> Floats:
        """Net margin of the last twelve months."""
        return np.asarray(self.net[0] + self.net[1])

    def weeks(self, months: int) -> float:
        """Weeks in the next months, as a season of purchases makes them: a year has as many as any."""
        years, rest = divmod(months, YEAR)
        return float(WEEKS * (years * YEAR + self.pace[:rest].sum()))

    def only(self, rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> CustomerArrays:
        """Some of the customers.

        Shapes: `rows` (n,).
        """
        one, two = ((a[rows], b[rows]) for a, b in (self.net, self.weight))
        x, t_x, age = (a[rows] for a in self.bought)
        return CustomerArrays(
            self.here[rows],
            self.tenure[rows],
            one,
            two,
            (x, t_x, age),
            self.spend[rows],
            self.later[rows],
            self.costed,
            self.pace,
        )


HALF = 0.5
"""Of a month's margin that the month of joining brings, where nobody tells: who joins does so in its middle."""


def read(
    rows: pa.Table, seen: int, part: float, *, joining: float = HALF, clock: Clock | None = None, covers: int = 1
) -> CustomerArrays:
    """From rows of gather.customers; `seen`: months since the first earnings, `part`: how much of the last is over.

    `joining`: what the month of joining brings, as a share of a month: half where fees are by the day, all of it where
    the whole month is billed. `clock`: of customers who buy when they like, weeks as a season makes them. `covers`:
    months that a member's payment is for; above 1 a member's months are those that their payments cover, and the cost
    to serve counts for as many.
    """
    costed = rows.num_rows > rows["cost_12m"].null_count
    soon, year = (_net(rows, f"margin_{m}m", f"cost_{m}m", costed) for m in (3, 12))
    known = np.isfinite(soon) & np.isfinite(year)
    net = np.where(known, soon, 0.0), np.where(known, year - soon, 0.0)
    tenure = _floats(rows, "tenure")
    if clock is None:
        months = np.minimum(np.where(tenure < 1, joining * part, tenure - 1 + joining + part), seen - 1 + part)
        three = np.minimum(months, 2 + part)
        weight = three, np.minimum(months, 11 + part) - three
        if covers > 1:
            soon_paid, year_paid = (np.nan_to_num(_floats(rows, name)) * covers for name in ("paid_3m", "paid_12m"))
            here, weight = np.maximum(weight[0] + weight[1], 1e-9), (soon_paid, year_paid - soon_paid)
            each = np.nan_to_num(_floats(rows, "cost_12m")) / here if costed else np.zeros(rows.num_rows)
            margins = [np.nan_to_num(_floats(rows, f"margin_{m}m")) for m in (3, 12)]
            sums = margins[0] - each * weight[0], margins[1] - margins[0] - each * weight[1]
            net = np.where(known, sums[0], 0.0), np.where(known, sums[1], 0.0)
        zero = np.zeros(rows.num_rows)
        bought, spend = (zero, zero, zero), zero
    else:
        weight = _floats(rows, "spend_3m"), _floats(rows, "spend_12m") - _floats(rows, "spend_3m")
        purchases, first, last = (_floats(rows, name) for name in ("purchases", "first_week", "last_week"))
        bought = clock.histories(purchases, first, last)
        spend = _floats(rows, "spend") / np.maximum(purchases, 1)
    later = np.full(rows.num_rows, np.nan)
    if "later_margin" in rows.column_names:
        later = _net(rows, "later_margin", "later_cost", costed)
    active = rows["active"].to_numpy(zero_copy_only=False).astype(np.bool_)
    weighed = np.where(known, weight[0], 0.0), np.where(known, weight[1], 0.0)
    pace = np.ones(YEAR) if clock is None else clock.pace
    return CustomerArrays(active, tenure, net, weighed, bought, spend, later, costed, pace)


def _net(rows: pa.Table, margin: str, cost: str, costed: bool) -> Floats:
    return np.asarray(_floats(rows, margin) - (_floats(rows, cost) if costed else 0.0))


def _floats(rows: pa.Table, name: str) -> Floats:
    """A column as floats, nan where null."""
    return np.asarray(pc.cast(rows[name], pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
