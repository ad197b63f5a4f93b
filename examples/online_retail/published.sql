-- What the published run says: ask it the same with `worthline sql`.
select 'rows' as name, count(*)::double as value from source.transactions
union all select 'rows without a customer', count(*) from source.transactions where customer_id is null
union all select 'rows of credit notes', count(*) from source.transactions where kind = 'credit'
union all select 'customers', count(*) from source.customers
union all select 'invoices', count(distinct transaction_id) from source.transactions
union all select 'money', sum(amount) from source.transactions
union all select 'money of ' || kind, sum(amount) from source.transactions group by kind
union all select 'customers in ' || region, count(*) from source.customers group by region
union all select 'revenue ' || period, value
    from metrics where metric = 'revenue' and dimension = 'all' and period not like '12m:%'
union all select 'revenue without a customer ' || period, value
    from metrics where metric = 'revenue_without_customer' and dimension = 'all' and period not like '12m:%'
union all select 'revenue, 12 months', value
    from metrics where metric = 'revenue' and dimension = 'all' and period = '12m:2011-11'
union all select 'credits, 12 months', value
    from metrics where metric = 'credits' and dimension = 'all' and period = '12m:2011-11'
union all select 'orders ' || period, value
    from metrics where metric = 'orders' and dimension = 'all' and period not like '12m:%'
union all select 'customers active', value
    from metrics where metric = 'customers_active' and dimension = 'all' and period = '2011-12'
union all select 'bridge ' || line, amount from bridges where kind = 'revenue' and period = '2011-11'
