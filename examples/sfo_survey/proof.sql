-- The same figures as published.sql, counted by hand from the raw files: name and value, a row each.
with
-- One row a respondent: the wave, what is asked in every wave, and the likelihood to recommend of 2017.
people as (
    select '2014' as wave, "AREA" as area, "WEIGHT" as weight, null as netpro, columns('Q7[A-Z]+')
    from read_csv('2014_SFO_Customer_Survey_20250817.csv', all_varchar = true)
    union all by name
    select '2015' as wave, "BAREA" as area, "WEIGHT" as weight, null as netpro, columns('Q7[A-Z]+')
    from read_csv('2015_SFO_Customer_Survey_20250817.csv', all_varchar = true)
    union all by name
    select '2016' as wave, "BAREA" as area, "WEIGHT" as weight, null as netpro, columns('Q7[A-Z]+')
    from read_csv('2016_SFO_Customer_Survey_20250817.csv', all_varchar = true)
    union all by name
    select '2017' as wave, "BAREA" as area, "WEIGHT" as weight, "NETPRO" as netpro, columns('Q7[A-Z]+')
    from read_csv('2017_SFO_Customer_Survey_20250817.csv', all_varchar = true)
),
answers as (
    select wave, area, cast(weight as decimal(18, 12)) as weight, question, try_cast(answer as integer) as code
    from (unpivot people on columns('Q7.*') into name question value answer)
),
-- 1 to 5 are answers; 0, 6 and words are not.
given as (select * from answers where code between 1 and 5),
overall as (select *, code >= 4 as top from given where question = 'Q7ALL'),
recommend as (
    select area, cast(weight as decimal(18, 12)) as weight, cast(netpro as integer) as code
    from people where wave = '2017' and cast(netpro as integer) between 0 and 10
)
select 'rows' as name, cast(15 * count(*) + count(*) filter (wave = '2017') as double) as value from people
union all select 'respondents ' || wave, count(*) from people group by wave
union all select 'given, satisfied ' || wave, count(*) from overall group by wave
union all select 'satisfied ' || wave, count(*) filter (top) / count(*) from overall group by wave
union all select 'satisfied, weighted ' || wave, sum(weight) filter (top)::double / sum(weight)::double
    from overall group by wave
union all select 'satisfied in area ' || area || ', 2017', count(*) filter (top) / count(*)
    from overall where wave = '2017' group by area
union all select 'given ' || question || ' ' || wave, count(*)
    from given where question <> 'Q7ALL' group by question, wave
union all select 'mean ' || question || ' ' || wave, sum(code) / count(*)
    from given where question <> 'Q7ALL' group by question, wave
union all select 'answers in all ' || wave, count(*) from given where wave < '2017' group by wave
union all select 'answers in all 2017', (select count(*) from given where wave = '2017') + (select count(*)
    from recommend)
union all select 'blank in all 2017', 16 * (select count(*) from people where wave = '2017')
    - (select count(*) from given where wave = '2017') - (select count(*) from recommend)
union all select 'given, nps', count(*) from recommend
union all select 'nps', 100 * (count(*) filter (code >= 9) - count(*) filter (code <= 6)) / count(*)
    from recommend
union all select 'nps, weighted', 100 * (sum(weight) filter (code >= 9)::double - sum(weight) filter (code <= 6)::double)
    / sum(weight)::double from recommend
union all select 'nps, answers of 0', count(*) from recommend where code = 0
