"""Which column of a file is which canonical column; what is left over is kept as an attribute.

Reads     a table's spec, a file's header and what worthline.toml says of the source.
Gives     Mapping, or MissingColumn with the nearest names.
Not for   guessing: a column is taken unasked only under its canonical name (case, blanks and punctuation aside).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from worthline.config import SourceConfig
from worthline.errors import BadSetting, MissingColumn, nearest
from worthline.ingest.header_units import is_yearly, money_in, seconds_in
from worthline.tables import Column, Kind, TableSpec

_ZONE_IN_HEADER = re.compile(r"\((UTC|[A-Z][A-Za-z_]+/[A-Za-z_/+-]+)\)\s*$")
QUOTELESS = {"at": ("occurred_at", "on_date"), "on": ("on_date",)}
"""Names that a query may give instead of words of SQL, which would need quotes."""
OWN = (
    *("_file", "_line", "_bad", "known_on", "same_since", "joined_known_on", "left_known_on", "derived", "first_seen"),
    *("scale_low", "scale_high", "amount_original"),
    *("_piece", "_rank", "_shown", "_column", "_n", "_rate", "_rate_currency", "_rate_from", "_rate_until"),
    *("_rate_value", "_seen_id", "_seen_on", "rowid"),
    *(
        "continues",
        "_merged",
        "_once",
        "_nth",
        "_owned",
        "_gave",
        "_old",
        "_new",
        "_nobody",
        "_called",
        "_day",
        "_kept",
    ),
    *("_so_far", "_sold", "_is_line", "_lines", "_before", "_apart", "_changes", "_from", "_until", "_who", "_began"),
    *(
        "_after",
        "_may_be",
        "_since",
        "_lines_since",
        "_all",
        "_most",
        "_last_seen",
        "_gone",
        "_noise",
        "_last",
        "_worth",
        "_on",
    ),
)
"""Names of Worthline's own columns, the passing ones too; a column of a file that is called so gets a number."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """Indices into the header; constants stand beside."""

    columns: dict[str, int]
    constants: dict[str, str]
    attributes: dict[str, int]
    zones: dict[str, str]
    """Time zones that headers name, as in `Created (UTC)`."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Seconds in one unit of a column that is measured in seconds, where its header names another: minutes, hours."""
    money: dict[str, int] = field(default_factory=dict)
    """Units of money in one of a column, where its header counts in thousands or millions."""
    is_yearly: bool = False
    """Whether the fee pays for a year, by its header alone: no column says what it pays for."""

    @property
    def brought(self) -> frozenset[str]:
        """Canonical columns that the source has."""
        return frozenset(self.columns) | frozenset(self.constants)


def plain(name: str) -> str:
    """A header as compared: letters and digits alone, no case."""
    return "".join(c for c in name.casefold() if c.isalnum())


def map_columns(spec: TableSpec, header: Sequence[str], source: SourceConfig, shown: str) -> Mapping:
    """Match the header; raises MissingColumn where a required or a named column is not in it."""
    columns: dict[str, int] = {}
    attributes: dict[str, int] = {}
    for name, wanted in source.columns.items():
        _attribute_or_canonical(name, spec, shown)
        index = _find(wanted, header)
        if index is None:
            raise MissingColumn(spec.name, name, shown, header, wanted)
        (columns if name in spec.names else attributes)[name] = index
    used = {*columns.values(), *attributes.values()}
    used |= _left_out(source, header, used, shown)
    for column in spec.columns:
        if column.name not in columns and column.name not in source.constants:
            names = (column.name, *QUOTELESS.get(column.name, ()))
            index = next((position for name in names if (position := _find(name, header)) is not None), None)
            if index is not None and index not in used:
                columns[column.name] = index
                used.add(index)
    _required(spec, {*columns, *source.constants}, header, shown)
    _only_one_kind_of_option(spec, source, shown)
    for index, name in enumerate(header):
        if index not in used:
            attributes[_free(name, spec, attributes)] = index
    zones = {n: zone[1] for n, i in columns.items() if (zone := _ZONE_IN_HEADER.search(header[i]))}
    timed = {
        c.name: seconds_in(header[columns[c.name]]) for c in spec.columns if c.unit == "seconds" and c.name in columns
    }
    seconds = {name: n for name, n in timed.items() if n != 1}
    of_money = {
        c.name: money_in(header[columns[c.name]]) for c in spec.columns if c.kind is Kind.MONEY and c.name in columns
    }
    money = {name: n for name, n in of_money.items() if n != 1}
    period = "period" in columns or "period" in source.constants
    yearly = "fee" in columns and not period and is_yearly(header[columns["fee"]])
    return Mapping(columns, dict(source.constants), attributes, zones, seconds, money, yearly)


