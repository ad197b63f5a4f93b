"""Small companies of somebody who had not seen the others: each kind with its right value, and one that is harmless.

Seven months of 2025; what a month brings follows from the rows beside it. `init` is answered by its own first choices.
"""

from __future__ import annotations

from datetime import date

import pytest

from tests.cases.counting import made
from tests.cases.test_further_kinds import of, proposed, sheet
from worthline.ingest.header_units import has_tax
from worthline.ingest.propose import look, propose

MONTHS = range(1, 8)


def day(month, number, year=2025):
    """A day as text."""
    return date(year, month, number).isoformat()


# ------------------------------------------------------------------------------------------- sums so far


def so_far(first=1, step=lambda k: 20 + k):
    """Ten customers, a row a month from `first` on, with the sum of all steps since January."""
    return [[f"C{k:02}", day(m, 28), step(k) * m] for m in MONTHS if m >= first for k in range(10)]


@pytest.mark.parametrize("header", ["ytd_sales", "amount", "total"])
def test_sums_of_the_year_count_what_each_month_added(tmp_path, header):
    found, _ = proposed(tmp_path / "c", sales_by_customer=sheet(f"customer_id,date,{header}", so_far()))
    # ten customers add 20 to 29 a month
    assert [found.value("revenue", f"2025-{m:02}") for m in (1, 2, 5)] == [245, 245, 245]


def test_sums_of_the_year_begin_again_in_january(tmp_path):
    rows = [[f"C{k:02}", day(m, 28, y), (20 + k) * m] for y in (2024, 2025) for m in range(1, 13) for k in range(10)]
    found, _ = proposed(tmp_path / "c", sales=sheet("customer_id,date,ytd", [r for r in rows if r[1] < "2025-08"]))
    assert [found.value("revenue", m) for m in ("2024-12", "2025-01", "2025-05")] == [245, 245, 245]


def test_of_sums_of_all_time_the_first_month_is_not_known(tmp_path):
    rows = [[f"C{k:02}", day(m, 28, y), (20 + k) * (12 * (y - 2024) + m)] for y in (2024, 2025) for m in range(1, 13)
            for k in range(10) if day(m, 28, y) > "2024-06"]  # fmt: skip
    found, _ = proposed(tmp_path / "c", sales=sheet("customer_id,date,amount", [r for r in rows if r[1] < "2025-08"]))
    assert [found.value("revenue", m) for m in ("2024-07", "2025-01", "2025-05")] == [245, 245, 245]
    with pytest.raises(KeyError):
        found.value("revenue", "2024-06")


def test_sums_so_far_in_a_mapping_by_hand_are_said_loudly(tmp_path):
    tables = '[tables.transactions]\nfile = "s.csv"\n'
    found = of(tmp_path / "c", tables, metrics=False, s=sheet("customer_id,at,amount", so_far()))
    # of seven months June is the last that is whole: 5 steps of 10 customers
    assert "amounts of each customer only rise (50 of 50 times)" in "".join(found.health.losses)


@pytest.mark.parametrize(
    "amount", [lambda m, k: 20 + k, lambda m, k: 40 + 2 * m + k, lambda m, k: 5 + (7 * m + 3 * k) % 11]
)
def test_equal_slowly_growing_or_changing_sales_are_sales(tmp_path, amount):
    rows = [[f"C{k:02}", day(m, 28), amount(m, k)] for m in MONTHS for k in range(10)]
    found, asked = proposed(tmp_path / "c", sales=sheet("customer_id,date,amount", rows))
    assert (found.value("revenue", "2025-05"), asked) == (sum(amount(5, k) for k in range(10)), 0)
    assert "only rise" not in found.words


# ------------------------------------------------------------------------------------------- surveys by answer


def test_each_question_of_a_survey_by_answer_is_a_metric(tmp_path):
    rows = []
    for m in MONTHS:
        for k in range(20):
            start = [f"r{m}-{k}", f"c{k}", day(m, 2 + k)]
            rows.append([*start, "How likely are you to recommend us?", (10, 9, 8, 3)[k % 4]])
            rows.append([*start, "How satisfied are you with delivery?", (5, 4, 3, 2)[k % 4]])
            rows.append([*start, "Anything else?", "fine thanks"])
    header = "response_id,customer_id,answered_at,question,answer"
    found, asked = proposed(tmp_path / "c", survey=sheet(header, rows))
    # of four answers two promoters and one detractor; two of four are satisfied
    assert (found.value("nps", "2025-05"), found.value("csat", "2025-05"), asked) == (25, 0.5, 1)
    assert "answered_again" not in found.rules


