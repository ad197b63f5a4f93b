-- The same figures as published.sql, counted by hand from the raw file: name and value, a row each.
with
lines as (
    select
        *,
        case left("InvoiceNo", 1) when 'C' then 'credit' when 'A' then 'adjustment' else 'purchase' end as kind,
        cast("Quantity" as decimal(9, 0)) * cast("UnitPrice" as decimal(9, 4)) as amount,
        cast(date_trunc('month', "InvoiceDate") as date) as month
    from 'online_retail.parquet'
),
countries as (
    select "CustomerID", "Country", count(*) as n from lines where "CustomerID" is not null group by all
),
homes as (
    select "CustomerID", arg_max("Country", (n, -ascii("Country"))) as country from countries group by all
),
invoices as (
    select "CustomerID", month, "InvoiceNo", sum(amount) as amount
    from lines where kind = 'purchase' and amount > 0 group by all
),
-- November 2011 beside October, customer by customer.
moves as (
    select
        "CustomerID" as customer,
        min(month) >= date '2011-11-01' as is_new,
        count(*) filter (month = date '2011-10-01') > 0 as there_before,
        count(*) filter (month = date '2011-11-01') > 0 as there_now,
        coalesce(sum(amount) filter (month = date '2011-10-01'), 0) as was,
        coalesce(sum(amount) filter (month = date '2011-11-01'), 0) as now
    from lines where month <= date '2011-11-01' group by all
),
known as (select * from moves where customer is not null)
select 'rows' as name, count(*)::double as value from lines
union all select 'rows without a customer', count(*) from lines where "CustomerID" is null
union all select 'rows of credit notes', count(*) from lines where kind = 'credit'
union all select 'customers', count(distinct "CustomerID") from lines
union all select 'invoices', count(distinct "InvoiceNo") from lines
union all select 'money', sum(amount) from lines
union all select 'money of ' || kind, sum(amount) from lines group by kind
union all select 'customers in ' || country, count(*) from homes group by country
union all select 'revenue ' || strftime(month, '%Y-%m'), round(sum(amount), 2) from lines group by month
union all select 'revenue without a customer ' || strftime(month, '%Y-%m'), round(sum(amount), 2)
    from lines where "CustomerID" is null group by month
-- December 2011 ends on the 9th: the last twelve complete months are those to November.
union all select 'revenue, 12 months', round(sum(amount), 2) from lines where month <= date '2011-11-01'
union all select 'credits, 12 months', round(-sum(amount), 2)
    from lines where kind = 'credit' and month <= date '2011-11-01'
union all select 'orders ' || strftime(month, '%Y-%m'), count(*) from invoices group by month
-- A customer has lapsed after 6 months without a purchase: the run's own decision, which it explains.
union all select 'customers active', count(distinct "CustomerID")
    from invoices where month >= date '2011-07-01'
union all select 'bridge opening', sum(was) from moves
union all select 'bridge new', sum(now) from known where is_new
union all select 'bridge returned', sum(now) from known where there_now and not there_before and not is_new
union all select 'bridge expansion', sum(now - was) from known where there_before and there_now and now > was
union all select 'bridge contraction', sum(was - now)
    from known where there_before and there_now and now < was
union all select 'bridge lost', sum(was) from known where there_before and not there_now
union all select 'bridge without_customer', sum(now - was) from moves where customer is null
union all select 'bridge currency', 0
union all select 'bridge closing', sum(now) from moves
