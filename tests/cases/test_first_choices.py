"""Money and tickets where the first choice of a question was misleading: right now by `init`'s first choices, by hand.

Ten orders a month from January to July 2025, by c0 to c9; May by hand.
"""

from __future__ import annotations

import pytest

from tests.cases.test_further_kinds import of, proposed, sheet
from tests.cases.test_outsiders import MONTHS, day


def orders(header, row, mark=","):
    """Ten orders a month: id, customer and day, then what `row` says of the customer's number."""
    rows = [[f"o{m}{k}", f"c{k}", day(m, 2 + k), *row(k)] for m in MONTHS for k in range(10)]
    return sheet(mark.join(["order_id,customer_id,order_date".replace(",", mark), header]), rows, mark)


# ------------------------------------------------------------------------------------------- pieces, price and discount


@pytest.mark.parametrize(
    ("discount", "values", "revenue"),
    [
        ("discount", ("1.50", "0.00"), 200 - 5 * 1.5),
        ("discount_percent", ("10", "0"), 200 - 5 * 2),
        ("discount", ("0.1", "0"), 200 - 5 * 2),
        ("Discount", ("10%", ""), 200 - 5 * 2),
        ("discount", ("-1.50", "0.00"), 200 - 5 * 1.5),
    ],
)
def test_a_discount_is_taken_off_pieces_times_price(tmp_path, discount, values, revenue):
    text = orders(f"quantity,unit_price,{discount}", lambda k: (2, "10.00", values[0] if k % 2 else values[1]))
    found, asked = proposed(tmp_path / "c", orders=text)
    assert (found.value("revenue", "2025-05"), asked) == (revenue, 1)


def test_a_code_of_a_discount_takes_nothing_off(tmp_path):
    text = orders("quantity,unit_price,discount_code", lambda k: (2, "10.00", "SPRING" if k % 2 else ""))
    found, asked = proposed(tmp_path / "c", orders=text)
    assert (found.value("revenue", "2025-05"), asked) == (200, 0)


def test_prices_with_marks_and_signs_are_multiplied_too(tmp_path):
    text = orders("Menge;Einzelpreis;Rabatt", lambda k: (2, "€ 1.000,50", "10%" if k % 2 else ""), ";")
    found, asked = proposed(tmp_path / "c", bestellungen=text)
    assert (found.value("revenue", "2025-05"), asked) == (pytest.approx(5 * 2001 + 5 * 2001 * 0.9), 1)


def test_of_several_files_pieces_are_multiplied_and_cancelled_orders_left_out(tmp_path):
    text = orders("quantity,unit_price,status", lambda k: (2, "10.00", "cancelled" if k == 0 else "paid"))
    head, *rows = text.splitlines(keepends=True)
    files = {f"orders_2025_{m:02}": head + "".join(rows[10 * m - 10 : 10 * m]) for m in MONTHS}
    found, asked = proposed(tmp_path / "c", **files)
    assert (found.value("revenue", "2025-05"), asked) == (180, 1)


# ------------------------------------------------------------------------------------------- what was given back


def test_what_was_refunded_beside_the_amount_is_taken_off(tmp_path):
    text = orders("Amount,Amount Refunded,Status", lambda k: ("20.00", "5.00" if k < 3 else "0.00", "paid"))
    found, asked = proposed(tmp_path / "a", payments=text)
    assert (found.value("revenue", "2025-05"), found.value("orders", "2025-05"), asked) == (200 - 15, 10, 1)
    text = orders("Betrag;Erstatteter Betrag;Status",
                  lambda k: ("20,00 €", "5,00 €" if k < 3 else "0,00 €", "partially refunded" if k < 3 else "paid"), ";")  # fmt: skip
    found, asked = proposed(tmp_path / "b", zahlungen=text)
    assert (found.value("revenue", "2025-05"), asked) == (200 - 15, 1)


@pytest.mark.parametrize("header", ["Net amount", "Amount"])
def test_an_amount_that_is_what_remained_is_left_as_it_is(tmp_path, header):
    # the amount of an order given back in full is 0, below what was given back
    text = orders(f"{header},Amount Refunded", lambda k: ("0.00", "20.00") if k < 3 else ("20.00", "0.00"))
    found, asked = proposed(tmp_path / "c", payments=text)
    assert (found.value("revenue", "2025-05"), asked) == (140, 1)
    assert "not taken off" not in found.words


def test_a_partial_refund_without_its_amount_does_not_drop_the_order(tmp_path):
    states = {9: "cancelled", **dict.fromkeys((0, 1, 2), "partially_refunded")}
    text = orders("total,financial_status", lambda k: ("20.00", states.get(k, "paid")))
    found, _ = proposed(tmp_path / "c", orders=text)
    assert found.value("revenue", "2025-05") == 180


def test_refunds_that_a_mapping_by_hand_does_not_take_off_are_said_loudly(tmp_path):
    text = orders("amount,refunded_amount", lambda k: ("20.00", "5.00" if k < 3 else ""))
    tables = '[tables.transactions]\nfile = "o.csv"\ncolumns = { at = "order_date", transaction_id = "order_id" }\n'
    found = of(tmp_path / "c", tables, metrics=False, o=text)
    # of January to June
    assert "18 of 60 rows (30%) have a refunded_amount, which is not taken off amount" in "".join(found.health.losses)


# ------------------------------------------------------------------------------------------- gift cards


def test_sold_gift_cards_are_asked_about_and_said(tmp_path):
    text = orders("product,amount", lambda k: ("Gift Card 50", "50.00") if k < 2 else ("Shirt", "20.00"))
    found, asked = proposed(tmp_path / "a", orders=text)
    assert (found.value("revenue", "2025-05"), asked) == (160, 1)
    tables = '[tables.transactions]\nfile = "o.csv"\ncolumns = { at = "order_date", transaction_id = "order_id" }\n'
    found = of(tmp_path / "b", tables, metrics=False, o=text)
    assert "12 of 60 rows (20%) of transactions sell Gift Card 50, and are counted as revenue" in found.words


def test_orders_paid_with_a_gift_card_count(tmp_path):
    text = orders("payment_method,amount", lambda k: ("gift_card" if k < 2 else "card", "20.00"))
    found, asked = proposed(tmp_path / "c", orders=text)
    assert (found.value("revenue", "2025-05"), asked) == (200, 0)


# ------------------------------------------------------------------------------------------- tickets


def test_a_cut_down_export_of_tickets_brings_contacts_and_ratings(tmp_path):
    rows = [[f"{m}{k:02}", f"r{k}", f"{day(m, 2 + k)}T10:00:00Z", ["Good", "Bad", "Offered", ""][k % 4]]
            for m in MONTHS for k in range(12)]  # fmt: skip
    found, asked = proposed(tmp_path / "c", tickets=sheet("Id,Requester id,Created at,Satisfaction Score", rows))
    # three good and three bad of twelve; requesters, not tickets, are the customers
    assert (found.value("csat", "2025-05"), found.value("contacts", "2025-05"), asked) == (0.5, 12, 0)
    assert found.value("answers", "2025-05") == 6
    assert len(set(found.tables["interactions"]["customer_id"].to_pylist())) == 12
