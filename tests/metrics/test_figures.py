"""The counted headline figures: which are there, what their sentences say, what they rest on."""

from datetime import date

import pyarrow as pa
import pytest

from tests.reports.fake_run import LARKFIELD, NOW, THEN, YEAR, YEAR_THEN, metrics, row, settings
from worthline.metrics.figures import headline
from worthline.metrics.registry import METRICS


def figures(*rows, **changed):
    return {f.name: f for f in headline(settings(**changed), metrics(list(rows)))}


def sentence(name, *rows, **changed):
    return figures(*rows, **changed)[name].sentence


def test_order_is_that_of_the_overview():
    assert [f.name for f in headline(settings(), metrics(LARKFIELD))] == [
        *("customers_active", "retention_12m", "nps", "margin_12m", "cost_of_poor_service"),
        *("revenue_12m", "csat", "net_revenue_retention"),
    ]


def test_how_the_company_earns_heads_the_overview():
    rows = [
        *LARKFIELD,
        row("share_of_wallet", YEAR, 0.342, n=900),
        row("share_of_wallet", YEAR_THEN, 0.36),
        row("balances", NOW, 2_500_000.0, target=3e6),
    ]
    assert {"share_of_wallet", "balances"} & set(figures(*rows)) == set()
    assert next(iter(figures(*rows, outcome="spend"))) == "revenue_12m"
    [wallet, *_] = figures(*rows, outcome="share_of_wallet").values()
    assert wallet.sentence == "The 900 customers asked give you 34.2% of what they spend, down from 36.0%."
    [balances, *others] = figures(*rows, outcome="balances").values()
    assert balances.sentence == "Customers hold $2.5 million with you, $500,000 short of the target of $3 million."
    assert len(others) == 8


def test_every_sentence_of_larkfield():
    assert [f.sentence for f in headline(settings(), metrics(LARKFIELD))] == [
        "50,214 customers, 1,656 fewer than a year ago and 1,286 short of the target of 51,500.",
        "12-month retention is 82.1%, down from 83.4%; the target is 84.0%.",
        ("NPS is +12 among respondents (95% CI +10 to +14), +13 a year ago; response rate 14%; the target is +15."),
        (
            "Customers generated $13.9 million gross margin, $275,000 less than a year ago and $585,000 short of the "
            "target of $14.5 million. Margin is 55% of revenue, as set in worthline.toml, so it moves only as revenue "
            "does."
        ),
        (
            "Poor service cost $1.03 million in the last 12 months ($70,000 less than a year ago): $395,000 in cash and 28,200 staff hours "
            "worth $635,000; the target is $900,000."
        ),
        "Customers generated $25.3 million revenue, $500,000 less than a year ago.",
        "Satisfaction (CSAT) is 78.2% among respondents (95% CI 77.0% to 79.4%).",
        ("Net revenue retention is 93.4%, down from 95.1%. Lost customers count, new ones do not."),
    ]


def test_figure_carries_its_numbers_and_where_they_come_from():
    nps = figures(*LARKFIELD)["nps"]
    assert (nps.value, nps.low, nps.high, nps.n, nps.previous, nps.target) == (12.1, 10.2, 14.0, 7030, 13.4, 15.0)
    assert (nps.unit, nps.basis, nps.grade, nps.as_of) == ("score", "counted", None, "2026-09-30")
    assert nps.method.startswith(METRICS["nps"].definition)
    assert nps.method.endswith("Counted from the table feedback, the 12 months to Sep 2026.")
    assert nps.details == {"metric": "nps", "period": YEAR, "response_rate": 0.1402}
    customers = figures(*LARKFIELD)["customers_active"]
    assert customers.tables == ("metrics", "panel")
    assert type(customers.value) is int


def test_rows_set_aside_are_said_with_each_method():
    found = headline(settings(), metrics(LARKFIELD), None, "118 rows were set aside.")
    assert all(f.method.endswith(". 118 rows were set aside.") for f in found)


def test_revenue_carries_its_bridge():
    bridges = pa.table(
        {
            "kind": ["revenue", "revenue", "customer_equity"],
            "period": [YEAR, "2026-09", YEAR],
            "line": ["opening", "opening", "opening"],
            "amount": [5, 6, 7],
        }
    )
    [revenue] = [f for f in headline(settings(), metrics(LARKFIELD), bridges) if f.name == "revenue_12m"]
    assert revenue.details["bridge"] == {"opening": 5.0}
    assert "sql" not in revenue.details, "subscriptions' revenue is no sum of published rows"


