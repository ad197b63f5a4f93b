"""One file's cells to canonical columns, each row with the first check that it fails.

Reads     raw columns (text, or typed ones of Parquet and queries), a Mapping, how the source writes things.
Gives     Shape: a `select` for the engine, the checks by number, and how to show a failing cell.
Method    one pass: all columns are cast and all checks made in the same statement; `_bad` is the number of the
          first check that a row fails, null for a good row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import ibis

from worthline.config import SourceConfig
from worthline.engine import Statement
from worthline.errors import UnreadableFile
from worthline.ingest import instants, numbers
from worthline.ingest.instants import Clock
from worthline.ingest.mapping import Mapping as Mapped
from worthline.ingest.numbers import Read, Writing, as_text
from worthline.ingest.sql_text import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    MOMENT,
    SMALLINT,
    TEXT,
    Sql,
    any_of,
    cases,
    cast,
    column,
    is_one_of,
    literal,
    matches,
    part,
    select,
    try_cast,
    when,
)
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
_NULL = {
    Kind.ID: Sql("cast(null as varchar)", TEXT),
    Kind.TEXT: Sql("cast(null as varchar)", TEXT),
    Kind.CATEGORY: Sql("cast(null as varchar)", TEXT),
    Kind.INSTANT: Sql("cast(null as timestamp)", MOMENT),
    Kind.DAY: Sql("cast(null as date)", DATE),
    Kind.MONEY: Sql(f"cast(null as {numbers.MONEY})", ibis.dtype(numbers.MONEY)),
    Kind.NUMBER: Sql("cast(null as double)", DOUBLE),
    Kind.COUNT: Sql("cast(null as bigint)", BIGINT),
    Kind.RATE: Sql(f"cast(null as {numbers.RATE})", ibis.dtype(numbers.RATE)),
    Kind.FLAG: Sql("cast(null as boolean)", BOOLEAN),
}
"""What stands in a column that the file does not bring."""


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
    mapping: Mapped
    file: str
    cells: tuple[str, ...]
    company_zone: str
    minor_digits: int
    zone: str | None = None
    checks: list[Check] = field(default_factory=list)

    def select(self, raw: Statement) -> Statement:
        """The canonical columns, attributes, `_file`, `_bad` and, where the raw rows have it, `_line`."""
        self.checks.clear()
        passed_on = {name: as_text(self._raw(raw, i)).text for name, i in self.mapping.attributes.items()}
        if "_line" in raw.columns:
            passed_on["_line"] = cast(column("_line"), "bigint")
        first = dict(passed_on)
        cells: dict[str, Sql] = {}
        times: dict[str, instants.Column] = {}
        for spec in self.spec.columns:
            cell = self._cell(raw, spec)
            if cell is None:
                continue
            if spec.kind in _TIMES:
                times[spec.name] = self._time(spec, cell)
                first.update(times[spec.name].first(cell))
            else:
                first[spec.name] = cell.text
                cells[spec.name] = Sql(column(spec.name), cell.dtype)
        sql = select(first, raw.sql)
        sql, read = self._staged(sql, list(first), cells, times)
        columns = self._checked(cells, read, times)
        columns |= {name: Sql(column(name), BIGINT if name == "_line" else TEXT) for name in passed_on}
        return Statement(select(columns, sql), {name: value.dtype for name, value in columns.items()})

    def _staged(
        self, sql: str, passed_on: list[str], cells: Mapping[str, Sql], times: Mapping[str, instants.Column]
    ) -> tuple[str, dict[str, Read]]:
        """Values and moments, a step on the rows of the step before, so that each is computed once a row."""
        read = {c.name: self._value(cells, c) for c in self.spec.columns if c.kind in _PARSED and c.name in cells}
        computed = {_value(name): value.value.text for name, value in read.items()}
        for step in ("second", "third", "fourth", "fifth", "sixth") if times else ("second",):
            for time in times.values():
                computed |= getattr(time, step)()
            sql = select({name: column(name) for name in passed_on} | computed, sql)
            passed_on, computed = [*passed_on, *computed], {}
        values = {name: Sql(column(_value(name)), value.value.dtype) for name, value in read.items()}
        return sql, {
            name: Read(value, read[name].bad and f"({cells[name]} is not null and {value} is null)")
            for name, value in values.items()
        }

    def _checked(
        self, cells: Mapping[str, Sql], read: Mapping[str, Read], times: Mapping[str, instants.Column]
    ) -> dict[str, Sql]:
        columns: dict[str, Sql] = {}
        failing: list[str] = []

        def check(rule: str, column: str, fails: str) -> None:
            self.checks.append(Check(rule, column))
            failing.append(fails)

        for spec in self.spec.columns:
            if spec.name in times:
                self._take_time(spec, times[spec.name], columns, check)
            elif spec.name in cells:
                self._take(spec, cells[spec.name], read.get(spec.name), columns, check)
            else:
                columns[spec.name] = _NULL[spec.kind]
                if spec.kind is Kind.INSTANT:
                    columns[f"{spec.name}_date"] = _NULL[Kind.DAY]
        finish = _FINISH.get(self.spec.name)
        if finish:
            finish(self, columns, check)
        columns["_file"] = Sql(literal(self.file), TEXT)
        noise = [
            f"length({cells[c.name]}) > {SHORTEST_NOISE} and {matches(cells[c.name], f'{numbers.noisy()}$')}"
            for c in self.spec.columns
            if c.kind is Kind.MONEY and c.name in cells and cells[c.name].dtype.is_string()
        ]
        columns[NOISE] = Sql(f"coalesce({any_of(noise)}, false)" if noise else "false", BOOLEAN)
        columns["_bad"] = Sql(cases((fails, i) for i, fails in enumerate(failing)), SMALLINT)
        return columns

    def _take(self, column: Column, cell: Sql, read: Read | None, columns: dict[str, Sql], check: _Adds) -> None:
        if column.required and column.blank_means is None:
            check("required_blank", column.name, f"{cell} is null")
        read = read or self._value({column.name: cell}, column)
        value = columns[column.name] = read.value
        if column.kind in _RULE_OF and read.bad:
            check(_RULE_OF[column.kind], column.name, read.bad)
        if column.allowed:
            fits = is_one_of(value, column.allowed)
            check("not_allowed", column.name, f"{value} is not null and not {fits}")
        if column.least is not None:
            check("below_least", column.name, f"{value} < {column.least}")
        if column.most is not None:
            check("above_most", column.name, f"{value} > {column.most}")

    def _value(self, cells: Mapping[str, Sql], column: Column) -> Read:
        cell = cells[column.name]
        if column.kind is Kind.MONEY and self.source.minor_units and "currency" in cells:
            return self._minor(cell, cells["currency"])
        return self._read(cell, column)

    def _take_time(self, spec: Column, time: instants.Column, columns: dict[str, Sql], check: _Adds) -> None:
        there = f"{time.at('text' if time.is_text else 'typed')} is not null"
        if spec.required and spec.blank_means is None:
            check("required_blank", spec.name, f"not ({there})")
        day = Sql(time.at("day"), DATE)
        if spec.name in ENDS:
            # 1900-01-01 and 0000-00-00 are what systems write where there is no end yet.
            day = Sql(when(f"{day} >= date {literal(FIRST_END)}", day), DATE)
            there = f"{there} and not {_no_date(time)}"
        if spec.kind is Kind.INSTANT:
            columns[spec.name] = Sql(column(spec.name), MOMENT)
            columns[f"{spec.name}_date"] = day
        else:
            columns[spec.name] = day
        check("not_a_date", spec.name, f"{there} and {column(spec.name)} is null")

    def _time(self, column: Column, cell: Sql) -> instants.Column:
        zone = self.mapping.zones.get(column.name) or self.source.timezone or self.zone or self.company_zone
        try:
            offsets(zone)
        except ValueError as error:
            fix = "set timezone for this table in worthline.toml, and name the column without the zone"
            raise UnreadableFile(self.file, f"the times of {column.name}", f"{error}", fix) from None
        kind = cell.dtype
        clock = Clock(self.source.date_format, zone, self.company_zone)
        zoned = kind.is_timestamp() and kind.timezone is not None
        return instants.Column(column.name, clock, not _is_time(cell), is_date=kind.is_date(), is_zoned=zoned)

    def _raw(self, raw: Statement, index: int) -> Sql:
        name = self.cells[index]
        return Sql(column(name), raw.columns[name])

    def _cell(self, raw: Statement, column: Column) -> Sql | None:
        """The cell without outer blanks, codes for blank and words of the source's own."""
        if column.name in self.mapping.constants:
            cell = Sql(literal(self.mapping.constants[column.name]), TEXT)
        elif (index := self.mapping.columns.get(column.name)) is not None:
            cell = self._raw(raw, index)
            cell = as_text(cell) if column.kind in _TIMES and not _is_time(cell) else cell
        else:
            return None
        cell = numbers.bare(cell, self.source.blank.get(column.name, ()), trim=column.kind is not Kind.TEXT)
        meanings = self.source.values.get(column.name)
        if meanings:
            cell_text = as_text(cell)
            pairs = ((f"{cell_text} = {literal(code)}", literal(value)) for code, value in meanings.items())
            cell = Sql(cases(pairs, cell_text), TEXT)
        return cell

    def _writing(self, minor_digits: int, unit: int = 1) -> Writing:
        source = self.source
        return Writing(source.decimal, source.thousands, source.parentheses, source.symbols, minor_digits, unit)

    def _minor(self, cell: Sql, currency: Sql) -> Read:
        """Money in the smallest unit of each row's own currency; a blank one is the company's."""
        code = f"upper({as_text(currency)})"
        read = numbers.money(cell, self._writing(self.minor_digits))
        odd = {digits: codes.split() for digits, codes in MINOR_DIGITS.items()}
        two = f"not {is_one_of(code, [c for codes in odd.values() for c in codes])}"
        for digits, there in ((2, two), *((digits, is_one_of(code, codes)) for digits, codes in odd.items())):
            if digits != self.minor_digits:
                other = numbers.money(cell, self._writing(digits))
                value = when(f"{there} and {code} is not null", other.value, read.value)
                read = Read(Sql(value, read.value.dtype), read.bad)
        return read

    def _read(self, cell: Sql, column: Column) -> Read:
        minor = self.source.minor_units and column.kind is Kind.MONEY
        writing = self._writing(self.minor_digits if minor else 0, self.mapping.money.get(column.name, 1))
        if column.kind in _NUMERIC and not (cell.dtype.is_string() or cell.dtype.is_numeric()):
            cell = as_text(cell)
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
                return Read(as_text(cell), None)
            case _:
                read = numbers.identifier(cell)
                return Read(Sql(f"lower({read.value})", TEXT), read.bad) if column.allowed else read


