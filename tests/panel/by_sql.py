"""The panel a second time: plain SQL over the same tables, month by month, no arrays and no Ibis.

Slow on purpose: every cell is a query over the raw rows, so that nothing is shared with worthline.panel.
"""

import duckdb
import pyarrow as pa

from worthline.results import Resolved

ROLLED = ("revenue", "margin", "orders", "contacts", "unresolved", "cost_to_serve")

VIEWS = """
create macro in_month(day) as date_trunc('month', day)::date;
create macro later(day, known) as case when day is not null then greatest(day, coalesce(known, day)) end;
create table months as
    select m::date as month, least(last_day(m), '{as_of}'::date) as last
    from generate_series('{dawn}'::timestamp, '{as_of}'::timestamp, interval 1 month) g(m);
create table sales as
    select customer_id, in_month(later(at_date, known_on)) as month, amount,
        coalesce(margin, {margin_of_amount}) as margin, kind,
        case when kind = 'purchase' and amount > 0
            then coalesce(transaction_id, 'alone ' || _file || _line) end as receipt
    from transactions where customer_id is not null;
create table terms as
    select *, in_month(later(started_on, known_on)) as known from subscriptions;
create table running as
    select s.customer_id, greatest(m.month, s.known) as month, (s.fee * 10000)::hugeint as fee,
        date_diff('day', greatest(s.started_on, m.month), least(coalesce(s.ended_on, m.last + 1), m.last + 1)) as days,
        day(last_day(m.month)) * (case when s.period = 'year' then 12 else 1 end) as shares
    from terms s join months m on s.started_on <= m.last and (s.ended_on is null or s.ended_on > m.month)
    where s.ended_on is null or s.ended_on > s.started_on;
create table earned as
    select customer_id, month,
        (((fee * days * 2 + shares) // (2 * shares)) / 10000)::decimal(18, 4) as fee from running;
create table touches as
    select customer_id, in_month(later(at_date, known_on)) as month, resolved, wait_seconds, handle_seconds,
        coalesce(cost, {cost_of_time}, {cost_of_one}) as cost
    from interactions where customer_id is not null;
create table answered as
    select *, in_month(later(at_date, known_on)) as month from feedback
    where customer_id is not null and metric = '{metric}' and coalesce(respondent, 'customer') = 'customer'
        and score is not null;
create table scales as
    select m.month, f.scale_low, f.scale_high
    from months m join feedback f on in_month(later(f.at_date, f.known_on)) <= m.month
    where f.metric = '{metric}' and f.score is not null
    group by m.month, f.scale_low, f.scale_high
    qualify row_number() over (partition by m.month order by count(*) desc, f.scale_low desc nulls last,
        f.scale_high desc nulls first) = 1;
update scales set scale_low = 0, scale_high = 10 where '{metric}' = 'nps';
create table money as {money};
create table here as
    select c.customer_id, m.month, m.last, ({here}) and not ({gone}) as active, {gone} as gone,
        coalesce(later(c.joined_on, c.known_on) <= m.last, false) as joined_known
    from customers c, months m;
"""

HERE = {
    "subscriptions": """exists (from terms s where s.customer_id = c.customer_id and s.known <= m.month
        and s.started_on <= m.last and (s.ended_on is null or m.last < s.ended_on))""",
    "customers": "coalesce(later(c.joined_on, c.known_on) <= m.last, false)",
    "transactions": """exists (from sales s where s.customer_id = c.customer_id and s.receipt is not null
        and s.month between m.month - interval {lapse} month and m.month)""",
}

MONEY = {
    "transactions": "select customer_id, month, amount as revenue, margin from sales",
    "subscriptions": "select customer_id, month, fee as revenue, {margin_of_fee} as margin from earned",
    "none": "select null::varchar as customer_id, null::date as month, 0 as revenue, 0 as margin where false",
}

