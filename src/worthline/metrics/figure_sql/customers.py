"""How many customers there are, and how many stayed a year: as the panel counts them, from the checked tables.

Reads     a Dataset's settings and which columns it brings.
Gives     SQL over `source.*` with the column `value`.
Method    a customer is active on a day whose subscription runs, or who has joined (contracts), or who bought in the
          months of lapse (no contracts), and whose leaving is not known by then.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from worthline.metrics.figure_sql.parts import day, months_of
from worthline.tables.time import add_months, month_end, month_start

if TYPE_CHECKING:
    from worthline.results import Dataset

LAPSE_MONTHS = 12
"""Where no lapse could be found from the gaps between purchases: the panel's own."""


def customers_active(ds: Dataset, period: str) -> str:
    """Customers at the end of the month, or on as_of."""
    return f"with active as ({_active(ds, months_of(period).last)})\nselect count(*) as value from active"


def retention(ds: Dataset, period: str) -> str:
    """Of the customers at the end of the month before the period, the share that is one at its end."""
    months = months_of(period)
    return (
        f"with earlier as ({_active(ds, add_months(months.first, -1))}),\nlater as ({_active(ds, months.last)})\n"
        "select count(later.customer_id) / count(*) as value, count(*) as n\n"
        "from earlier left join later using (customer_id)"
    )


def _active(ds: Dataset, month: date) -> str:
    """Ids of those who are customers on the last day of a month, or on as_of where that comes first."""
    on = min(month_end(month), ds.settings.as_of)
    return (
        f"select customer_id from source.customers\n  where {_here(ds, month, day(on))}\n"
        f"    and (left_on is null or greatest(left_on, coalesce(left_known_on, left_on)) > {day(on)})"
    )


def _here(ds: Dataset, month: date, on: str) -> str:
    known = f"greatest({{0}}, coalesce({{1}}, {{0}})) <= {day(month_end(month))}"
    if ds.settings.setting != "contractual":
        since = day(month_start(add_months(month, 1 - (ds.settings.lapse_months or LAPSE_MONTHS))))
        return (
            "customer_id in (select customer_id from source.transactions where kind = 'purchase' and amount > 0\n"
            f"      and greatest(at_date, coalesce(known_on, at_date)) between {since} and {day(month_end(month))})"
        )
    if "subscriptions" in ds.tables:
        return (
            f"customer_id in (select customer_id from source.subscriptions where started_on <= {on}\n"
            f"      and (ended_on is null or ended_on > {on}) and {known.format('started_on', 'known_on')})"
        )
    if ds.has("customers", "joined_on"):
        return f"greatest(joined_on, coalesce(joined_known_on, joined_on)) <= {on} and joined_on is not null"
    listed = f"coalesce(first_seen, {day(ds.settings.as_of)})"
    return f"not derived and greatest({listed}, coalesce(joined_known_on, {listed})) <= {on}"
