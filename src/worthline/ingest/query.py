"""A table made by SQL over the folder's files: run it, and say what its joins did to rows and money.

Reads     the query, the files that it names.
Gives     RawFile of the result; remarks where a join uses rows of the file that brings the money more than once,
          or leaves some out.
Method    query_joins follows the joins.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from worthline.engine import CsvText, Engine
from worthline.engine.file_sql import file_text
from worthline.engine.query import QueryDesk
from worthline.errors import BadQuery, UnreadableFile
from worthline.ingest import file_names
from worthline.ingest.files import is_packed, members, plain, suffix_of, zip_of
from worthline.ingest.files.dialect import expected_rows, settle_dialect, why_not_engine
from worthline.ingest.files.exact import exact_schema, read_exact
from worthline.ingest.files.scan import scan_file
from worthline.ingest.outside import FIX, is_inside
from worthline.ingest.query_joins import Remark, followed
from worthline.ingest.raw import PARQUET, Fingerprint, RawFile, fingerprint, watch

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.config import CompanyConfig, SourceConfig
    from worthline.engine.interface import Select

_TEXT = (".csv", ".tsv", ".txt")


def open_query(
    engine: Engine,
    config: CompanyConfig,
    scratch: Path,
    source: SourceConfig,
    measures: Iterable[str],
    handle: str,
    shown: str,
) -> tuple[RawFile, dict[str, Fingerprint], list[Remark]]:
    """Run the query and hold its rows; `measures` are the output columns that carry money or scores; raises _failed."""
    sql = source.query or ""
    with QueryDesk(scratch, seconds=max(source.query_seconds, 1)) as desk:
        prints, watches = _register(desk, config, sql, source, scratch)
        named, sql = sql.encode(), _named_in_full(sql, config.data, prints)

        def unchanged() -> None:
            for each in watches:
                each()

        try:
            desk.lock()
            result = desk.ask(sql)
        except BadQuery as error:
            raise _failed(shown, str(error), prints) from None
        header = tuple(result.schema.names)
        cells = tuple(f"c{i}" for i in range(len(header)))
        raw = RawFile(shown, header, cells, Fingerprint(hashlib.sha256(named).hexdigest(), len(named)), _never, _never)
        schema = pa.schema([pa.field(c, f.type) for c, f in zip(cells, result.schema, strict=True)])
        batches = (pa.RecordBatch.from_arrays(b.columns, schema=schema) for b in result)
        try:
            engine.keep_batches(f"{handle}__raw", schema, batches, lambda rows: rows)
        except Exception as error:  # noqa: BLE001  whatever the engine raises while the rows come
            unchanged()
            raise _failed(shown, " ".join(str(error).splitlines()[:2]), prints) from None
        numbered = engine.number(f"{handle}__numbered", f"{handle}__raw")
        remarks = followed(desk, sql, prints, set(measures), raw.notes)
    raw.again = lambda: numbered

    def keep(kept: str, select: Select) -> ir.Table:
        return engine.keep_statement(kept, select(engine.statement(numbered)))

    raw.keep = keep
    raw.unchanged = unchanged
    return raw, prints, remarks


def _failed(shown: str, why: str, files: Iterable[str]) -> BadQuery:
    files_named = ", ".join(repr(n) for n in files) or (
        "none of the files in the folder (each is named by itself, without patterns; union all joins them)"
    )
    hint = 'Words of SQL, such as at, on and group, stand in double quotes as names: "at". ' if "Parser" in why else ""
    return BadQuery(f"The {shown} failed: {why} {hint}Files it names: {files_named}.")


def _named_in_full(sql: str, data: Path, names: Iterable[str]) -> str:
    """The query with the whole path of files that it opens by a function, as in read_csv('a.csv', header = false)."""
    for name in names:
        path = file_text(data / name)
        opened = re.compile(rf"(\bread_(?:csv|csv_auto|parquet|text)\s*\(\s*)'{re.escape(name)}'", re.IGNORECASE)
        sql = "".join(path if part is None else part for part in _split(opened, sql))
    return sql


def _split(opened: re.Pattern[str], sql: str) -> Iterable[str | None]:
    """The text around each file that is opened, and None in the file's place."""
    end = 0
    for match in opened.finditer(sql):
        yield from (sql[end : match.end(1)], None)
        end = match.end()
    yield sql[end:]


def _register(
    desk: QueryDesk, config: CompanyConfig, sql: str, source: SourceConfig, scratch: Path
) -> tuple[dict[str, Fingerprint], list[Callable[[], None]]]:
    """Fingerprints of the files that the query names, and what tells that one of them changed."""
    prints: dict[str, Fingerprint] = {}
    watches: list[Callable[[], None]] = []
    data = config.data
    for name, path in _named(data, sql):
        packed = zip_of(path) or path
        if not is_inside(config, packed):
            raise BadQuery(f"{name} is a link to a file outside the company's folder. {FIX}", tried=name, fix=FIX)
        known = file_names.told(name)
        known = known if known not in prints else f"{known}, number {len(prints) + 1}"
        watches.append(watch(packed, known))
        path = plain(path, scratch) if is_packed(path) else path
        if path.suffix.lower() in PARQUET:
            prints[known] = fingerprint(packed)
            _add_parquet(desk, name, path)
            continue
        scan = scan_file(path)
        prints[known] = Fingerprint(scan.sha256, scan.size) if packed == path else fingerprint(packed)
        dialect = settle_dialect(
            path, scan, encoding=source.encoding, delimiter=source.delimiter, skip_lines=source.skip_lines
        )
        quick = CsvText(
            path,
            len(dialect.header),
            dialect.delimiter,
            dialect.header_lines,
            expected_rows(scan, dialect),
        )
        if why_not_engine(scan, dialect) or scan.quotes:
            _add_exact(desk, name, path, dialect)
        else:
            desk.add_csv(name, dialect.header, quick)
    return prints, watches


def _named(data: Path, sql: str) -> Iterator[tuple[str, Path]]:
    """(name, path) of each file that a query names, those in a zip as `export.zip/orders.csv`."""
    for path in sorted(p for p in data.rglob("*") if p.is_file() and ".worthline" not in p.parts):
        name = path.relative_to(data).as_posix()
        inner = (
            [f"{name}/{member}" for member in members(path)] if name.endswith(".zip") and f"{name}/" in sql else [name]
        )
        for each in inner:
            if each in sql and suffix_of(each) in (*_TEXT, *PARQUET):
                yield each, data / each


def _add_parquet(desk: QueryDesk, name: str, path: Path) -> None:
    try:
        desk.add_parquet(name, path)
    except Exception as error:  # noqa: BLE001  the engine's own kinds of error are not known here
        raise UnreadableFile(name, "as Parquet", str(error).splitlines()[0], "export it again") from None


def _add_exact(desk: QueryDesk, name: str, path: Path, dialect: Any) -> None:
    bad: list[Any] = []
    desk.add_batches(
        name, dialect.header, exact_schema(len(dialect.header)), read_exact(path, dialect, reject=bad.append)
    )
    if bad:
        raise BadQuery(
            f"{name} holds {len(bad)} rows that cannot be read, the first on line {bad[0].line} ({bad[0].says}); "
            "a query cannot set them aside. Mend the file, or read it with file = instead."
        )


def _never(*_: object) -> Any:
    raise AssertionError("a query's rows are held before they are read again")