def test_many_answers_of_one_response_without_their_question_are_said_loudly(tmp_path):
    rows = [[f"r{k}", f"c{k}", day(5, 2 + k), q, 5 + k % 5] for k in range(20) for q in ("Recommend?", "Delivery?")]
    tables = '[tables.feedback]\nfile = "s.csv"\nconstants = { metric = "nps" }\n'
    survey = sheet("feedback_id,customer_id,at,question,score", rows)
    found = of(tmp_path / "c", tables, metrics=False, s=survey)
    assert "20 of 40 rows (50%) are set aside for a later answer" in "".join(found.health.losses)


# ------------------------------------------------------------------------------------------- rows that count


@pytest.mark.parametrize("receipts", [True, False])
def test_of_exports_that_overlap_the_rest_is_not_lost(tmp_path, receipts):
    def part(months):
        return [[f"o{m}{k}", f"c{k}", day(m, 2 + k), f"{10 + k}.00"] for m in months for k in range(10)]

    first, rest = part((1, 2, 3, 4)), part((4, 5, 6, 7))
    if receipts:
        files = {"orders_old": sheet("order_id,customer_id,order_date,amount", first)}
        files["orders_new"] = sheet("customer_id,order_id,amount,order_date", [[b, a, d, c] for a, b, c, d in rest])
    else:
        files = {"orders_old": sheet("customer_id,order_date,amount", [r[1:] for r in first])}
        files["orders_new"] = sheet("customer_id,amount,order_date", [[b, d, c] for _, b, c, d in rest])
    found, asked = proposed(tmp_path / "c", **files)
    # ten orders of 10 to 19 a month
    assert [found.value("revenue", f"2025-{m:02}") for m in (2, 4, 5)] == [145, 145, 145]
    assert asked == 1


def test_ends_of_what_is_said_to_run_are_said_loudly(tmp_path):
    rows = [[f"C{k:02}", "2024-06-01", "2025-03-10" if k < 4 else "", "active", 10] for k in range(20)]
    # a notice for a later day, and a term that another one follows, contradict nothing
    rows += [["D1", "2024-06-01", "2025-12-31", "active", 10], ["D2", "2024-06-01", "2025-03-01", "active", 10]]
    rows += [["D2", "2025-04-01", "", "active", 10], ["Z9", "2025-06-20", "", "active", 10]]
    tables = '[tables.subscriptions]\nfile = "s.csv"\n'
    found = of(tmp_path / "c", tables, metrics=False, s=sheet("customer_id,started_on,ended_on,status,fee", rows))
    assert "4 of 23 terms have an end in the past and a status that says they run" in "".join(found.health.losses)


# ------------------------------------------------------------------------------------------- terms without an end


@pytest.mark.parametrize("header", ["customer_id,month,mrr", "customer_id,start_date,monthly_fee"])
def test_a_row_a_month_is_a_month(tmp_path, header):
    rows = [[f"C{k:02}", day(m, 1), 10] for m in MONTHS for k in range(20) if not (k < 4 and m > 4)]
    found, _ = proposed(tmp_path / "c", subscriptions=sheet(header, rows))
    assert [found.value("mrr", f"2025-{m:02}") for m in (1, 3, 5)] == [200, 200, 160]
    assert found.value("customers_lost", "2025-05") == 4


def test_months_by_their_last_days_leave_no_hole(tmp_path):
    lasts = (31, 28, 31, 30, 31, 30, 31)
    rows = [[f"C{k:02}", day(m, lasts[m - 1]), 10] for m in MONTHS for k in range(20)]
    found, _ = proposed(tmp_path / "c", subscriptions=sheet("customer_id,month,mrr", rows))
    assert [found.value("mrr", f"2025-{m:02}") for m in (2, 4, 5)] == [200, 200, 200]


