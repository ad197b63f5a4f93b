"""Text and typed cells to money, numbers, counts, flags: checked before they are cast, never rounded.

Reads     one column, its cells bare, and how its source writes numbers.
Gives     the value, and which rows hold none although something stands there.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from worthline.ingest.sql_text import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    TEXT,
    Sql,
    any_of,
    cases,
    cast,
    is_one_of,
    literal,
    matches,
    part,
    replaced,
    try_cast,
    when,
)
from worthline.tables import MONEY_SCALE

if TYPE_CHECKING:
    import ibis.expr.types as ir

MONEY = f"decimal(18, {MONEY_SCALE})"
RATE = "decimal(18, 8)"
_MONEY, _RATE = ibis.dtype(MONEY), ibis.dtype(RATE)
_MOST_INTEGER_DIGITS = 18 - MONEY_SCALE
# A double holds 15 to 17 digits: what lies beyond is noise of arithmetic, not a further decimal.
_NOISE, _NOISE_SHARE = 1e-9, 16 * 2.0**-52

_BLANKS = " \t\n\r\v\f\u00a0\u200b\u2060\ufeff\u2007\u2009\u202f\u3000\u200e\u200f"
"""Blanks, and characters that nobody sees: none of them is part of a cell at its ends."""
_SPACES, _APOSTROPHES = "\u00a0\u2007\u2009\u202f", "\u2019\u02bc\u00b4"
ONE_MARK = str.maketrans(_SPACES + _APOSTROPHES, " " * len(_SPACES) + "'" * len(_APOSTROPHES))
"""Blanks and apostrophes between thousands, of whichever width and shape, as the plain ones."""
INDIAN = r"\d{1,2}(,\d{2})+,\d{3}"
"""Lakhs and crores: 1,23,456."""

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
    unit: int = 1
    """Units of money in one: 1000 where amounts are in thousands."""


@dataclass(frozen=True, slots=True)
class Read:
    """A parsed column: `value`, and `bad`: something stands there that cannot be read so; None where nothing can be."""

    value: Sql
    bad: str | None


def money(cell: Sql, writing: Writing) -> Read:
    """DECIMAL(18, 4), exact; more decimals than four are bad."""
    scale = MONEY_SCALE - writing.minor_digits
    if cell.dtype.is_string():
        plain = _plain(cell, writing)
        integer = rf"\d{{1,{_MOST_INTEGER_DIGITS}}}"
        point = (
            rf"\d{{0,{_MOST_INTEGER_DIGITS}}}\.\d{{1,{scale}}}0*" if scale else rf"\d{{0,{_MOST_INTEGER_DIGITS}}}\.0+"
        )
        fits = matches(plain, rf"^[+-]?({integer}\.?|{point}|{noisy(scale)})$")
        value = try_cast(when(fits, plain), MONEY)
    else:
        value = _exact(cell, scale)
    if writing.minor_digits:
        factor = f"cast('0.{'0' * (writing.minor_digits - 1)}1' as decimal(28, 8))"
        value = try_cast(f"{cast(value, 'decimal(28, 4)')} * {factor}", MONEY)
    if writing.unit != 1:
        value = try_cast(f"{cast(value, 'decimal(28, 4)')} * cast({writing.unit} as decimal(10, 0))", MONEY)
    return _unless_read(cell, Sql(value, _MONEY))


def noisy(scale: int = MONEY_SCALE) -> str:
    """A pattern of amounts that arithmetic in binary left a hair beside one of `scale` decimals: 118.22999999999999.

    The hair is less than a millionth of a ten-thousandth.
    """
    return rf"\d{{0,{_MOST_INTEGER_DIGITS}}}\.\d{{{scale}}}(0{{6}}|9{{6}}0*[1-9])\d*"


def times(money: ir.Value, factor: ir.Value) -> ir.Value:
    """Money x RATE, rounded once to money's scale; null where it does not fit (see engine/gaps.py)."""
    return (money.cast("decimal(28, 4)") * factor.cast("decimal(28, 8)")).try_cast(MONEY)