def test_metric_without_rows_is_absent_and_undefined_one_says_why():
    assert "nps" not in figures(row("customers_active", NOW, 3))
    found = figures(row("customers_active", NOW, 3), row("retention", YEAR, None))["retention_12m"]
    assert found.value is None
    assert found.sentence == f"12-month retention: not known. {METRICS['retention'].undefined}"


def test_rooms_not_built_yet_are_absent():
    unbuilt = {"verdict", "margin_at_risk", "savings_available", "proven_return", "customer_equity", "approved_return"}
    assert not unbuilt & set(figures(*LARKFIELD))


@pytest.mark.parametrize(
    ("now", "more", "then", "says"),
    [
        (1, {}, None, "1 customer."),
        (0, {}, None, "No customers."),
        (0, {}, 1, "No customers, 1 fewer than a year ago."),
        (10, {}, 10, "10 customers, as many as a year ago."),
        (12, {"target": 12}, 10, "12 customers, 2 more than a year ago and exactly the target of 12."),
        (12, {"target": 10}, None, "12 customers, 2 above the target of 10."),
    ],
)
def test_customers(now, more, then, says):
    rows = [row("customers_active", NOW, now, **more)] + (
        [row("customers_active", THEN, then)] if then is not None else []
    )
    assert sentence("customers_active", *rows) == says


@pytest.mark.parametrize(
    ("now", "n", "then", "says"),
    [
        (0.5, 40, None, "12-month retention is 50.0%."),
        (0.5, 40, 0.4, "12-month retention is 50.0%, up from 40.0%."),
        (0.5, 40, 0.5, "12-month retention is 50.0%, the same as a year earlier."),
        (0.5, 40, 0.5001, "12-month retention is 50.0%, about the same as a year earlier."),
        (0, 40, None, "12-month retention is 0%."),
        (1, 40, None, "12-month retention is 100%."),
        (1, 1, None, "12-month retention is 100%."),
        (0, 1, 0.5, "12-month retention is 0%, down from 50.0%."),
    ],
)
def test_retention(now, n, then, says):
    rows = [row("retention", YEAR, now, n=n)] + ([row("retention", YEAR_THEN, then)] if then is not None else [])
    assert sentence("retention_12m", row("customers_active", NOW, 1), *rows) == says


def test_without_contract_it_is_said_what_lapse_means():
    bought = {"setting": "non-contractual", "lapse_months": 6, "revenue_from": "transactions"}
    rows = [row("customers_active", NOW, 4_334), row("retention", YEAR, 0.412, n=900)]
    assert sentence("customers_active", *rows, **bought) == "4,334 customers who bought in the last 6 months."
    assert sentence("retention_12m", *rows, **bought) == (
        "12-month retention is 41.2%. A customer counts as lost after 6 months without a purchase."
    )
    rows = [row("customers_active", NOW, 1), row("retention", YEAR, 0, n=1)]
    assert sentence("retention_12m", *rows, **{**bought, "lapse_months": 1}) == (
        "12-month retention is 0%. A customer counts as lost after 1 month without a purchase."
    )


@pytest.mark.parametrize(
    ("value", "more", "says"),
    [
        (-3.4, {"n": 400, "low": -8.0, "high": 1.2}, "NPS is -3 among respondents (95% CI -8 to +1)."),
        (0, {"n": 12, "respondents": 10}, "NPS is 0 among respondents."),
        (100, {"n": 12, "respondents": 9}, "NPS (respondents): too few. 9 respondents; at least 10 are needed."),
    ],
)
def test_nps(value, more, says):
    assert sentence("nps", row("nps", YEAR, value, **more)) == says


def test_last_known_month_stands_for_twelve_that_are_not_known():
    rows = [
        row("nps", YEAR, None),
        row("nps", "2026-09", None),
        row("nps", "2026-08", 20.0, n=50),
        row("nps", "2026-07", 10.0, n=50),
        row("nps", "2026-Q3", 15.0, n=100),
        row("nps_response_rate", "2026-08", 0.2),
    ]
    found = figures(*rows)["nps"]
    assert found.sentence == "NPS is +20 among respondents in Aug 2026; response rate 20%."
    assert found.details["period"] == "2026-08"
    assert found.method.endswith("Aug 2026.")


def test_net_revenue_retention_reads_the_same_whatever_the_revenue_is():
    rows = [row("net_revenue_retention", YEAR, 1.02), row("mrr", NOW, 5.0)]
    says = "Net revenue retention is 102.0%. Lost customers count, new ones do not."
    assert sentence("net_revenue_retention", *rows) == says
    bought = {"setting": "non-contractual", "lapse_months": 6, "revenue_from": "transactions"}
    assert sentence("net_revenue_retention", *rows, **bought) == says


