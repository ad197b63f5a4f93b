"""Numbers as companies write them: read exactly as Python's decimal reads them, or told; never changed."""

from __future__ import annotations

import math
import re
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ingest.engines import cells, fetched
from worthline.ingest import numbers
from worthline.ingest.numbers import Writing

SETTINGS = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
LIMIT = Decimal(10) ** 14
STYLES = (
    Writing(),
    Writing(thousands=","),
    Writing(decimal=",", thousands="."),
    Writing(decimal=",", thousands=" "),
    Writing(thousands="'", symbols=("CHF",)),
    Writing(thousands=",", parentheses=True, symbols=("$", "US$", "EUR")),
    Writing(minor_digits=2),
    Writing(minor_digits=3),
    Writing(decimal=",", minor_digits=4),
)


def plain(text: str, style: Writing) -> str:
    """The text as a plain number, by Python's own means; unchanged where it does not follow the style."""
    text = _without_parentheses(text) if style.parentheses else text
    # A symbol stands once before the amount, or once behind it: what has two on one side is no amount.
    for symbol in sorted(style.symbols, key=len, reverse=True):
        if text.removeprefix("-").startswith(symbol):
            text = "-" * text.startswith("-") + text.removeprefix("-").removeprefix(symbol).lstrip(" ")
            break
    for symbol in sorted(style.symbols, key=len, reverse=True):
        if text.endswith(symbol):
            text = text.removesuffix(symbol).rstrip(" ")
            break
    text = _without_parentheses(text) if style.parentheses else text
    text = signed_before(text)
    if style.thousands == " ":
        text = text.replace("\xa0", " ")
    mark, point = re.escape(style.thousands), re.escape(style.decimal)
    lakhs = "|[0-9]{1,2}(,[0-9]{2})+,[0-9]{3}" if mark == "," else ""
    if mark and re.fullmatch(rf"[+-]?([0-9]{{1,3}}({mark}[0-9]{{3}})+{lakhs})({point}[0-9]*)?", text):
        text = text.replace(style.thousands, "")
    if style.decimal == ",":
        text = "bad" if "." in text else text.replace(",", ".")
    return text


def signed_before(text: str) -> str:
    """A sign behind a number, as some ledgers write it, before it."""
    return "-" + text[:-1].rstrip(" ") if text.endswith("-") and text[0] not in "+-" else text


def _without_parentheses(text: str) -> str:
    inner = re.fullmatch(r"\( *([^()+-]*?) *\)", text)
    return f"-{inner[1]}" if inner else text


def meant(text: str, style: Writing) -> Decimal | None:
    """What an amount says; None where it is none, or cannot be kept exactly."""
    text = plain(text, style)
    if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)", text):
        return None
    value = Decimal(text)
    kept = value.scaleb(-style.minor_digits)
    # Less than a millionth of a ten-thousandth beside an amount of four decimals is noise of binary arithmetic.
    exact = (
        abs(kept - round(kept, 4)) < Decimal("1e-10").scaleb(-style.minor_digits)
        and len(text.lstrip("+-").split(".")[0]) <= 14
    )
    return round(kept, 4) if exact and abs(value) < LIMIT else None


def read(engine, texts, function, *arguments):
    table = cells(engine, texts)
    found = function(numbers.bare(table.c, ()), *arguments)
    return fetched(engine, table, value=found.value, bad=found.bad)


numberish = st.text("0123456789.,+-()eE_ $'CHFUS\u0665\u2212\xa0", max_size=14)


@pytest.mark.parametrize("style", STYLES, ids=str)
@given(texts=st.lists(numberish, min_size=20, max_size=80))
@SETTINGS
def test_any_text_is_read_exactly_or_told(engine, style, texts):
    for text, (value, bad) in zip(texts, read(engine, texts, numbers.money, style), strict=True):
        if not text.strip(" \xa0"):
            assert (value, bad) == (None, False), text
        elif not style.symbols or style.parentheses:
            assert value == meant(text.strip(" \xa0"), style), text
            assert bad == (value is None)
        else:
            assert bad == (value is None)


def test_a_symbol_stands_once_on_a_side(engine):
    """What a finger doubled is no amount; a symbol before, behind or in parentheses is."""
    style = Writing(thousands=",", parentheses=True, symbols=("$", "US$", "EUR"))
    texts = ["0$$", "$$5", "5 EUR EUR", "$5", "5$", "($5)", "$(5)", "-$5"]
    values = [value for value, _ in read(engine, texts, numbers.money, style)]
    assert values == [None, None, None, 5, 5, -5, -5, -5]


def written(value: Decimal, style: Writing) -> str:
    """The amount as a company of that style writes it."""
    number = value.scaleb(style.minor_digits)
    text = f"{abs(number):,.{max(-number.as_tuple().exponent, 0)}f}"
    text = text.replace(",", "\1").replace(".", style.decimal).replace("\1", style.thousands)
    text = f"{style.symbols[0]}{text}" if style.symbols else text
    if number < 0:
        text = f"({text})" if style.parentheses else f"-{text}"
    return text


@pytest.mark.parametrize("style", STYLES, ids=str)
@given(amounts=st.lists(st.decimals(-(10**9), 10**9, places=4), min_size=20, max_size=80))
@SETTINGS
def test_amounts_read_back_as_written(engine, style, amounts):
    found = read(engine, [written(a, style) for a in amounts], numbers.money, style)
    assert [value for value, _ in found] == amounts
    assert not any(bad for _, bad in found)


