"""Folders mapped by hand: what init would have asked is said by check and run; rows set aside say what would read them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cases.counting import Counted, counted, made
from worthline.errors import NothingToRun

MONTHS = [f"{year}-{month:02d}" for year in (2024, 2025) for month in range(1, 13)]
HEAD = '[company]\nname = "doubts"\ncurrency = "EUR"\nas_of = "2025-12-31"\nlapse_months = 3\n'
SALES = f'{HEAD}[tables.transactions]\nfile = "t.csv"\n'


def sales(row: Callable[[int, int, str], str], header: str) -> str:
    """20 customers who buy once in each of 24 months, 480 rows; `row` writes (number, customer, month)."""
    rows = ((n * 20 + i, i, month) for n, month in enumerate(MONTHS) for i in range(20))
    return header + "\n" + "\n".join(row(*each) for each in rows) + "\n"


def revenue(found: Counted) -> float:
    """Revenue of 2025."""
    return float(found.value("revenue", "12m:2025-12"))


def loud(folder: Path) -> str:
    """What is said first of all."""
    return " ".join(counted(folder, metrics=False).health.losses)


def test_a_column_called_cents_and_read_as_whole_amounts_is_said(tmp_path: Path) -> None:
    rows = sales(lambda n, i, month: f"c{i:02d},{month}-15,1000", "customer_id,at,amount_cents")
    columns = 'columns = { amount = "amount_cents" }\n'
    assert "Set minor_units = true" in loud(made(tmp_path / "a", SALES + columns, t=rows))
    right = counted(made(tmp_path / "b", f"{SALES}{columns}minor_units = true\n", t=rows))
    assert revenue(right) == 20 * 12 * 10
    assert not right.health.losses


def test_the_price_of_one_piece_read_as_what_was_paid_is_said(tmp_path: Path) -> None:
    rows = sales(
        lambda n, i, month: f"t{n},c{i:02d},{month}-05,{1 + i % 3},10",
        "transaction_id,customer_id,at,quantity,unit_price",
    )
    said = loud(made(tmp_path, f'{SALES}columns = {{ amount = "unit_price" }}\n', t=rows))
    assert "312 of 480 rows (65%) sell more than one piece" in said  # customers 1, 4, … and 2, 5, …: 13 of 20


def test_a_usual_name_that_the_mapping_does_not_name_is_said(tmp_path: Path) -> None:
    header = "transaction_id,customer_id,at,amount,qty,colour"
    rows = sales(lambda n, i, month: f"t{n},c{i:02d},{month}-05,10,2,red", header)
    said = "t.csv, qty (quantity) is kept as an attribute. In brackets is the column that it may be. Name it in columns"
    assert said in counted(made(tmp_path / "a", SALES, t=rows), metrics=False).words
    for line in ('columns = { quantity = "qty" }\n', 'leave_out = ["qty"]\n'):
        assert "In brackets" not in counted(made(tmp_path / line[:3], SALES + line, t=rows), metrics=False).words


def test_pieces_below_zero_with_an_amount_above_are_said(tmp_path: Path) -> None:
    def row(n: int, i: int, month: str) -> str:
        return f"t{n},c{i:02d},{month}-05,{-1 if i == 0 else 1},10"

    rows = sales(row, "transaction_id,customer_id,at,quantity,amount")
    assert "24 of 480 rows (5.0%) have a quantity below zero and an amount above zero, 240.00" in loud(
        made(tmp_path, SALES, t=rows)
    )


@pytest.mark.parametrize(
    ("header", "mark", "other"),
    [
        ("status", "chargeback", "settled"),
        ("payment_state", "declined", "captured"),
        ("cancelled", "yes", "no"),
        ("deleted_at", "2025-12-30", ""),
    ],
)
def test_sales_that_came_to_nothing_by_a_column_nobody_reads_are_said(
    tmp_path: Path, header: str, mark: str, other: str
) -> None:
    def row(n: int, i: int, month: str) -> str:
        return f"t{n},c{i:02d},{month}-05,10,{mark if i < 2 else other}"

    rows = sales(row, f"transaction_id,customer_id,at,amount,{header}")
    said = loud(made(tmp_path / "a", SALES, t=rows))
    assert "48 of 480 rows (10%)" in said
    assert f'leave_out = ["{header}"]' in said
    assert not loud(made(tmp_path / "b", f'{SALES}leave_out = ["{header}"]\n', t=rows))


@pytest.mark.parametrize(
    ("header", "states"), [("status", ("paid", "settled")), ("segment", ("declined", "cancelled"))]
)
def test_harmless_states_are_not_said(tmp_path: Path, header: str, states: tuple[str, str]) -> None:
    rows = sales(
        lambda n, i, month: f"t{n},c{i:02d},{month}-05,10,{states[i % 2]}",
        f"transaction_id,customer_id,at,amount,{header}",
    )
    assert not loud(made(tmp_path, SALES, t=rows))


@pytest.mark.parametrize(("header", "sides"), [("type", ("Debit", "Credit")), ("dr_cr", ("CR", "DR"))])
def test_two_sides_of_an_account_whose_amounts_bear_no_sign_are_said(
    tmp_path: Path, header: str, sides: tuple[str, str]
) -> None:
    def row(n: int, i: int, month: str) -> str:
        return f"t{n},c{i:02d},{month}-05,10,{sides[i % 2]}"

    rows = sales(row, f"transaction_id,customer_id,at,amount,{header}")
    assert f"{header} says {' and '.join(sorted(sides))}" in loud(made(tmp_path, SALES, t=rows))


def test_a_discount_that_nothing_takes_off_is_said(tmp_path: Path) -> None:
    def row(n: int, i: int, month: str) -> str:
        return f"t{n},c{i:02d},{month}-05,10,{'2.00' if i < 2 else '0.00'}"

    rows = sales(row, "transaction_id,customer_id,at,amount,discount_amount")
    assert "48 of 480 rows (10%) have a discount_amount, which is not taken off amount" in loud(
        made(tmp_path / "a", SALES, t=rows)
    )
    net = f'{SALES}leave_out = ["discount_amount"]\n'
    assert not loud(made(tmp_path / "b", net, t=rows))


def test_trials_in_a_column_that_nobody_reads_are_said(tmp_path: Path) -> None:
    rows = "customer_id,started_on,fee,state\n" + "".join(
        f"c{i:02d},2024-02-01,10,{'trialing' if i < 5 else 'active'}\n" for i in range(20)
    )
    toml = f'{HEAD}[tables.subscriptions]\nfile = "t.csv"\n'
    assert "5 of 20 rows (25%) say trialing in state" in loud(made(tmp_path, toml, t=rows))


@pytest.mark.parametrize(
    ("header", "cell"), [("coupon_code", "SAVE10"), ("discount_ends", "2026-05-01"), ("discounted", "1")]
)
def test_a_code_a_day_and_a_flag_are_no_discounts(tmp_path: Path, header: str, cell: str) -> None:
    rows = sales(
        lambda n, i, month: f"t{n},c{i:02d},{month}-05,10,{cell if i < 9 else ''}",
        f"transaction_id,customer_id,at,amount,{header}",
    )
    assert not loud(made(tmp_path, SALES, t=rows))


def test_sides_whose_amounts_bear_their_sign_are_right(tmp_path: Path) -> None:
    rows = sales(
        lambda n, i, month: f"t{n},c{i:02d},{month}-05,{-2 if i == 0 else 10},{'debit' if i == 0 else 'credit'}",
        "transaction_id,customer_id,at,amount,side",
    )
    assert not loud(made(tmp_path, SALES, t=rows))


def _unread() -> Iterator[tuple[str, str, str]]:
    """A day as a source writes it, an amount, and the setting that reads both."""
    yield "1/15/24", "10", 'date_format = "%m/%d/%y"'
    yield "1705320000000", "10", 'date_format = "unix_ms"'
    yield "1705320000", "10", 'date_format = "unix"'
    yield "45306", "10", 'date_format = "excel"'
    yield "2024-01-15", '"10,50"', 'decimal = ","'
    yield "2024-01-15", '"1.234,50"', 'decimal = "," and thousands = "."'
    yield "2024-01-15", "$10.50", 'symbols = ["$"]'


@pytest.mark.parametrize(("day", "amount", "setting"), list(_unread()))
def test_rows_that_cannot_be_read_say_which_setting_reads_them(
    tmp_path: Path, day: str, amount: str, setting: str
) -> None:
    rows = sales(lambda n, i, month: f"t{n},c{i:02d},{day},{amount}", "transaction_id,customer_id,at,amount")
    with pytest.raises(NothingToRun) as error:
        counted(made(tmp_path / "a", SALES, t=rows))
    assert f"Set {setting}." in str(error.value)
    options = "\n".join(setting.split(" and "))
    assert not counted(made(tmp_path / "b", f"{SALES}{options}\n", t=rows), metrics=False).health.set_aside


def test_days_that_read_in_two_ways_name_both(tmp_path: Path) -> None:
    rows = sales(lambda n, i, month: f"c{i:02d},03/04/2025,10", "customer_id,at,amount")
    with pytest.raises(NothingToRun, match=r'"%d/%m/%Y" or "%m/%d/%Y"'):
        counted(made(tmp_path, SALES, t=rows))


def test_a_row_in_a_hundred_set_aside_is_loud_and_fewer_are_not(tmp_path: Path) -> None:
    def bad(many: int) -> str:
        return sales(lambda n, i, month: f"c{i:02d},{month}-05,{'ten' if n < many else 10}", "customer_id,at,amount")

    assert "5 of 480 rows of t.csv (1.0%) are set aside (not_money)" in loud(made(tmp_path / "a", SALES, t=bad(5)))
    assert not loud(made(tmp_path / "b", SALES, t=bad(4)))


def test_what_tells_who_somebody_is_stands_in_no_example(tmp_path: Path) -> None:
    rows = sales(
        lambda n, i, month: f"c{i:02d},{month}-05,{'anna.berg@example.org' if i == 0 else 10}", "customer_id,at,amount"
    )
    said = loud(made(tmp_path, SALES, t=rows))
    assert "24 of 480 rows" in said
    assert "anna.berg" not in said


def test_the_same_receipt_with_another_amount_in_a_second_export_is_said(tmp_path: Path) -> None:
    first = "transaction_id,customer_id,at,amount\n" + "".join(f"t{i},c{i:02d},2025-06-05,10\n" for i in range(20))
    second = "transaction_id,customer_id,at,amount\n" + "".join(f"t{i},c{i:02d},2025-06-05,12\n" for i in range(20))
    toml = f'{HEAD}[tables.transactions]\nfile = "t-*.csv"\n'
    said = loud(made(tmp_path, toml, **{"t-1": first, "t-2": second}))
    assert "20 of 40 rows (50%) are set aside (duplicate_key)" in said