def rate(cell: Sql, writing: Writing) -> Read:
    """DECIMAL(18, 8), exact."""
    plain = _plain(as_text(cell), writing)
    fits = matches(plain, r"^[+]?(\d{1,10}\.?|\d{0,10}\.\d{1,8}0*)$")
    return _unless_read(cell, Sql(try_cast(when(fits, plain), RATE), _RATE))


def number(cell: Sql, writing: Writing) -> Read:
    """DOUBLE, finite."""
    return _unless_read(cell, Sql(_double(cell, writing), DOUBLE))


def _double(cell: Sql, writing: Writing) -> str:
    if cell.dtype.is_string():
        plain = _plain(cell, writing)
        fits = matches(plain, r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?$")
        value = try_cast(when(fits, plain), "double")
    else:
        value = cast(cell, "double")
    return when(f"isinf({value}) or isnan({value})", "null", value)


def count(cell: Sql, writing: Writing) -> Read:
    """BIGINT; a fraction is bad, `3.0` is 3."""
    if cell.dtype.is_string():
        plain = _plain(cell, writing)
        fits = matches(plain, r"^[+-]?\d{1,18}(\.0*)?$")
        value = try_cast(part(when(fits, plain), r"^([+-]?\d+)", 1), "bigint")
    elif cell.dtype.is_integer():
        value = try_cast(cell, "bigint")
    else:
        value = _if_whole(cell)
    return _unless_read(cell, Sql(value, BIGINT))


def seconds(cell: Sql, writing: Writing, unit: float = 1.0) -> Read:
    """DOUBLE seconds: a number of `unit` seconds, or a duration as h:mm:ss or 1h 5m 30s. m:ss may be h:mm: not read."""
    plain = _double(cell, writing)
    plain = plain if unit == 1 else f"({plain} * cast({unit!r} as double))"
    if not cell.dtype.is_string():
        return _unless_read(cell, Sql(plain, DOUBLE))
    clock = r"^(\d+):([0-5]\d):([0-5]\d(?:\.\d+)?)$"
    spoken = r"^(?:(\d+) ?h(?:ours?|rs?)?)? ?(?:(\d+) ?m(?:in(?:utes?)?)?)? ?(?:(\d+(?:\.\d+)?) ?s(?:ec(?:onds?)?)?)?$"

    def total(pattern: str) -> str:
        parts = [try_cast(part(cell, pattern, n), "double") for n in (1, 2, 3)]
        summed = " + ".join(f"coalesce({p}, 0) * {each}" for p, each in zip(parts, (3600, 60, 1), strict=True))
        return when(any_of(f"{p} is not null" for p in parts), summed)

    value = f"coalesce({plain}, {total(clock)}, {total(spoken)})"
    return _unless_read(cell, Sql(value, DOUBLE))


def flag(cell: Sql, yes: tuple[str, ...] = (), no: tuple[str, ...] = ()) -> Read:
    """BOOLEAN from the usual words for yes and no, and those given."""
    if cell.dtype.is_boolean():
        return Read(cell, None)
    if cell.dtype.is_numeric():
        value = cases(((f"{cell} = 1", "true"), (f"{cell} = 0", "false")), "cast(null as boolean)")
    else:
        word = f"lower({as_text(cell)})"
        pairs = ((is_one_of(word, (*YES, *yes)), "true"), (is_one_of(word, (*NO, *no)), "false"))
        value = cases(pairs, "cast(null as boolean)")
    return _unless_read(cell, Sql(value, BOOLEAN))


def identifier(cell: Sql) -> Read:
    """Text to the letter; a whole number held as DOUBLE loses its `.0` only."""
    if not cell.dtype.is_floating():
        return Read(as_text(cell), None)
    return _unless_read(cell, Sql(cast(_if_whole(cell), "varchar"), TEXT))


def as_text(cell: Sql) -> Sql:
    """The cell as text."""
    return cell if cell.dtype.is_string() else Sql(cast(cell, "varchar"), TEXT)


def _if_whole(cell: Sql) -> str:
    """The whole number that this is; null beyond those that a double tells apart."""
    whole = cast(f"round({when(f'abs({cell}) < {2**53}', cell)}, 0)", "bigint")
    return when(f"{cast(whole, 'double')} = {cast(cell, 'double')}", whole)


def bare(cell: Sql, codes: tuple[str, ...], *, trim: bool = True) -> Sql:
    """Cells without outer blanks (without `trim`: only the wholly blank become null).

    Null too are not-a-number in a numeric column and the declared codes.
    """
    dtype = cell.dtype
    if dtype.is_string():
        trimmed = f"trim({cell}, {literal(_BLANKS)})"
        text = when(_padded(cell), f"nullif({trimmed}, '')" if trim else when(f"{trimmed} = ''", "null", cell), cell)
        return Sql(when(is_one_of(text, codes), "null", text) if codes else text, TEXT)
    if dtype.is_floating():
        cell = Sql(when(f"isnan({cell})", "null", cell), dtype)
    numeric = ", ".join(_double_of(code) for code in codes if _is_number(code))
    if not numeric or not dtype.is_numeric():
        return cell
    return Sql(when(f"{cell} in ({numeric})", "null", cell), dtype)


def _padded(cell: Sql) -> str:
    """Whether the cell may have outer blanks; trimming all is four times dearer than looking."""
    # What is empty or begins with a blank (or another control character) sorts before "!". Only text that has more
    # bytes than characters can hold the blanks beyond ASCII.
    ends = (f"suffix({cell}, {literal(blank)})" for blank in (" ", "\t", "\r", "\n"))
    return any_of((f"{cell} < '!'", *ends, f"strlen({cell}) > length({cell})"))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _double_of(code: str) -> str:
    value = float(code)
    return repr(value) if math.isfinite(value) else cast(literal(str(value)), "double")


def _unless_read(cell: Sql, value: Sql) -> Read:
    return Read(value, f"({cell} is not null and {value} is null)")


def _plain(cell: Sql, writing: Writing) -> str:
    """The number as a plain one with a decimal point; what does not fit is left to fail."""
    # Each step names its text as seldom as can be: every mention writes all steps before it once more.
    text = _parentheses(cell.text) if writing.parentheses else cell.text
    if writing.symbols:
        sign = "|".join(re.escape(symbol) for symbol in sorted(writing.symbols, key=len, reverse=True))
        text = replaced(replaced(text, rf"^-(?:{sign}) *", "-"), rf"^(?:{sign}) *", "")
        text = replaced(text, rf" *(?:{sign})$", "")
        text = _parentheses(text) if writing.parentheses else text
    text = when(f"suffix({text}, '-')", replaced(text, r"^([^+-].*?) *-$", r"-\1"), text)
    if writing.thousands:
        if writing.thousands in (" ", "'"):
            others = _SPACES if writing.thousands == " " else _APOSTROPHES
            text = f"translate({text}, {literal(others)}, {literal(writing.thousands * len(others))})"
        mark, point = re.escape(writing.thousands), re.escape(writing.decimal)
        indian = f"|{INDIAN}" if writing.thousands == "," else ""
        grouped = matches(text, rf"^[+-]?(\d{{1,3}}({mark}\d{{3}})+{indian})({point}\d*)?$")
        text = when(grouped, f"replace({text}, {literal(writing.thousands)}, '')", text)
    if writing.decimal == ",":
        # A point that is not a thousands mark would read as a decimal: let it fail instead.
        text = f"replace(replace({text}, '.', '?'), ',', '.')"
    return text


def _parentheses(text: str) -> str:
    """(5) as -5; what has a sign of its own is left to fail."""
    inner = replaced(replaced(text, r"^\( *", "-"), r" *\)$", "")
    return when(matches(text, r"^\([^()+-]*\)$"), inner, text)


def _exact(cell: Sql, scale: int) -> str:
    limit = 10**_MOST_INTEGER_DIGITS
    held = when(f"{cell} < {limit} and {cell} > -{limit}", cell)
    value = try_cast(try_cast(held, f"decimal(18, {scale})"), MONEY)
    if cell.dtype.is_integer():
        return value
    if cell.dtype.is_decimal():
        return when(f"{cast(value, 'decimal(38, 12)')} = {cast(held, 'decimal(38, 12)')}", value)
    noise = f"greatest(abs({held}) * {_NOISE_SHARE!r}, {_NOISE!r})"
    return when(f"abs({cast(value, 'double')} - {held}) <= {noise}", value)