def test_the_headline_uses_the_declared_survey_weight():
    rows = [
        row("nps", YEAR, 12.0, n=99, respondents=60),
        row("nps_weighted", YEAR, 3.0, n=90, respondents=55, low=-9.0, high=15.0),
        row("nps_worst", YEAR, -71.2),
        row("nps_best", YEAR, 74.4),
    ]
    nps = figures(*rows)["nps"]
    assert (nps.value, nps.low, nps.high, nps.n) == (3.0, -9.0, 15.0, 90)
    assert nps.sentence == "NPS is +3 among respondents, weighted by survey weight (95% CI -9 to +15)."
    assert nps.label == "NPS (respondents), survey-weighted", "its unweighted number stands under the plain name"
    assert (nps.details["metric"], nps.details["unweighted"], nps.details["respondents"]) == ("nps_weighted", 12.0, 55)
    assert "Sample: 90 answers from 55 respondents." in nps.method


def test_a_company_of_nine_months_has_the_figures_of_nine_months():
    rows = [
        *(row("margin", YEAR, None), row("margin", "9m:2026-09", 900.0)),
        *(row("nps", YEAR, None), row("nps", "4m:2026-09", 20.0, n=50, respondents=40)),
    ]
    found = figures(*rows)
    assert (found["margin_12m"].value, found["margin_12m"].label) == (900.0, "Gross margin, 9 months")
    assert "This covers the 9 months to Sep 2026: there are no 12 months of data yet." in found["margin_12m"].sentence
    assert found["nps"].sentence == (
        "NPS is +20 among respondents. This covers the 4 months to Sep 2026: there are no 12 months of data yet."
    )


def test_bounds_of_the_silent_are_said_where_they_are_known():
    rows = [row("nps", YEAR, 12.0, n=99), row("nps_worst", YEAR, -71.2), row("nps_best", YEAR, 74.4)]
    nps = figures(*rows)["nps"]
    assert nps.sentence == (
        "NPS is +12 among respondents. If every non-respondent were a detractor it would be -71; if all were "
        "promoters, +74."
    )
    assert (nps.details["nps_worst"], nps.details["nps_best"]) == (-71.2, 74.4)


def test_a_month_cut_short_is_compared_with_no_whole_one():
    """As of 9 Sep 2026 the twelve months are those to August, and September is no whole month."""
    rows = [
        row("customers_active", NOW, 50),
        row("customers_active", THEN, 60),
        row("revenue", "12m:2026-08", 1200.0),
        row("revenue", "12m:2025-08", 1000.0),
        row("retention", "12m:2026-08", 0.5, n=40),
    ]
    found = figures(*rows, as_of=date(2026, 9, 9), revenue_from="transactions")
    assert found["customers_active"].sentence == "50 customers."
    assert found["customers_active"].previous is None
    revenue = found["revenue_12m"]
    assert revenue.sentence == (
        "Customers generated $1,200 revenue, $200 more than a year ago. This covers the 12 months to Aug 2026."
    )
    assert revenue.details["period"] == found["retention_12m"].details["period"] == "12m:2026-08"


def test_costs_of_which_other_parts_are_known_are_not_compared():
    def rows(capacity_then):
        return [
            *(row("cost_of_poor_service", YEAR, 50.0), row("cost_of_poor_service", YEAR_THEN, 9.0)),
            *(row("cost_of_poor_service_cash", YEAR, 10.0), row("cost_of_poor_service_cash", YEAR_THEN, 9.0)),
            row("cost_of_poor_service_capacity", YEAR, 40.0),
            row("cost_of_poor_service_capacity", YEAR_THEN, capacity_then),
        ]

    other = figures(*rows(None))["cost_of_poor_service"]
    assert other.previous is None
    assert "year ago" not in other.sentence
    assert "($41 more than a year ago)" in figures(*rows(0.0))["cost_of_poor_service"].sentence


def test_undefined_figure_says_where_its_data_end():
    rows = [row("revenue", YEAR, None), row("orders", "2026-06", 9), row("orders", "2026-07", None)]
    rows += [row("cost_of_poor_service", YEAR, None), row("contacts", "2026-09", 3)]
    found = figures(*rows, revenue_from="transactions")
    assert found["revenue_12m"].sentence.endswith(" The table transactions ends with Jun 2026.")
    assert found["cost_of_poor_service"].sentence.endswith(" The table transactions ends with Jun 2026.")
    assert "ends with" not in figures(*rows)["revenue_12m"].sentence, "revenue of subscriptions"


