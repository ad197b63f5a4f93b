-- The same figures as published.sql, counted by hand from the raw file: name and value, a row each.
with
purchases as (
    select
        customer_id,
        strptime(date, '%Y%m%d')::date as day,
        date_trunc('month', strptime(date, '%Y%m%d'))::date as month,
        cast(price as decimal(18, 2)) as amount,
        cast(quantity as integer) as quantity
    from read_csv('cdnow_sample.csv', all_varchar = true)
),
-- June 1998 beside May, customer by customer.
moves as (
    select
        customer_id,
        min(month) >= date '1998-06-01' as is_new,
        count(*) filter (month = date '1998-05-01') > 0 as there_before,
        count(*) filter (month = date '1998-06-01') > 0 as there_now,
        coalesce(sum(amount) filter (month = date '1998-05-01'), 0) as was,
        coalesce(sum(amount) filter (month = date '1998-06-01'), 0) as now
    from purchases group by all
)
select 'rows' as name, count(*)::double as value from purchases
union all select 'customers', count(distinct customer_id) from purchases
union all select 'customers whose number begins with 0', count(distinct customer_id)
    from purchases where customer_id like '0%'
union all select 'free purchases', count(*) from purchases where amount = 0
union all select 'quantity', sum(quantity) from purchases
union all select 'money', sum(amount) from purchases
union all select 'days with a purchase', count(*) from (select distinct customer_id, day from purchases)
union all select 'revenue ' || strftime(month, '%Y-%m'), sum(amount) from purchases group by month
union all select 'revenue, 12 months', sum(amount) from purchases where month >= date '1997-07-01'
union all select 'orders ' || strftime(month, '%Y-%m'), count(*)
    from purchases where amount > 0 group by month
-- A customer lapses after 12 months without a purchase: the run's own decision, which it explains.
union all select 'customers active', count(distinct customer_id)
    from purchases where amount > 0 and month >= date '1997-07-01'
union all select 'bridge opening', sum(was) from moves
union all select 'bridge new', coalesce(sum(now) filter (is_new), 0) from moves
union all select 'bridge returned', sum(now) from moves where there_now and not there_before and not is_new
union all select 'bridge expansion', sum(now - was) from moves where there_before and there_now and now > was
union all select 'bridge contraction', sum(was - now)
    from moves where there_before and there_now and now < was
union all select 'bridge lost', sum(was) from moves where there_before and not there_now
union all select 'bridge without_customer', 0
union all select 'bridge currency', 0
union all select 'bridge closing', sum(now) from moves
