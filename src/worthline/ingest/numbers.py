"""Text and typed cells to money, numbers, counts, flags: checked before they are cast, never rounded.

Reads     one column, its cells bare, and how its source writes numbers.
Gives     the value, and which rows hold none although something stands there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from worthline.tables import MONEY_SCALE

MONEY = f"decimal(18, {MONEY_SCALE})"
RATE = "decimal(18, 8)"
_MOST_INTEGER_DIGITS = 18 - MONEY_SCALE
# A double holds 15 to 17 digits: what lies beyond is noise of arithmetic, not a further decimal.
_NOISE, _NOISE_SHARE = 1e-9, 16 * 2.0**-52

YES = (
    "yes",
    "true",
    "t",
    "y",
    "1",
    "on",
    "ja",
    "wahr",
    "oui",
    "vrai",
    "si",
    "sí",
    "sì",
    "vero",
    "verdadero",
    "sim",
    "waar",
)
NO = ("no", "false", "f", "n", "0", "off", "nein", "falsch", "non", "faux", "falso", "não", "nee", "onwaar")
STATUS = (
    (
        *(
            "resolved",
            "solved",
            "closed",
            "done",
            "completed",
            "complete",
            "fixed",
            "gelöst",
            "geschlossen",
            "erledigt",
        ),
        *("resuelto", "cerrado", "résolu", "fermé", "clos", "risolto", "chiuso", "opgelost", "gesloten"),
    ),
    (
        *("unresolved", "unsolved", "open", "pending", "new", "hold", "on hold", "on-hold", "snoozed", "in progress"),
        *("reopened", "waiting on customer", "waiting on third party", "offen", "neu", "in bearbeitung", "wartend"),
        *("abierto", "pendiente", "nuevo", "ouvert", "en attente", "nouveau", "aperto", "in attesa", "nuovo"),
    ),
)
"""How a ticket's state says whether the matter is settled."""


@dataclass(frozen=True, slots=True)
class Writing:
    """How a source writes numbers."""

    decimal: str = "."
    thousands: str = ""
    parentheses: bool = False
    symbols: tuple[str, ...] = ()
    minor_digits: int = 0
    """2 where amounts are in cents; 0 where they are in whole units."""


@dataclass(frozen=True, slots=True)
class Read:
    """A parsed column: `value`, and `bad`: something stands there that cannot be read so."""

    value: ir.Value
    bad: ir.BooleanValue


def money(cell: ir.Value, writing: Writing) -> Read:
    """DECIMAL(18, 4), exact; more decimals than four are bad."""
    scale = MONEY_SCALE - writing.minor_digits
    if cell.type().is_string():
        plain = _plain(cell, writing)
        integer = rf"\d{{1,{_MOST_INTEGER_DIGITS}}}"
        point = (
            rf"\d{{0,{_MOST_INTEGER_DIGITS}}}\.\d{{1,{scale}}}0*" if scale else rf"\d{{0,{_MOST_INTEGER_DIGITS}}}\.0+"
        )
        fits = plain.re_search(rf"^[+-]?({integer}\.?|{point}|{noisy(scale)})$")
        value = ibis.ifelse(fits, plain, ibis.null("string")).try_cast(MONEY)
    else:
        value = _exact(cell, scale)
    if writing.minor_digits:
        value = times(value, ibis.literal(f"0.{'0' * (writing.minor_digits - 1)}1").cast(RATE))
    return Read(value, _there(cell) & value.isnull())


def noisy(scale: int = MONEY_SCALE) -> str:
    """A pattern of amounts that arithmetic in binary left a hair beside one of `scale` decimals: 118.22999999999999.

    The hair is less than a millionth of a ten-thousandth.
    """
    return rf"\d{{0,{_MOST_INTEGER_DIGITS}}}\.\d{{{scale}}}(0{{6}}|9{{6}}0*[1-9])\d*"


def times(money: ir.Value, factor: ir.Value) -> ir.Value:
    """Money x RATE, rounded once to money's scale; null where it does not fit (see engine/gaps.py)."""
    return (money.cast("decimal(28, 4)") * factor.cast("decimal(28, 8)")).try_cast(MONEY)


