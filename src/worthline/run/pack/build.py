"""Builds a proof pack: published tables, the SQL of each counted figure, hashes, settings, versions, a verifier.

Reads     a published run, every file of it held against its seal.
Gives     one zip archive, the same bytes for the same run; it can be run: `python PACK.zip`.
Method    a table without personal columns goes in as it was published, so that its hash is that of run.json; from the
          others those columns are taken. Nothing is compressed again, so that bytes hang on no library's version.
Not for   what is predicted or estimated: those figures go in as published, without a way to recompute them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from worthline.errors import DataError, Unwritable
from worthline.run.pack import left_out, readme
from worthline.tables.money import currency_digits

if TYPE_CHECKING:
    from worthline.results import Figure
    from worthline.run.opened import Run

FORMAT = 1
"""Version of pack.json."""
NEVER_CHANGES = (1980, 1, 1, 0, 0, 0)
"""The earliest time that an archive can tell."""
MODE = 0o600
SAID = ("company", "currency", "as_of", "setting", "simulated", "contract", "run_id", "engine", "earlier_run")
KEPT = ("settings", "because", "versions", "rows", "inputs", "store_snapshot")
"""What pack.json repeats of run.json."""
LISTS = {"theme_items": ("item", "kind", "respondent", "day")}
"""Lists of single rows over which a figure may be counted besides the checked tables, and the columns that takes:
comments, each marked by rules as a comment, the same again, spam or empty. Their words are not in a pack."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack that was written."""

    path: Path
    counted: int
    """Counted figures that it recomputes."""
    left_out: Mapping[str, Mapping[str, str]]
    """By table: columns that are not in it, and why."""
    sha256: str


def build(run: Run, out: Path, *, with_personal: bool = False) -> Pack:
    """Write the pack of `run` to `out`, in one step; raises CorruptRun, DataError, Unwritable."""
    _provable(run)
    try:
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
        os.close(handle)
    except OSError as error:
        raise Unwritable(out.parent, error) from None
    aside = Path(name)
    try:
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as place:
            about = _write(run, aside, Path(place), with_personal=with_personal)
        with aside.open("rb+") as file:
            os.fsync(file.fileno())
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        aside.replace(out)
    except OSError as error:
        raise Unwritable(out, error) from None
    finally:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
    return Pack(out, len(about["figures"]), about["left_out"], digest)


def _provable(run: Run) -> None:
    figures = [figure for figure in run.figures if figure.basis == "counted" and figure.value is not None]
    if not figures:
        fix = "Add customers, transactions, subscriptions or feedback, and run again."
        raise DataError(f"Run {run.run_id} has no counted figure to prove. {fix}", fix=fix)
    without = [figure.name for figure in figures if "sql" not in figure.details]
    if without:
        fix = f"Run again with: worthline run {run.path.parents[2]}"
        found = f"{', '.join(without)} came without the SQL that recomputes them"
        raise DataError(f"Run {run.run_id} was made by an earlier Worthline: {found}. {fix}", fix=fix)


def _write(run: Run, archive: Path, place: Path, *, with_personal: bool) -> dict[str, Any]:
    """Fill the archive; gives the content of its pack.json."""
    about: dict[str, Any] = {"format": FORMAT, **{key: run.about[key] for key in (*SAID, *KEPT)}}
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED, allowZip64=True) as pack:
        sealed, taken = _tables(run, pack, place, with_personal=with_personal)
        counted = [figure for figure in run.figures if figure.basis == "counted" and _is_in(figure, taken)]
        about |= _figures(counted, currency_digits(run.about["currency"]))
        about["with_personal"] = with_personal
        about["left_out"] = taken
        figures = json.dumps([f.as_json() for f in run.figures], ensure_ascii=False, indent=1)
        verifier = files("worthline.run.pack").joinpath("verify.py").read_text(encoding="utf-8")
        texts = {f"sql/{f.name}.sql": _sql(f.details) for f in counted if f.value is not None}
        texts |= {
            "README.md": readme.text(about),
            "__main__.py": "import sys\n\nfrom verify import main\n\nsys.exit(main())\n",
            "figures.json": figures + "\n",
            "verify.py": verifier,
        }
        for name, text in sorted(texts.items()):
            sealed[name] = _add(pack, name, text.encode())
        about["files"] = dict(sorted(sealed.items()))
        _add(pack, "pack.json", (json.dumps(about, ensure_ascii=False, indent=1) + "\n").encode())
    return about


