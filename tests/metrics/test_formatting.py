"""Numbers as text: what is negative, zero, unknown, tiny, or in a currency without cents."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worthline.metrics import formatting


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        (1234.5, "USD", "$1,234.50"),
        (-1234.5, "USD", "-$1,234.50"),
        (0, "USD", "$0.00"),
        (-0.001, "USD", "$0.00"),
        (Decimal("1234567890123.45"), "EUR", "€1,234,567,890,123.45"),
        (-1234, "JPY", "-¥1,234"),
        (1.5, "KWD", "KWD 1.500"),
        (-1.5, "KWD", "-KWD 1.500"),
        (2, "CHF", "CHF 2.00"),
        (None, "USD", "not known"),
    ],
)
def test_money_is_exact_in_its_currency(value, currency, text):
    assert formatting.money(value, currency) == text


@pytest.mark.parametrize(
    ("value", "short", "prose"),
    [
        (1_030_000, "$1.03M", "$1.03 million"),
        (13_912_345.67, "$13.9M", "$13.9 million"),
        (-13_912_345.67, "-$13.9M", "-$13.9 million"),
        (2_000_000, "$2.00M", "$2 million"),
        (999_600, "$1.00M", "$1 million"),
        (999_400, "$999k", "$999,400"),
        (123_456_789, "$123M", "$123 million"),
        (999_600_000, "$1.00B", "$1 billion"),
        (2_345_000_000_000, "$2,340B", "$2,340 billion"),
        (395_123.45, "$395k", "$395,123"),
        (9_999.6, "$10,000", "$10,000"),
        (1_234, "$1,234", "$1,234"),
        (99.5, "$99.50", "$99.50"),
        (12, "$12", "$12"),
        (0, "$0", "$0"),
        (-0.4, "-$0.40", "-$0.40"),
        (None, "not known", "not known"),
    ],
)
def test_money_in_a_column_and_in_a_sentence(value, short, prose):
    assert formatting.money_short(value, "USD") == short
    assert formatting.money_prose(value, "USD") == prose


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=4, allow_nan=False))
def test_money_prose_is_within_half_a_percent_or_half_a_unit(amount):
    text = formatting.money_prose(amount, "USD").replace("$", "").replace(",", "")
    number, _, name = text.partition(" ")
    told = Decimal(number) * {"": 1, "million": 10**6, "billion": 10**9}[name]
    assert abs(told - amount) <= max(abs(amount) * Decimal("0.005"), Decimal("0.5"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.8214, "82.1%"),
        (0, "0%"),
        (1, "100%"),
        (0.9996, "99.96%"),
        (0.99999, ">99.99%"),
        (0.0001, "0.01%"),
        (0.00001, "<0.01%"),
        (-0.00001, ">-0.01%"),
        (1.00001, ">100%"),
        (1.234, "123.4%"),
        (-0.05, "-5.0%"),
        (None, "not known"),
    ],
)
def test_share_is_none_or_all_only_when_it_is(value, text):
    assert formatting.share(value) == text


def test_nps_has_a_sign_and_other_scores_a_decimal():
    assert [formatting.points(v, signed=True) for v in (12.4, -3.6, 0, -0.2, 100, None)] == [
        *("+12", "-4", "0", "0", "+100", "not known")
    ]
    assert [formatting.points(v, signed=False) for v in (4.25, 5, -1.04)] == ["4.2", "5.0", "-1.0"]


def test_counts_and_days():
    assert formatting.how_many(1, "customer") == "1 customer"
    assert formatting.how_many(0, "customer") == "0 customers"
    assert formatting.how_many(50_214, "person", "people") == "50,214 people"
    assert formatting.day("2026-09-30") == formatting.day(date(2026, 9, 30)) == "30 Sep 2026"
    assert formatting.day(None) == formatting.count(None) == formatting.decimal(None) == "not known"
