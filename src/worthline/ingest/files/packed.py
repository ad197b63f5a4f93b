"""Packed files and JSON, laid down as plain files before they are read: .csv.gz, what a .zip holds, records in JSON.

Reads     a path: of a file, or of a file within a zip (`export.zip/orders.csv`).
Gives     `plain`: the path of a plain file in a scratch folder; `members` of a zip; `suffix_of`: the ending once plain.
Method    bytes are counted while they are written, whatever the archive says of itself. Names within a zip are names
          only: nothing is written where they lead. docs/adr/0081 says why.
Not for   archives within archives, encrypted ones, and files of other formats (tar, 7z).
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from worthline.errors import UnreadableFile
from worthline.ingest.files.json_records import write_csv
from worthline.ingest.files.opening import open_bytes

JSON = (".json", ".jsonl", ".ndjson")
READABLE = (*JSON, ".gz", ".zip")
"""Endings of what is laid down plain."""
_TABLES = (
    ".csv",
    ".tsv",
    ".txt",
    ".tab",
    ".psv",
    ".dat",
    ".parquet",
    ".pq",
    ".xlsx",
    ".xlsm",
    ".xls",
    ".xlsb",
    ".ods",
    *JSON,
)
MOST_MEMBERS = 500
LARGEST = 200 << 30
"""Bytes of one file, unpacked."""
_FREELY, _RATIO = 256 << 20, 200
"""So many bytes are unpacked from however few; beyond them no more than so many from each packed one."""
_BLOCK = 1 << 20
_FAULTS = (zlib.error, EOFError, gzip.BadGzipFile, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError)


def is_packed(path: Path) -> bool:
    """Whether a path is of a file that must be laid down before it is read."""
    return path.suffix.lower() in READABLE or zip_of(path) is not None


def suffix_of(name: str) -> str:
    """The ending of a file once it is plain: of `orders.csv.gz` and of `orders.json` it is .csv."""
    path = PurePosixPath(name.lower())
    path = path.with_suffix("") if path.suffix == ".gz" else path
    return ".csv" if path.suffix in JSON else path.suffix


def zip_of(path: Path) -> Path | None:
    """The zip that a path leads into, where a parent of it is one: `data/export.zip/orders.csv`."""
    return next((p for p in path.parents if p.suffix.lower() == ".zip" and p.is_file()), None)


def members(path: Path) -> list[str]:
    """Names of the tables in a zip, in order; raises UnreadableFile."""
    with _opened(path) as archive:
        names = [info.filename for info in archive.infolist() if not info.is_dir() and _is_table(info.filename)]
    if len(names) > MOST_MEMBERS:
        found = f"{len(names):,} tables; {MOST_MEMBERS} are read at most"
        raise UnreadableFile(path, "reading what it holds", found, "unpack it, and keep the files that matter")
    if len(set(names)) < len(names):
        raise UnreadableFile(path, "reading what it holds", "two files of one name", "unpack it, and name them apart")
    return sorted(names)


def plain(path: Path, scratch: Path) -> Path:
    """The plain file in `scratch` that a packed path holds; raises UnreadableFile."""
    outer = zip_of(path)
    into = scratch / f"plain-{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
    into.mkdir(parents=True, exist_ok=True)
    if outer is not None:
        member = path.relative_to(outer).as_posix()
        out = into / f"inside{PurePosixPath(member).suffix.lower()}"
        _unzip(outer, member, out)
    elif path.suffix.lower() == ".zip":
        return plain(path / _only(path), scratch)
    elif path.suffix.lower() == ".gz":
        out = into / f"inside{PurePosixPath(path.stem).suffix.lower()}"
        with open_bytes(path) as packed, gzip.GzipFile(fileobj=packed) as file:
            _write(file, out, path, os.path.getsize(path))
    else:
        out = path
    if out.suffix.lower() not in JSON:
        return out
    table = into / "table.csv"
    write_csv(out, table, path)
    return table


def _only(path: Path) -> str:
    names = members(path)
    if len(names) == 1:
        return names[0]
    found = f"{len(names)} tables ({', '.join(names[:8])})" if names else "no table"
    fix = f'name one of them: file = "{path.name}/{names[0]}"' if names else "bring a zip that holds CSV files"
    raise UnreadableFile(path, "reading what it holds", found, fix)


def _is_table(name: str) -> bool:
    parts = PurePosixPath(name).parts
    hidden = any(part.startswith((".", "__MACOSX", "~")) for part in parts if part not in ("..", "."))
    return PurePosixPath(name).suffix.lower() in _TABLES and not hidden


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with open_bytes(path) as file, zipfile.ZipFile(file) as archive:
            for info in archive.infolist():
                name = PurePosixPath(info.filename.replace("\\", "/"))
                if name.is_absolute() or ".." in name.parts or ":" in info.filename:
                    fault = f"a file whose name leads out of it: {info.filename[:200]!r}"
                    raise UnreadableFile(path, "reading what it holds", fault, "export it again")
            yield archive
    except _FAULTS as error:
        raise _broken(path, error) from None


def _unzip(outer: Path, member: str, out: Path) -> None:
    with _opened(outer) as archive:
        try:
            info = archive.getinfo(member)
        except KeyError:
            held = ", ".join(n for n in archive.namelist()[:8]) or "nothing"
            raise UnreadableFile(outer, f"finding {member} in it", f"it holds {held}", "correct the name") from None
        if info.flag_bits & 1:
            fault = "it is encrypted"
            raise UnreadableFile(outer, f"reading {member}", fault, "unpack it with its password")
        with archive.open(info) as file:
            _write(file, out, outer, info.compress_size)


def _write(file: IO[bytes] | gzip.GzipFile, out: Path, path: Path, packed: int) -> None:
    """Write block by block; raise UnreadableFile where it grows beyond reason, or beyond the disk."""
    most = min(LARGEST, max(_FREELY, _RATIO * packed))
    room = shutil.disk_usage(out.parent).free - _FREELY
    written = 0
    try:
        with out.open("wb") as target:
            while block := file.read(_BLOCK):
                written += len(block)
                if written > most:
                    found = f"more than {most:,} bytes out of {packed:,}"
                    raise UnreadableFile(path, "unpacking it", found, "unpack it yourself, if that is right")
                if written > room:
                    raise UnreadableFile(path, "unpacking it", "the disk is nearly full", "make room, and run again")
                target.write(block)
    except _FAULTS as error:
        raise _broken(path, error) from None


def _broken(path: Path, error: BaseException) -> UnreadableFile:
    says = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return UnreadableFile(path, "unpacking it", f"a damaged archive ({says})", "export it again")
