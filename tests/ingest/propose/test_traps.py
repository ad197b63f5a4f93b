"""A right mapping that gives a wrong number: settled where the cells say how, else asked."""

import pytest

from tests.ingest.propose.proposing import dispositions, loaded_sum, proposal_of, sources
from worthline.ingest.propose import write


def lay(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return proposal_of(folder)


def entries(proposal):
    return [e for _, e in sources(write(proposal))]


def booked(kinds, amounts):
    rows = (f"C{n},2026-03-0{n + 1},{a},{k}\n" for n, (k, a) in enumerate(zip(kinds, amounts, strict=True)))
    return "customer_id,date,amount,type\n" + "".join(rows)


def test_refunds_above_zero_are_taken_off(tmp_path):
    lay(tmp_path, payments=booked(["sale", "refund", "sale"], [10, 4, 5]))
    assert loaded_sum(tmp_path, "transactions", "amount") == (3, "11.0000")


def test_refunds_below_zero_stay(tmp_path):
    lay(tmp_path, payments=booked(["purchase", "refund", "purchase"], [10, -4, 5]))
    assert loaded_sum(tmp_path, "transactions", "amount") == (3, "11.0000")


@pytest.mark.parametrize("kinds", [["sale", "Partial Refund", "sale"], ["A", "Storno", "A"]])
def test_words_for_refunds_that_are_not_known_are_asked(tmp_path, kinds):
    proposal = lay(tmp_path, payments=booked(kinds, [10, 4, 5]))
    assert not proposal.mapped
    assert any(q.key[0] == "kind" for q in proposal.questions)


def subscribed(header, *cells):
    rows = "".join(f"C{n},2026-01-01,120.00,{c}\n" for n, c in enumerate(cells))
    return f"customer_id,start_date,fee,{header}\n{rows}"


def test_period_of_a_fee_in_its_own_words(tmp_path):
    (entry,) = entries(lay(tmp_path, subscriptions=subscribed("billing_cycle", "Annual", "monthly")))
    assert entry["columns"]["period"] == "billing_cycle"
    assert entry["values"] == {"period": {"Annual": "year", "monthly": "month"}}


def test_period_in_other_usual_words_is_taken_as_it_stands(tmp_path):
    (entry,) = entries(lay(tmp_path, subscriptions=subscribed("billing_cycle", "2-Year", "P3M")))
    assert entry["columns"]["period"] == "billing_cycle"
    assert "values" not in entry


def test_period_that_may_mean_two_things_is_asked(tmp_path):
    assert not lay(tmp_path, subscriptions=subscribed("billing_cycle", "biannual", "bimonthly")).mapped


def stripe(end):
    head = "id,Customer ID,Status,Amount,Start (UTC),Current Period Start (UTC),Current Period End (UTC)"
    row = f"active,240.00,2026-01-01 10:00,2026-01-01 10:00,{end} 10:00"
    return f"{head}\nsub_1,cus_1,{row}\nsub_2,cus_2,{row}\n"


@pytest.mark.parametrize(
    ("end", "period"), [("2026-02-01", None), ("2027-01-01", "year"), ("2026-04-01", "not mapped")]
)
def test_length_of_the_current_term_says_what_a_fee_pays_for(tmp_path, end, period):
    found = entries(lay(tmp_path, subscriptions=stripe(end)))
    assert (found[0].get("constants", {}).get("period") if found else "not mapped") == period


def test_everybody_left_is_not_believed(tmp_path):
    rows = "".join(f"C{n},2025-01-01,2027-01-01\n" for n in range(9))
    found = dispositions(lay(tmp_path, customers=f"customer_id,joined_on,end_date\n{rows}"))["customers.csv"]
    assert found.columns["end_date"] == "asked"
    assert found.table == "customers"


@pytest.mark.parametrize("name", ["employee_survey", "survey"])
def test_answers_of_staff_are_asked(tmp_path, name):
    text = "employee_id,date,nps\n" + "".join(f"E{n},2026-03-01,{n}\n" for n in range(10))
    proposal = lay(tmp_path, **{name: text})
    assert not proposal.mapped
    (question,) = [q for q in proposal.questions if q.key[0] == "respondent"]
    (entry,) = entries(proposal_of(tmp_path, {question.key: "employee"}))
    assert entry["constants"]["respondent"] == "employee"


ORDERS = "order_id,customer_id,order_date,total\n" + "".join(f"{n},C{n},2026-03-01,{n}.00\n" for n in range(9))


def test_two_views_of_the_same_sales_count_once(tmp_path):
    payments = "payment_id,order_id,customer_id,date,amount\n" + "".join(
        f"p{n},{n},C{n},2026-03-02,{n}.00\n" for n in range(9)
    )
    proposal = lay(tmp_path, orders=ORDERS, invoices=ORDERS.replace("order_id", "invoice_no"), payments=payments)
    assert [p.group.shown for p in proposal.mapped if p.table == "transactions"] == ["invoices.csv"]


def test_sales_that_share_nothing_are_both_read(tmp_path):
    shop = ORDERS.replace("2026-03-01", "2026-04-01").replace("\n", "\nS").removesuffix("S")
    proposal = lay(tmp_path, orders=ORDERS, sales_shop=shop)
    assert len(proposal.mapped) == 2


def test_amounts_of_a_known_export_with_a_decimal_comma(tmp_path):
    head = "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Refunded date (UTC),Status,Customer ID"
    rows = 'ch_1,2026-03-01 10:00:00,"20,50","0,00",eur,true,,Paid,cus_1\n'
    rows += 'ch_2,2026-03-02 10:00:00,"30,00","10,25",eur,true,2026-03-05 09:00:00,Refunded,cus_2\n'
    lay(tmp_path, payments=f"{head}\n{rows}")
    assert loaded_sum(tmp_path, "transactions", "amount") == (3, "40.2500")


@pytest.mark.parametrize(
    ("column", "answers"),
    [("csat", [1, 2, 3, 4] * 10), ("nps", [1, 2, 5, 7] * 10), ("nps", [1, 5, 9, 10] * 60), ("ces", [1, 3, 5] * 10)],
)
def test_many_answers_that_never_reach_the_end_of_the_scale(tmp_path, column, answers):
    rows = "".join(f"C{n},2026-03-01,{a}\n" for n, a in enumerate(answers))
    assert not lay(tmp_path, survey=f"customer_id,date,{column}\n{rows}").mapped


def test_joined_day_in_its_own_format(tmp_path):
    orders = "order_id,customer_id,order_date\n" + "".join(f"o{n},C{n},{n + 10}/03/2026\n" for n in range(9))
    items = "order_id,line,amount\n" + "".join(f"o{n},1,2.00\n" for n in range(9))
    lay(tmp_path, orders=orders, items=items)
    assert loaded_sum(tmp_path, "transactions", "amount") == (9, "18.0000")


def test_monthly_fee_that_is_billed_yearly_stays_a_months(tmp_path):
    rows = "".join(f"C{n},2026-01-01,20.00,{p}\n" for n, p in enumerate(["annual", "monthly"]))
    (entry,) = entries(lay(tmp_path, subscriptions=f"customer_id,start_date,mrr_amount,billing_frequency\n{rows}"))
    assert entry["columns"]["fee"] == "mrr_amount"
    assert "period" not in entry["columns"]
    assert "values" not in entry


def test_flag_that_says_who_left_is_no_day(tmp_path):
    text = "customer_id,plan,Churn\n" + "".join(f"C{n},x,{'Yes' if n % 3 else 'No'}\n" for n in range(9))
    proposal = lay(tmp_path, customers=text)
    assert "Churn says who left, not when" in write(proposal)
    assert dispositions(proposal)["customers.csv"].columns["Churn"] == "attribute"


@pytest.mark.parametrize(
    "question",
    [
        "Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?",
        "¿Qué probabilidad hay de recomendar la tienda?",
        "Hoe waarschijnlijk is aanbevelen?",
    ],
)
def test_question_to_recommend_in_other_languages(tmp_path, question):
    rows = "".join(f"K{n},2026-03-01,{n % 11}\n" for n in range(30))
    found = dispositions(lay(tmp_path, survey=f"customer_id,date,{question}\n".replace("h ist es,", "h ist es") + rows))
    assert found["survey.csv"].constants["metric"] == "nps"


def test_words_of_a_product_do_not_wait_for_the_encoding(tmp_path):
    text = "customer_id,date,amount,product\nC1,2026-03-01,5.00,Café\nC2,2026-03-02,6.00,Tea\n"
    (tmp_path / "sales.csv").write_bytes(text.encode("cp1252"))
    assert loaded_sum(tmp_path, "transactions", "amount") == (2, "11.0000")


@pytest.mark.parametrize(
    ("column", "cells", "asked"),
    [
        ("Captured", ["true", "false", "true"], "status"),
        ("paid", ["yes", "yes", "no"], "status"),
        ("Amount Refunded", ["0.00", "4.00", "0.00"], "refunded"),
        ("paid", ["yes", "yes", "yes"], None),
        ("Amount Refunded", ["0.00", "0.00", "0.00"], None),
    ],
)
def test_charges_that_failed_or_were_given_back_are_asked(tmp_path, column, cells, asked):
    rows = "".join(f"C{n},2026-03-0{n + 1},10.00,{c}\n" for n, c in enumerate(cells))
    proposal = lay(tmp_path, payments=f"customer_id,date,amount,{column}\n{rows}")
    assert [q.key[0] for q in proposal.questions] == ([asked] if asked else [])
    assert len(proposal.mapped) == (0 if asked else 1)
