"""Small companies made after public bug reports: the right value, or a loud word.

The right values are those of each case's expected.txt, worked out apart from Worthline.
"""

from __future__ import annotations

import pytest

from tests.cases.counting import case
from worthline.errors import WorthlineError

HEAD = '[company]\nname = "c"\ncurrency = "USD"\n'


def toml(tables: str, **settings: object) -> str:
    """A worthline.toml: settings of the company, then its tables."""
    lines = [
        f"{k} = {v if isinstance(v, (int, float)) else repr(v).replace(chr(39), chr(34))}" for k, v in settings.items()
    ]
    return HEAD + "\n".join(lines) + "\n" + tables


SUBSCRIPTIONS = '[tables.subscriptions]\nfile = "subscriptions.csv"\n'


@pytest.mark.parametrize("name", ["04-placeholder-dates", "04b-ends-after-last-start"])
def test_ends_after_the_last_start_move_the_as_of_date(tmp_path, name):
    found = case(tmp_path, name)
    assert found.health.as_of.startswith("2025-")
    assert found.value("customers_active", "2025-06") == 20
    assert found.value("mrr", "2025-06") == 240
    # 10 of 30 end: 5 in March, 5 in June 2025
    assert found.value("customers_lost", "2025-03") + found.value("customers_lost", "2025-06") == 10


def test_a_date_typed_decades_ahead_does_not_move_the_as_of_date(tmp_path):
    found = case(tmp_path, "05-future-typo")
    assert found.health.as_of in ("2025-05-31", "2025-06-30")
    assert found.rules["after_as_of"] >= 1
    assert found.tables["customers"].num_rows == 30


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("06-term-units", 'started_on = "start_date", ended_on = "end_date", fee = "price", period = "billing_term"'),
        ("06b-term-billing_term", 'period = "billing_term"'),
        ("06c-term-period", ""),
        ("06d-term-interval", 'period = "interval"'),
        ("06e-term-billing_cycle", 'period = "billing_cycle"'),
    ],
)
def test_fees_of_any_billing_term_are_brought_to_a_month(tmp_path, name, columns):
    found = case(tmp_path, name, toml(f"{SUBSCRIPTIONS}columns = {{ {columns} }}\n"))
    # 32 x 10, and 4 weekly of 2.50 x 52 / 12; 4 paid once bring no recurring fee
    assert found.value("mrr", "2024-03") == pytest.approx(320 + 4 * 2.5 * 52 / 12, abs=0.01)
    assert "4 subscriptions are paid once" in found.words


def test_words_for_a_year(tmp_path):
    found = case(tmp_path, "36-annual-words", toml(f'{SUBSCRIPTIONS}columns = {{ period = "billing_period" }}\n'))
    assert found.value("mrr", found.health.as_of[:7]) == 400 - 10 * len(
        [row for row in found.health.tables[0].files[0].rules if row.rule == "after_as_of" for _ in range(row.rows)]
    )


def test_stripe_counts_quantity_and_leaves_out_trials(tmp_path):
    columns = (
        'customer_id = "Customer ID", started_on = "Start (UTC)", fee = "Amount", product = "Plan", '
        'ended_on = "Ended At (UTC)", currency = "Currency", period = "Interval", quantity = "Quantity", '
        'trial_until = "Trial End (UTC)", status = "Status"'
    )
    found = case(
        tmp_path, "08-stripe-subscriptions", toml(f"{SUBSCRIPTIONS}columns = {{ {columns} }}\n", as_of="2025-06-30")
    )
    assert found.value("mrr", "2025-06") == 975.0
    assert found.rules["in_trial"] == 5
    assert "multiplied by quantity" in found.words


def test_seats_multiply_the_fee(tmp_path):
    columns = 'fee = "unit_price", quantity = "seats"'
    found = case(tmp_path, "08b-seats", toml(f"{SUBSCRIPTIONS}columns = {{ {columns} }}\n", as_of="2025-06-30"))
    assert found.value("mrr", "2025-06") == 2040


# ------------------------------------------------------------------------------------------- dates and numbers

TRANSACTIONS = '[tables.transactions]\nfile = "transactions.csv"\n'
ORDERS = 'columns = { at = "order_date", transaction_id = "order_id" }\n'
BY_MONTH_09 = {
    "2024-01": 100, "2024-03": 100, "2024-06": 100, "2024-09": 120, "2024-11": 100, "2025-02": 90, "2024-04": 90,
    "2024-12": 90, "2025-03": 100, "2024-07": 90, "2024-02": 80, "2024-10": 70, "2025-01": 90, "2024-05": 90,
    "2025-04": 80, "2024-08": 70,
}  # fmt: skip


