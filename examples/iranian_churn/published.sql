-- What the published run says: ask it the same with `worthline sql`.
with
people as (
    select c.*, i.customer_id is not null as complained_
    from source.customers c left join source.interactions i using (customer_id)
),
whole as (select * from metrics where dimension = 'all'),
plans as (select * from metrics where dimension = 'segment')
select 'rows' as name, count(*)::double as value from people
union all select 'customers', count(distinct customer_id) from people
union all select 'left', count(left_on) from people
union all select 'left after a complaint', count(left_on) from people where complained_
union all select 'left without a complaint', count(left_on) from people where not complained_
union all select 'complained', count(*) filter (complained_) from people
union all select 'share left after a complaint', count(left_on) / count(*) from people where complained_
union all select 'share left without a complaint', count(left_on) / count(*) from people where not complained_
union all select 'left, ' || status, count(left_on) from people group by status
union all select 'seconds of use', sum(cast(seconds_of_use as integer)) from people
union all select 'customers on ' || segment, count(*) from people group by segment
union all select 'active in ' || period, value
    from whole where metric = 'customers_active' and period between '2015-10' and '2019-12' and value is not null
union all select 'in the panel in ' || strftime(month, '%Y-%m'), count(*)
    from panel where active and month between date '2015-10-01' and date '2019-09-01' group by month
union all select 'months before leaving was recorded', count(*)
    from whole where metric = 'customers_active' and period between '2015-10' and '2019-10' and value is null
union all select 'active in 2019-12 on ' || member, value
    from plans where metric = 'customers_active' and period = '2019-12'
union all select 'retention, a year, published', count(*)
    from metrics where metric = 'retention' and period = '12m:2019-12' and value is not null
union all select 'retention, December', value from whole where metric = 'retention' and period = '2019-12'
union all select 'lost in December', value from whole where metric = 'customers_lost' and period = '2019-12'
union all select 'new in the twelve months, published', count(*)
    from metrics where metric = 'customers_new' and period = '12m:2019-12' and value is not null
union all select 'complaints in 2019-09', value from whole where metric = 'complaints' and period = '2019-09'