def rate(cell: ir.Value, writing: Writing) -> Read:
    """DECIMAL(18, 8), exact."""
    if not cell.type().is_string():
        cell = cell.cast("string")
    plain = _plain(cell, writing)
    fits = plain.re_search(r"^[+]?(\d{1,10}\.?|\d{0,10}\.\d{1,8}0*)$")
    value = ibis.ifelse(fits, plain, ibis.null("string")).try_cast(RATE)
    return Read(value, _there(cell) & value.isnull())


def number(cell: ir.Value, writing: Writing) -> Read:
    """DOUBLE, finite."""
    if cell.type().is_string():
        plain = _plain(cell, writing)
        fits = plain.re_search(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?$")
        value = ibis.ifelse(fits, plain, ibis.null("string")).try_cast("float64")
    else:
        value = cell.cast("float64")
    value = ibis.ifelse(value.isinf() | value.isnan(), ibis.null("float64"), value)
    return Read(value, _there(cell) & value.isnull())


def count(cell: ir.Value, writing: Writing) -> Read:
    """BIGINT; a fraction is bad, `3.0` is 3."""
    if cell.type().is_string():
        plain = _plain(cell, writing)
        fits = plain.re_search(r"^[+-]?\d{1,18}(\.0*)?$")
        whole = ibis.ifelse(fits, plain, ibis.null("string")).re_extract(r"^([+-]?\d+)", 1).nullif("")
        value = whole.try_cast("int64")
    elif cell.type().is_integer():
        value = cell.try_cast("int64")
    else:
        rounded = _whole(cell)
        value = ibis.ifelse(rounded.cast("float64") == cell.cast("float64"), rounded, ibis.null("int64"))
    return Read(value, _there(cell) & value.isnull())


def seconds(cell: ir.Value, writing: Writing, unit: float = 1.0) -> Read:
    """DOUBLE seconds: a number of `unit` seconds, or a duration as h:mm:ss or 1h 5m 30s. m:ss may be h:mm: not read."""
    if not cell.type().is_string():
        read = number(cell, writing)
        return read if unit == 1 else Read(read.value * unit, read.bad)
    clock = r"^(\d+):([0-5]\d):([0-5]\d(?:\.\d+)?)$"
    spoken = r"^(?:(\d+) ?h(?:ours?|rs?)?)? ?(?:(\d+) ?m(?:in(?:utes?)?)?)? ?(?:(\d+(?:\.\d+)?) ?s(?:ec(?:onds?)?)?)?$"
    plain = number(cell, writing).value
    plain = plain if unit == 1 else plain * unit

    def total(pattern: str) -> ir.Value:
        parts = [cell.re_extract(pattern, n).nullif("").try_cast("float64") for n in (1, 2, 3)]
        known = parts[0].notnull() | parts[1].notnull() | parts[2].notnull()
        summed = parts[0].fill_null(0) * 3600 + parts[1].fill_null(0) * 60 + parts[2].fill_null(0)
        return ibis.ifelse(known, summed, ibis.null("float64"))

    value = ibis.coalesce(plain, total(clock), total(spoken))
    return Read(value, _there(cell) & value.isnull())


def flag(cell: ir.Value, yes: tuple[str, ...] = (), no: tuple[str, ...] = ()) -> Read:
    """BOOLEAN from the usual words for yes and no, and those given."""
    if cell.type().is_boolean():
        return Read(cell, ibis.literal(False))
    if cell.type().is_numeric():
        value = ibis.cases((cell == 1, True), (cell == 0, False), else_=ibis.null("boolean"))
        return Read(value, _there(cell) & value.isnull())
    word = cell.cast("string").lower()
    value = ibis.cases((word.isin((*YES, *yes)), True), (word.isin((*NO, *no)), False), else_=ibis.null("boolean"))
    return Read(value, _there(cell) & value.isnull())


def identifier(cell: ir.Value) -> Read:
    """Text to the letter; a whole number held as DOUBLE loses its `.0` only."""
    dtype = cell.type()
    if dtype.is_string():
        return Read(cell, ibis.literal(False))
    if dtype.is_floating():
        whole = _whole(cell)
        value = ibis.ifelse(whole.cast("float64") == cell, whole.cast("string"), ibis.null("string"))
        return Read(value, _there(cell) & value.isnull())
    return Read(cell.cast("string"), ibis.literal(False))


def _whole(cell: ir.NumericValue) -> ir.IntegerValue:
    """The nearest whole number; null beyond those that a double tells apart."""
    return ibis.ifelse(cell.abs() < 2**53, cell, ibis.null(cell.type())).round().cast("int64")


def bare(cell: ir.Value, codes: tuple[str, ...], *, trim: bool = True) -> ir.Value:
    """Cells without outer blanks (without `trim`: only the wholly blank become null).

    Null too are not-a-number in a numeric column and the declared codes.
    """
    dtype = cell.type()
    if dtype.is_string():
        text = ibis.ifelse(_padded(cell), cell.strip().nullif("") if trim else _unless_blank(cell), cell)
        return ibis.ifelse(text.isin(codes), ibis.null("string"), text) if codes else text
    if dtype.is_floating():
        cell = ibis.ifelse(cell.isnan(), ibis.null(dtype), cell)
    numeric = [float(code) for code in codes if _is_number(code)]
    if not numeric or not dtype.is_numeric():
        return cell
    return ibis.ifelse(cell.isin(numeric), ibis.null(dtype), cell)


def _padded(cell: ir.StringValue) -> ir.BooleanValue:
    """Whether the cell may have outer blanks; trimming all is four times dearer than looking."""
    # What is empty or begins with a blank (or another control character) sorts before "!".
    found = cell < "!"
    for blank in (" ", "\t", "\r", "\n"):
        found = found | cell.endswith(blank)
    return found


def _unless_blank(cell: ir.StringValue) -> ir.StringValue:
    return ibis.ifelse(cell.strip() == "", ibis.null("string"), cell)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _there(cell: ir.Value) -> ir.BooleanValue:
    return cell.notnull()


def _plain(cell: ir.StringValue, writing: Writing) -> ir.StringValue:
    """The number as a plain one with a decimal point; what does not fit is left to fail."""
    # Each step names its text as seldom as can be: every mention writes all steps before it once more.
    text = _parentheses(cell) if writing.parentheses else cell
    if writing.symbols:
        sign = "|".join(re.escape(symbol) for symbol in sorted(writing.symbols, key=len, reverse=True))
        text = text.re_replace(rf"^-(?:{sign}) *", "-").re_replace(rf"^(?:{sign}) *", "")
        text = text.re_replace(rf" *(?:{sign})$", "")
        text = _parentheses(text) if writing.parentheses else text
    if writing.thousands:
        mark, point = re.escape(writing.thousands), re.escape(writing.decimal)
        grouped = text.re_search(rf"^[+-]?\d{{1,3}}({mark}\d{{3}})+({point}\d*)?$")
        text = ibis.ifelse(grouped, text.replace(writing.thousands, ""), text)
    if writing.decimal == ",":
        # A point that is not a thousands mark would read as a decimal: let it fail instead.
        text = text.replace(".", "?").replace(",", ".")
    return text


def _parentheses(text: ir.StringValue) -> ir.StringValue:
    """(5) as -5; what has a sign of its own is left to fail."""
    inner = text.re_replace(r"^\( *", "-").re_replace(r" *\)$", "")
    return ibis.ifelse(text.re_search(r"^\([^()+-]*\)$"), inner, text)


def _exact(cell: ir.NumericValue, scale: int) -> ir.DecimalValue:
    dtype = cell.type()
    limit = 10**_MOST_INTEGER_DIGITS
    inside = (cell < limit) & (cell > -limit)
    held = ibis.ifelse(inside, cell, ibis.null(dtype))
    value = held.try_cast(f"decimal(18, {scale})").try_cast(MONEY)
    if dtype.is_integer():
        return value
    if dtype.is_decimal():
        return ibis.ifelse(value.cast("decimal(38, 12)") == held.cast("decimal(38, 12)"), value, ibis.null(MONEY))
    away = (value.cast("float64") - held).abs()
    noise = ibis.greatest(held.abs() * _NOISE_SHARE, ibis.literal(_NOISE))
    return ibis.ifelse(away <= noise, value, ibis.null(MONEY))