def _value(name: str) -> str:
    """The working column that holds a column's parsed value."""
    return f"{name}~value"


def _is_time(cell: Sql) -> bool:
    return bool(cell.dtype.is_date() or cell.dtype.is_timestamp())


def _no_date(time: instants.Column) -> str:
    """Whether the text is a date of zeros."""
    return f"coalesce({matches(time.at('text'), ZEROS)}, false)" if time.is_text else "false"


_Adds = Callable[[str, str, str], None]


def _transactions(shape: Shape, columns: dict[str, Sql], check: _Adds) -> None:
    """Kinds filled in; refunds and credits below zero; the amount as it was written beside."""
    amount, kind = columns["amount"], columns["kind"]
    below = when(f"{amount} < 0", "'refund'", "'purchase'")
    kind = Sql(f"coalesce(lower({kind}), {below})", TEXT)
    refund = is_one_of(kind, REFUND_KINDS)
    if shape.source.refunds == "positive":
        for name in ("amount", "margin"):
            value = columns[name]
            columns[name] = Sql(when(f"{refund} and {value} > 0", f"-{value}", value), value.dtype)
    elif "kind" in shape.mapping.brought:
        check("refund_above_zero", "amount", f"{refund} and {amount} > 0")
    columns["kind"] = kind
    columns["amount_original"] = columns["amount"]


