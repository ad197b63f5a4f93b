-- What the published run says: ask it the same with `worthline sql`.
select 'rows' as name, count(*)::double as value from source.transactions
union all select 'households', count(distinct customer_id) from source.transactions
union all select 'households that said who they are', count(*) from source.customers where not derived
union all select 'campaigns sent', count(*) from source.treatments where arm = 'treated'
union all select 'households that were sent one', count(distinct customer_id) from source.treatments
-- Who was only sent something is no customer: these households are in treatments alone.
union all select 'households that bought nothing', count(distinct customer_id)
    from source.treatments where customer_id not in (select customer_id from source.transactions)
union all select 'customers', count(*) from source.customers
union all select 'campaigns of ' || campaign_type, count(*) from source.treatments group by campaign_type
union all select 'sent in ' || strftime(at_date, '%Y-%m'), count(*) from source.treatments group by all
union all select 'sent of ' || initiative, count(*) from source.treatments group by initiative
union all select 'baskets', count(distinct transaction_id) from source.transactions
union all select 'lines of a basket whose number a spreadsheet rounded', count(*) filter (transaction_id is null)
    from source.transactions
union all select 'lines without a price', count(*) from source.transactions where amount = 0
union all select 'money', sum(amount) from source.transactions
union all select 'quantity', sum(quantity) from source.transactions
-- Weeks run from Monday to Sunday; the first is the single Sunday of 1 January.
union all select 'money of week ' || (1 + datediff('day', date '2016-12-26', at_date) // 7), sum(amount)
    from source.transactions group by 1 + datediff('day', date '2016-12-26', at_date) // 7
union all select 'households of ' || segment, count(*)
    from source.customers where segment is not null group by segment
union all select 'revenue ' || period, value
    from metrics where metric = 'revenue' and dimension = 'all' and period not like '12m:%' and value is not null
union all select 'revenue, 12 months', value
    from metrics where metric = 'revenue' and dimension = 'all' and period = '12m:2017-12'
union all select 'revenue, 12 months, of ' || member, value
    from metrics where metric = 'revenue' and dimension = 'segment' and period = '12m:2017-12'
union all select 'orders ' || period, value
    from metrics where metric = 'orders' and dimension = 'all' and period not like '12m:%' and value is not null
union all select 'households active', value
    from metrics where metric = 'customers_active' and dimension = 'all' and period = '2017-12'
union all select 'bridge ' || line, amount from bridges where kind = 'revenue' and period = '2017-12'
