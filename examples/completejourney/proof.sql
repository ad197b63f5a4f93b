-- The same figures as published.sql, counted by hand from the raw files: name and value, a row each.
with
lines as (
    select
        *,
        cast(round(sales_value, 2) as decimal(18, 2)) as amount,
        -- New York's month, by hand: 4 hours behind UTC in summer, 5 in winter.
        date_trunc('month', transaction_timestamp - case
            when transaction_timestamp >= timestamp '2017-03-12 07:00:00'
                and transaction_timestamp < timestamp '2017-11-05 06:00:00'
            then interval 4 hour else interval 5 hour
        end)::date as month
    from 'transactions_sample.parquet'
),
-- Who was sent a campaign; two of these households are in no basket.
sent as (
    select *, campaign_type as kind
    from read_csv('campaigns.csv', all_varchar = true) c
    join read_csv('campaign_descriptions.csv', all_varchar = true) d using (campaign_id)
),
demographics as (from read_csv('demographics.csv', all_varchar = true)),
baskets as (
    select household_id, month, basket_id, sum(amount) as amount from lines where amount > 0 group by all
),
-- December beside November, household by household.
moves as (
    select
        household_id,
        min(month) >= date '2017-12-01' as is_new,
        count(*) filter (month = date '2017-11-01') > 0 as there_before,
        count(*) filter (month = date '2017-12-01') > 0 as there_now,
        coalesce(sum(amount) filter (month = date '2017-11-01'), 0) as was,
        coalesce(sum(amount) filter (month = date '2017-12-01'), 0) as now
    from lines group by all
)
select 'rows' as name, count(*)::double as value from lines
union all select 'households', count(distinct household_id) from lines
union all select 'households that said who they are', count(distinct household_id) from demographics
union all select 'campaigns sent', count(*) from sent
union all select 'households that were sent one', count(distinct household_id) from sent
union all select 'households that bought nothing', count(distinct household_id)
    from sent where household_id not in (select cast(household_id as varchar) from lines)
-- A customer has bought, or is listed with demographics; a letter alone makes nobody a customer.
union all select 'customers', count(*) from (
    select cast(household_id as varchar) from lines union select household_id from demographics
)
union all select 'campaigns of ' || kind, count(*) from sent group by kind
union all select 'sent in ' || strftime(start_date::date, '%Y-%m'), count(*) from sent group by all
union all select 'sent of campaign ' || lpad(campaign_id, 2, '0'), count(*) from sent group by campaign_id
-- One line, of nothing for $0, bears the basket 4.0128e+10: a spreadsheet rounded it, and it names no basket.
union all select 'baskets', count(distinct basket_id) from lines where basket_id not like '%e+%'
union all select 'lines of a basket whose number a spreadsheet rounded', count(*) filter (basket_id like '%e+%') from lines
union all select 'lines without a price', count(*) from lines where amount = 0
union all select 'money', sum(amount) from lines
union all select 'quantity', sum(quantity) from lines
union all select 'money of week ' || week, sum(amount) from lines group by week
union all select 'households of ' || household_comp, count(*) from demographics group by household_comp
union all select 'revenue ' || strftime(month, '%Y-%m'), sum(amount) from lines group by month
union all select 'revenue, 12 months', sum(amount) from lines
union all select 'revenue, 12 months, of ' || coalesce(household_comp, '(unknown)'), sum(amount)
    from lines left join demographics using (household_id) group by household_comp
union all select 'orders ' || strftime(month, '%Y-%m'), count(*) from baskets group by month
-- A household has lapsed after 3 months without a purchase: the run's own decision, which it explains.
union all select 'households active', count(distinct household_id)
    from baskets where month >= date '2017-10-01'
union all select 'bridge opening', sum(was) from moves
union all select 'bridge new', sum(now) from moves where is_new
union all select 'bridge returned', sum(now) from moves where there_now and not there_before and not is_new
union all select 'bridge expansion', sum(now - was) from moves where there_before and there_now and now > was
union all select 'bridge contraction', sum(was - now)
    from moves where there_before and there_now and now < was
union all select 'bridge lost', sum(was) from moves where there_before and not there_now
union all select 'bridge without_customer', 0
union all select 'bridge currency', 0
union all select 'bridge closing', sum(now) from moves
