-- What the published run says: ask it the same with `worthline sql`.
with
questions(metric, question) as (values
    ('lounge_comfort', 'comfort_rating'), ('lounge_cleanliness', 'cleanliness_rating'), ('lounge_bar', 'bar_beverages_rating'),
    ('lounge_food', 'catering_rating'), ('lounge_washrooms', 'washrooms_rating'), ('lounge_wifi', 'wifi_connectivity_rating'),
    ('lounge_staff', 'staff_service_rating'), ('seat_legroom', 'seat_legroom_rating'), ('seat_recline', 'seat_recline_rating'),
    ('seat_width', 'seat_width_rating'), ('seat_aisle', 'aisle_space_rating'), ('seat_screen', 'viewing_tv_rating'),
    ('seat_power', 'power_supply_rating'), ('seat_storage', 'seat_storage_rating')
),
given as (select * from source.feedback where score is not null),
overall as (
    select *, case scale when '1-5' then 'of 5' else 'of 10' end as form from given where metric = 'stars'
),
year as (select * from metrics where dimension = 'all' and period = '12m:2015-07')
select 'rows' as name, (select count(*) from source.feedback) + (select count(*) from quarantine)::double as value
union all select 'rows set aside', count(*) from quarantine
union all select 'reviews of a ' || touchpoint, count(distinct feedback_id) from source.feedback group by touchpoint
union all select 'words of a ' || touchpoint, count(*) from source.feedback where text is not null group by touchpoint
union all select 'airlines', count(distinct location) from source.feedback
union all select 'overall ' || form || ', given', count(*) from overall group by form
union all select 'overall ' || form || ', sum', sum(score) from overall group by form
union all select 'overall ' || form || ' of a ' || touchpoint || ', given', count(*) from overall group by form, touchpoint
union all select question || ', given', count(*) from given join questions using (metric) group by question
union all select question || ', sum', sum(score) from given join questions using (metric) group by question
union all select question || ', 12 months to July 2015', value from year join questions using (metric)
union all select 'overall of 5, ' || period, value
    from metrics where metric = 'stars' and dimension = 'all' and period not like '12m:%' and value is not null
union all select 'overall of 5, 12 months to July 2015', value from year where metric = 'stars'
union all select 'overall of 10, 12 months to July 2015', value from year where metric = 'stars_1_10'
union all select replace(metric, '_', ' ') || ', 12 months to July 2015', value
    from year where metric in ('lounge_recommended', 'seat_recommended')
union all select replace(metric, '_', ' ') || ', in all', sum(score)
    from given where metric in ('lounge_recommended', 'seat_recommended') group by metric
