"""Our revenue beside finance's: where they differ, and month by month.

Reads     the published rows of metrics: revenue, what finance reported, and the difference.
Gives     one alert, and a SELECT with its rows. Computes no difference itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from worthline.metrics import formatting
from worthline.reports.page import command
from worthline.run.view import RunView

if TYPE_CHECKING:
    import pyarrow as pa

MATERIAL = 0.005
"""Differences up to this share of finance's figure raise no alert."""
TITLE = "Beside finance's figures"

SQL = """\
select f.period, o.value as ours, f.value as finance, d.value as difference
from metrics as f
join metrics as d on d.metric = 'revenue_difference_to_finance'
  and (d.period, d.dimension) = (f.period, 'all')
left join metrics as o on o.metric = 'revenue'
  and (o.period, o.dimension) = (f.period, 'all')
where f.metric = 'finance_reported_revenue' and f.dimension = 'all'
  and d.value is not null
order by f.period desc"""


def rows(run: RunView) -> pa.Table | None:
    """Each of finance's periods with ours, theirs and the difference, newest first; None where there is none."""
    if "metrics" not in run.tables():
        return None
    differences = run.sql(SQL)
    return differences if differences.num_rows else None


def alert(run: RunView, *, folder: str = "") -> tuple[str, ...]:
    """The latest period in which the difference is material, as one line; none where all agree."""
    differences = rows(run)
    for row in [] if differences is None else differences.to_pylist():
        gap, finance = row["difference"], row["finance"]
        if abs(gap) > MATERIAL * abs(finance):
            side = "above" if gap > 0 else "below"
            amount = formatting.money(abs(gap), run.about["currency"])
            see = command("explain", "revenue_12m", folder=folder)
            return (f"{_period(row['period'])}: our revenue is {amount} {side} finance's: {see}",)
    return ()


def _period(name: str) -> str:
    return formatting.month(name) if len(name) == 7 and name[5:].isdigit() else name
