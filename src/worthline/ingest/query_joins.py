"""What the joins of a mapping's query do to rows: which come out more than once, which not at all.

Reads     the query, the files that it names, through the desk that ran it.
Gives     Remarks; a note for each join that cannot be followed.
Method    each SELECT with joins (that of the query, of its WITH parts, of its subqueries) is run again over numbered
          rows (sqlglot), without its WHERE: a row that comes out twice was multiplied, one that does not come out was
          lost. What a WITH part or a subquery gives is numbered where a join reads it.
Assumes   semi and anti joins, and subqueries within WHERE, choose rows on purpose: they are not followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import exp

from worthline.engine.query import ROW
from worthline.errors import BadQuery

if TYPE_CHECKING:
    from worthline.engine.query import QueryDesk

_CHOOSES = ("SEMI", "ANTI")
DEEPEST = 30
"""Brackets within each other, beyond which a query is not looked into."""
_NESTS = re.compile(r"[()\[\]{}]|\b(?:case|end)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Remark:
    """What a query's join did to the rows of one file."""

    rule: str
    rows: int
    says: str
    of: int = 0
    """Rows of that file."""
    examples: tuple[str, ...] = ()
    """The first cells of the first rows that were left out."""


@dataclass(frozen=True, slots=True)
class _Relation:
    """What a join reads: a file, or what a part of the query gives."""

    called: str
    shown: str
    file: str | None
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Probe:
    """A SELECT with joins, asked for the numbers of the rows that bring the measure."""

    brings: _Relation
    before: str
    """The WITH parts that it may name, as SQL, or nothing."""
    inside: str
    rows: str
    """SQL that counts the rows before the join."""
    keeps_each: bool
    """Whether a row that comes out twice counts twice: not where the SELECT is distinct."""


def followed(desk: QueryDesk, sql: str, names: Iterable[str], measures: set[str], notes: list[str]) -> list[Remark]:
    """Remarks on the joins of `sql`; `measures` are output columns that carry money or scores. Appends to `notes`."""
    try:
        if not _too_deep(sql):
            return _followed(desk, sql, names, measures, notes)
    except RecursionError:  # a chain of thousands of conditions is as deep as it is long
        pass
    notes.append("the query is nested too deeply for its joins to be followed; not checked")
    return []


def _too_deep(sql: str) -> bool:
    """Whether brackets and cases stand within each other more than DEEPEST times: people nest five, programs more."""
    depth = 0
    for match in _NESTS.finditer(sql):
        depth += 1 if match[0].casefold() in ("(", "[", "{", "case") else -1
        if depth > DEEPEST:
            return True
    return False


def _followed(desk: QueryDesk, sql: str, names: Iterable[str], measures: set[str], notes: list[str]) -> list[Remark]:
    try:
        tree = sqlglot.parse_one(sql, dialect="duckdb")
    except sqlglot.errors.SqlglotError:
        notes.append("the query's joins could not be followed; not checked")
        return []
    files = {name: desk.columns(name) for name in names}
    remarks: list[Remark] = []
    for select, parts in _selects(tree, ()):
        if not any(join.kind not in _CHOOSES for join in select.args.get("joins") or ()):
            continue
        try:
            probe = _probe(desk, select, parts, files, measures)
            if probe is None:
                notes.append("a join of the query could not be followed (it reads what is no file); not checked")
            else:
                remarks += _remarks(desk, probe)
        except BadQuery as error:
            notes.append(f"a join of the query could not be followed ({error}); not checked")
    return remarks


def _remarks(desk: QueryDesk, probe: _Probe) -> Iterator[Remark]:
    asked = f"select count(_row) as n, count(distinct _row) as used from ({probe.inside})"
    counts = desk.row(f"{probe.before}{asked}")
    total = int(desk.row(f"{probe.before}{probe.rows}")["n"])
    shown = probe.brings.shown
    if probe.keeps_each and counts["n"] > counts["used"]:
        extra = counts["n"] - counts["used"]
        came = f"{counts['used']:,} rows come out as {counts['n']:,}"
        yield Remark("join_multiplies", extra, f"the query's join uses rows of {shown} more than once: {came}", total)
    if counts["used"] < total:
        lost = total - counts["used"]
        says = f"the query's join leaves out {lost:,} of the {total:,} rows of {shown}"
        yield Remark("join_loses", lost, says, total, _left_out(desk, probe))


def _left_out(desk: QueryDesk, probe: _Probe) -> tuple[str, ...]:
    """The first cell of the first rows of a file that a join leaves out; none of what a part of the query gives."""
    if probe.brings.file is None:
        return ()
    table = exp.to_identifier(probe.brings.file + ROW, quoted=True).sql(dialect="duckdb")
    answer = desk.ask(
        f"{probe.before}select * from {table} where _row not in (select _row from ({probe.inside}) "
        "where _row is not null) order by _row limit 3"
    ).read_all()
    return tuple(str(cell) for cell in answer.column(0).to_pylist())


