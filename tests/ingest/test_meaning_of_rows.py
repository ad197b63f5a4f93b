"""What a row means, seen in the data: last paid days, rates of a month, pauses, ids, repeats, currencies. By hand."""

from __future__ import annotations

from datetime import date

import pytest

from tests.cases.counting import Counted, counted, made
from worthline.errors import WorthlineError
from worthline.ingest.billing import Billed, billed
from worthline.ingest.currency_names import named_currency
from worthline.ingest.identities import resolved

HEAD = '[company]\nname = "c"\ncurrency = "USD"\nas_of = "2025-06-30"\n'
SUBSCRIPTIONS = '[tables.subscriptions]\nfile = "subscriptions.csv"\n'
TRANSACTIONS = '[tables.transactions]\nfile = "transactions.csv"\n'


def terms(rows: list[str]) -> str:
    """Subscriptions of 10 a month: customer, start, end."""
    return "customer_id,started_on,ended_on,fee\n" + "".join(f"{row},10\n" for row in rows)


def read(tmp_path, toml: str, **files: str) -> Counted:
    """The company, read but not counted."""
    return counted(made(tmp_path / "c", HEAD + toml, **files), metrics=False)


# ------------------------------------------------------------------------------------------- terms

RENEWED_NEXT_DAY = [
    f"A{n},2025-0{m}-01,2025-0{m}-{28 if m == 2 else 31 if m in (1, 3, 5) else 30}"
    for n in range(3)
    for m in range(1, 6)
]


def test_a_term_renewed_the_day_after_its_end_ended_on_its_last_paid_day(tmp_path):
    rows = [*RENEWED_NEXT_DAY, *(f"A{n},2025-06-01," for n in range(3))]
    found = counted(made(tmp_path / "c", HEAD + SUBSCRIPTIONS, subscriptions=terms(rows)))
    assert found.because["ended_on"].startswith("last paid day: after 15 of 15 ends")
    assert [found.value("customers_active", f"2025-0{m}") for m in range(1, 7)] == [3] * 6
    # Where nobody is seen to leave at all, leaving is undefined: none is counted.
    assert not any(found.value("customers_lost", f"2025-0{m}") for m in range(2, 7))


def test_a_term_renewed_on_its_end_ended_on_its_first_unpaid_day(tmp_path):
    rows = ["A,2025-01-01,2025-02-01", "A,2025-02-01,", "B,2025-01-01,2025-03-31"]
    found = read(tmp_path, SUBSCRIPTIONS, subscriptions=terms(rows))
    assert found.because["ended_on"].startswith("first unpaid day: after 1 of 2 ends")
    assert {r["ended_on"] for r in found.tables["subscriptions"].to_pylist()} == {
        date(2025, 2, 1),
        date(2025, 3, 31),
        None,
    }


def test_terms_that_end_the_day_before_their_anniversary_end_on_the_last_paid_day(tmp_path):
    rows = [f"A{n},2024-0{m}-05,2025-0{m}-04" for n in range(3) for m in (1, 2, 3, 4)]
    found = read(tmp_path, SUBSCRIPTIONS, subscriptions=terms(rows))
    assert found.because["ended_on"].startswith("last paid day: 12 of 12 terms")
    assert {r["ended_on"].day for r in found.tables["subscriptions"].to_pylist()} == {5}


def test_a_setting_decides_what_an_end_is(tmp_path):
    rows = ["A,2025-01-01,2025-02-01", "A,2025-02-01,"]
    found = read(tmp_path, SUBSCRIPTIONS + 'ended_on = "last paid day"\n', subscriptions=terms(rows))
    assert found.because["ended_on"] == "last paid day: as set"
    assert date(2025, 2, 2) in {r["ended_on"] for r in found.tables["subscriptions"].to_pylist()}