def test_a_changed_plan_takes_the_place_of_the_one_before(tmp_path):
    rows = [[f"C{k:02}", "2024-01-01", "Basic", 10] for k in range(20)]
    rows += [[f"C{k:02}", "2025-03-01", "Pro", 20] for k in range(5)] + [["Z9", "2025-06-20", "Basic", 10]]
    text = sheet("customer_id,started_on,plan,fee", rows)
    found, _ = proposed(tmp_path / "a", subscriptions=text)
    # 15 x 10 + 5 x 20
    assert (found.value("mrr", "2025-02"), found.value("mrr", "2025-05")) == (200, 250)
    found = of(tmp_path / "b", '[tables.subscriptions]\nfile = "s.csv"\n', s=text)
    assert found.value("mrr", "2025-05") == 300
    assert "5 of 25 terms have no end, and a later one of the same customer begins" in "".join(found.health.losses)


def test_two_products_from_the_same_day_run_at_once(tmp_path):
    rows = [[f"C{k:02}", "2024-01-01", product, 10] for k in range(20) for product in ("Phone", "TV")]
    rows += [["Z9", "2025-06-20", "TV", 10]]
    found, asked = proposed(tmp_path / "c", subscriptions=sheet("customer_id,started_on,plan,fee", rows))
    assert (found.value("mrr", "2025-05"), asked) == (400, 1)


# ------------------------------------------------------------------------------------------- scales


def test_no_stars_are_no_answer(tmp_path):
    rows = [[f"r{m}{k}", f"c{k}", day(m, 2 + k), (0, 5, 4, 3)[k % 4]] for m in MONTHS for k in range(20)]
    found, asked = proposed(tmp_path / "c", reviews=sheet("review_id,customer_id,date,rating", rows))
    assert (found.value("stars", "2025-05"), asked) == (4, 1)


def test_promoters_and_detractors_as_signs(tmp_path):
    rows = [[f"r{m}{k}", f"c{k}", day(m, 2 + k), (100, 0, -100, 100)[k % 4]] for m in MONTHS for k in range(20)]
    found, _ = proposed(tmp_path / "c", nps_survey=sheet("response_id,customer_id,answered_at,nps", rows))
    assert found.value("nps", "2025-05") == 25


# ------------------------------------------------------------------------------------------- tax


@pytest.mark.parametrize(("rate", "header"), [("20%", "vat_rate"), ("0.2", "tax_rate"), ("20", "MwSt-Satz")])
def test_tax_in_an_amount_at_a_rate_is_asked_about(tmp_path, rate, header):
    rows = [[f"o{m}{k}", f"c{k}", day(m, 2 + k), "12.00", rate] for m in MONTHS for k in range(10)]
    columns = f"order_id,customer_id,order_date,total_incl_vat,{header}"
    found, _ = proposed(tmp_path / "c", orders=sheet(columns, rows))
    # 12.00 with a fifth of tax is 10.00
    assert found.value("revenue", "2025-05") == 100


def test_headers_that_say_that_tax_is_in_an_amount(tmp_path):
    with_tax = (
        "total_incl_vat",
        "Amount (incl. GST)",
        "Montant TTC",
        "Bruttobetrag",
        "Betrag inkl. MwSt",
        "totalInclTax",
    )
    assert all(map(has_tax, with_tax))
    assert not any(map(has_tax, ("amount", "total_excl_vat", "tax", "gross", "incline", "Montant HT", "net of tax")))
    rows = [[f"c{k}", day(m, 2 + k), "12.00"] for m in MONTHS for k in range(10)]
    tables = '[tables.transactions]\nfile = "t.csv"\ncolumns = { amount = "total_incl_vat" }\n'
    found = of(tmp_path / "c", tables, metrics=False, t=sheet("customer_id,at,total_incl_vat", rows))
    assert "total_incl_vat has tax in it, and counts with it, as its header says" in str(found.health)


def test_a_customer_called_total_is_one(tmp_path):
    names = ["Total", "Summa AG", "Test AG", "Sum Foods"]
    rows = [[f"o{m}-{k}", names[k], day(m, 2 + k), "10.00"] for m in MONTHS for k in range(4)]
    tables = '[tables.transactions]\nfile = "t.csv"\n'
    header = "transaction_id,customer_id,at,amount"
    found = of(tmp_path / "a", tables, t=sheet(header, rows))
    assert (found.value("revenue", "2025-05"), found.tables["customers"].num_rows) == (40, 4)
    # numbered totals of each month are totals all the same
    rows = [row for m in MONTHS for row in [*([f"o{m}-{k}", f"C{k}", day(m, 2 + k), "10.00"] for k in range(4)),
            [f"s{m}", "Total", day(m, 28), "40.00"]]]  # fmt: skip
    found = of(tmp_path / "b", tables, t=sheet(header, rows))
    assert found.value("revenue", "2025-05") == 40


