"""Recompute the counted figures of this proof pack. Needs Python 3.11 or newer and the package duckdb; no Worthline.

    python verify.py                    in the unpacked folder; or: python PACK.zip
    python verify.py --inputs FOLDER    also hold the company's own files against the hashes of what was read
    python verify.py --json             the same as JSON

Reads     pack.json, sql/*.sql, source/*.parquet, and every other file for its sha256.
Gives     each counted figure as published and as recomputed. Exit 0: all files and figures agree; 1: one does not.
Method    a query sees the tables in `source` alone, so that no figure is derived from a published result; the number of
          comments is counted over their list, in which each stands with its kind and without its words.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import tempfile
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

LISTS = {"theme_items"}
"""Published lists of single rows that a figure may be counted over besides the checked tables."""
CLOSE = 1e-9
"""Relative, for shares and scores; money and counts must be equal."""


def changed_files(pack: Path, sealed: dict[str, dict[str, Any]]) -> list[str]:
    """What is wrong with the files of the pack, one sentence each."""
    wrong = []
    for name, expected in sorted(sealed.items()):
        path = pack / name
        if not path.is_file():
            wrong.append(f"{name} is missing")
        elif digest(path) != expected["sha256"]:
            wrong.append(f"{name} is not the file that was packed: its bytes changed")
    there = {p.relative_to(pack).as_posix() for p in pack.rglob("*") if p.is_file() and "__pycache__" not in p.parts}
    wrong += [f"{name} was not packed" for name in sorted(there - set(sealed) - {"pack.json"})]
    return wrong


def digest(path: Path) -> str:
    """sha256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def changed_inputs(folder: Path, inputs: dict[str, dict[str, Any]]) -> list[str]:
    """Which of the company's files are not those that the run read."""
    wrong = []
    for name, expected in sorted(inputs.items()):
        path = folder / name
        if not path.is_file():
            if not _stands_under_another_name(folder, name, expected):
                wrong.append(f"{name} is not in {folder}")
        elif digest(path) != expected["sha256"]:
            wrong.append(f"{name} is not the file that the run read")
    return wrong


def _stands_under_another_name(folder: Path, name: str, expected: dict[str, Any]) -> bool:
    """Whether the file is there, where a run tells its name without somebody's address, or read it twice."""
    if not re.search(r"\[[a-z-]+\]|, number \d+$", name):
        return False
    sizes = (path for path in folder.rglob("*") if path.is_file() and path.stat().st_size == expected["bytes"])
    return any(digest(path) == expected["sha256"] for path in sizes)


def _text(file: Path, *, exactly: bool = True) -> str:
    """A path as text of SQL; `exactly`: as DuckDB opens it, who takes a bare *, ? or [ for a pattern."""
    path = re.sub(r"[\[*?]", lambda mark: f"[{mark[0]}]", str(file)) if exactly else str(file)
    return "'" + path.replace("'", "''") + "'"


def _rows(file: Path) -> str:
    """One Parquet file as a table of SQL; region=EU in its path is no column."""
    return f"read_parquet({_text(file)}, hive_partitioning = false)"