def test_a_fee_in_another_currency_takes_the_rate_of_each_month(tmp_path):
    files = {
        "subscriptions": "customer_id,started_on,ended_on,fee,currency\nA,2025-01-01,,100,EUR\nB,2025-01-01,,100,USD\n",
        "rates": "currency,on,rate\nEUR,2025-01-01,1.00\nEUR,2025-03-01,1.10\nEUR,2025-05-01,1.20\n",
    }
    toml = HEAD + SUBSCRIPTIONS + '[tables.rates]\nfile = "rates.csv"\n'
    found = counted(made(tmp_path / "c", toml, **files))
    assert [found.value("mrr", f"2025-0{m}") for m in range(1, 7)] == [200, 200, 210, 210, 220, 220]
    assert [found.value("revenue", f"2025-0{m}") for m in range(1, 7)] == [200, 200, 210, 210, 220, 220]
    # Where nobody is seen to leave at all, leaving is undefined: none is counted.
    assert not any(found.value("customers_lost", f"2025-0{m}") for m in range(2, 7))
    assert found.health.tables[-1].used == 2


def test_a_pause_brings_no_fee_and_loses_no_customer(tmp_path):
    files = {
        "subscriptions": "customer_id,started_on,ended_on,fee,paused_from,paused_until\n"
        "A,2025-01-01,,10,2025-03-01,2025-05-01\nB,2025-01-01,,10,,\n"
    }
    found = counted(made(tmp_path / "c", HEAD + SUBSCRIPTIONS, **files))
    assert [found.value("mrr", f"2025-0{m}") for m in range(1, 7)] == [20, 20, 10, 10, 20, 20]
    assert [found.value("customers_active", f"2025-0{m}") for m in range(1, 7)] == [2] * 6


def test_a_trial_is_paid_from_its_end_on_and_one_that_ended_unpaid_never(tmp_path):
    files = {
        "subscriptions": "customer_id,started_on,ended_on,fee,trial_until\n"
        "A,2025-01-01,,10,2025-03-01\nB,2025-01-01,2025-02-01,10,2025-03-01\nC,2025-01-01,,10,\nD,2025-06-20,,10,2025-07-20\n"
    }
    found = counted(made(tmp_path / "c", HEAD + SUBSCRIPTIONS, **files))
    assert [found.value("mrr", f"2025-0{m}") for m in range(1, 7)] == [10, 10, 20, 20, 20, 20]
    assert found.rules["after_as_of"] == 1


def test_a_subscription_said_to_have_ended_without_a_date_is_set_aside(tmp_path):
    files = {
        "subscriptions": "customer_id,started_on,ended_on,fee,status\nA,2025-01-01,,10,canceled\nB,2025-01-01,,10,active\n"
    }
    found = read(tmp_path, SUBSCRIPTIONS, **files)
    assert found.rules["no_end"] == 1


@pytest.mark.parametrize(
    ("words", "right"),
    [
        ("Monthly", Billed(1, "month")),
        ("per year", Billed(1, "year")),
        ("2-Year", Billed(2, "year")),
        ("P3M", Billed(3, "month")),
        ("every 6 months", Billed(6, "month")),
        ("Vierteljährlich", Billed(3, "month")),
        ("one-time", Billed(1, "once")),
        ("4 weeks", Billed(4, "week")),
        ("biannual", None),
        ("bi-weekly", None),
        ("gold", None),
        ("0 months", None),
    ],
)
def test_words_of_a_billing_period(words, right):
    assert billed(words) == right


def test_an_unknown_billing_period_sets_the_row_aside(tmp_path):
    files = {
        "subscriptions": "customer_id,started_on,fee,period\nA,2025-01-01,10,biannual\nB,2025-01-01,13,quarterly\n"
    }
    found = read(tmp_path, SUBSCRIPTIONS, **files)
    assert found.rules["period_unknown"] == 1
    (row,) = found.tables["subscriptions"].to_pylist()
    assert (row["period"], float(row["fee"])) == ("year", 52.0)


# ------------------------------------------------------------------------------------------- people


def test_chains_end_at_the_last_id_and_circles_at_their_first():
    standing, circles = resolved([("a", "b"), ("b", "c"), ("x", "y"), ("y", "z"), ("z", "x"), ("w", "y")])
    assert standing == {"a": "c", "b": "c", "y": "x", "z": "x", "w": "x"}
    assert [sorted(circle) for circle in circles] == [["x", "y", "z"]]


