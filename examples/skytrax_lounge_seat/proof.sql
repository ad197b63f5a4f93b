-- The same figures as published.sql, counted by hand from the raw files: name and value, a row each.
with
lounges as (select *, "date"::date as day from read_csv('lounge.csv', all_varchar = true)),
seats as (select *, "date"::date as day from read_csv('seat.csv', all_varchar = true)),
-- 26 seat reviews bear the computer's day for no date, and are not counted.
dated as (select * from seats where day > date '1970-01-01'),
overall as (
    select 'lounge' as about, day, airline_name, cast(overall_rating as double) as score,
        case when type_traveller is null and day <= date '2015-06-05' then 'of 5' else 'of 10' end as scale
    from lounges
    union all
    select 'seat', day, airline_name, cast(overall_rating as double), 'of 10' from dated
),
rated as (select * from overall where score is not null),
-- 0 is blank in the ratings of 1 to 5.
parts as (
    select day, question, try_cast(answer as double) as score
    from (unpivot (select day, columns('.*_rating') from lounges) on columns('.*_rating') into name question value answer)
    where question <> 'overall_rating' and try_cast(answer as double) > 0
    union all
    select day, question, try_cast(answer as double)
    from (unpivot (select day, columns('.*_rating') from dated) on columns('.*_rating') into name question value answer)
    where question <> 'overall_rating' and try_cast(answer as double) > 0
),
recommend as (
    select 'lounge' as about, day, airline_name, cast(recommended as integer) as yes from lounges
    union all select 'seat', day, airline_name, cast(recommended as integer) from dated
),
-- What the panel's sixty months hold: September 2010 on.
months as (select * from rated where day >= date '2010-09-01')
select 'rows' as name, 9 * ((select count(*) from lounges) + (select count(*) from seats))::double as value
union all select 'rows set aside', 9 * count(*) from seats where day = date '1970-01-01'
union all select 'reviews of a lounge', count(*) from lounges
union all select 'reviews of a seat', count(*) from dated
union all select 'words of a ' || about, count(*) from (
    select 'lounge' as about from lounges where content is not null
    union all select 'seat' from dated where content is not null) group by about
union all select 'airlines', count(distinct airline_name) from overall
union all select 'overall ' || scale || ', given', count(*) from rated group by scale
union all select 'overall ' || scale || ', sum', sum(score) from rated group by scale
union all select 'overall ' || scale || ' of a ' || about || ', given', count(*) from rated group by scale, about
union all select question || ', given', count(*) from parts group by question
union all select question || ', sum', sum(score) from parts group by question
union all select question || ', 12 months to July 2015', sum(score) / count(*)
    from parts where day between date '2014-08-01' and date '2015-07-31' group by question
union all select 'overall of 5, ' || strftime(day, '%Y-%m'), sum(score) / count(*)
    from months where scale = 'of 5' group by strftime(day, '%Y-%m')
union all select 'overall of 10, 12 months to July 2015', sum(score) / count(*)
    from rated where scale = 'of 10' and day between date '2014-08-01' and date '2015-07-31'
union all select 'overall of 5, 12 months to July 2015', sum(score) / count(*)
    from rated where scale = 'of 5' and day between date '2014-08-01' and date '2015-07-31'
union all select about || ' recommended, 12 months to July 2015', sum(yes) / count(*)
    from recommend where day between date '2014-08-01' and date '2015-07-31' group by about
union all select about || ' recommended, in all', sum(yes) from recommend group by about
