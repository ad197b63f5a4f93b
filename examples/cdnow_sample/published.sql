-- What the published run says: ask it the same with `worthline sql`.
select 'rows' as name, count(*)::double as value from source.transactions
union all select 'customers', count(*) from source.customers
union all select 'customers whose number begins with 0', count(*)
    from source.customers where customer_id like '0%'
union all select 'free purchases', count(*) from source.transactions where amount = 0
union all select 'quantity', sum(quantity) from source.transactions
union all select 'money', sum(amount) from source.transactions
union all select 'days with a purchase', count(*) from (select distinct customer_id, at_date
    from source.transactions)
union all select 'revenue ' || period, value
    from metrics where metric = 'revenue' and dimension = 'all' and period not like '12m:%'
union all select 'revenue, 12 months', value
    from metrics where metric = 'revenue' and dimension = 'all' and period = '12m:1998-06'
union all select 'orders ' || period, value
    from metrics where metric = 'orders' and dimension = 'all' and period not like '12m:%'
union all select 'customers active', value
    from metrics where metric = 'customers_active' and dimension = 'all' and period = '1998-06'
union all select 'bridge ' || line, amount from bridges where kind = 'revenue' and period = '1998-06'