def test_money_and_answers_follow_a_replaced_id_from_its_day_on(tmp_path):
    files = {
        "transactions": "customer_id,at,amount,transaction_id\nold,2025-01-05,10,1\nnew,2025-02-05,20,2\nlate,2025-02-06,5,3\n",
        "identities": "old_id,customer_id,since\nold,new,2025-02-01\nlate,new,2025-12-01\n",
    }
    found = read(tmp_path, TRANSACTIONS + '[tables.identities]\nfile = "identities.csv"\n', **files)
    assert sorted(found.tables["transactions"].column("customer_id").to_pylist()) == ["late", "new", "new"]
    assert sorted(found.tables["customers"].column("customer_id").to_pylist()) == ["late", "new"]


def test_a_merged_customer_gives_its_first_day_and_takes_no_leaving_along(tmp_path):
    files = {
        "customers": "customer_id,joined_on,left_on,merged_into\nA,2024-06-01,,\nB,2023-01-01,2025-01-01,A\nC,2022-01-01,,gone\n"
    }
    found = read(tmp_path, '[tables.customers]\nfile = "customers.csv"\n', **files)
    rows = {r["customer_id"]: (r["joined_on"], r["left_on"]) for r in found.tables["customers"].to_pylist()}
    assert rows == {"A": (date(2023, 1, 1), None), "gone": (date(2022, 1, 1), None)}
    (table,) = found.health.tables
    assert (table.rows_in, table.used, table.quarantined) == (3, 3, 0)


def test_ids_with_and_without_zeros_are_apart_where_customers_list_both(tmp_path):
    files = {
        "customers": "customer_id\n012\n12\n0077\n",
        "transactions": "customer_id,at,amount\n12,2025-01-05,10\n77.0,2025-01-06,10\n",
    }
    found = read(tmp_path, '[tables.customers]\nfile = "customers.csv"\n' + TRANSACTIONS, **files)
    assert sorted(found.tables["transactions"].column("customer_id").to_pylist()) == ["0077", "12"]
    assert found.tables["customers"].num_rows == 3


def test_receipts_that_a_spreadsheet_rounded_are_no_second_rows(tmp_path):
    rows = "".join(f"C{n},2025-01-{n + 1:02},10,5.70306E+17\n" for n in range(20))
    found = read(tmp_path, TRANSACTIONS, transactions="customer_id,at,amount,transaction_id\n" + rows)
    assert found.tables["transactions"].num_rows == 20
    assert "5.70306E+17" in found.words


# ------------------------------------------------------------------------------------------- repeats


def test_two_equal_sales_of_one_day_stay_two(tmp_path):
    rows = [f"C{n % 7},2025-01-{n % 28 + 1:02},{3 + n % 5}" for n in range(100)] + ["C1,2025-01-02,4"]
    found = read(tmp_path, TRANSACTIONS, transactions="customer_id,at,amount\n" + "\n".join(rows) + "\n")
    assert found.tables["transactions"].num_rows == 101


def test_a_sale_to_nobody_that_happens_to_be_a_sum_is_a_sale(tmp_path):
    rows = ["A,2025-01-01,1", "B,2025-01-01,2", ",2025-01-01,3", ",2025-01-02,8", "A,2025-01-03,1", ",2025-01-03,5"]
    found = read(tmp_path, TRANSACTIONS, transactions="customer_id,at,amount\n" + "\n".join(rows) + "\n")
    assert found.tables["transactions"].num_rows == 6


def test_a_purchase_paid_back_on_another_day_is_a_refund(tmp_path):
    rows = ["A,2025-01-01,100,T1", "A,2025-01-20,-100,T1", "B,2025-01-01,50,T2", "B,2025-01-01,-50,T2"]
    found = read(tmp_path, TRANSACTIONS, transactions="customer_id,at,amount,transaction_id\n" + "\n".join(rows) + "\n")
    assert [r["kind"] for r in found.tables["transactions"].to_pylist()].count("refund") == 2


def test_contacts_of_one_second_with_equal_tags_count_once_and_of_one_day_each(tmp_path):
    rows = [
        "A,2025-01-01 10:00:00,Hotline,x",
        "A,2025-01-01 10:00:00,Hotline,y",
        "B,2025-01-01,Hotline,x",
        "B,2025-01-01,Hotline,y",
    ]
    source = '[tables.interactions]\nfile = "interactions.csv"\n'
    found = read(tmp_path, source, interactions="customer_id,at,touchpoint,tag\n" + "\n".join(rows) + "\n")
    assert found.rules["fanned_out"] == 1
    assert found.tables["interactions"].num_rows == 3


