-- A company of 42 people (two of them prospects) over 26 months, 2024-01 to 2026-02, by arithmetic alone.
-- Only columns that a company could have brought; conftest.py adds the rest of the canonical ones as nulls.
-- In `_date` columns stands the local day (the zone is five hours behind UTC).

create macro day_of(m, d) as (date '2024-01-01' + to_months(cast(m as integer)) + to_days(cast(d - 1 as integer)))::date;

create table people as
select i,
       'c' || lpad(i::text, 2, '0') as customer_id,
       case when i <= 14 then -8 + i % 8 else (i * 5) % 22 end as joined,   -- month counted from 2024-01
       case when i % 9 = 0 then 12 + i % 7 when i = 40 then 25 end as left_m
from range(1, 43) r(i);

create table brought_customers as
select customer_id,
       case when i <= 40 then day_of(joined, 1 + (i * 3) % 27) end as joined_on,
       day_of(left_m, 15) as left_on,
       case i % 5 when 0 then 'referral' when 1 then 'organic' when 2 then 'paid' when 3 then 'partner' end
           as acquired_through,
       case when i % 5 = 0 then 'c' || lpad((1 + i // 3)::text, 2, '0') end as referred_by,
       case when i % 10 = 7 then null when i % 3 = 0 then 'business' else 'home' end as segment,
       ['north', 'south', 'east', 'west'][1 + i % 4] as region,
       case when i % 2 = 0 then 'phone' else 'online' end as channel,
       case when i % 11 <> 4 then 'store ' || (1 + i % 3) end as location,
       case when i % 6 <> 1 then 0.5 + (i % 4) * 0.5 end as weight
from people;

create table brought_subscriptions as
with terms as (
    -- the first fee; a dearer or cheaper one after ten months; a second product; a return after a gap
    select customer_id, i, joined as from_m, least(joined + 10, left_m) as to_m, 20 + (i % 5) * 7.5 as fee, 'line' as product
    from people where i <= 40
    union all
    select customer_id, i, joined + 10, left_m, 20 + (i % 5) * 7.5 + (i % 3 - 1) * 4.25, 'line'
    from people where i <= 40 and (left_m is null or left_m > joined + 10) and i % 7 <> 0
    union all
    select customer_id, i, joined + 4, left_m, 90, 'device cover'
    from people where i <= 40 and i % 4 = 1 and (left_m is null or left_m > joined + 4)
    union all
    select customer_id, i, joined + 14, null, 33.3333, 'line' from people where i <= 40 and i % 7 = 0 and i % 9 <> 0
)
select customer_id, day_of(from_m, 1 + (i * 3) % 27) as started_on, fee::decimal(18, 4) as fee, product,
       case when to_m = (select left_m from people p where p.customer_id = terms.customer_id) then day_of(to_m, 15)
            else day_of(to_m, 1 + (i * 3) % 27) end as ended_on,
       case when product = 'device cover' then 'year' end as period
from terms
where day_of(from_m, 1 + (i * 3) % 27) <= date '2026-02-28';

create table brought_rates as
select * from (values ('EUR', date '2023-01-01', 1.10::decimal(18, 8)), ('EUR', date '2025-07-01', 1.20)) v("currency", "on", rate);

create table brought_transactions as
with bought as (
    select p.*, m, day_of(m, 1 + (i + m * 5) % 27) as at_date,
           (10 + (i * 13 + m * 7) % 90 + ((i + m) % 4) * 0.25)::decimal(18, 4) as amount
    from people p, range(0, 26) r(m)
    where i <= 40 and m > joined and (i * 7 + m * 3) % 5 < 2 and (left_m is null or m < left_m)
      and not (i % 8 = 5 and m between 8 and 16)   -- lapsed, then came back
), lines as (
    select customer_id, i, m, at_date, amount, 'purchase' as kind, i || '-' || m as transaction_id, 'goods' as product
    from bought
    union all   -- a second line on the same receipt
    select customer_id, i, m, at_date, 3.1000, 'purchase', i || '-' || m, 'extra' from bought where (i + m) % 6 = 0
    union all
    select customer_id, i, m, at_date, -amount, 'refund', 'r' || i || '-' || m, 'goods' from bought where (i * 3 + m) % 13 = 0
    union all
    select customer_id, i, m, at_date, -5.5000, 'credit', 'k' || i || '-' || m, null from bought where (i + 2 * m) % 17 = 0
    union all   -- sold to nobody known
    select null, 0, m, day_of(m, 11), 40 + m, 'purchase', 'n' || m, 'goods' from range(0, 26) r(m) where m % 2 = 0
)
select customer_id, (at_date + interval 17 hour)::timestamp as at, at_date, kind, transaction_id, product,
       case when i % 8 = 3 then 'EUR' else 'USD' end as currency,
       amount::decimal(18, 4) as amount_original,
       case when i % 8 = 3 and at_date < date '2025-07-01' then (amount * 1.10)::decimal(18, 4)
            when i % 8 = 3 then (amount * 1.20)::decimal(18, 4) else amount::decimal(18, 4) end as amount,
       case when (i + m) % 5 <> 0 then (amount * 0.4)::decimal(18, 4) end as margin
from lines
where at_date <= date '2026-02-28';

create table brought_interactions as
with first_contacts as (
    select p.*, m, i * 100 + m as k, day_of(m, 1 + (i * 2 + m) % 20) as at_date,
           ['billing', 'support call', 'store', 'complaint desk', 'escalation team', 'app'][1 + (i + m) % 6] as touchpoint
    from people p, range(4, 26) r(m)
    where m >= joined and (i * 3 + m * 5) % 7 = 0 and (left_m is null or m <= left_m)
), contacts as (
    select *, 0 as again from first_contacts
    union all   -- 3 days later; exactly 7 days later; 8 days later
    select * replace (at_date + 3 as at_date), 1 from first_contacts where k % 4 = 0
    union all
    select * replace (at_date + 7 as at_date), 2 from first_contacts where k % 5 = 0
    union all
    select * replace (at_date + 8 as at_date), 3 from first_contacts where k % 6 = 0
)
select case when k % 19 = 0 then null else customer_id end as customer_id,
       (at_date + interval 15 hour)::timestamp as at, at_date, touchpoint,
       [null, 'phone', 'chat', 'store'][1 + k % 4] as channel,
       case k % 5 when 0 then null when 1 then false else true end as resolved,
       case when k % 3 <> 0 then (k % 11) * 30.5 end as wait_seconds,
       case when k % 4 <> 3 then 60 + (k % 13) * 45.25 end as handle_seconds,
       case when k % 7 < 3 then ((k % 9) * 1.2345)::decimal(18, 4) end as cost,
       case when k % 2 = 0 then 'case ' || k end as case_id
from contacts
where at_date <= date '2026-02-28';

create table brought_feedback as
with said as (
    select p.*, m, q, i * 1000 + m * 10 + q as k, day_of(m, 1 + (i + m * 2 + q) % 25) as at_date,
           ['nps', 'csat', 'ces', 'Stars', 'ease of use'][q] as metric
    from people p, range(3, 26) r(m), range(1, 6) s(q)
    where m >= joined and (i * 5 + m * 3 + q * 7) % 11 < 2 and (left_m is null or m <= left_m)
)
select 'f' || k as feedback_id,
       case when k % 23 = 0 then null else customer_id end as customer_id,
       (at_date + interval 20 hour)::timestamp as at, at_date, metric,
       case when k % 13 = 0 then null
            when q = 1 then least(10, (k * 7) % 13)
            when q = 2 and k % 3 = 0 then 1 + (k * 5) % 7
            when q = 2 then 1 + (k * 3) % 5
            when q = 3 then 1 + (k * 3) % 7
            when q = 4 then 1 + (k * 2) % 5
            else (k % 40) * 0.25 end::double as score,
       case when k % 13 = 0 then 'left blank' end as text,
       case when k % 17 = 0 then 'employee' when k % 5 = 0 then 'customer' end as respondent,
       case when k % 7 <> 0 then 'store ' || (1 + k % 3) end as location,
       case when k % 4 <> 0 then 0.25 + (k % 5) * 0.5 end as weight,
       ['billing', 'store', 'app', null][1 + k % 4] as touchpoint,
       case when k % 2 = 0 then 'survey' else 'call' end as channel,
       case when q = 1 then 0 when q = 5 then null else 1 end::double as scale_low,
       case when q = 1 then 10 when q = 2 and k % 3 = 0 then 7 when q = 2 then 5 when q = 3 then 7 when q = 4 then 5 end::double
           as scale_high
from said
where at_date <= date '2026-02-28';

create table brought_invitations as
with asked as (   -- every known answer to nps and csat was asked for ten days before; as many were silent
    select customer_id, at_date - 10 as at_date, lower(metric) as metric, feedback_id
    from brought_feedback where lower(metric) in ('nps', 'csat') and customer_id is not null
    union all
    select customer_id, day_of(m, 1 + (i + m) % 25), ['nps', 'csat'][1 + (i + m) % 2], null
    from people p, range(3, 26) r(m) where m >= joined and (i * 3 + m) % 9 = 0
)
select customer_id, (at_date + interval 14 hour)::timestamp as at, at_date, metric, feedback_id from asked
where at_date <= date '2026-02-28';

create table brought_touchpoints as
select * from (values
    ('billing', 'pay', 3.0, 'finance', 'no'),
    ('support call', 'use', 2.0, 'service', null),
    ('store', 'buy', 1.0, 'retail', 'no'),
    ('complaint desk', 'use', 4.0, 'service', 'complaint'),
    ('escalation team', 'use', 5.0, null, 'escalation'))
v(touchpoint, stage, position, owner_group, failure);

create table brought_responsibilities as
select * from (values
    ('finance', 'billing', 'owns', null), ('it', 'billing', 'owns', 'invoice layout'),
    ('it', 'store', 'supports', null), ('head office', 'escalation team', 'owns', null))
v("group", touchpoint, role, lever);

create table brought_targets as
select * from (values
    ('nps', '2026', 30.0, null, null), ('nps', '2026-02', 25.0, null, null), ('nps', '2026', 35.0, null, 'home'),
    ('contacts', '2026', 150.0, null, null), ('contacts', '2025', 140.0, null, null),
    ('contacts', '2025-11', 9.0, 'service', null), ('customers_active', '2026', 36.0, null, null),
    ('smiles', '2026', 5.0, null, null), ('nps', '2026', 5.0, 'service', 'home'))
v(metric, period, target, "group", segment);

create table brought_finance as
select * from (values
    ('2025-12', 'reported revenue', 950.0000::decimal(18, 4), null), ('2025-Q4', 'Reported Revenue', 3000.0000, null),
    ('2025', 'reported revenue', 12000.5000, null), ('2026', 'reported revenue', 1900.0000, null),
    ('2025', 'reported margin', 6000.0000, null), ('2025', 'cost to serve', 410.2500, null),
    ('2025', 'cost to serve', 100.0000, 'service'), ('2025', 'programme cost', 77.0000, null))
v(period, line, amount, "group");

create table brought_wallet as
select customer_id, (at_date + interval 16 hour)::timestamp as at, at_date, provider,
       row_number() over (partition by customer_id, at_date order by (i * length(provider) + month(at_date)) % 5, provider)::double as rank,
       case when i % 3 = 0 then ([0.6, 0.3, 0.1][1 + length(provider) % 3]) end as share,
       (20 + (i * length(provider)) % 60)::decimal(18, 4) as spend
from people, (values ('made up'), ('rival'), ('other')) v(provider), (values (date '2025-05-10'), (date '2025-11-10')) w(at_date)
where i <= 30 and joined <= 15;

create table brought_balances as
select customer_id, (at_date + interval 16 hour)::timestamp as at, at_date, (1000 + i * 37 + m * 11)::decimal(18, 4) as balance,
       ['assets', 'deposits'][1 + i % 2] as product
from (select *, (day_of(m, 28)) as at_date from people, range(0, 26) r(m) where i <= 25 and m >= joined and m % 3 = 1)
where left_m is null or m < left_m;