def _feedback(shape: Shape, columns: dict[str, Sql], check: _Adds) -> None:
    """The scale of each answer, and whether the answer lies on it."""
    scale_text, score = columns["scale"], columns["score"]
    metric = columns["metric"] = Sql(f"lower({columns['metric']})", TEXT)
    pattern = r"^(-?\d+(?:\.\d+)?) ?(?:-|–|to) ?(-?\d+(?:\.\d+)?)$"
    for name, group, side in (("scale_low", 1, 0), ("scale_high", 2, 1)):
        declared = try_cast(part(scale_text, pattern, group), "double")
        default = cases((f"{metric} = {literal(m)}", float(s[side])) for m, s in DEFAULT_SCALES.items())
        columns[name] = Sql(cast(f"coalesce({declared}, {default})", "double"), DOUBLE)
    if "scale" in shape.mapping.brought:
        check("scale_unknown", "scale", f"{scale_text} is not null and not {matches(scale_text, pattern)}")
    low, high = columns["scale_low"], columns["scale_high"]
    check("score_off_scale", "score", f"{score} < {low} or {score} > {high}")
    if "scale" in shape.mapping.brought:
        # 1-10 asks the same question without a 0: promoters and detractors are the same.
        is_nps = f"{metric} = 'nps'"
        low = columns["scale_low"] = Sql(when(f"{is_nps} and {low} = 1 and {high} = 10", "0.0", low), DOUBLE)
        check("scale_of_another", "scale", f"{is_nps} and ({low} <> 0 or {high} <> 10)")


def _subscriptions(shape: Shape, columns: dict[str, Sql], check: _Adds) -> None:
    if "ended_on" in shape.mapping.brought:
        check("ends_before_start", "ended_on", f"{columns['ended_on']} < {columns['started_on']}")
    usual = "'year'" if shape.mapping.is_yearly else "'month'"
    columns["period"] = Sql(f"coalesce({columns['period']}, {usual})", TEXT)


def _customers(shape: Shape, columns: dict[str, Sql], check: _Adds) -> None:
    if {"left_on", "joined_on"} <= shape.mapping.brought:
        check("ends_before_start", "left_on", f"{columns['left_on']} < {columns['joined_on']}")
    if {"valid_from", "valid_to"} <= shape.mapping.brought:
        check("ends_before_start", "valid_to", f"{columns['valid_to']} < {columns['valid_from']}")


_FINISH: dict[str, Callable[[Shape, dict[str, Sql], _Adds], None]] = {
    "transactions": _transactions,
    "feedback": _feedback,
    "subscriptions": _subscriptions,
    "customers": _customers,
}