def test_an_answer_changed_after_the_as_of_date_is_still_the_first(tmp_path):
    rows = ["r1,A,2025-05-01,nps,10,2025-05-01", "r1,A,2025-05-01,nps,2,2025-07-01"]
    source = '[tables.feedback]\nfile = "feedback.csv"\n'
    found = read(
        tmp_path, source, feedback="feedback_id,customer_id,at,metric,score,updated_at\n" + "\n".join(rows) + "\n"
    )
    assert found.tables["feedback"].column("score").to_pylist() == [10]


def test_terms_that_a_later_export_brings_again_count_once_as_it_has_them(tmp_path):
    head = "customer_id,started_on,ended_on,fee\n"
    files = {
        "terms_2024": head + "A,2024-01-01,,10\nB,2024-02-01,,10\n",
        "terms_2025": head + "A,2024-01-01,2025-03-01,10\nB,2024-02-01,,10\nC,2025-01-01,,10\n",
    }
    found = read(tmp_path, '[tables.subscriptions]\nfile = "terms_*.csv"\n', **files)
    rows = {r["customer_id"]: r["ended_on"] for r in found.tables["subscriptions"].to_pylist()}
    assert rows == {"A": date(2025, 3, 1), "B": None, "C": None}
    assert found.tables["subscriptions"].num_rows == 3
    assert found.rules["repeated_export"] == 2


def test_a_customer_called_total_is_none(tmp_path):
    found = read(tmp_path, SUBSCRIPTIONS, subscriptions=terms(["A,2025-01-01,", "Grand Total,2025-01-01,"]))
    assert found.tables["customers"].column("customer_id").to_pylist() == ["A"]


def test_nps_without_an_answer_above_five_is_doubted(tmp_path):
    rows = "".join(f"C{n},2025-01-05,nps,{n % 5 + 1}\n" for n in range(40))
    found = read(
        tmp_path, '[tables.feedback]\nfile = "feedback.csv"\n', feedback="customer_id,at,metric,score\n" + rows
    )
    assert "No nps answer of 40 is above 5" in found.words


# ------------------------------------------------------------------------------------------- cells


def test_noise_of_binary_arithmetic_is_rounded_and_said_and_real_decimals_are_not(tmp_path):
    cells = ["118.22999999999999", "118.2300000000001", "1.23456", "1.2345", "7.99995000000000"]
    rows = "".join(f"C{n},2025-01-0{n + 1},{cell}\n" for n, cell in enumerate(cells))
    found = read(tmp_path, TRANSACTIONS, transactions="customer_id,at,amount\n" + rows)
    assert [str(v) for v in found.tables["transactions"].column("amount").to_pylist()] == [
        "118.2300",
        "118.2300",
        "1.2345",
    ]
    assert found.rules["rounded"] == 2
    assert found.rules["money_decimals"] == 2


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("Net Amount EUR", "EUR"),
        ("amount_eur", "EUR"),
        ("Betrag (€)", "EUR"),
        ("priceGBP", "GBP"),
        ("Total paid", None),
        ("try amount", None),
        ("All amounts", None),
        ("EUR or USD", None),
        ("amount", None),
    ],
)
def test_currencies_that_headers_name(header, code):
    assert named_currency(header) == code


def test_money_in_the_currency_of_its_header_is_not_another_ones(tmp_path):
    toml = '[tables.transactions]\nfile = "transactions.csv"\ncolumns = { amount = "Net Amount EUR" }\n'
    files = {"transactions": "customer_id,at,Net Amount EUR\nA,2025-01-05,10\n"}
    with pytest.raises(WorthlineError, match=r"no_rate|set aside"):
        read(tmp_path, toml, **files)
    left_open = HEAD.replace('currency = "USD"\n', "")
    found = counted(made(tmp_path / "open", left_open + toml, **files), metrics=False)
    assert "names it" in found.because["currency"]