def test_deals_that_were_lost_or_are_open_are_asked_about(tmp_path):
    stages = ["Closed Won", "Closed Lost", "Negotiation"]
    rows = [[f"006{m}{k}", f"001{k}", stages[k % 3], "1000.00", day(m, 2 + k)] for m in MONTHS for k in range(12)]
    header = "Opportunity ID,Account ID,Stage,Amount,Close Date"
    found, _ = proposed(tmp_path / "c", opportunities=sheet(header, rows))
    assert found.value("revenue", "2025-05") == 4000


def test_states_of_invoices_are_no_kinds(tmp_path):
    states = ["Paid", "Paid", "Void", "Overdue"]
    rows = [[f"i{m}-{k}", f"c{k}", day(m, 1 + k), "100.00", states[k % 4]] for m in MONTHS for k in range(12)]
    header = "Invoice Number,Customer,Invoice Date,Total,Status"
    found, asked = proposed(tmp_path / "c", invoices=sheet(header, rows))
    assert (found.value("revenue", "2025-05"), found.value("orders", "2025-05"), asked) == (900, 9, 1)


def test_a_log_of_states_is_said_loudly(tmp_path):
    def log(states):
        rows = [[f"T{m}-{k}", f"c{k}", f"{day(m, 2 + k)} {9 + n}:00", "Line", state]
                for m in MONTHS for k in range(10) for n, state in enumerate(states)]  # fmt: skip
        tables = '[tables.interactions]\nfile = "t.csv"\ndate_format = "%Y-%m-%d %H:%M"\n'
        header = "case_id,customer_id,at,touchpoint,status"
        return of(tmp_path / "".join(states), tables, metrics=False, t=sheet(header, rows)).health.losses

    assert "60 of 60 cases of several rows have another status in each row" in "".join(log(["new", "open", "solved"]))
    # three contacts about one matter, each with the ticket's state of today
    assert "log of states" not in "".join(log(["solved", "solved", "solved"]))


# ------------------------------------------------------------------------------------------- days


@pytest.mark.parametrize("header", ["year,month,day", "Order Year,Order Month,Order Day"])
@pytest.mark.parametrize("month", ["{}", "{:02}", "name"])
def test_days_in_three_columns(tmp_path, header, month):
    rows = [[f"o{m}{k}", f"c{k}", 2025, f"{date(2025, m, 1):%B}" if month == "name" else month.format(m), 2 + k, "10.00"]
            for m in MONTHS for k in range(10)]  # fmt: skip
    found, asked = proposed(tmp_path / "c", orders=sheet(f"order_id,customer_id,{header},amount", rows))
    assert (found.value("revenue", "2025-05"), asked) == (100, 0)


def test_parts_of_birthdays_are_no_day_of_anything(tmp_path):
    rows = [[f"o{m}{k}", f"c{k}", 1960 + k, 1 + k, 2 + k, "10.00"] for m in MONTHS for k in range(10)]
    header = "order_id,customer_id,birth_year,birth_month,birth_day,amount"
    made(tmp_path, "", orders=sheet(header, rows))
    assert propose(tmp_path, *look(tmp_path)).proposal({}).mapped == []


@pytest.mark.parametrize(
    "written", ["{0:%Y}-{0:%m}-{0:%d} 9:05", "{0.year}年{0.month}月{0.day}日", "{0.year}-{0.month}-{0.day}"]
)
def test_days_as_spreadsheets_of_other_places_write_them(tmp_path, written):
    rows = [[f"o{m}{k}", f"c{k}", written.format(date(2025, m, 2 + k)), "10.00"] for m in MONTHS for k in range(10)]
    found, asked = proposed(tmp_path / "c", orders=sheet("order_id,customer_id,order_date,amount", rows))
    assert (found.value("revenue", "2025-05"), asked) == (100, 0)