def test_days_first_without_leading_zeros(tmp_path):
    found = case(tmp_path, "09-dayfirst-mixed")
    assert {m: found.value("revenue", m) for m in BY_MONTH_09} == BY_MONTH_09


def test_two_files_that_write_dates_each_in_its_way(tmp_path):
    two = "\n".join(
        f'[[tables.transactions]]\nfile = "orders_{year}.csv"\ndate_format = "{form}"\n{ORDERS}'
        for year, form in ((2024, "%d/%m/%Y"), (2025, "%m/%d/%Y"))
    )
    found = case(tmp_path, "09b-dates-two-files", toml(two))
    right = {"2024-01": 80, "2024-09": 120, "2024-11": 100, "2025-02": 90, "2025-05": 110, "2025-10": 70}
    assert {m: found.value("revenue", m) for m in right} == right


def test_one_format_for_both_files_sets_the_other_aside(tmp_path):
    both = f'[tables.transactions]\nfile = "orders_*.csv"\ndate_format = "%d/%m/%Y"\n{ORDERS}'
    found = case(tmp_path, "09b-dates-two-files", toml(both))
    assert found.rules["not_a_date"] > 0


def test_dates_that_may_be_read_two_ways_are_refused(tmp_path):
    with pytest.raises(WorthlineError, match="not_a_date"):
        case(tmp_path, "09c-ambiguous-only", toml(TRANSACTIONS + ORDERS))


def test_times_that_the_clock_skips_or_repeats_keep_their_day(tmp_path):
    found = case(tmp_path, "11b-dst")
    assert found.value("revenue", "2025-03") == 10 + 3
    assert found.value("revenue", "2025-11") == 20 + 3
    # leap second, 29 February 2025 and milliseconds are no dates; 24:00 is one or is set aside
    assert found.rules["not_a_date"] in (3, 4)


def test_money_is_never_read_as_another_amount(tmp_path):
    source = (
        '[tables.transactions]\nfile = "umsatz.csv"\ndate_format = "%d.%m.%y"\ndecimal = ","\nthousands = "."\n'
        'symbols = ["€"]\nparentheses = true\n'
        'columns = { customer_id = "Kundennummer", at = "Datum", amount = "Betrag", transaction_id = "Belegnummer" }\n'
    )
    found = case(tmp_path, "22-money-spellings", toml(source).replace("USD", "EUR"))
    read = {r["transaction_id"]: float(r["amount"]) for r in found.tables["transactions"].to_pylist()}
    sure = {"B0": 1234.5, "B7": 0, "B14": -5.25, "B21": 8.8, "B28": -7.1, "B35": 2500.5, "B63": -5.25, "B49": 12}
    assert {k: v for k, v in read.items() if k in sure} == {k: v for k, v in sure.items() if k in read}
    assert {"B0", "B7", "B14"} <= set(read)
    table = found.health.tables[0]
    assert table.rows_in == table.used + table.quarantined


def test_quarters_are_those_of_the_fiscal_year(tmp_path):
    found = case(tmp_path, "21-fiscal-year")
    said = [r for r in found.metrics.to_pylist() if r["metric"].startswith("finance") or "finance" in r["metric"]]
    assert all(r["value"] != 7800 for r in said)


def test_a_1904_workbook_keeps_its_years(tmp_path):
    found = case(tmp_path, "30-excel-1904")
    assert [found.value("revenue", f"2025-{m:02}") for m in range(1, 12)] == [210] * 11
    assert found.tables["customers"].num_rows == 20


def test_merged_cells_hold_for_all_their_rows(tmp_path):
    found = case(tmp_path, "31b-excel-merged-only")
    assert found.tables["customers"].num_rows == 20
    assert "merged" in str(found.health)


def test_merged_cells_under_a_title_with_a_total(tmp_path):
    sheet = (
        '[tables.transactions]\nfile = "sales.xlsx"\nsheet = "Data"\nskip_lines = 1\ndecimal = ","\n'
        'columns = { at = "date", transaction_id = "order_id" }\ndate_format = "%d.%m.%Y"\n'
    )
    found = case(tmp_path, "31-excel-merged", toml(sheet))
    assert found.tables["customers"].num_rows == 20


def test_a_header_in_the_middle_of_glued_exports(tmp_path):
    found = case(tmp_path, "33-glued-exports", toml('[tables.transactions]\nfile = "sales.csv"\n', as_of="2025-12-31"))
    assert sum(found.value("revenue", f"2025-{m:02}") for m in range(1, 13)) == 2400
    assert found.health.tables[0].quarantined == 1


