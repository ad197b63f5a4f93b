"""The cost of poor service: money paid back or credited, and what failing contacts cost, from the checked tables.

Reads     a Dataset's settings and which columns it brings; which of the two parts is known.
Gives     SQL over `source.*` with the column `value`.
Method    that of metrics.service, written out: a contact fails that is an escalation, a complaint, or a repeat within
          seven days on the same matter.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from worthline.metrics.figure_sql.parts import money, months_of, texts
from worthline.metrics.service import CREDITS, REFUNDS, REPEAT_DAYS
from worthline.panel.bookings import cost_of_a_second
from worthline.tables.money import currency_digits

if TYPE_CHECKING:
    from worthline.results import Dataset


def cost_of_poor_service(ds: Dataset, period: str, *, cash: bool, capacity: bool) -> str:
    """Of the period; `cash`, `capacity`: which of the parts is known."""
    months, parts, heads, joined = months_of(period), [], [], ",\n"
    if cash:
        heads.append(_paid(ds))
        parts.append(
            f"(select -coalesce(sum(amount), 0) from paid where at_date {months.days}\n"
            f"    and lower(kind) in {texts((*REFUNDS, *CREDITS))})"
        )
    if capacity:
        heads.append(_contacts(ds))
        parts.append(f"(select coalesce(sum(price), 0) from failing where at_date {months.days})")
    exact = f"select {' + '.join(parts)} as exact"
    return f"with {joined.join(heads)}\n{money(exact, currency_digits(ds.settings.currency))}"


def _paid(ds: Dataset) -> str:
    """CTE `paid`: the transactions, a line of a change of plan being no refund."""
    if ds.has("transactions", "kind") or not ds.has("transactions", "transaction_id"):
        return "paid as (select * from source.transactions)"
    return (
        "changes as (  -- lines of one invoice that are together above zero are a change of plan\n"
        "  select customer_id, transaction_id from source.transactions\n"
        "  where customer_id is not null and transaction_id is not null\n"
        "  group by all having sum(amount) > 0 and min(amount) < 0),\n"
        "paid as (\n  select * from source.transactions t where not (amount < 0 and exists (\n"
        "    from changes c where c.customer_id = t.customer_id and c.transaction_id = t.transaction_id)))"
    )


def _contacts(ds: Dataset) -> str:
    """CTEs ending with `failing`: at_date, price of each failing contact."""
    failure = "false"
    name = "lower(coalesce(touchpoint, ''))"
    if ds.has("touchpoints", "failure"):
        places = "select touchpoint from source.touchpoints where lower(failure) in ('complaint', 'escalation')"
        failure = f"coalesce(touchpoint in ({places}), false)"
    else:
        failure = f"({name} like '%escalation%' or {name} like '%complaint%')"
    return (
        "contacts as (\n"
        '  select *, lag("at") over (\n'
        "      partition by case_id, if(case_id is null, customer_id, null), if(case_id is null, touchpoint, null)\n"
        '      order by "at" nulls first, _file nulls first, _line nulls first) as before\n'
        "  from source.interactions where coalesce(kind, 'contact') = 'contact'),\n"
        f"failing as (\n  select at_date, {_price(ds)} as price from contacts\n"
        f"  where {failure}\n"
        "    or ((case_id is not null or customer_id is not null)\n"
        f'        and coalesce("at" <= before + interval {REPEAT_DAYS} day, false)))'
    )


def _price(ds: Dataset) -> str:
    """As brought, else handle time at the cost of staff, rounded half up to four decimals, else the declared cost."""
    prices = ["cost"]
    if ds.settings.staff_hour_cost is not None:
        a_second = cost_of_a_second(ds.settings.staff_hour_cost)
        units = f"(handle_seconds::decimal(18, 4)::decimal(38, 4) * 10000)::bigint * {a_second.numerator}"
        prices.append(
            f"(floor((2 * ({units}) + {a_second.denominator}) / {2 * a_second.denominator})::bigint::decimal(38, 0)\n"
            "      * 0.0001::decimal(38, 4))::decimal(18, 4)"
        )
    if ds.settings.contact_cost is not None:
        prices.append(f"{Decimal(ds.settings.contact_cost):f}::decimal(18, 4)")
    return prices[0] if len(prices) == 1 else f"coalesce({', '.join(prices)})"