def _figures(counted: Sequence[Figure], digits: int) -> dict[str, Any]:
    """What pack.json says of the counted figures, and of those that are undefined."""
    figures = [
        {
            "name": f.name,
            "label": f.label,
            "value": f.value,
            "unit": f.unit,
            "digits": digits,
            "sql": f"sql/{f.name}.sql",
            "lists": list(_reads(f)),
        }
        for f in counted
        if f.value is not None
    ]
    undefined = [{"name": f.name, "label": f.label, "sentence": f.sentence} for f in counted if f.value is None]
    return {"figures": figures, "undefined": undefined}


def _reads(figure: Figure) -> tuple[str, ...]:
    """The lists besides the checked tables over which a figure is counted."""
    sql = str(figure.details.get("sql", ""))
    return tuple(name for name in LISTS if "source." not in sql and re.search(rf"\b{name}\b", sql))


def _is_in(figure: Figure, taken: Mapping[str, Mapping[str, str]]) -> bool:
    """Whether the pack holds all that a figure is counted over."""
    if figure.value is None or "source." in str(figure.details.get("sql", "source.")):
        return True
    lists = _reads(figure)
    return bool(lists) and not any(set(taken.get(name, {})) & set(LISTS[name]) for name in lists)


def _sql(details: Mapping[str, Any]) -> str:
    return str(details["sql"]).rstrip() + "\n"


def _tables(
    run: Run, pack: zipfile.ZipFile, place: Path, *, with_personal: bool
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, str]]]:
    """Put all tables in; gives their seals and what was left out of each."""
    tables = {**run.tables(), **{f"source.{name}": path for name, path in run.folder.sources().items()}}
    checked = {name: run.folder.check(_within(run, path)) for name, path in tables.items()}
    ids = None if with_personal else left_out.renamed(checked)
    sealed: dict[str, dict[str, Any]] = {}
    taken: dict[str, dict[str, str]] = {}
    for name, path in sorted(checked.items()):
        file = f"source/{path.name}" if name.startswith("source.") else f"tables/{path.name}"
        drop = {} if with_personal else left_out.columns(name, path)
        replaced = [] if ids is None else [c for c in left_out.IDS if c in pq.read_schema(path).names]
        packed = path
        if drop or replaced:
            taken[name] = {**drop, **dict.fromkeys(replaced, "ids that tell who somebody is: numbers in their place")}
            packed = _without(path, drop, replaced, ids or {}, place / path.name)
        sealed[file] = _add_file(pack, file, packed, (run.folder.sealed or {}).get(_within(run, path)))
    if with_personal:
        for path in sorted((run.path / "personal").glob("*.parquet")):
            run.folder.check(_within(run, path))
            sealed[f"personal/{path.name}"] = _add_file(pack, f"personal/{path.name}", path, None)
    return sealed, taken


def _within(run: Run, path: Path) -> str:
    return path.relative_to(run.path).as_posix()


def _without(path: Path, drop: Mapping[str, str], replaced: list[str], ids: Mapping[str, str], to: Path) -> Path:
    """The table without some columns, and with other ids, in a file whose bytes depend on its rows alone."""
    with pq.ParquetFile(path) as file:
        names = [name for name in file.schema_arrow.names if name not in drop]
        schema = pa.schema([file.schema_arrow.field(name) for name in names])
        with pq.ParquetWriter(to, schema, compression="zstd", store_schema=False) as writer:
            for group in range(file.num_row_groups):
                rows = file.read_row_group(group, columns=names).select(names)
                for column in replaced:
                    values = [None if v is None else ids.get(v, "customer 0") for v in rows[column].to_pylist()]
                    rows = rows.set_column(names.index(column), schema.field(column), pa.array(values, pa.string()))
                writer.write_table(rows)
    return to


def _add(pack: zipfile.ZipFile, name: str, content: bytes) -> dict[str, Any]:
    pack.writestr(_entry(name), content)
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def _add_file(pack: zipfile.ZipFile, name: str, path: Path, published: Mapping[str, Any] | None) -> dict[str, Any]:
    digest, entry = hashlib.sha256(), _entry(name)
    entry.file_size = path.stat().st_size
    with path.open("rb") as file, pack.open(entry, "w") as to:
        while block := file.read(1 << 20):
            digest.update(block)
            to.write(block)
    seal = {"sha256": digest.hexdigest(), "bytes": entry.file_size}
    return seal if published is None else {**seal, "published_sha256": published["sha256"]}


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, NEVER_CHANGES)
    entry.create_system, entry.external_attr = 3, MODE << 16
    return entry
