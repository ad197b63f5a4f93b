"""One file's cells to canonical columns, each row with the first check that it fails.

Reads     raw columns (text, or typed ones of Parquet and queries), a Mapping, how the source writes things.
Gives     Shape: a `select` for the engine, the checks by number, and how to show a failing cell.
Method    one pass: all columns are cast and all checks made in the same statement; `_bad` is the number of the
          first check that a row fails, null for a good row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir

from worthline.config import SourceConfig
from worthline.errors import UnreadableFile
from worthline.ingest import instants, numbers
from worthline.ingest.instants import Clock
from worthline.ingest.mapping import Mapping
from worthline.ingest.numbers import Read, Writing
from worthline.tables import Column, Kind, TableSpec
from worthline.tables.money import MINOR_DIGITS
from worthline.tables.scales import DEFAULT_SCALES
from worthline.tables.time import offsets

REFUND_KINDS = ("refund", "credit", "credit note", "return", "chargeback")
KNOWN_KINDS = ("purchase", *REFUND_KINDS, "adjustment", "fee", "discount", "tax", "shipping")
"""Kinds whose part in the counts is known; of these only `purchase` makes an order."""

NOISE = "_noise"
"""Working column: an amount of the row was rounded."""
SHORTEST_NOISE = 11
"""Characters of an amount with noise behind its fourth decimal, at least: 0.0000000000."""

ENDS = ("left_on", "ended_on", "valid_to", "discount_until", "trial_until", "paused_from", "paused_until")
"""Columns of which a date before FIRST_END stands for none."""
FIRST_END = "1901-01-02"
ZEROS = r"^0{1,4}[-/.]0{1,2}[-/.]0{1,4}([ T][0:.]+)?$"
_TIMES = (Kind.INSTANT, Kind.DAY)
_PARSED = (Kind.MONEY, Kind.RATE, Kind.NUMBER, Kind.COUNT, Kind.FLAG)
_RULE_OF = {
    Kind.MONEY: "not_money",
    Kind.RATE: "not_a_number",
    Kind.NUMBER: "not_a_number",
    Kind.COUNT: "not_a_count",
    Kind.FLAG: "not_a_flag",
    Kind.INSTANT: "not_a_date",
    Kind.DAY: "not_a_date",
    Kind.ID: "not_an_id",
}
_NUMERIC = (Kind.MONEY, Kind.RATE, Kind.NUMBER, Kind.COUNT)
_DTYPE = {
    Kind.ID: "string",
    Kind.TEXT: "string",
    Kind.CATEGORY: "string",
    Kind.INSTANT: "timestamp(6)",
    Kind.DAY: "date",
    Kind.MONEY: numbers.MONEY,
    Kind.NUMBER: "float64",
    Kind.COUNT: "int64",
    Kind.RATE: numbers.RATE,
    Kind.FLAG: "boolean",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a row: the rule, and the canonical column whose cell is to blame."""

    rule: str
    column: str