@given(texts=st.lists(st.one_of(numberish, st.floats().map(repr), st.integers().map(str)), min_size=20, max_size=80))
@SETTINGS
def test_numbers_are_python_s_or_told(engine, texts):
    for text, (value, bad) in zip(texts, read(engine, texts, numbers.number, Writing()), strict=True):
        text = signed_before(text.strip(" \xa0"))
        if re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?", text):
            assert value == float(text)
        else:
            assert value is None
        assert bad == (bool(text) and value is None)


@given(texts=st.lists(st.one_of(numberish, st.integers().map(str), st.integers().map("{}.0".format)), min_size=10))
@SETTINGS
def test_counts_are_whole_or_told(engine, texts):
    for text, (value, bad) in zip(texts, read(engine, texts, numbers.count, Writing()), strict=True):
        text = signed_before(text.strip(" \xa0"))
        fits = re.fullmatch(r"[+-]?[0-9]{1,18}(\.0*)?", text)
        assert value == (int(text.split(".")[0]) if fits else None)
        assert bad == (bool(text) and not fits)


@given(texts=st.lists(st.one_of(numberish, st.decimals(0, 10**9, places=8).map(str)), min_size=10))
@SETTINGS
def test_rates_are_exact_or_told(engine, texts):
    for text, (value, bad) in zip(texts, read(engine, texts, numbers.rate, Writing()), strict=True):
        text = signed_before(text.strip(" \xa0"))
        fits = re.fullmatch(r"[+]?([0-9]{1,10}\.?|[0-9]{0,10}\.[0-9]{1,8}0*)", text)
        assert value == (Decimal(text) if fits else None)
        assert bad == (bool(text) and not fits)


@given(amounts=st.lists(st.decimals(-(10**9), 10**9, places=4), min_size=10))
@SETTINGS
def test_doubles_give_the_amount_that_they_show(engine, amounts):
    table = cells(engine, [float(a) for a in amounts], pa.float64())
    found = numbers.money(numbers.bare(table.c, ()), Writing())
    assert [value for value, _ in fetched(engine, table, v=found.value, b=found.bad)] == amounts


@given(amounts=st.lists(st.decimals(-(10**9), 10**9, places=5).filter(lambda a: a != round(a, 4)), min_size=10))
@SETTINGS
def test_doubles_with_a_fifth_decimal_are_told(engine, amounts):
    table = cells(engine, [float(a) for a in amounts], pa.float64())
    found = numbers.money(numbers.bare(table.c, ()), Writing())
    assert set(fetched(engine, table, v=found.value, b=found.bad)) == {(None, True)}


def test_typed_cells(engine):
    def money(values, dtype):
        table = cells(engine, values, dtype)
        found = numbers.money(numbers.bare(table.c, ("9",)), Writing())
        return fetched(engine, table, v=found.value, b=found.bad)

    assert money([1, None, 9, 10**15], pa.int64()) == [(Decimal(1), False), (None, False), (None, False), (None, True)]
    assert money([2**64 - 1, 5], pa.uint64()) == [(None, True), (Decimal(5), False)]
    assert money([math.nan, math.inf, 0.1 + 0.2], pa.float64()) == [
        (None, False),
        (None, True),
        (Decimal("0.3"), False),
    ]
    wide = [Decimal("1.23456"), Decimal("1.2300000"), Decimal(10) ** 20]
    assert money(wide, pa.decimal128(38, 7)) == [(None, True), (Decimal("1.23"), False), (None, True)]


def test_typed_counts_flags_and_ids(engine):
    def read_typed(function, values, dtype):
        table = cells(engine, values, dtype)
        found = function(table.c)
        return fetched(engine, table, v=found.value, b=found.bad)

    def count(cell):
        return numbers.count(cell, Writing())

    assert read_typed(count, [3.0, 3.5, 1e300], pa.float64()) == [(3, False), (None, True), (None, True)]
    assert read_typed(count, [2**64 - 1], pa.uint64()) == [(None, True)]
    assert read_typed(numbers.flag, [1.0, 0.0, 2.0, None], pa.float64()) == [
        (True, False),
        (False, False),
        (None, True),
        (None, False),
    ]
    assert read_typed(numbers.flag, [True, None], pa.bool_()) == [(True, False), (None, False)]
    assert read_typed(numbers.flag, ["YES", "nein", "perhaps", None], pa.string()) == [
        (True, False),
        (False, False),
        (None, True),
        (None, False),
    ]
    assert read_typed(numbers.identifier, [7.0, 7.5, 1e300], pa.float64())[:2] == [("7", False), (None, True)]
    assert read_typed(numbers.identifier, ["007", " x"], pa.string()) == [("007", False), (" x", False)]
    assert read_typed(numbers.identifier, [7], pa.int8()) == [("7", False)]


def test_blanks_and_codes(engine):
    table = cells(engine, [" ", "\t\n", " a ", "99", " 99", "98", None, "0"])
    trimmed = numbers.bare(table.c, ("99", "98"))
    kept = numbers.bare(table.c, (), trim=False)
    assert fetched(engine, table, t=trimmed, k=kept) == [
        (None, None),
        (None, None),
        ("a", " a "),
        (None, "99"),
        (None, " 99"),
        (None, "98"),
        (None, None),
        ("0", "0"),
    ]
