-- The same figures as published.sql, counted by hand from the raw file: name and value, a row each.
with
people as (
    select
        cast("Subscription Length" as integer) as months,
        "Churn" = '1' as left_,
        "Complaints" = '1' as complained,
        case "Tariff Plan" when '1' then 'pay as you go' else 'contract' end as plan,
        case "Status" when '1' then 'active' else 'not active' end as status,
        cast("Seconds of Use" as integer) as seconds
    from read_csv('customer_churn.csv', all_varchar = true)
),
-- Somebody who had subscribed for n months in September 2019 was there in each of the n months before it.
history as (
    select month, plan, count(*) as n
    from people, (select range as back, date '2019-09-01' - to_months(cast(range as integer)) as month from range(0, 48))
    where months >= back
    group by all
)
select 'rows' as name, count(*)::double as value from people
union all select 'customers', count(*) from people
union all select 'left', count(*) filter (left_) from people
union all select 'left after a complaint', count(*) filter (left_ and complained) from people
union all select 'left without a complaint', count(*) filter (left_ and not complained) from people
union all select 'complained', count(*) filter (complained) from people
union all select 'share left after a complaint', count(*) filter (left_) / count(*) from people where complained
union all select 'share left without a complaint', count(*) filter (left_) / count(*) from people where not complained
union all select 'left, ' || status, count(*) filter (left_) from people group by status
union all select 'seconds of use', sum(seconds) from people
union all select 'customers on ' || plan, count(*) from people group by plan
union all select 'in the panel in ' || strftime(month, '%Y-%m'), sum(n) from history group by month
-- Leaving is first recorded in December. Whoever left before November 2019 is in no file: how many were active then
-- is not known, nor which share of a year's customers stayed. October 2015 to October 2019 are 49 months.
union all select 'months before leaving was recorded', 49
union all select 'retention, a year, published', 0
union all select 'active in 2019-11', count(*) from people
union all select 'active in 2019-12', count(*) filter (not left_) from people
union all select 'active in 2019-12 on ' || plan, count(*) filter (not left_) from people group by plan
union all select 'retention, December', count(*) filter (not left_) / count(*) from people
union all select 'lost in December', count(*) filter (left_) from people
-- Of those who joined in 2019, whoever left before November is in no file: the year's new customers are not known.
union all select 'new in the twelve months, published', 0
union all select 'complaints in 2019-09', count(*) filter (complained) from people