@dataclass
class Shape:
    """How a file becomes rows of a table."""

    spec: TableSpec
    source: SourceConfig
    mapping: Mapping
    file: str
    cells: tuple[str, ...]
    company_zone: str
    minor_digits: int
    zone: str | None = None
    checks: list[Check] = field(default_factory=list)

    def select(self, raw: ir.Table, stage: Callable[[ir.Table], ir.Table]) -> ir.Table:
        """The canonical columns, attributes, `_file`, `_bad` and, where the raw table has it, `_line`."""
        self.checks.clear()
        kept: dict[str, ir.Value] = {n: raw[self.cells[i]].cast("string") for n, i in self.mapping.attributes.items()}
        if "_line" in raw.columns:
            kept["_line"] = raw["_line"].cast("int64")
        times: list[instants.Column] = []
        first = dict(kept)
        for column in self.spec.columns:
            cell = self._cell(raw, column)
            if cell is None:
                continue
            codes = self.source.blank.get(column.name, ())
            cell = numbers.bare(cell, codes, trim=column.kind is not Kind.TEXT)
            meant = self.source.values.get(column.name)
            if meant:
                said = cell.cast("string")
                cell = ibis.cases(*((said == written, value) for written, value in meant.items()), else_=said)
            if column.kind in _TIMES:
                times.append(self._time(column, cell))
                first.update(times[-1].first(cell))
            else:
                first[column.name] = cell
        table = stage(raw.select(**first))
        read = {_value(c.name): self._value(table, c).value for c in self.spec.columns if self._is_parsed(table, c)}
        for step in ("second", "third", "fourth", "fifth") if times else ("second",):
            held = {n: table[n] for n in table.columns} | read
            read = {}
            for time in times:
                held.update(getattr(time, step)(table))
            table = stage(table.select(**held))
        return self._checked(table, {time.name: time for time in times}, tuple(kept))

    def _checked(self, table: ir.Table, times: dict[str, instants.Column], kept: tuple[str, ...]) -> ir.Table:
        columns: dict[str, ir.Value] = {}
        failing: list[ir.BooleanValue] = []

        def check(rule: str, column: str, fails: ir.BooleanValue) -> None:
            self.checks.append(Check(rule, column))
            failing.append(fails)

        for column in self.spec.columns:
            if column.name in times:
                self._take_time(table, column, times[column.name], columns, check)
            elif column.name in table.columns:
                self._take(table, column, columns, check)
            else:
                columns[column.name] = ibis.null(_DTYPE[column.kind])
                if column.kind is Kind.INSTANT:
                    columns[f"{column.name}_date"] = ibis.null("date")
        finish = _FINISH.get(self.spec.name)
        if finish:
            finish(self, columns, check)
        columns["_file"] = ibis.literal(self.file)
        noise = [
            (table[c.name].length() > SHORTEST_NOISE) & table[c.name].re_search(rf"{numbers.noisy()}$")
            for c in self.spec.columns
            if c.kind is Kind.MONEY and c.name in table.columns and table[c.name].type().is_string()
        ]
        columns[NOISE] = ibis.or_(*noise).fill_null(False) if noise else ibis.literal(False)
        numbered = ((fails, ibis.literal(i, type="int16")) for i, fails in enumerate(failing))
        columns["_bad"] = ibis.cases(*numbered) if failing else ibis.null("int16")
        return table.select(**columns, **{name: table[name] for name in kept})

    def _take(
        self,
        table: ir.Table,
        column: Column,
        columns: dict[str, ir.Value],
        check: _Adds,
    ) -> None:
        cell = table[column.name]
        if column.required and column.blank_means is None:
            check("required_blank", column.name, cell.isnull())
        if _value(column.name) in table.columns:
            value = table[_value(column.name)]
            read = Read(value, cell.notnull() & value.isnull())
        else:
            read = self._value(table, column)
        columns[column.name] = read.value
        if column.kind in _RULE_OF and not _never_bad(read):
            check(_RULE_OF[column.kind], column.name, read.bad)
        if column.allowed:
            check("not_allowed", column.name, read.value.notnull() & ~read.value.isin(column.allowed))
        if column.least is not None:
            check("below_least", column.name, read.value < column.least)
        if column.most is not None:
            check("above_most", column.name, read.value > column.most)

    def _is_parsed(self, table: ir.Table, column: Column) -> bool:
        """Whether the column's value takes work that should be done once, before it is checked."""
        return column.kind in _PARSED and column.name in table.columns

    def _value(self, table: ir.Table, column: Column) -> Read:
        cell = table[column.name]
        if column.kind is Kind.MONEY and self.source.minor_units and "currency" in table.columns:
            return self._minor(cell, table["currency"])
        return self._read(cell, column)

    def _take_time(
        self,
        table: ir.Table,
        column: Column,
        time: instants.Column,
        columns: dict[str, ir.Value],
        check: _Adds,
    ) -> None:
        there = table[time.of("text" if time.is_text else "typed")].notnull()
        if column.required and column.blank_means is None:
            check("required_blank", column.name, ~there)
        day = time.day(table)
        if column.name in ENDS:
            # 1900-01-01 and 0000-00-00 are what systems write where there is no end yet.
            day = ibis.ifelse(day < ibis.date(FIRST_END), ibis.null("date"), day)
            there = there & ~_no_date(table, time)
        if column.kind is Kind.INSTANT:
            columns[column.name] = table[column.name]
            columns[f"{column.name}_date"] = day
        else:
            columns[column.name] = day
        check("not_a_date", column.name, there & table[column.name].isnull())

    def _time(self, column: Column, cell: ir.Value) -> instants.Column:
        zone = self.mapping.zones.get(column.name) or self.source.timezone or self.zone or self.company_zone
        try:
            offsets(zone)
        except ValueError as error:
            fix = "set timezone for this table in worthline.toml, and name the column without the zone"
            raise UnreadableFile(self.file, f"the times of {column.name}", f"{error}", fix) from None
        is_text = not (cell.type().is_date() or cell.type().is_timestamp())
        return instants.Column(column.name, Clock(self.source.date_format, zone, self.company_zone), is_text)

    def _cell(self, raw: ir.Table, column: Column) -> ir.Value | None:
        if column.name in self.mapping.constants:
            return ibis.literal(self.mapping.constants[column.name], type="string")
        index = self.mapping.columns.get(column.name)
        if index is None:
            return None
        cell = raw[self.cells[index]]
        typed_time = cell.type().is_date() or cell.type().is_timestamp()
        return cell.cast("string") if column.kind in _TIMES and not typed_time else cell

    def _writing(self, minor_digits: int) -> Writing:
        return Writing(
            self.source.decimal, self.source.thousands, self.source.parentheses, self.source.symbols, minor_digits
        )

    def _minor(self, cell: ir.Value, currency: ir.Value) -> Read:
        """Money in the smallest unit of each row's own currency; a blank one is the company's."""
        code = currency.cast("string").upper()
        read = numbers.money(cell, self._writing(self.minor_digits))
        odd = {digits: codes.split() for digits, codes in MINOR_DIGITS.items()}
        two = ~code.isin([c for codes in odd.values() for c in codes])
        for digits, there in ((2, two), *((digits, code.isin(codes)) for digits, codes in odd.items())):
            if digits != self.minor_digits:
                other = numbers.money(cell, self._writing(digits))
                there = there & code.notnull()
                value = ibis.ifelse(there, other.value, read.value)
                read = Read(value, ibis.ifelse(there, other.bad, read.bad))
        return read

    def _read(self, cell: ir.Value, column: Column) -> Read:
        minor = self.source.minor_units and column.kind is Kind.MONEY
        writing = self._writing(self.minor_digits if minor else 0)
        if column.kind in _NUMERIC and not (cell.type().is_string() or cell.type().is_numeric()):
            cell = cell.cast("string")
        match column.kind:
            case Kind.MONEY:
                return numbers.money(cell, writing)
            case Kind.RATE:
                return numbers.rate(cell, writing)
            case Kind.NUMBER if column.unit == "seconds":
                return numbers.seconds(cell, writing, self.mapping.seconds.get(column.name, 1.0))
            case Kind.NUMBER:
                return numbers.number(cell, writing)
            case Kind.COUNT:
                return numbers.count(cell, writing)
            case Kind.FLAG:
                return numbers.flag(cell, *(numbers.STATUS if column.name == "resolved" else ()))
            case Kind.TEXT:
                return Read(cell.cast("string"), ibis.literal(False))
            case _:
                read = numbers.identifier(cell)
                return Read(read.value.lower(), read.bad) if column.allowed else read