PANEL = """
with starts as ({starts}),
base as (
    select h.customer_id, h.month, h.active, h.gone, h.joined_known, c.joined_on,
        coalesce((select a.active from here a where a.customer_id = h.customer_id
            and a.month = h.month - interval 1 month), false) as before,
        (select min(a.month) from here a where a.customer_id = h.customer_id and a.active) as first_active
    from here h join customers c using (customer_id) join starts s using (customer_id)
    where h.month >= in_month(s.day) and h.month >= '{first}'),
stated as (
    select *, coalesce(first_active <= month, false) as ever, {paid_back} as paid_back,
        least(case when joined_known then in_month(joined_on) end, first_active) as since
    from base)
select customer_id, month,
    case when active then 'active' when not ever and not (gone and joined_known) and not paid_back then 'prospect'
        else 'left' end
        as state,
    active, active and first_active = month as joined, before and not active as "left",
    active and not before and first_active < month as returned,
    case when state <> 'prospect' and since <= month then date_diff('month', since, month) end as tenure_months,
    {rolled},
    (select coalesce(sum(amount), 0) from sales s where s.customer_id = b.customer_id and s.month = b.month
        and amount < 0 and kind <> 'purchase') as refunds,
    (select round(coalesce(sum(wait_seconds::decimal(18, 4)), 0), 0) from touches t
        where t.customer_id = b.customer_id and t.month = b.month)::bigint as wait_seconds,
    (select round(coalesce(sum(handle_seconds::decimal(18, 4)), 0), 0) from touches t
        where t.customer_id = b.customer_id and t.month = b.month)::bigint as handle_seconds,
    (select count(*) from answered f where f.customer_id = b.customer_id and f.month = b.month) as answers,
    (select score from answered f join scales s on s.month = b.month
            and f.scale_low is not distinct from s.scale_low and f.scale_high is not distinct from s.scale_high
        where f.customer_id = b.customer_id and f.month <= b.month
        order by f."at" desc, f.month desc, feedback_id desc limit 1) as last_score,
    (select date_diff('month', max(s.month), b.month) from sales s where s.customer_id = b.customer_id
        and s.month <= b.month and receipt is not null) as months_since_purchase,
    (select date_diff('month', max(t.month), b.month) from touches t where t.customer_id = b.customer_id
        and t.month <= b.month) as months_since_contact
from stated b order by customer_id, month
"""

PAID_BACK = """exists (from sales s where s.customer_id = base.customer_id and s.month <= base.month
            and s.amount < 0 and s.kind <> 'purchase')"""
"""Who got money back has bought before the data begin, and is no prospect."""

ONE_ROLLED = {
    "revenue": "select coalesce(sum(revenue), 0) from money x where {within}",
    "margin": "select case when count(*) = count(margin) then coalesce(sum(margin), 0) end from money x where {within}",
    "orders": """select coalesce(sum(n), 0) from (
        select count(distinct receipt) as n from sales x where {within} group by x.month)""",
    "contacts": "select count(*) from touches x where {within}",
    "unresolved": "select count(*) from touches x where {within} and not resolved",
    "cost_to_serve": """select case when {costed} and bool_and(cost is not null) is not false
        then coalesce(sum(cost), 0) end from touches x where {within}""",
}


def panel_by_sql(tables: dict[str, pa.Table], settings: Resolved, *, first: str, late: bool, costed: bool) -> pa.Table:
    """The panel from month `first` on; `late` where any table brings known_at, `costed` where anything tells costs."""
    con = duckdb.connect()
    for name, table in tables.items():
        con.register(f"{name}_arrow", table)
        con.execute(f"create table {name} as select * from {name}_arrow")
    for name in ("subscriptions", "transactions", "interactions", "feedback"):
        assert name in tables, "bring an empty table"
    running = "subscriptions" if tables["subscriptions"].num_rows else "customers"
    here = running if settings.setting == "contractual" else "transactions"
    share = f"(amount * {settings.margin})::decimal(18, 4)" if settings.margin else "null"
    hourly = int(float(settings.staff_hour_cost or 0) * 10_000)
    hour = f"((((handle_seconds::decimal(18, 4) * 10000)::hugeint * {hourly} * 2 + 36000000) // 72000000) / 10000)"
    con.execute(
        VIEWS.format(
            as_of=settings.as_of,
            metric=settings.score_metric,
            dawn="2021-01-01",
            margin_of_amount=share,
            cost_of_time=f"{hour}::decimal(18, 4)" if settings.staff_hour_cost else "null",
            cost_of_one=settings.contact_cost or "null",
            money=MONEY[settings.revenue_from].format(margin_of_fee=share.replace("amount", "fee")),
            here=HERE[here].format(lapse=(settings.lapse_months or 12) - 1),
            gone="coalesce(later(c.left_on, c.known_on) <= m.last, false)",
        )
    )
    rolled = ", ".join(
        f"({query.format(within=_within(months), costed=costed)}) as {name}{suffix}"
        for name, query in ONE_ROLLED.items()
        for suffix, months in (("", 1), ("_3m", 3), ("_12m", 12))
    )
    starts = _starts(settings, late)
    paid_back = PAID_BACK if here == "transactions" else "false"
    return con.execute(PANEL.format(starts=starts, first=first, rolled=rolled, paid_back=paid_back)).to_arrow_table()


def _within(months: int) -> str:
    return f"x.customer_id = b.customer_id and x.month between b.month - interval {months - 1} month and b.month"


def _starts(settings: Resolved, late: bool) -> str:
    if not late:
        return f"select customer_id, coalesce(first_seen, '{settings.as_of}') as day from customers"
    days = " union all ".join(
        f"select customer_id, later({day}, known_on) as day from {name}"
        for name, day in {
            "customers": "joined_on",
            "subscriptions": "started_on",
            "transactions": "at_date",
            "interactions": "at_date",
            "feedback": "at_date",
        }.items()
    )
    return f"""select c.customer_id, coalesce(min(d.day), '{settings.as_of}') as day
        from customers c left join ({days}) d using (customer_id) group by 1"""
