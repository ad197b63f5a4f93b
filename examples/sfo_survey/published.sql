-- What the published run says: ask it the same with `worthline sql`.
with
questions(metric, question) as (values
    ('art', 'Q7ART'), ('restaurants', 'Q7FOOD'), ('shops', 'Q7STORE'), ('signs_inside', 'Q7SIGN'),
    ('walkways', 'Q7WALKWAYS'), ('screens', 'Q7SCREENS'), ('information_lower_level', 'Q7INFODOWN'),
    ('information_upper_level', 'Q7INFOUP'), ('wifi', 'Q7WIFI'), ('signs_on_roads', 'Q7ROADS'), ('parking', 'Q7PARK'),
    ('airtrain', 'Q7AIRTRAIN'), ('long_term_parking', 'Q7LTPARKING'), ('rental_cars', 'Q7RENTAL')
),
whole as (
    select metric, left(period, 4) as wave, value, n
    from metrics where dimension = 'all' and period in ('2014-05', '2015-05', '2016-05', '2017-05')
)
select 'rows' as name, count(*)::double as value from source.feedback
union all select 'respondents ' || wave, count(distinct feedback_id) from source.feedback group by wave
union all select 'given, satisfied ' || wave, n from whole where metric = 'csat'
union all select 'satisfied ' || wave, value from whole where metric = 'csat'
union all select 'satisfied, weighted ' || wave, value from whole where metric = 'csat_weighted'
union all select 'satisfied in area ' || member || ', 2017', value
    from metrics where metric = 'csat' and dimension = 'location' and period = '2017-05'
union all select 'given ' || question || ' ' || wave, n from whole join questions using (metric)
union all select 'mean ' || question || ' ' || wave, value from whole join questions using (metric)
union all select 'answers in all ' || wave, value from whole where metric = 'answers'
union all select 'blank in all 2017', value from whole where metric = 'answered_blank' and wave = '2017'
union all select 'given, nps', n from whole where metric = 'nps' and wave = '2017'
union all select 'nps', value from whole where metric = 'nps' and wave = '2017'
union all select 'nps, weighted', value from whole where metric = 'nps_weighted' and wave = '2017'
union all select 'nps, answers of 0', count(*) from source.feedback where metric = 'nps' and score = 0
