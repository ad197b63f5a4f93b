"""Share of wallet and balances, from the checked tables.

Reads     a Dataset's settings.
Gives     SQL over `source.*` with the column `value`.
Method    Wallet Allocation Rule: (1 - rank / (n + 1)) * 2 / n of each customer's latest answer, see metrics.relations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from worthline.metrics.figure_sql.parts import day, money, months_of, text
from worthline.tables.money import currency_digits
from worthline.tables.time import month_end

if TYPE_CHECKING:
    from worthline.results import Dataset


def share_of_wallet(ds: Dataset, period: str) -> str:
    """The mean over customers who ranked their providers, each by the latest answer of the period."""
    ours = text(ds.settings.name.strip().lower())
    return (
        'with named as (\n  select customer_id, "at", provider, min("rank") as place from source.wallet\n'
        f"  where at_date {months_of(period).days} group by all),\n"
        "answers as (\n  select customer_id, count(place) as ranked,\n"
        f'    min(place) filter (lower(trim(provider)) = {ours}) as place\n  from named group by customer_id, "at"\n'
        '  qualify row_number() over (partition by customer_id order by "at" desc) = 1)\n'
        "select avg(if(place is null, 0, (1 - place / (ranked + 1)) * 2 / ranked)) as value\n"
        "from answers where ranked > 0"
    )


def balances(ds: Dataset, period: str) -> str:
    """What customers hold at the end of the month: the last known balance of each product."""
    return (
        "with latest as (\n  select balance from source.balances\n"
        f"  where at_date <= {day(month_end(months_of(period).last))}\n"
        "  qualify row_number() over (partition by customer_id, coalesce(product, '(unknown)')\n"
        "    order by date_trunc('month', at_date) desc, \"at\" desc, _file desc, _line desc) = 1)\n"
        + money("select sum(balance) as exact from latest", currency_digits(ds.settings.currency))
    )
