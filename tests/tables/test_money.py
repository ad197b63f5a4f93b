"""Money: rounding, shares and closing lines that add up to the smallest unit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worthline.tables.money import closing, currency_digits, is_currency, minor_digits, rounded, shares

amounts = st.decimals(-(10**9), 10**9, places=4)
weights = st.dictionaries(st.text(max_size=3), st.decimals(0, 10**6, places=4), min_size=1, max_size=12)


@given(total=amounts, weight=weights.filter(lambda w: any(w.values())), digits=st.integers(0, 4))
def test_shares_add_up_exactly_and_are_within_a_unit(total, weight, digits):
    parts, whole = shares(total, weight, digits), sum(weight.values())
    assert sum(parts.values()) == rounded(total, digits)
    for key, part in parts.items():
        assert abs(part - total * weight[key] / whole) < 2 * Decimal(1).scaleb(-digits)
        assert part * total >= 0
    assert list(parts) == list(weight)


@given(total=amounts, weight=weights.filter(lambda w: any(w.values())), digits=st.integers(0, 4))
def test_shares_do_not_depend_on_the_order(total, weight, digits):
    assert shares(total, dict(reversed(weight.items())), digits) == shares(total, weight, digits)


@pytest.mark.parametrize("weight", [{}, {"a": Decimal(0)}, {"a": Decimal(2), "b": Decimal(-1)}])
def test_shares_without_weights_are_refused(weight):
    with pytest.raises(ValueError, match="weights"):
        shares(Decimal(1), weight, 2)


def test_shares_of_a_cent():
    thirds = {k: Decimal(1) for k in "cab"}
    assert shares(Decimal("1.00"), thirds, 2) == {"c": Decimal("0.33"), "a": Decimal("0.34"), "b": Decimal("0.33")}
    assert shares(Decimal("-1.00"), thirds, 2)["a"] == Decimal("-0.34")


@given(lines=st.dictionaries(st.text(max_size=3), amounts, max_size=12), digits=st.integers(0, 4))
def test_closing_lines_add_up_and_stay_within_a_unit(lines, digits):
    found = closing(lines, digits)
    assert sum(found.values()) == rounded(sum(lines.values(), Decimal(0)), digits)
    for key, amount in found.items():
        assert abs(amount - lines[key]) <= Decimal(1).scaleb(-digits)
        assert amount == round(amount, digits)
    assert closing(dict(reversed(lines.items())), digits) == found


def test_half_to_even():
    assert [rounded(Decimal(x), 2) for x in ("0.005", "0.015", "-0.025")] == [
        Decimal("0.00"),
        Decimal("0.02"),
        Decimal("-0.02"),
    ]


def test_digits_of_currencies():
    assert [currency_digits(c) for c in ("USD", "JPY", "KWD")] == [2, 0, 3]
    # People write no pence of these; their smallest unit has two digits all the same.
    assert [minor_digits(c) for c in ("USD", "JPY", "KWD", "CLF", "RSD", "ALL")] == [2, 0, 3, 4, 2, 2]
    assert is_currency("EUR")
    assert not is_currency("eur")
    assert not is_currency("XYZ")