def _selects(tree: Any, parts: tuple[exp.CTE, ...]) -> Iterator[tuple[exp.Select, tuple[exp.CTE, ...]]]:
    """Each SELECT whose rows end in the result, with the WITH parts that it may name."""
    with_ = tree.args.get("with_") or tree.args.get("with")
    for part in with_.expressions if with_ else ():
        yield from _selects(part.this, parts)
        parts = (*parts, part)
    if isinstance(tree, exp.Subquery):
        yield from _selects(tree.this, parts)
    elif isinstance(tree, exp.SetOperation):
        yield from _selects(tree.left, parts)
        yield from _selects(tree.right, parts)
    elif isinstance(tree, exp.Select):
        yield tree, parts
        for source in _sources(tree):
            if isinstance(source, exp.Subquery):
                yield from _selects(source, parts)


def _sources(select: exp.Select) -> list[exp.Expression]:
    """What FROM and the joins of a SELECT read, in their order."""
    from_ = select.args.get("from_") or select.args.get("from")
    return [*([from_.this] if from_ else ()), *(join.this for join in select.args.get("joins") or ())]


def _probe(
    desk: QueryDesk,
    select: exp.Select,
    parts: tuple[exp.CTE, ...],
    files: Mapping[str, tuple[str, ...]],
    measures: set[str],
) -> _Probe | None:
    """What to ask of a SELECT; None where it reads what is neither a file nor a part of the query."""
    before = _with(parts)
    named = {part.alias.casefold() for part in parts}
    copy = select.copy()
    copy.set("with_", None)
    copy.set("with", None)
    relations: dict[str, _Relation] = {}
    counted: dict[str, str] = {}
    for source in _sources(copy):
        relation = _relation(desk, source, named, files, before)
        if relation is None:
            return None
        counted[relation.called] = f"select count(*) as n from {_bare(source)}"
        relations[relation.called] = relation
        source.replace(_numbered(source, relation))
    brings = relations[_measured(select, measures, relations)]
    for part in ("where", "group", "having", "order", "limit", "qualify", "distinct"):
        copy.set(part, None)
    copy.set("expressions", [exp.column("_row", table=exp.to_identifier(brings.called, quoted=True))])
    distinct = bool(select.args.get("distinct"))
    return _Probe(brings, before, copy.sql(dialect="duckdb"), counted[brings.called], not distinct)


def _with(parts: tuple[exp.CTE, ...]) -> str:
    return f"with {', '.join(part.sql(dialect='duckdb') for part in parts)} " if parts else ""


def _bare(source: exp.Expression) -> str:
    """What FROM or a join reads, as SQL without its alias."""
    bare = source.copy()
    bare.set("alias", None)
    return bare.sql(dialect="duckdb")


def _relation(
    desk: QueryDesk,
    source: exp.Expression,
    parts: set[str],
    files: Mapping[str, tuple[str, ...]],
    before: str,
) -> _Relation | None:
    called = source.alias_or_name
    if isinstance(source, exp.Table) and source.name in files and source.name.casefold() not in parts:
        return _Relation(called, source.name, source.name, files[source.name])
    is_part = isinstance(source, exp.Table) and source.name.casefold() in parts
    if not called or not (is_part or isinstance(source, exp.Subquery)):
        return None
    columns = desk.ask(f"{before}select * from {_bare(source)} limit 0").schema.names
    return _Relation(called, f"{called}, a part of the query", None, tuple(columns))


def _numbered(source: exp.Expression, relation: _Relation) -> exp.Expression:
    """The same rows, each with its number in `_row`, under the same name."""
    alias = exp.TableAlias(this=exp.to_identifier(relation.called, quoted=True))
    if relation.file is not None:
        return exp.Table(this=exp.to_identifier(relation.file + ROW, quoted=True), alias=alias)
    numbered = sqlglot.parse_one(f"select *, row_number() over () as _row from {_bare(source)}", dialect="duckdb")
    return exp.Subquery(this=numbered, alias=alias)


def _measured(select: exp.Select, measures: set[str], relations: Mapping[str, _Relation]) -> str:
    """The relation whose columns the measures are made of; the first of FROM where that cannot be told."""
    for projection in select.expressions:
        if projection.alias_or_name in measures:
            for column in projection.find_all(exp.Column):
                if column.table in relations:
                    return str(column.table)
                having = [
                    called
                    for called, relation in relations.items()
                    if column.name.casefold() in map(str.casefold, relation.columns)
                ]
                if not column.table and len(having) == 1:
                    return having[0]
    return next(iter(relations))