def _value(name: str) -> str:
    """The working column that holds a column's parsed value."""
    return f"{name}~value"


def _no_date(table: ir.Table, time: instants.Column) -> ir.BooleanValue:
    """Whether the text is a date of zeros."""
    return table[time.of("text")].re_search(ZEROS).fill_null(False) if time.is_text else ibis.literal(False)


_Adds = Callable[[str, str, ir.BooleanValue], None]


def _never_bad(read: Read) -> bool:
    return bool(read.bad.equals(ibis.literal(False)))


def _transactions(shape: Shape, columns: dict[str, ir.Value], check: _Adds) -> None:
    """Kinds filled in; refunds and credits below zero; the amount as it was written beside."""
    below = columns["amount"] < 0
    kind = ibis.coalesce(columns["kind"].lower(), ibis.ifelse(below, "refund", "purchase"))
    refund = kind.isin(REFUND_KINDS)
    if shape.source.refunds == "positive":
        for name in ("amount", "margin"):
            columns[name] = ibis.ifelse(refund & (columns[name] > 0), -columns[name], columns[name])
    elif "kind" in shape.mapping.brought:
        check("refund_above_zero", "amount", refund & (columns["amount"] > 0))
    columns["kind"] = kind
    columns["amount_original"] = columns["amount"]


def _feedback(shape: Shape, columns: dict[str, ir.Value], check: _Adds) -> None:
    """The scale of each answer, and whether the answer lies on it."""
    metric = columns["metric"].lower()
    written = columns["scale"]
    pattern = r"^(-?\d+(?:\.\d+)?) ?(?:-|–|to) ?(-?\d+(?:\.\d+)?)$"
    columns["metric"] = metric
    for name, group, side in (("scale_low", 1, 0), ("scale_high", 2, 1)):
        declared = written.re_extract(pattern, group).nullif("").try_cast("float64")
        default = ibis.cases(
            *((metric == m, float(s[side])) for m, s in DEFAULT_SCALES.items()), else_=ibis.null("float64")
        )
        columns[name] = ibis.coalesce(declared, default)
    if "scale" in shape.mapping.brought:
        check("scale_unknown", "scale", written.notnull() & ~written.re_search(pattern))
    score = columns["score"]
    check("score_off_scale", "score", (score < columns["scale_low"]) | (score > columns["scale_high"]))
    if "scale" in shape.mapping.brought:
        # 1-10 asks the same question without a 0: promoters and detractors are the same.
        is_nps = metric == "nps"
        columns["scale_low"] = ibis.ifelse(
            is_nps & (columns["scale_low"] == 1) & (columns["scale_high"] == 10), 0.0, columns["scale_low"]
        )
        odd = is_nps & ((columns["scale_low"] != 0) | (columns["scale_high"] != 10))
        check("scale_of_another", "scale", odd.fill_null(False))


def _subscriptions(shape: Shape, columns: dict[str, ir.Value], check: _Adds) -> None:
    if "ended_on" in shape.mapping.brought:
        check("ends_before_start", "ended_on", columns["ended_on"] < columns["started_on"])
    columns["period"] = ibis.coalesce(columns["period"], "month")


def _customers(shape: Shape, columns: dict[str, ir.Value], check: _Adds) -> None:
    if {"left_on", "joined_on"} <= shape.mapping.brought:
        check("ends_before_start", "left_on", columns["left_on"] < columns["joined_on"])
    if {"valid_from", "valid_to"} <= shape.mapping.brought:
        check("ends_before_start", "valid_to", columns["valid_to"] < columns["valid_from"])


_FINISH: dict[str, Callable[[Shape, dict[str, ir.Value], _Adds], None]] = {
    "transactions": _transactions,
    "feedback": _feedback,
    "subscriptions": _subscriptions,
    "customers": _customers,
}
