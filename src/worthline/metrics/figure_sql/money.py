"""Revenue, margin, and what customers of before bring now: from the checked transactions, or subscriptions by the day.

Reads     a Dataset's settings and which columns it brings.
Gives     SQL over `source.*` with the column `value`.
Method    that of metrics.revenue and metrics.bridge, written out: money in the company's currency; customers of two
          windows compared at the rates of the earlier one.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from worthline.metrics.figure_sql.parts import Months, day, month, months_of, text, texts
from worthline.metrics.figure_sql.parts import money as rounded
from worthline.tables.columns import EARNED
from worthline.tables.money import currency_digits
from worthline.tables.time import add_months

if TYPE_CHECKING:
    from worthline.results import Dataset


def revenue(ds: Dataset, period: str) -> str:
    """All revenue of the period."""
    months = months_of(period)
    if ds.settings.revenue_from == "transactions":
        return _total(f"select sum(amount) as exact from source.transactions\n  where at_date {months.days}", ds)
    exact = f"select sum(amount) as exact from revenue where {_within(months)}"
    return f"with {_rows(ds)}\n{_total(exact, ds)}"


def margin(ds: Dataset, period: str) -> str:
    """All margin of the period: as brought, else the company's share of each amount."""
    months = months_of(period)
    exact = f"select sum(margin) as exact from revenue where {_within(months)}"
    return f"with {_rows(ds)}\n{_total(exact, ds)}"


def net_revenue_retention(ds: Dataset, period: str) -> str:
    """What those who paid in the window before pay now, as a share of what they paid then."""
    return (
        f"with {_compared(ds, months_of(period))}\n"
        "select sum(now) filter (was is not null)::double / sum(was)::double as value from compared"
    )


def earned_growth(ds: Dataset, period: str) -> str:
    """Net revenue retention, plus the share of new customers whom nobody paid for, less 100%."""
    months = months_of(period)
    return (
        f"with {_compared(ds, months)}\n"
        "select (coalesce(sum(now) filter (was is not null), 0) + coalesce(sum(now) filter (was is null\n"
        f"    and first >= {day(months.first)} and lower(acquired_through) in {texts(EARNED)}), 0))::double\n"
        "  / sum(was)::double - 1 as value\n"
        "from compared left join source.customers using (customer_id)"
    )


def _total(exact: str, ds: Dataset) -> str:
    return rounded(exact, currency_digits(ds.settings.currency))


def _within(months: Months) -> str:
    return f"month between {day(months.first)} and {day(months.last)}"


def _rows(ds: Dataset) -> str:
    """CTEs ending with `revenue`: customer_id, month, amount, margin; of transactions also currency, original."""
    share = ds.settings.margin
    if ds.settings.revenue_from == "transactions":
        of_margin = f"coalesce(margin, {_share(share)})" if share is not None else "margin"
        return (
            f"revenue as (\n  select customer_id, {month('at_date')} as month, amount, currency,\n"
            f"    amount_original as original, {of_margin} as margin\n  from source.transactions)"
        )
    after = day(ds.settings.as_of + timedelta(days=1))
    return (
        f"terms as (\n  select *, least(coalesce(ended_on, {after}), {after}) as ends,\n"
        "    if(period = 'year', 12, 1) as per\n"
        "  from source.subscriptions),\n"
        "term_months as (\n"
        f"  select *, unnest(generate_series({month('started_on')}::timestamp, (ends - 1)::timestamp,\n"
        "    interval 1 month))::date as month\n  from terms where ends > started_on),\n"
        "term_days as (\n"
        "  select *, (month + interval 1 month)::date as follows, (follows - month) * per as parts,\n"
        "    (fee * 10000)::bigint * (least(ends, follows) - greatest(started_on, month)) as units\n"
        "  from term_months),\n"
        "fees as (\n  -- a fee by the day, rounded once to four decimals, half up\n"
        "  select customer_id, month,\n"
        "    (floor((2 * units + parts) / (2 * parts))::bigint::decimal(38, 0)\n"
        "      * 0.0001::decimal(38, 4))::decimal(18, 4) as amount\n"
        "  from term_days),\n"
        f"revenue as (\n  select *, {_share(share) if share is not None else 'null'} as margin from fees)"
    )


def _share(share: str) -> str:
    scale = max(-int(Decimal(share).as_tuple().exponent), 0)
    return f"(amount::decimal(38, 4) * {Decimal(share):f}::decimal(38, {scale}))::decimal(18, 4)"


def _compared(ds: Dataset, months: Months) -> str:
    """CTEs ending with `compared`: each known customer with revenue in one window: was, now, first month ever."""
    length = (months.last.year - months.first.year) * 12 + months.last.month - months.first.month + 1
    before = Months(add_months(months.first, -length), months.last)
    is_now = f"month >= {day(months.first)}"
    head = f"{_rows(ds)},\nfirsts as (select customer_id, min(month) as first from revenue group by all),\n"
    constant, rates = "amount", ""
    if ds.settings.revenue_from == "transactions":
        rates = _rates(ds, before, is_now)
        constant = "coalesce((original::decimal(19, 4) * rate)::decimal(18, 4), amount)"
    sums = (
        "amounts as (select customer_id, month, sum(amount)::decimal(18, 4) as amount from revenue\n"
        f"  where {_within(before)} group by all),\n"
    )
    joined = "amounts left join rates using (currency)" if rates else "amounts"
    return (
        f"{head}{rates or sums}compared as (\n  select customer_id, any_value(first) as first,\n"
        f"    sum(amount) filter (not {is_now}) as was, sum({constant}) filter ({is_now}) as now\n"
        f"  from {joined} join firsts using (customer_id)\n  group by customer_id)"
    )


def _rates(ds: Dataset, before: Months, is_now: str) -> str:
    """What one unit of each currency was worth in the window before; where it was not used then, now."""
    company = text(ds.settings.currency)

    def rate(where: str) -> str:
        return (
            f"nullif((sum(gross) filter ({where})::double\n"
            f"      / nullif(sum(gross_original) filter ({where})::double, 0))::decimal(19, 8), 0)"
        )

    return (
        "amounts as (\n  select customer_id, month, currency, sum(amount)::decimal(18, 4) as amount,\n"
        "    sum(original)::decimal(18, 4) as original,\n"
        "    sum(abs(amount)) as gross, sum(abs(original)) as gross_original\n"
        f"  from revenue where {_within(before)} group by all),\n"
        f"rates as (  -- of other currencies than {company.strip(chr(39))}\n"
        f"  select currency, coalesce({rate('not ' + is_now)},\n    {rate(is_now)}) as rate\n"
        f"  from amounts where exists (from source.transactions where currency <> {company}) group by currency),\n"
    )