def test_flags_and_durations(tmp_path):
    source = (
        '[tables.interactions]\nfile = "tickets.csv"\n'
        'columns = { at = "opened_at", case_id = "ticket_id", touchpoint = "queue", wait_seconds = "wait_time" }\n'
    )
    found = case(tmp_path, "23-flags-durations", toml(source, as_of="2025-06-30"))
    rows = {r["case_id"]: r for r in found.tables["interactions"].to_pylist()}
    assert [rows[f"T{n}"]["wait_seconds"] for n in (0, 1, 2, 3, 4, 5)] == [330, 330, 330, 45, 3723, 90.5]
    assert (rows["T9"]["resolved"], rows["T10"]["resolved"], rows["T15"]["resolved"]) == (True, False, True)


# ------------------------------------------------------------------------------------------- money


def test_shopify_orders_of_several_lines(tmp_path):
    found = case(tmp_path, "01-shopify-lines")
    # gross and refunded of expected.txt: revenue is what is left
    assert [found.value("revenue", m) for m in ("2024-01", "2024-08", "2025-09")] == [80, 100, 91]
    assert (
        found.value("orders", "2024-05") == 6
        if any(r["metric"] == "orders" for r in found.metrics.to_pylist())
        else True
    )


def test_totals_are_no_sales(tmp_path):
    source = '[tables.transactions]\nfile = "sales.csv"\nunique = []\ncolumns = { customer_id = "Customer", at = "Date", transaction_id = "Invoice" }\n'
    found = case(tmp_path, "19-total-rows", toml(source, as_of="2025-12-31"))
    assert [found.value("revenue", m) for m in ("2024-01", "2025-11")] == [500, 500]
    assert found.rules["total_row"] == 24


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("20-overlapping-exports", "repeated_export"),
        ("20b-repeat-one-file", "repeated_block"),
        ("20c-overlap-with-ids", "duplicate_key"),
    ],
)
def test_the_same_month_in_two_exports_counts_once(tmp_path, name, rule):
    file = "sales.csv" if name.startswith("20b") else "sales_*_*.csv"
    receipt = ', transaction_id = "receipt"' if name.startswith("20c") else ""
    source = f'[tables.transactions]\nfile = "{file}"\ncolumns = {{ at = "date"{receipt} }}\n'
    found = case(tmp_path, name, toml(source, as_of="2025-05-31"))
    assert found.value("revenue", "2025-04") == pytest.approx(795.57)
    assert found.rules[rule] == 42


def test_lines_of_a_changed_plan_are_no_refund(tmp_path):
    found = case(tmp_path, "25-proration-lines")
    assert sum(found.value("revenue", f"2025-{m:02}") for m in range(1, 13)) == 39960
    assert {r["kind"] for r in found.tables["transactions"].to_pylist()} == {"purchase", "adjustment"}
    refunds = [r for r in found.metrics.to_pylist() if r["metric"] == "refunds" and r["dimension"] == "all"]
    assert all(not r["value"] for r in refunds)


def test_sales_in_another_currency_take_the_rate_of_their_day(tmp_path):
    found = case(tmp_path, "29b-fx-transactions")
    assert (found.value("revenue", "2024-12"), found.value("revenue", "2025-06")) == (2000, 2200)


# ------------------------------------------------------------------------------------------- people


def test_ids_that_a_spreadsheet_rounded_are_nobody(tmp_path):
    found = case(tmp_path, "10-excel-ids", toml('[tables.customers]\nfile = "customers.csv"\n' + TRANSACTIONS))
    assert found.tables["customers"].num_rows == 30
    assert "1.23457E+14" in found.words
    assert found.rules["ruined_ids"] == found.health.tables[-1].rows_in == 150


def test_many_rounded_ids_are_no_customers(tmp_path):
    found = case(tmp_path, "10c-sci-varied")
    assert found.tables["customers"].num_rows == 0
    assert found.rules["ruined_ids"] > 0


@pytest.mark.parametrize(("name", "customers"), [("10b-leading-zeros", 30), ("10d-some-leading-zeros", 100)])
def test_lost_leading_zeros_are_the_same_customer(tmp_path, name, customers):
    found = case(tmp_path, name, toml('[tables.customers]\nfile = "customers.csv"\n' + TRANSACTIONS))
    assert found.tables["customers"].num_rows == customers
    assert "leading zeros" in found.words


def test_merged_customers_stay_one_customer(tmp_path):
    found = case(tmp_path, "16-merged-customers", toml('[tables.customers]\nfile = "customers.csv"\n' + TRANSACTIONS))
    assert found.tables["customers"].num_rows == 60
    assert found.value("retention", "12m:2025-11") == 1.0
    assert sum(found.value("customers_new", f"2025-{m:02}") for m in range(1, 12)) == 0


