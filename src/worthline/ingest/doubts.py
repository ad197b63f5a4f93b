"""What a mapping written by hand may have overlooked: cents, the price of one piece, sales that came to nothing.

Reads     a settled table, the headers behind its money, and columns that were left as attributes.
Gives     sentences: how many rows are in doubt, such as which, and what would settle it.
Assumes   `worthline init` asks all this of a folder that it maps; here it is said of one that it did not.
Not for   deciding: every row counts as worthline.toml says.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from worthline.ingest.header_units import CENTS, DISCOUNT, UNIT_PRICE
from worthline.ingest.mapping import plain
from worthline.ingest.set_aside import LOUD, rows_of
from worthline.ingest.state_names import GIFT_CARD, PAIRS, REFUNDED, SIDES, may_say
from worthline.tables import Kind

if TYPE_CHECKING:
    from worthline.engine import Engine
    from worthline.ingest.cross_row_rules import Settled
    from worthline.ingest.source_parts import Piece

_EXAMPLES = 3
_MOST_VALUES = 2_000
"""Values of a column that are looked at; a state has few."""
_OFF = re.compile(f"{DISCOUNT.pattern}|{REFUNDED.pattern}")
_GIVEN = re.compile(r"(?:[A-Z]{3}|[-+$€£])?\s?(?=[\d.,]*[1-9])\d*[.,]?\d*\s?(?:%|[A-Z]{3}|[€£])?")
"""A discount above nothing, as an amount or in percent."""


def of_cents(table: Settled, pieces: Sequence[Piece]) -> Iterator[str]:
    """Columns of money that are called cents, and are read as whole amounts."""
    for column in (c.name for c in table.spec.columns if c.kind is Kind.MONEY):
        for piece in pieces:
            index = piece.shape.mapping.columns.get(column)
            header = piece.raw.header[index] if index is not None else ""
            if CENTS.search(plain(header)) and not piece.source.minor_units:
                yield (
                    f"{table.spec.name}: {header} of {piece.raw.name} counts cents by its name, and is read as whole "
                    "amounts. Set minor_units = true, or call the column otherwise."
                )


def of_pieces(engine: Engine, table: Settled, pieces: Sequence[Piece]) -> Iterator[str]:
    """Sales whose amount may be the price of one piece, or of pieces that came back."""
    if not {"quantity", "amount"} <= table.brought:
        return
    rows = table.rows.filter(table.rows.kind == "purchase")
    several, back = rows.quantity > 1, (rows.quantity < 0) & (rows.amount > 0)
    sums = rows.agg(n=rows.count(), several=several.sum(), back=back.sum(), worth=rows.amount.sum(where=back))
    totals = engine.fetch(sums).to_pylist()[0]
    n, several_rows, back_rows = totals["n"], totals["several"] or 0, totals["back"] or 0
    of_one = [header for header in _headers(pieces, "amount") if plain(header) in UNIT_PRICE]
    if of_one and several_rows and several_rows >= LOUD * n:
        yield (
            f"transactions: {rows_of(several_rows, n)} sell more than one piece. {of_one[0]} is the price of one by "
            "its name, and is read as what was paid. Multiply it by quantity in a query, or let worthline init do it."
        )
    if back_rows and back_rows >= LOUD * n:
        yield (
            f"transactions: {rows_of(back_rows, n)} have a quantity below zero and an amount above zero, "
            f"{totals['worth']:,.2f} in all. They count as sales. If pieces came back, write their amounts below zero."
        )


def of_sides(engine: Engine, table: Settled, pieces: Sequence[Piece]) -> Iterator[str]:
    """Entries of an account, debit and credit, none of whose amounts bears a sign."""
    for name in _attributes(table, pieces, lambda header: SIDES.search(plain(header)) is not None):
        counts = _values(engine, table.rows, name)
        sides = {str(value).strip().casefold() for value in counts if value}
        if not any(sides == set(pair) for pair in PAIRS):
            continue
        below = engine.fetch(table.rows.agg(n=(table.rows.amount < 0).sum()))["n"][0].as_py()
        if not below:
            both = " and ".join(sorted(str(value) for value in counts if value))
            yield (
                f"{table.spec.name}: {name} says {both}, and no amount is below zero: all are added up. Write those of "
                f'one side below zero, or map {name} as kind; if all are sales, write leave_out = ["{name}"].'
            )


def of_discounts(engine: Engine, table: Settled, pieces: Sequence[Piece]) -> Iterator[str]:
    """Discounts and refunds in a column of their own, which nothing takes off; codes, days and flags are none."""
    money = next((c for c in ("amount", "fee") if c in table.brought), None)
    if money is None:
        return
    for name in _attributes(table, pieces, lambda header: bool(_OFF.search(plain(header)))):
        counts = _values(engine, table.rows, name)
        given = {value: n for value, n in counts.items() if value and _GIVEN.fullmatch(value.strip())}
        n, total = sum(given.values()), counts.total()
        if n >= LOUD * total and any(value.strip() != "1" for value in given):
            yield (
                f"{table.spec.name}: {rows_of(n, total)} have a {name}, which is not taken off {money}. Take it off in "
                f'a query; if {money} is net of it, write leave_out = ["{name}"].'
            )


def gift_cards(engine: Engine, rows: ir.Table) -> list[str]:
    """A sentence where gift cards are sold among other products: what is bought with them counts again."""
    counts = _values(engine, rows.filter(rows.kind == "purchase"), "product")
    cards = {value: n for value, n in counts.items() if value and GIFT_CARD.search(value)}
    n, total = sum(cards.values()), counts.total()
    if not cards or 2 * n > total:
        return []
    some = ", ".join(sorted(cards)[:_EXAMPLES])
    says = (
        f"{rows_of(n, total)} of transactions sell {some}, and are counted as revenue. If what is bought with them "
        "counts as well, leave them out by a query, or let worthline init ask."
    )
    return [says]


def of_states(engine: Engine, table: Settled, pieces: Sequence[Piece]) -> Iterator[str]:
    """Rows that were cancelled, refused or deleted by a column that nothing in worthline.toml reads."""
    from worthline.ingest.propose.profile import Profile
    from worthline.ingest.propose.row_states import marked

    for name in _attributes(table, pieces, partial(may_say, table.spec.name)):
        counts = _values(engine, table.rows, name)
        filled = Counter({value: n for value, n in counts.items() if value})
        states = marked(table.spec.name, Profile(name, "text", counts.total(), filled))
        if states is None:
            continue
        n, total = sum(filled[state] for state in states) if states else filled.total(), counts.total()
        if not n or n < LOUD * total:
            continue
        commonest = sorted(states, key=lambda state: (-filled[state], state))[:_EXAMPLES]
        says = f"say {', '.join(commonest)} in {name}" if states else f"have a date in {name}"
        counted = "are counted as revenue" if table.spec.name == "transactions" else "are counted"
        yield (
            f"{table.spec.name}: {rows_of(n, total)} {says}, and {counted}. Leave them out by a query; if they count, "
            f'write leave_out = ["{name}"].'
        )


def _attributes(table: Settled, pieces: Sequence[Piece], is_meant: Callable[[str], bool]) -> list[str]:
    """Columns left as attributes whose name is meant, in files that worthline.toml reads as they are."""
    names = {name for piece in pieces if not piece.source.query for name in piece.shape.mapping.attributes}
    return sorted(name for name in names if name in table.rows.columns and is_meant(name))


def _values(engine: Engine, rows: ir.Table, name: str) -> Counter[str | None]:
    """Rows by value of a column, the commonest values first."""
    counted = rows.group_by(value=rows[name].cast("string")).agg(n=rows.count())
    found = engine.fetch(counted.order_by(ibis.desc("n"), "value").limit(_MOST_VALUES)).to_pylist()
    return Counter({row["value"]: row["n"] for row in found})


def _headers(pieces: Sequence[Piece], column: str) -> list[str]:
    named = ((piece, piece.shape.mapping.columns.get(column)) for piece in pieces)
    return [piece.raw.header[index] for piece, index in named if index is not None]
