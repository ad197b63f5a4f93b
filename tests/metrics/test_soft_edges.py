"""What is left out, kept apart or undefined when feedback and contacts are thin or odd."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.metrics.conftest import make, settings
from worthline.metrics import finance, service, soft
from worthline.metrics.compute import as_table, published
from worthline.metrics.dimensions import with_largest_members
from worthline.metrics.questions import questions, written
from worthline.metrics.registry import METRICS, metric
from worthline.metrics.values import Value

CUSTOMERS = """
create table brought_customers as
select 'c' || i as customer_id, date '2025-01-01' as joined_on, date '2025-01-01' as first_seen,
       case when i < 3 then 'a' else 'b' end as segment
from range(1, 5) r(i);
"""


@pytest.fixture
def company(tmp_path, engine_name):
    made = []

    def build(sql: str, *tables: str, **changes):
        folder = tmp_path / str(len(made))
        sources = {t: f"brought_{t}" for t in ("customers", *tables)}
        made.append(
            make(folder, settings(**{"as_of": date(2025, 6, 30), **changes}), CUSTOMERS + sql, sources, on=engine_name)
        )
        return made[-1]

    yield build
    for one in made:
        one.engine.close()


def feedback(rows: str, columns: str = "metric, score, scale_low, scale_high, respondent") -> str:
    return f"""
    create table brought_feedback as
    select 'c1' as customer_id, timestamp '2025-06-05 12:00' as at, date '2025-06-05' as at_date, *
    from (values {rows}) v({columns});
    """


def by_name(values, period="2025-06"):
    return {v.metric: v for v in values if (v.period, v.dimension) == (period, "all")}


def test_no_feedback_gives_no_rows(company):
    c = company("")
    assert soft.compute(c.ds, c.panel, c.rooms) == []
    assert service.compute(c.ds, c.panel, c.rooms) == []


def test_nobody_answered_is_undefined_not_zero(company):
    c = company(feedback("('nps', null::double, 0.0, 10.0, null)"), "feedback")
    found = by_name(soft.compute(c.ds, c.panel, c.rooms))
    assert found["nps"].value is None
    assert (found["answers"].value, found["answered_blank"].value) == (0, 1)


def test_scores_outside_the_scale_and_other_respondents_never_enter(company):
    rows = "('nps', 10.0, 0.0, 10.0, null), ('nps', 11.0, 0.0, 10.0, null), ('nps', 0.0, 0.0, 10.0, 'employee')"
    c = company(feedback(rows), "feedback")
    found = by_name(soft.compute(c.ds, c.panel, c.rooms))
    assert (found["nps"].value, found["nps"].n, found["answers"].value) == (100, 1, 1)


def test_scales_do_not_mix_in_a_mean(company):
    rows = "('CES', 7.0, 1.0, 7.0, null), ('ces', 5.0, 1.0, 7.0, null), ('ces', 5.0, 1.0, 5.0, null)"
    rows += ", ('NPS', 9.0, 1.0, 10.0, null)"
    c = company(feedback(rows), "feedback")
    found = by_name(soft.compute(c.ds, c.panel, c.rooms))
    assert (found["ces"].value, found["ces"].n) == (6, 2)
    assert (found["ces_1_5"].value, found["nps_1_10"].value) == (5, 9)
    assert "nps" not in found


def test_csat_of_a_short_scale_counts_its_top_only(company):
    rows = "('csat', 1.0, 0.0, 1.0, null), ('csat', 0.0, 0.0, 1.0, null)"
    rows += ", ('csat', 4.0, 1.0, 5.0, null), ('csat', 3.0, 1.0, 5.0, null)"
    c = company(feedback(rows), "feedback")
    assert by_name(soft.compute(c.ds, c.panel, c.rooms))["csat"].value == 0.5


def test_an_own_score_called_like_one_of_ours_gets_a_name_of_its_own(company):
    c = company(feedback("('Refunds', 3.0, null, null, null), ('l''accueil à 2', 3.5, null, null, null)"), "feedback")
    assert {q.metric for q in questions(c.ds, c.rooms)} == {"feedback_refunds", "l_accueil_à_2"}
    assert by_name(soft.compute(c.ds, c.panel, c.rooms))["feedback_refunds"].value == 3


def test_twelve_months_are_undefined_where_data_began_later(company):
    c = company(feedback("('nps', 10.0, 0.0, 10.0, null), ('nps', 3.0, 0.0, 10.0, null)"), "feedback")
    found = by_name(soft.compute(c.ds, c.panel, c.rooms), "12m:2025-06")
    assert {found[m].value for m in ("nps", "answers")} == {None}


def test_customers_unknown_are_a_member_not_lost(company):
    sql = feedback("('nps', 10.0, 0.0, 10.0, null)")
    sql += """insert into brought_feedback
    select null, "at", at_date, 'nps', 0, 0, 10, null from brought_feedback;"""
    c = company(sql, "feedback")
    found = {
        v.member: v.value
        for v in soft.compute(c.ds, c.panel, c.rooms)
        if (v.metric, v.dimension, v.period) == ("nps", "segment", "2025-06")
    }
    assert found == {"a": 100, "(unknown)": -100}


def contacts(rows: str, columns: str) -> str:
    return f"""
    create table brought_interactions as
    select customer_id, (d + interval 12 hour)::timestamp as at, d as at_date, 'desk' as touchpoint,
           * exclude (customer_id, d)
    from (values {rows}) v(customer_id, d, {columns});
    """


def test_no_cost_known_is_undefined_not_zero(company):
    c = company(
        contacts("('c1', date '2025-06-02', true), ('c1', date '2025-06-09', false)", "resolved"), "interactions"
    )
    found = by_name(service.compute(c.ds, c.panel, c.rooms))
    assert (found["cost_to_serve"].value, found["cost_per_contact"].value) == (None, None)
    assert found["cost_of_poor_service"].value is None
    assert found["repeat_contacts"].value == 1
    assert "handle_mean" not in found


def test_repeat_ends_after_seven_days_to_the_second(company):
    sql = contacts("('c1', date '2025-06-02', 0), ('c1', date '2025-06-09', 0)", "nothing")
    sql += """update brought_interactions set "at" = "at" + interval 1 second where at_date = '2025-06-09';"""
    c = company(sql, "interactions")
    assert by_name(service.compute(c.ds, c.panel, c.rooms))["repeat_contacts"].value == 0


def test_contacts_of_nobody_known_never_repeat(company):
    c = company(contacts("(null, date '2025-06-02', 1), (null, date '2025-06-03', 1)", "nothing"), "interactions")
    found = by_name(service.compute(c.ds, c.panel, c.rooms))
    assert (found["contacts"].value, found["repeat_contacts"].value) == (2, 0)


def test_escalation_comes_before_complaint_in_a_name_that_has_both(company):
    sql = contacts("('c1', date '2025-06-02', 1)", "nothing")
    c = company(sql + "update brought_interactions set touchpoint = 'Complaint escalation';", "interactions")
    found = by_name(service.compute(c.ds, c.panel, c.rooms))
    assert (found["complaints"].value, found["escalations"].value) == (0, 1)


def test_cost_of_poor_service_is_defined_with_one_part_only(company):
    sql = """create table brought_transactions as
    select 'c1' as customer_id, timestamp '2025-06-03' as at, date '2025-06-03' as at_date, k as kind, a as amount
    from (values ('purchase', 20.0), ('chargeback', -4.125), ('credit note', -1.0), ('discount', -9.0)) v(k, a);"""
    c = company(sql, "transactions")
    found = by_name(service.compute(c.ds, c.panel, c.rooms))
    assert float(found["cost_of_poor_service"].value) == 5.125
    assert float(found["refunds"].value) == 4.125
    assert "cost_of_poor_service_capacity" not in found


# ------------------------------------------------------------------------------------ finance, targets, table


@pytest.mark.parametrize(
    ("period", "start", "first", "last"),
    [
        ("2026-09", 4, date(2026, 9, 1), date(2026, 9, 1)),
        ("2026", 1, date(2026, 1, 1), date(2026, 12, 1)),
        ("2026", 4, date(2025, 4, 1), date(2026, 3, 1)),
        ("2026-Q1", 4, date(2025, 4, 1), date(2025, 6, 1)),
        ("2026-q4", 10, date(2026, 7, 1), date(2026, 9, 1)),
        # the same in the words of other finance departments
        *(
            (words, 4, date(2025, 4, 1), date(2026, 3, 1))
            for words in ("FY2026", "FY26", "2025/26", "FY 2025/2026", "2025-26")
        ),
        *(
            (words, 4, date(2025, 4, 1), date(2025, 6, 1))
            for words in ("Q1 2026", "Q1 FY26", "FY26 Q1", "2026 Q1", "q1/2026")
        ),
        *(
            (words, 4, date(2026, 9, 1), date(2026, 9, 1))
            for words in ("09/2026", "Sep 2026", "202609", "2026-09-30", "Sept-26")
        ),
    ],
)
def test_fiscal_periods(period, start, first, last):
    window = finance.fiscal_window(period, settings(fiscal_year_start=start))
    assert (window.first, window.last) == (first, last)


@pytest.mark.parametrize("period", ["2026-13", "2026-Q5", "26", "FY2", "", "2026-09-15", "0000", "H1 2026", "2024/26"])
def test_what_is_no_period_is_none(period):
    assert finance.fiscal_window(period, settings()) is None


def test_targets_stand_where_they_hold(companies):
    c = companies("contractual")
    found = finance.targets(c.ds, c.rooms)
    assert found[("nps", "12m:2026-02", "all", "all")] == 30
    assert found[("nps", "2026-02", "all", "all")] == 25
    assert found[("nps", "12m:2026-02", "segment", "home")] == 35
    assert found[("contacts", "12m:2025-12", "all", "all")] == 140
    assert found[("contacts", "2025-11", "group", "service")] == 9


def test_targets_that_fit_nothing_are_said(companies):
    c = companies("contractual")
    said = finance.unmatched_targets(c.ds, c.rooms)
    assert any("'smiles'" in s and "no metric of that name" in s for s in said)
    assert any("a group and a segment at once" in s for s in said)
    assert not any("'contacts'" in s for s in said)
    assert not any("'smiles'" in s for s in finance.unmatched_targets(c.ds, c.rooms, ["smiles"]))


def test_money_is_rounded_once_half_to_even_and_never_minus_zero():
    assert published(Decimal("2.345"), 2) == 2.34
    assert str(published(-0.001, 2)) == "0.0"
    assert published(float("nan"), None) is None
    assert published(12.5, 0) == 12


def test_one_row_claimed_twice_is_a_fault():
    twice = [Value("contacts", "2025-06", "all", "all", 1)] * 2
    with pytest.raises(Exception, match="two values of contacts"):
        as_table(twice, {}, 2)


def test_table_is_sorted_and_has_units_and_targets():
    values = [Value("refunds", "2025-06", "all", "all", 1.005, n=1), Value("nps", "2025-06", "all", "all", 10.0)]
    rows = as_table(values, {("nps", "2025-06", "all", "all"): 20.0}, 2).to_pylist()
    assert [(r["metric"], r["unit"], r["target"]) for r in rows] == [("nps", "score", 20.0), ("refunds", "money", None)]


def test_every_metric_says_what_it_is_and_when_it_is_not():
    for m in METRICS.values():
        assert m.definition.endswith("."), m.name
        assert m.undefined.endswith("."), m.name
        assert m.label[0].isupper(), m.name
        assert m.name == written(m.name).removeprefix("feedback_"), m.name
    assert metric("ease_of_use").label == "Ease of use"
    assert metric("ease_response_rate").unit == "share"


def test_answers_and_respondents_are_counted_apart_and_reminders_are_no_second_person(company):
    """c1 answers three times, c2 once; c1, c2, c3 are invited, c3 twice: 4 answers of 2 people, 2 of 3 answered."""
    sql = """
    create table brought_feedback as
    select customer_id, d::timestamp as at, d::date as at_date, 'nps' as metric, score, 0.0 as scale_low,
           10.0 as scale_high
    from (values ('c1', '2025-06-05', 0.0), ('c1', '2025-06-06', 0.0), ('c1', '2025-06-07', 0.0),
                 ('c2', '2025-06-08', 10.0)) v(customer_id, d, score);
    create table brought_invitations as
    select customer_id, d::timestamp as at, d::date as at_date, 'nps' as metric
    from (values ('c1', '2025-06-01'), ('c2', '2025-06-01'), ('c3', '2025-06-01'), ('c3', '2025-06-10'))
         v(customer_id, d);
    """
    c = company(sql, "feedback", "invitations")
    found = by_name(soft.compute(c.ds, c.panel, c.rooms))
    assert (found["nps"].value, found["nps"].n, found["nps"].respondents) == (-50, 4, 2)
    assert (found["response_rate"].value, found["response_rate"].n) == (2 / 3, 3)
    assert (found["nps_worst"].value, found["nps_worst"].n) == (pytest.approx((2 * -50 - 100) / 3), 3)
    assert found["nps_best"].value == pytest.approx((2 * -50 + 100) / 3)


def test_a_question_younger_than_a_year_has_one_whole_period(company):
    """Answers of June alone, as of the end of June: one month in place of twelve, and none of twelve."""
    c = company(feedback("('nps', 10.0, 0.0, 10.0, null), ('nps', 0.0, 0.0, 10.0, null)"), "feedback")
    values = soft.compute(c.ds, c.panel, c.rooms)
    assert by_name(values, "1m:2025-06")["nps"].value == 0
    assert by_name(values, "12m:2025-06")["nps"].value is None


def test_weights_of_any_size_give_the_same_score(company):
    """Weights 1 and 3, or a millionth and a thousand times as large: (3 x 100 - 100) / 4 = 50."""
    for scale in (1.0, 1e-6, 1e3):
        columns = "metric, score, scale_low, scale_high, respondent, weight"
        rows = f"('nps', 10.0, 0.0, 10.0, null, {3 * scale:.9f}), ('nps', 0.0, 0.0, 10.0, null, {scale:.9f})"
        c = company(feedback(rows, columns), "feedback")
        assert by_name(soft.compute(c.ds, c.panel, c.rooms))["nps_weighted"].value == pytest.approx(50, abs=1e-4)


def test_the_fifty_largest_members_and_all_others(company):
    """60 regions of one customer each but r1, which has two: r1, then r10 to r58 by name, and 10 others."""
    sql = """
    create table many as
    select 'd' || i as customer_id, date '2025-01-01' as joined_on, date '2025-01-01' as first_seen,
           'r' || greatest(i, 1) as region from range(0, 61) r(i);
    drop table brought_customers; alter table many rename to brought_customers;
    """
    c = company(sql)
    ds = with_largest_members(c.ds, c.rooms)
    t = ds["customers"]
    found = {r["region"]: r["n"] for r in c.rooms.fetch(t.group_by("region").agg(n=t.count())).to_pylist()}
    assert (len(found), found["r1"], found["(others)"]) == (51, 2, 10)
    assert sum(found.values()) == 61