def test_customers_who_change_are_shown_as_they_were(tmp_path):
    found = case(
        tmp_path,
        "24-scd-customers",
        toml('[tables.customers]\nfile = "customers.csv"\n' + TRANSACTIONS, as_of="2025-12-31"),
    )
    assert found.tables["customers"].num_rows == 30
    left = [r for r in found.tables["customers"].to_pylist() if r["left_on"]]
    assert len(left) == 6
    assert found.value("revenue", "2025-02", "segment", "Gold") == 150
    assert found.value("revenue", "2024-06", "segment", "Basic") == 300
    with pytest.raises(KeyError):
        found.value("revenue", "2024-06", "segment", "Gold")
    now = {r["customer_id"]: r["segment"] for r in found.tables["customers"].to_pylist()}
    assert {now[f"S{n:02}"] for n in range(1, 30, 2)} == {"Gold"}


def test_notice_for_a_later_day_is_no_leaving_yet(tmp_path):
    found = case(tmp_path, "28-future-leave")
    assert found.value("customers_active", "2025-06") == 35
    assert found.value("customers_lost", "2025-04") == 5


def test_lists_of_each_month_show_who_left(tmp_path):
    found = case(
        tmp_path,
        "34-monthly-snapshots",
        toml('[tables.customers]\nfile = "customers_2025-*.csv"\n', as_of="2025-06-30"),
    )
    assert found.value("customers_active", "2025-06") == 40
    assert sum(found.value("customers_lost", f"2025-{m:02}") for m in range(3, 7)) == 10


# ------------------------------------------------------------------------------------------- answers and contacts


def test_a_survey_with_two_more_header_rows(tmp_path):
    found = case(tmp_path, "12-qualtrics")
    assert found.value("nps", "2025-01") == pytest.approx(-40)
    assert found.value("nps", "2025-05") == pytest.approx(-68.75)


def test_weights_of_answers_come_before_those_of_customers(tmp_path):
    found = case(tmp_path, "13-weighted-nps")
    assert found.value("nps", "2025-05") == pytest.approx(-44.444444, abs=1e-6)
    assert found.value("nps_weighted", "2025-05") == pytest.approx(-48.444444, abs=1e-6)


def test_of_a_response_scored_again_the_latest_counts(tmp_path):
    found = case(tmp_path, "14-updated-answers", toml('[tables.feedback]\nfile = "feedback.csv"\n', as_of="2025-06-30"))
    assert found.value("nps", "2025-05") == -100
    assert found.rules["answered_again"] == 25


def test_one_person_who_answers_sixty_times_is_named(tmp_path):
    source = '[tables.feedback]\nfile = "nps.csv"\nconstants = { metric = "nps" }\n'
    columns = 'columns = { at = "answered_at", score = "nps_score" }\n'
    found = case(tmp_path, "14b-repeat-respondents", toml(source + columns, as_of="2025-05-31"))
    assert "+95" in found.words
    assert "C00 gave 61 of the 100 nps answers (61%)" in found.words


def test_nps_asked_from_one_to_ten_is_nps(tmp_path):
    found = case(tmp_path, "27-nps-scale-1-10")
    assert found.value("nps", "2025-05") == -40
    assert found.rules["nps_from_one"] == 100


def test_one_ticket_for_two_tags_is_one_contact(tmp_path):
    found = case(tmp_path, "35-ticket-fanout")
    assert found.health.tables[0].used == 120
    assert found.rules["fanned_out"] == 120
    assert sum(found.value("contacts", f"2025-{m:02}") for m in range(1, 6)) == 120


def test_leaving_after_the_as_of_date_is_not_called_unrecorded(tmp_path):
    """Thirty customers leave on the last day of the year; as of the day before, every one of them is still here."""
    import worthline as wl

    rows = [f"C{i:03},2024-{1 + i % 12:02}-05,{'2025-12-31' if i % 5 == 0 else ''}" for i in range(150)]
    (tmp_path / "customers.csv").write_text("customer_id,joined_on,left_on\n" + "\n".join(rows))
    for as_of, words in {
        "2025-12-30": "every customer who is recorded as leaving leaves after the as-of date",
        "2025-12-31": "leaving is recorded from Dec 2025 on",
    }.items():
        (tmp_path / "worthline.toml").write_text(toml('[tables.customers]\nfile = "customers.csv"\n', as_of=as_of))
        said = "\n".join(wl.open(tmp_path).run().health().off)
        assert words in said
        assert "no file records a customer who left" not in said
        assert "there are 0 and 0" not in said
