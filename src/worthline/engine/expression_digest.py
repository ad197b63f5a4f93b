"""A name for an Ibis expression: the same in every process for the same expression, and for no other.

Reads     an expression's graph: the class and every argument of every node, types and schemas with it.
Gives     `digest`: 32 bytes and the names of rows in memory, or None where something is not known to be stable.
Method    sha256 over a text in which every part says its kind and its length, so that no two graphs share one. Ibis
          numbers references to a table by a counter of the process, and gives rows in memory a random name; here both
          are numbered as they are met.
Not for   functions of ours and anything random: those have no digest. docs/adr/0046 says why.
"""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import hashlib
import re
import uuid
from typing import TYPE_CHECKING, Any

import ibis.expr.operations as ops
from ibis.common.grounds import Concrete
from ibis.expr.datatypes import DataType
from ibis.expr.operations.relations import PhysicalTable, Reference
from ibis.expr.schema import Schema

if TYPE_CHECKING:
    import ibis.expr.types as ir

UNSTABLE = (ops.Impure, ops.ScalarUDF, ops.AggUDF, ops.ScalarParameter)
"""Kinds of node whose SQL is not decided by their arguments alone."""
PLAIN = frozenset(
    (
        bool,
        int,
        float,
        complex,
        decimal.Decimal,
        dt.date,
        dt.time,
        dt.timedelta,
        uuid.UUID,
    )
)
"""Values whose repr says all that they are; an instant has a zone too, see `_value`."""

RANDOM_NAME = re.compile(r"ibis_[a-z_]*memtable_[a-z0-9]{20,}")
"""How Ibis calls rows in memory that nobody named."""
MOST_SHARED = 10_000

_shared: dict[Schema | DataType, bytes] = {}
"""Texts of types and schemas, of which a run has few."""
_classes: dict[type, bytes] = {}


class _Unstable(Exception):
    """Something that has no stable text."""


def digest(expr: ir.Expr, source: object) -> tuple[bytes, tuple[str, ...]] | None:
    """The sha256 of an expression over tables of the connection `source`, and the random names of its rows in memory.

    The names are in the order in which they were met; what the rows are is no part of the SQL. None: no digest.
    """
    walk = _Walk(source)
    try:
        return walk.node(expr.op()), tuple(walk.in_memory)
    except (_Unstable, RecursionError):
        return None


class _Walk:
    """One pass over a graph; a node that is met twice is read once."""

    __slots__ = ("_read", "_references", "_source", "in_memory")

    def __init__(self, source: object) -> None:
        self.in_memory: dict[str, int] = {}
        self._source = source
        self._read: dict[int, bytes] = {}
        self._references: dict[int | None, int] = {}

    def node(self, node: Any) -> bytes:
        known = self._read.get(id(node))
        if known is not None:
            return known
        kind = type(node)
        if isinstance(node, UNSTABLE):
            raise _Unstable
        parts = [_class(kind)]
        for name, value in zip(node.__argnames__, self._arguments(node), strict=True):
            if name == "identifier" and isinstance(node, Reference):
                value = self._references.setdefault(value, len(self._references))
            parts.append(self._value(value))
        digest = hashlib.sha256(b"".join(parts)).digest()
        self._read[id(node)] = digest
        return digest

    def _arguments(self, node: Any) -> tuple[Any, ...]:
        """All arguments; of rows in memory their number and their schema. Other tables must be the connection's."""
        if not isinstance(node, PhysicalTable) or type(node) is ops.DatabaseTable:
            return tuple(node.__args__)
        if type(node) is not ops.InMemoryTable or not RANDOM_NAME.fullmatch(node.name):
            raise _Unstable
        number = self.in_memory.setdefault(node.name, len(self.in_memory))
        return tuple({"name": number, "schema": node.schema}.get(name) for name in node.__argnames__)

    def _value(self, value: Any) -> bytes:
        kind = type(value)
        if kind is str:
            return _part(b"s", value.encode("utf-8", "surrogatepass"))
        if value is None:
            return b"-"
        if isinstance(value, ops.Node):
            return b"n" + self.node(value)
        if kind in PLAIN:
            return _part(b"v", f"{kind.__name__} {value!r}".encode())
        if isinstance(value, DataType | Schema):
            return self._shared(value)
        return self._compound(value, kind)

    def _compound(self, value: Any, kind: type) -> bytes:
        """What is made of values: collections, records, members of an enumeration."""
        if isinstance(value, tuple | list):
            return _part(b"l", b"".join(map(self._value, value)))
        if isinstance(value, dict):
            return _part(b"m", b"".join(self._value(part) for pair in value.items() for part in pair))
        if isinstance(value, frozenset):
            return _part(b"o", b"".join(sorted(map(self._value, value))))
        if isinstance(value, Concrete):
            return _part(b"c", _class(kind) + b"".join(map(self._value, value.__args__)))
        if kind is bytes:
            return _part(b"b", value)
        if isinstance(value, enum.Enum):
            return _part(b"e", _class(kind) + _part(b"s", value.name.encode()))
        if kind is dt.datetime:
            return _part(b"t", f"{value!r} {value.isoformat()} {value.tzname()}".encode())
        if value is self._source:
            return b"."
        raise _Unstable

    def _shared(self, value: Schema | DataType) -> bytes:
        known = _shared.get(value)
        if known is None:
            if len(_shared) >= MOST_SHARED:
                _shared.clear()
            known = _shared[value] = self._compound(value, type(value))
        return known


def _class(kind: type) -> bytes:
    known = _classes.get(kind)
    if known is None:
        if not kind.__module__.startswith("ibis."):
            raise _Unstable
        known = _classes[kind] = _part(b"k", f"{kind.__module__}.{kind.__qualname__}".encode())
    return known


def _part(kind: bytes, text: bytes) -> bytes:
    return b"%s%d:%s" % (kind, len(text), text)