def recomputed(pack: Path, figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each counted figure with `recomputed` and whether it `agrees`."""
    import duckdb

    con = duckdb.connect(":memory:")
    con.execute("create schema source")
    sources = sorted((pack / "source").glob("*.parquet"))
    for path in sources:
        name = path.stem.replace('"', '""')
        con.execute(f'create view source."{name}" as select * from {_rows(path)}')
    lists = sorted({name for figure in figures for name in figure.get("lists", ())} & LISTS)
    listed = [pack / "tables" / f"{name}.parquet" for name in lists]
    for path in listed:  # rows that rules have marked, one by one: no sums
        con.execute(f"create view {path.stem} as select * from {_rows(path)}")
    files = [_text(path, exactly=form) for path in (*sources, *listed) for form in (True, False)]
    con.execute(f"set allowed_paths = [{', '.join(files)}]")
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")
    results = []
    for figure in figures:
        value = error = None
        try:
            rows = con.execute((pack / figure["sql"]).read_text(encoding="utf-8")).fetchall()
            value = rows[0][0] if len(rows) == 1 else None
        except duckdb.Error as failed:
            error = str(failed).splitlines()[0]
        agrees = value is not None and same(figure, value)
        results.append(
            {**figure, "recomputed": None if value is None else float(value), "agrees": agrees, "error": error}
        )
    return results


def same(figure: dict[str, Any], value: Any) -> bool:
    """Whether the recomputed value is the published one: to the last digit for money and counts."""
    published = figure["value"]
    if figure["unit"] in ("money", "count"):
        return Decimal(str(value)) == Decimal(repr(published))
    return bool(abs(float(value) - published) <= CLOSE * max(1.0, abs(published)))


def verify(pack: Path, inputs: Path | None) -> dict[str, Any]:
    """Everything that can be checked, as one object."""
    import duckdb

    about = json.loads((pack / "pack.json").read_text(encoding="utf-8"))
    files = changed_files(pack, about["files"])
    figures = recomputed(pack, about["figures"])
    read = [] if inputs is None else changed_inputs(inputs, about["inputs"])
    duckdb_here, duckdb_there = duckdb.__version__, about["versions"].get("duckdb")
    return {
        "company": about["company"],
        "run_id": about["run_id"],
        "as_of": about["as_of"],
        "simulated": about["simulated"],
        "holds": not files and not read and all(figure["agrees"] for figure in figures),
        "files": len(about["files"]),
        "wrong_files": files,
        "wrong_inputs": read,
        "figures": figures,
        "undefined": about["undefined"],
        "left_out": about["left_out"],
        "duckdb": duckdb_here
        if duckdb_here == duckdb_there
        else f"{duckdb_here} (the run was made with {duckdb_there})",
    }


def lines(report: dict[str, Any]) -> list[str]:
    """The same for people."""
    simulated = "   SIMULATED" if report["simulated"] else ""
    out = [f"{report['company']}, run {report['run_id']}, as of {report['as_of']}{simulated}", ""]
    width = max([len(figure["label"]) for figure in report["figures"]], default=10)
    for figure in report["figures"]:
        verdict = "equal" if figure["agrees"] else f"DIFFERENT  {figure['error'] or ''}".rstrip()
        again = "nothing" if figure["recomputed"] is None else shown(figure, figure["recomputed"])
        out.append(
            f"{figure['label']:<{width}}  published {shown(figure, figure['value']):>18}  again {again:>18}  {verdict}"
        )
    out += [f"{each['label']}: undefined. {each['sentence']}" for each in report["undefined"]]
    agree = sum(figure["agrees"] for figure in report["figures"])
    out += ["", f"{agree} of {len(report['figures'])} counted figures are equal to what their SQL gives over source.*."]
    for name, what in (("wrong_files", "Files of this pack"), ("wrong_inputs", "The company's files")):
        out += [f"{what}: {wrong}." for wrong in report[name]]
    if not report["wrong_files"]:
        out.append(f"All {report['files']} files are those that were packed.")
    out.append(f"Computed with DuckDB {report['duckdb']}.")
    return out


def shown(figure: dict[str, Any], value: float) -> str:
    """A number with as many digits as its unit has."""
    if figure["unit"] == "count":
        return f"{value:,.0f}"
    return f"{value:,.{figure['digits']}f}" if figure["unit"] == "money" else f"{value:.10g}"


def main() -> int:
    """Verify the pack in which this file stands, or the archive that is being run."""
    parser = argparse.ArgumentParser(description="Recompute the counted figures of this proof pack.")
    parser.add_argument("--inputs", type=Path, metavar="FOLDER", help="the company's own files, to compare")
    parser.add_argument("--json", action="store_true", help="as JSON")
    asked = parser.parse_args()
    pack = Path(__file__).resolve().parent
    try:
        if pack.is_file():  # run as `python PACK.zip`
            with tempfile.TemporaryDirectory(prefix="proof-pack-") as place:
                zipfile.ZipFile(pack).extractall(place)
                report = verify(Path(place), asked.inputs)
        else:
            report = verify(pack, asked.inputs)
    except (OSError, ValueError, KeyError, ImportError, zipfile.BadZipFile) as error:
        sys.stderr.write(f"This pack cannot be verified: {type(error).__name__}: {error}\n")
        return 1
    sys.stdout.write(json.dumps(report, indent=1) + "\n" if asked.json else "\n".join(lines(report)) + "\n")
    return 0 if report["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