def _left_out(source: SourceConfig, header: Sequence[str], mapped: set[int], shown: str) -> set[int]:
    """Indices of what is not to be taken; raises BadSetting for a column that is not there, or is also mapped."""
    left_out: set[int] = set()
    for name in source.leave_out:
        index = _find(name, header)
        if index is None:
            close = nearest(name, header)
            fix = f"Did you mean {' or '.join(close)}?" if close else f"It has {', '.join(header)}."
            raise BadSetting(f"{shown} leave_out", f"there is no column {name!r}", fix)
        if index in mapped:
            raise BadSetting(f"{shown} leave_out", f"{name!r} is also in columns", "Keep one.")
        left_out.add(index)
    return left_out


def _attribute_or_canonical(name: str, spec: TableSpec, shown: str) -> None:
    """Raise BadSetting for a name that only looks like a canonical one, or is one of Worthline's own."""
    if name in spec.names:
        return
    close = [column for column in spec.names if plain(column) == plain(name)]
    if close:
        raise BadSetting(f"{shown} columns", f"{spec.name} has no column {name!r}", f"Did you mean {close[0]}?")
    if _free(name, spec, {}) != name:
        raise BadSetting(f"{shown} columns", f"{name!r} is a name of Worthline's own", "Call it otherwise.")


def _find(wanted: str, header: Sequence[str]) -> int | None:
    """The exact name; else the only one that differs in case, blanks or punctuation alone."""
    if wanted in header:
        return list(header).index(wanted)
    alike = [i for i, name in enumerate(header) if plain(_ZONE_IN_HEADER.sub("", name)) == plain(wanted)]
    return alike[0] if len(alike) == 1 and plain(wanted) else None


def _required(spec: TableSpec, there: set[str], header: Sequence[str], shown: str) -> None:
    for column in spec.columns:
        if column.required and column.name not in there:
            raise MissingColumn(spec.name, column.name, shown, _best_first(column, header))
    if spec.one_of and not there & set(spec.one_of):
        raise MissingColumn(spec.name, spec.one_of[0], shown, header)


def _best_first(column: Column, header: Sequence[str]) -> list[str]:
    """The header with the names that other companies use for the column in front."""
    usual_names = {plain(name) for name in column.also_called}
    return sorted(header, key=lambda name: plain(name) not in usual_names)


def _only_one_kind_of_option(spec: TableSpec, source: SourceConfig, shown: str) -> None:
    for name in source.unique or ():
        if name not in spec.names:
            raise BadSetting(
                f"{shown} unique", f"{spec.name} has no column {name!r}", f"It has {', '.join(spec.names)}."
            )


def _free(name: str, spec: TableSpec, attributes: dict[str, int]) -> str:
    """`name`, or the first of name_2, name_3, … that no column has; engines compare names without case.

    `<column>~<part>` and `_<column>` are passing columns of ours.
    """
    dates = [f"{c.name}_date" for c in spec.columns if c.kind is Kind.INSTANT]
    passing = [f"_{c.name}" for c in spec.columns]
    taken = {n.casefold() for n in (*spec.names, *dates, *passing, *attributes, *OWN)}
    candidate, number = name.replace("~", "-"), 1
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{name}_{number}"
    return candidate
