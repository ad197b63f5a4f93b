"""Rows that are not what they look like: cancelled, deleted, tests, drafts, refunds, nobody's; amounts with tax in them.

Every file holds 12 sales of 10.00 a month in 2024 (`test_spellings.sales`), of which a third is marked in some way.
"""

from __future__ import annotations

from datetime import date

import pytest

from tests.cases.counting import counted, made
from tests.cases.test_further_kinds import sheet
from worthline.ingest.header_units import is_yearly, money_in
from worthline.ingest.propose import look, propose, write

HEAD = '[company]\nname = "c"\ncurrency = "USD"\n'


def marked(column, marks):
    """Sales with one more column, its cells in turn, a year's third each."""
    rows = [
        [f"K{n % 24}", date(2024, 1 + n % 12, 1 + n % 28), "10.00", f"o{n}", marks[n // 12 % len(marks)]]
        for n in range(144)
    ]
    return sheet(f"customer_id,order_date,amount,order_id,{column}", rows)


def asked(folder, **files):
    """The questions of init's own first choices, and worthline.toml after them."""
    made(folder, "", **files)
    (folder / "worthline.toml").unlink()
    found, answers = propose(folder, *look(folder)), {}
    while questions := (proposal := found.proposal(answers)).questions:
        one = questions[0]
        answers[one.key] = "2024-12-31" if one.typed == "day" else one.choices[0][0]
    (folder / "worthline.toml").write_text(write(proposal), "utf-8")
    return answers


def revenue(folder, month=5):
    """What one month of 2024 brought."""
    rows = counted(folder, metrics=False).tables["transactions"].to_pylist()
    return float(sum(r["amount"] for r in rows if r["at_date"].month == month))


@pytest.mark.parametrize(
    ("column", "marks", "right"),
    [
        ("state", ["complete", "canceled", "draft"], 40),
        ("Status", ["Bezahlt", "Storniert", "Entwurf"], 40),
        ("deleted", ["false", "true", "false"], 80),
        ("is_test", ["N", "Y", "N"], 80),
        ("cancelled_at", ["", "2024-12-01", ""], 80),
        ("deleted_at", ["", "2024-12-01 10:00", ""], 80),
        ("order_status", ["Delivered", "Test order", "Proforma"], 40),
    ],
)
def test_sales_that_may_not_count_are_asked_about(tmp_path, column, marks, right):
    answers = asked(tmp_path / "c", orders=marked(column, marks))
    assert answers["status", "orders.csv"] == "some"
    assert revenue(tmp_path / "c") == right


@pytest.mark.parametrize(
    ("name", "header", "marks", "table", "right"),
    [
        ("tickets", "ticket_id,customer_id,created_at,status", ["solved", "spam", "merged"], "interactions", 20),
        ("nps_survey", "response_id,customer_id,answered_at,nps,Finished", ["True", "False", "True"], "feedback", 40),
        ("nps_survey", "response_id,customer_id,answered_at,nps,status", ["Complete", "Partial", "Preview"], "feedback", 20),
        ("customers", "customer_id,joined_on,is_deleted", ["0", "1", "0"], "customers", 40),
    ],
)  # fmt: skip
def test_what_was_deleted_or_never_finished_is_asked_about(tmp_path, name, header, marks, table, right):
    cells = {"customer_id": "C{}", "ticket_id": "T{}", "response_id": "r{}", "nps": "9"}
    days = {"created_at": "2024-05-{:02}", "answered_at": "2024-05-{:02}", "joined_on": "2023-05-{:02}"}
    rows = [
        [
            cells[c].format(n) if c in cells else days[c].format(1 + n % 28) if c in days else marks[n % 3]
            for c in header.split(",")
        ]
        for n in range(60)
    ]
    assert asked(tmp_path / "c", **{name: sheet(header, rows)})["status", f"{name}.csv"] == "some"
    assert counted(tmp_path / "c", metrics=False).tables[table].num_rows == right


def test_a_file_of_refunds_is_money_paid_back_and_no_list_of_customers(tmp_path):
    back = [[f"r{n}", f"K{n}", f"2024-05-{1 + n:02}", "4.00", f"o{4 + 12 * n}"] for n in range(10)]
    answers = asked(
        tmp_path / "c",
        orders=marked("shop", ["A"]),
        refunds=sheet("refund_id,customer_id,refund_date,refund_amount,order_id", back),
    )
    assert answers == {("refunds", "refunds.csv"): "refund"}
    assert revenue(tmp_path / "c") == 120 - 10 * 4


def test_rows_with_a_number_of_their_own_are_not_taken_for_customers_unasked(tmp_path):
    claims = [[f"c{n}", f"K{n}", f"2024-05-{1 + n:02}", 40] for n in range(20)]
    made(tmp_path, "", claims=sheet("claim_id,customer_id,claim_day,size", claims))
    assert propose(tmp_path, *look(tmp_path)).proposal({}).mapped == []


@pytest.mark.parametrize("header", ["client,date,montant HT,TVA,montant TTC,facture", "customer_id,date,subtotal,tax,total,order_id"])  # fmt: skip
def test_an_amount_with_tax_in_it_is_asked_about(tmp_path, header):
    rows = [
        [f"K{n % 24}", date(2024, 1 + n % 12, 5), f"{9 + n % 3}.00", f"{2 + n % 3}.00", f"{11 + 2 * (n % 3)}.00", f"o{n}"]
        for n in range(144)
    ]  # fmt: skip
    answers = asked(tmp_path / "c", ventes=sheet(header, rows))
    assert answers == {("tax", "ventes.csv"): header.split(",")[2]}
    # n % 3 of May is 1, without tax: 12 x 10
    assert revenue(tmp_path / "c") == 120


@pytest.mark.parametrize("nobody", ["GUEST", "0", "-1", "99999", "unknown", "Laufkunde", "n/a"])
def test_ids_that_stand_for_nobody_are_no_customer(tmp_path, nobody):
    rows = [[f"{nobody if n % 3 == 0 else n % 24 + 1}", "2024-05-05", "10.00", f"o{n}"] for n in range(144)]
    lines = HEAD + '[tables.transactions]\nfile = "t.csv"\n'
    folder = made(tmp_path / "c", lines, t=sheet("customer_id,at,amount,transaction_id", rows))
    found = counted(folder, metrics=False)
    # a third of 144 rows is nobody's; of 24 customers the 16 of other rows are left
    assert (found.tables["customers"].num_rows, found.tables["transactions"].num_rows) == (16, 144)
    assert f"48 of 144 rows (33%), 33% of amount name no customer ({nobody} stands for none" in found.words


def test_a_customer_called_nought_is_one(tmp_path):
    rows = [[n % 24, "2024-05-05", "10.00", f"o{n}"] for n in range(144)]
    lines = HEAD + '[tables.transactions]\nfile = "t.csv"\n'
    folder = made(tmp_path / "c", lines, t=sheet("customer_id,at,amount,transaction_id", rows))
    assert counted(folder, metrics=False).tables["customers"].num_rows == 24


@pytest.mark.parametrize(
    ("header", "times"),
    [
        ("Revenue (k USD)", 1000), ("Umsatz in TEUR", 1000), ("Amount ($000)", 1000), ("revenue_thousands", 1000),
        ("Sales (in thousands)", 1000), ("Umsatz (T€)", 1000), ("USD '000", 1000), ("Umsatz in Tsd. EUR", 1000),
        ("Revenue in millions", 1_000_000), ("Umsatz Mio. EUR", 1_000_000), ("MEUR", 1_000_000), ("$m", 1_000_000),
        ("amount", 1), ("Amount EUR", 1), ("total_k", 1), ("Market", 1), ("Milestone fee", 1), ("Menge", 1),
        ("mileage", 1), ("Amount (USD)", 1), ("Tax EUR", 1), ("amount_2000", 1),
    ],
)  # fmt: skip
def test_thousands_and_millions_in_a_header(header, times):
    assert money_in(header) == times


def test_a_year_in_the_header_of_a_fee():
    yearly = ("annual_fee", "price_per_year", "ARR", "acv", "Yearly Price", "Jahresgebühr", "cuota anual")
    assert all(map(is_yearly, yearly))
    assert not any(map(is_yearly, ("mrr", "fee", "monthly_fee", "price", "carrier", "annual_or_monthly", "array")))


def test_units_in_headers_are_obeyed_and_said(tmp_path):
    terms = [[f"A{n}", "2024-01-01", 120] for n in range(20)] + [["Z", "2024-12-15", 120]]
    sold = [[f"A{n % 20}", f"2024-05-{1 + n // 3:02}", "1.5"] for n in range(60)]
    lines = (
        HEAD + '[tables.subscriptions]\nfile = "s.csv"\ncolumns = { fee = "annual_fee" }\n'
        '[tables.transactions]\nfile = "t.csv"\ncolumns = { amount = "Revenue (k USD)" }\n'
    )
    folder = made(
        tmp_path / "c",
        lines,
        s=sheet("customer_id,started_on,annual_fee", terms),
        t=sheet("customer_id,at,Revenue (k USD)", sold),
    )
    found = counted(folder)
    assert (found.value("mrr", "2024-05"), found.value("revenue", "2024-05")) == (200, 60 * 1500)
    assert "annual_fee pays for a year, as its header says" in str(found.health)
    assert "Revenue (k USD): a number is 1,000 of its currency, as its header says" in str(found.health)