def test_nps_on_another_scale_is_refused_with_the_reason(tmp_path):
    rows = "A,2025-01-05,nps,4,1-5\nB,2025-01-05,nps,9,0-10\nC,2025-01-05,nps,0,1-10\n"
    found = read(
        tmp_path, '[tables.feedback]\nfile = "feedback.csv"\n', feedback="customer_id,at,metric,score,scale\n" + rows
    )
    assert found.rules["scale_of_another"] == 1
    assert found.rules["score_off_scale"] == 1
    assert found.tables["feedback"].num_rows == 1


# ------------------------------------------------------------------------------------------- queries


def test_a_query_reads_a_file_in_its_encoding_and_without_a_header(tmp_path):
    folder = made(tmp_path / "c", "")
    (folder / "a.csv").write_bytes("customer_id;at;amount;product\nA;2025-01-05;10;Käse\n".encode("cp1252"))
    (folder / "b.csv").write_text("B,2025-01-06,20\n", "utf-8")
    toml = HEAD + (
        '[[tables.transactions]]\nencoding = "cp1252"\nquery = "select * from \'a.csv\'"\n'
        '[[tables.transactions]]\nquery = "select column0 as customer_id, column1 as occurred_at, column2 as amount '
        "from read_csv('b.csv', header = false)\"\n"
    )
    (folder / "worthline.toml").write_text(toml, "utf-8")
    found = counted(folder, metrics=False)
    rows = {r["customer_id"]: r["product"] for r in found.tables["transactions"].to_pylist()}
    assert rows == {"A": "Käse", "B": None}


def test_what_a_join_loses_is_said_first_with_examples(tmp_path):
    files = {
        "orders": "order_id,customer_id,at\n" + "".join(f"{n},C{n},2025-01-05\n" for n in range(50)),
        "payments": "order_id,amount\n" + "".join(f"{n},10\n" for n in range(40, 140)),
    }
    toml = (
        "[tables.transactions]\nquery = \"select customer_id, o.at, p.amount from 'payments.csv' p join 'orders.csv' o "
        'using (order_id)"\n'
    ).replace("o.at", 'o.\\"at\\"')
    found = read(tmp_path, toml, **files)
    (loss,) = [said for said in found.health.losses if "leaves out" in said]
    assert "90 of the 100 rows of payments.csv (90%)" in loss
    assert "50, 51, 52" in loss


def test_strangers_and_nobody_are_said_from_one_in_a_hundred_on(tmp_path):
    listed = "customer_id\n" + "".join(f"C{n}\n" for n in range(200))
    few = [f"C{n},2025-01-05,10" for n in range(199)]
    toml = '[tables.customers]\nfile = "customers.csv"\n' + TRANSACTIONS
    head = "customer_id,at,amount\n"
    quiet = read(tmp_path, toml, customers=listed, transactions=head + "\n".join([*few, "X1,2025-01-05,10"]) + "\n")
    assert quiet.health.losses == ()
    rows = [*few, "X1,2025-01-05,10", "X2,2025-01-05,10", "X2,2025-01-05,9", *[",2025-01-06,1"] * 3]
    loud = read(tmp_path / "2", toml, customers=listed, transactions=head + "\n".join(rows) + "\n")
    nobody, strangers = loud.health.losses
    assert "3 of 205 rows (1.5%)" in nobody
    assert "transactions.csv:204" in nobody
    assert "such as X1, X2" in strangers


# ------------------------------------------------------------------------------------------- who is a customer


def test_a_list_of_customers_alone_is_counted(tmp_path):
    rows = "".join(f"C{n},2024-{n % 12 + 1:02}-05\n" for n in range(240))
    toml = HEAD + '[tables.customers]\nfile = "customers.csv"\n'
    dated = counted(made(tmp_path / "c", toml, customers="customer_id,joined_on\n" + rows))
    assert dated.value("customers_active", "2025-06") == 240
    assert dated.value("customers_active", "2024-03") == 60
    bare = "customer_id\n" + "".join(f"C{n}\n" for n in range(240))
    undated = counted(made(tmp_path / "d", toml, customers=bare))
    assert undated.value("customers_active", "2025-06") == 240
