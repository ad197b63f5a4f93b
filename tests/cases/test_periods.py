"""Periods in place of days: months as columns, quarters, ISO weeks, fiscal months, years beside months; sums by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.cases.test_further_kinds import of, proposed, sheet
from tests.cases.test_outsiders import MONTHS
from worthline.ingest import periods

SPOKEN = [f"2025-{m:02}" for m in MONTHS]
EACH = sum(10 + k for k in range(20))


def by_month(names, cell=lambda k, m: 10 + k, head="customer_id", mark=","):
    """Twenty customers, a column a month."""
    rows = [[f"c{k}", *(cell(k, m) for m in MONTHS)] for k in range(20)]
    return sheet(mark.join([head, *names]), rows, mark)


# ------------------------------------------------------------------------------------------- months as columns


@pytest.mark.parametrize(
    ("file", "names"),
    [
        ("revenue_by_month", SPOKEN),
        ("sales", [f"{n} 2025" for n in ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul"]]),
        ("customers", [f"revenue_2025_{m:02}" for m in MONTHS]),
        ("sales_2025", ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul"]),
    ],
)
def test_months_as_columns_are_what_was_paid_in_them(tmp_path, file, names):
    found, asked = proposed(tmp_path / "c", **{file: by_month(names)})
    assert [found.value("revenue", f"2025-{m:02}") for m in (1, 5)] == [EACH, EACH]
    assert asked == (1 if "2025" in names[0] else 2)


def test_amounts_as_a_country_writes_them_are_read_in_columns_of_months(tmp_path):
    text = by_month(
        ["Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul"], lambda k, m: f"1.0{10 + k},50 €", "Kundennr", ";"
    )
    found, _ = proposed(tmp_path / "c", umsatz_2025=text)
    assert found.value("revenue", "2025-05") == sum(1010 + k + 0.5 for k in range(20))


def test_fees_in_columns_of_months_are_terms_that_go_on(tmp_path):
    text = by_month(SPOKEN, lambda k, m: 0 if k < 4 and m > 4 else 10 + k)
    found, asked = proposed(tmp_path / "c", mrr_by_customer=text)
    # customers 0 to 3 pay until April
    assert [found.value("mrr", f"2025-{m:02}") for m in (3, 5)] == [EACH, EACH - 10 - 11 - 12 - 13]
    assert (found.value("customers_lost", "2025-05"), asked) == (4, 1)


def test_use_in_columns_of_months_is_no_money_unasked(tmp_path):
    text = by_month([f"logins_{m}" for m in SPOKEN], head="customer_id,signup_date").replace("c0,", "c0,2024-02-01,")
    text = "\n".join(f"{r[: r.index(',')]},2024-02-01{r[r.index(',') :]}" if r[:2] != "cu" and "2024" not in r else r
                     for r in text.splitlines())  # fmt: skip
    found, asked = proposed(tmp_path / "c", customers=text)
    assert ("transactions" in found.tables, asked) == (False, 2)


# ------------------------------------------------------------------------------------------- periods in a column


@pytest.mark.parametrize(
    ("header", "cells", "month", "value"),
    [
        # a week counts on its Sunday: of 2025 weeks 18 to 21 and 22 end from 4 to 25 May and on 1 June
        ("week", [f"2025-W{w:02}" for w in range(1, 31)], "2025-05", 4 * 100),
        ("week", [f"2025-{w:02}" for w in range(1, 11)], "2025-02", 4 * 100),
        ("KW", [f"KW {w}/2025" for w in range(1, 31)], "2025-05", 4 * 100),
        ("quarter", [f"{y} Q{q}" for y in (2024, 2025) for q in (1, 2, 3, 4)], "2025-06", 100),
        ("date", [f"Q{q}/{y}" for y in (24, 25) for q in (1, 2, 3, 4)], "2025-06", 100),
        ("month", [f"2025{m:02}" for m in MONTHS], "2025-05", 100),
        ("year,month", [f"2025,{m}" for m in MONTHS], "2025-05", 100),
        ("year,quarter", [f"{y},Q{q}" for y in (2024, 2025) for q in (1, 2, 3, 4)], "2025-06", 100),
        ("year,week", [f"2025,{w}" for w in range(1, 31)], "2025-05", 4 * 100),
    ],
)
def test_what_happened_in_a_period_counts_on_its_last_day(tmp_path, header, cells, month, value):
    text = sheet(f"customer_id,{header},amount", [[f"c{k}", cell, 10] for cell in cells for k in range(10)])
    found, _ = proposed(tmp_path / "c", sales=text)
    assert found.value("revenue", month) == value


@pytest.mark.parametrize(
    ("cells", "months"),
    [
        # from April on: FY25 is April 2024 to March 2025
        ([f"FY25-P{p:02}" for p in range(1, 13)], ("2024-04", "2025-03")),
        ([f"Q{q} FY2025" for q in range(1, 5)], ("2024-06", "2025-03")),
    ],
)
def test_fiscal_periods_ask_when_the_year_begins(tmp_path, cells, months):
    text = sheet("customer_id,period,amount", [[f"c{k}", cell, 10] for cell in cells for k in range(10)])
    found, _ = proposed(tmp_path / "c", ["April"], sales=text)
    assert [found.value("revenue", month) for month in months] == [100, 100]


def test_quarters_by_hand_are_read_and_bad_ones_set_aside(tmp_path):
    tables = '[tables.transactions]\nfile = "s.csv"\ndate_format = "quarter"\n'
    cells = ["2024 Q1", "Q2'24", "2. Quartal 2024", "2024-03-31", "2024 Q5", "T3 2024", "FY24 Q1"]
    found = of(tmp_path / "c", tables, metrics=False, s=sheet("customer_id,at,amount", [["c", c, 1] for c in cells]))
    days = sorted(d.isoformat() for d in found.tables["transactions"]["at_date"].to_pylist())
    assert days == ["2024-03-31", "2024-03-31", "2024-06-30", "2024-06-30", "2024-09-30"]
    assert found.rules["not_a_date"] == 2


def test_a_term_that_began_in_a_week_begins_on_its_monday(tmp_path):
    tables = '[tables.subscriptions]\nfile = "s.csv"\ndate_format = "week"\n'
    rows = [["c1", "2020-W53", 1], ["c2", "2025-W01", 1], ["c3", "2025-W53", 1], ["c4", "2025-W10", 1]]
    found = of(tmp_path / "c", tables, metrics=False, s=sheet("customer_id,started_on,fee", rows))
    days = sorted(d.isoformat() for d in found.tables["subscriptions"]["started_on"].to_pylist())
    # 2020 has 53 weeks, 2025 has 52
    assert (days, found.rules["not_a_date"]) == (["2020-12-28", "2024-12-30"], 1)


def test_weeks_in_sql_are_those_of_the_calendar():
    import duckdb

    days = [date(2019, 12, 25) + timedelta(days=n) for n in range(0, 2600, 5)]
    cells = [f"{d.isocalendar()[0]}-W{d.isocalendar()[1]:02}" for d in days]
    texts = ", ".join(f"('{c}')" for c in cells)
    sql = f"select {periods.sql('week', 't.a', is_start=True)}, {periods.sql('week', 't.a', is_start=False)} from (values {texts}) t(a)"
    for day, cell, (first, last) in zip(days, cells, duckdb.sql(sql).fetchall(), strict=True):
        assert first.date() == day - timedelta(days=day.weekday()) == periods.between("week", cell)[0]
        assert last.date() == first.date() + timedelta(days=6)