def test_score_that_was_never_answered_is_not_known():
    assert sentence("nps", row("nps", YEAR, None)).startswith("NPS (respondents): not known. Nobody answered.")


def test_feedback_only_company_has_its_scores_and_no_customers():
    rows = [
        *(row("customers_active", NOW, 0), row("retention", YEAR, None)),
        *(row("csat", YEAR, 1.0, n=1), row("stars", YEAR, 4.25, low=4.1, high=4.4, n=80), row("mood", YEAR, 3, n=2)),
    ]
    found = figures(*rows, revenue_from="none", score_metric="mood", margin=None)
    assert list(found) == ["mood", "stars", "csat"]
    assert found["mood"].sentence == "Mood: the mean is 3.0 among respondents."
    assert found["stars"].sentence == "Stars: the mean is 4.2 among respondents (95% CI 4.1 to 4.4)."
    assert found["csat"].sentence == "Satisfaction (CSAT) is 100% among respondents."


def test_company_with_sales_leaves_further_scores_to_the_tables():
    rows = [row("customers_active", NOW, 5), row("nps", YEAR, 1.0, n=99), row("ces", YEAR, 5.0, n=99)]
    assert list(figures(*rows)) == ["customers_active", "nps"]


@pytest.mark.parametrize(
    ("value", "then", "says"),
    [
        (0, None, "Customers generated no revenue."),
        (0, 10, "Customers generated no revenue, $10 less than a year ago."),
        (50, 50, "Customers generated $50 revenue, as much as a year ago."),
        (-1250.5, None, "Revenue of the last 12 months is below zero: -$1,250."),
    ],
)
def test_revenue(value, then, says):
    rows = [row("revenue", YEAR, value)] + ([row("revenue", YEAR_THEN, then)] if then is not None else [])
    assert sentence("revenue_12m", *rows) == says


def test_margin_says_where_it_comes_from():
    rows = [row("margin", YEAR, 620_000.0), row("revenue", YEAR, 1_000_000.0)]
    assert sentence("margin_12m", *rows, margin=None) == (
        "Customers generated $620,000 gross margin. Margin comes from your transactions file."
    )
    sold = settings(margin="0.125", revenue_from="transactions")
    [brought] = headline(sold, metrics(rows[:1]), margin_brought=True)
    assert brought.sentence == (
        "Customers generated $620,000 gross margin. Margin comes from your transactions file; where that has none, "
        "it is 12.5% of revenue."
    )
    [declared] = headline(sold, metrics(rows[:1]))
    assert declared.sentence.endswith(
        "Margin is 12.5% of revenue, as set in worthline.toml, so it moves only as revenue does."
    )


@pytest.mark.parametrize(
    ("value", "cash", "capacity", "hours", "says"),
    [
        (0, 0, 0, 0, "No cost of poor service is recorded."),
        (
            395_000,
            395_000,
            None,
            None,
            (
                "Poor service cost $395,000 in the last 12 months, all in cash; staff time is not known and not included."
            ),
        ),
        (
            40,
            None,
            40,
            1,
            (
                "Poor service cost $40 in the last 12 months, all staff time (1 staff hour); refunds and credits are not known and not "
                "included."
            ),
        ),
        (40, 0, 40, None, "Poor service cost $40 in the last 12 months: $0 in cash and staff time worth $40."),
    ],
)
def test_cost_of_poor_service(value, cash, capacity, hours, says):
    rows = [
        row("cost_of_poor_service", YEAR, value),
        row("cost_of_poor_service_cash", YEAR, cash),
        row("cost_of_poor_service_capacity", YEAR, capacity),
        row("poor_service_hours", YEAR, hours),
    ]
    assert sentence("cost_of_poor_service", *rows) == says


@pytest.mark.parametrize(
    ("value", "then", "says"),
    [
        (0.021, None, "Earned growth is 2.1%. It leaves out customers won by advertising or sales."),
        (
            -0.013,
            0.02,
            ("Earned growth is -1.3%, 2.0% a year earlier. It leaves out customers won by advertising or sales."),
        ),
    ],
)
def test_earned_growth(value, then, says):
    rows = [row("earned_growth", YEAR, value)] + ([row("earned_growth", YEAR_THEN, then)] if then else [])
    assert sentence("earned_growth", *rows) == says
