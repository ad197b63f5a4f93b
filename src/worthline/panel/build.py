"""The panel: one row per customer and month as of a date, gaps filled, nothing from the future.

Reads     a Dataset: customers, and of transactions, subscriptions, interactions, feedback what was brought.
Gives     the kept table `panel` (months.SCHEMA), in order of customer_id and month.
Method    facts are summed by customer and month on the engine (facts.py); whole customers then come, a block
          at a time, to the array passes of months.py. A fact counts in the month in which it became known.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from worthline.panel.facts import Calendar, answers_by_scale, customers, facts, knows_cost, who
from worthline.panel.layout import LEAD
from worthline.panel.months import SCHEMA, Here, Plan, panel_rows
from worthline.panel.roll import roll
from worthline.results import Compute, Dataset, Progress, no_progress
from worthline.tables.scales import Scale, usual_scale
from worthline.tables.time import add_months, month_start

if TYPE_CHECKING:
    import ibis.expr.types as ir

HISTORY_MONTHS = 60
"""Months of the panel where nothing else was asked for."""
LAPSE_MONTHS = 12
"""Where no lapse could be found from the gaps between purchases."""
BLOCK_ROWS = 1_048_576
"""Rows of the panel in memory at once: about 300 bytes each."""


def build(
    ds: Dataset, rooms: Compute, *, history_months: int | None = None, progress: Progress = no_progress
) -> ir.Table:
    """Keep and return the panel; `history_months` published months at most (60 where not given)."""
    stage = "Laying out customers by month"
    progress(stage, 0, 3)
    numbered = rooms.keep("panel__customers", customers(ds))
    extent = rooms.fetch(numbered.agg(n=numbered.count(), first=numbered.starts_on.min())).to_pylist()[0]
    calendar = _calendar(ds.settings.as_of, extent["first"], history_months or HISTORY_MONTHS)
    progress(stage, 1, 3)
    usual = _usual_scales(ds, calendar, rooms)
    calendar = replace(calendar, scales=tuple(dict.fromkeys(usual)))
    kept = rooms.keep("panel__facts", facts(ds, numbered, calendar))
    progress(stage, 2, 3)
    panel = roll(
        rooms,
        "panel",
        who(numbered, calendar).union(kept),
        extent["n"],
        calendar.months,
        partial(panel_rows, replace(plan(ds, calendar), scales=tuple(map(calendar.scales.index, usual)))),
        SCHEMA,
        block_rows=BLOCK_ROWS,
    )
    progress(stage, 3, 3)
    return panel


def _calendar(as_of: date, earliest: date | None, most: int) -> Calendar:
    newest = month_start(as_of)
    first = min(month_start(earliest), newest) if earliest else newest
    return Calendar(first=max(first, add_months(newest, 1 - most)), as_of=as_of)


def _usual_scales(ds: Dataset, calendar: Calendar, rooms: Compute) -> list[Scale]:
    """For each month of the grid the usual scale of the company's question, by what was answered so far."""
    counted = answers_by_scale(ds, calendar)
    if counted is None:
        return []
    by_month = defaultdict[int, list[tuple[Scale, int]]](list)
    for row in rooms.fetch(counted.order_by("month", "low", "high")).to_pylist():
        by_month[row["month"]].append(((row["low"], row["high"]), row["n"]))
    metric, so_far, scales = str(ds.settings.score_metric), Counter[Scale](), list[Scale]()
    for month in range(-1, LEAD + calendar.months):
        for scale, n in by_month[month]:
            so_far[scale] += n
        if (usual := usual_scale(metric, so_far)) is not None:
            scales += [usual] * (month + 2 - len(scales))  # months before the first answer too: nothing is read there
    return scales[1:]


def plan(ds: Dataset, calendar: Calendar) -> Plan:
    """By what the company's customers are here, and what is known of margin and cost."""
    settings = ds.settings
    earns = settings.revenue_from
    margin_brought = earns == "transactions" and ds.has("transactions", "margin")
    here: Here = "transactions"
    if settings.setting == "contractual":
        here = "subscriptions" if "subscriptions" in ds.tables else "customers"
    return Plan(
        first=calendar.first,
        months=calendar.months,
        here=here,
        lapse_months=settings.lapse_months or LAPSE_MONTHS,
        earns=earns,
        knows_margin=settings.margin is not None or margin_brought,
        knows_cost=knows_cost(ds),
    )
