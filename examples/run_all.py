"""Run every real company here, and hold its figures against independent SQL over the raw files.

    python examples/run_all.py [NAME ...]        default: all

Reads     each folder's worthline.toml; proof.sql, asked of the raw files; published.sql, asked of the run.
Gives     for each: the run, its rows, its sentences, and whether each figure equals its proof. Exit 1 if one does not.
Assumes   both queries give `name` and `value`, and every name once.
"""

from __future__ import annotations

import math
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from worthline.run import Run

HERE = Path(__file__).resolve().parent
CLOSE = 1e-12
"""Relative: exact for money and counts (9,747,747.9340 has eleven digits), a last bit for shares and means."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One figure, as the run published it and as the raw files say; None where one of them lacks it."""

    name: str
    published: float | None
    proof: float | None

    @property
    def equal(self) -> bool:
        """Whether they are the same number."""
        if self.published is None or self.proof is None:
            return False
        return math.isclose(self.published, self.proof, rel_tol=CLOSE, abs_tol=CLOSE)

    def __str__(self) -> str:
        return f"{self.name}: the run says {self.published!r}, the raw files say {self.proof!r}"


def examples() -> list[Path]:
    """The folders with a proof."""
    return sorted(path.parent for path in HERE.glob("*/proof.sql"))


def data_of(folder: Path) -> Path:
    """Where a company's files are said to be."""
    company = tomllib.loads((folder / "worthline.toml").read_text(encoding="utf-8"))["company"]
    return (folder / company.get("data", ".")).resolve()


def proven(queries: Path, data: Path) -> dict[str, float | None]:
    """Name and value by the folder's proof.sql over the raw files in `data`."""
    with duckdb.connect() as con:
        con.execute("set threads = 1")
        con.execute(f"set file_search_path = '{data}'")
        rows = con.execute((queries / "proof.sql").read_text(encoding="utf-8")).fetchall()
    return _named([(name, None if value is None else float(value)) for name, value in rows])


def published(queries: Path, run: Run) -> dict[str, float | None]:
    """Name and value by the folder's published.sql over a run."""
    rows = run.sql((queries / "published.sql").read_text(encoding="utf-8")).to_pylist()
    return _named([(row["name"], None if row["value"] is None else float(row["value"])) for row in rows])


def compare(queries: Path, run: Run, data: Path) -> list[Pair]:
    """Every figure that either side names, in order of name."""
    says, proof = published(queries, run), proven(queries, data)
    return [Pair(name, says.get(name), proof.get(name)) for name in sorted({*says, *proof})]


def _named(rows: list[tuple[str, float | None]]) -> dict[str, float | None]:
    found = dict(rows)
    if len(found) < len(rows):
        raise ValueError(f"a name comes twice: {sorted({n for n, _ in rows if [m for m, _ in rows].count(n) > 1})}")
    return found


def main(names: list[str]) -> int:
    """Run the named examples, or all; 1 if a figure differs."""
    differs = 0
    for folder in examples():
        if names and folder.name not in names:
            continue
        data = data_of(folder)
        if not data.is_dir():
            print(f"{folder.name}: skipped, its data are not here (there is no {data}).\n")
            continue
        differs += _one(folder, data)
    return 1 if differs else 0


def _one(folder: Path, data: Path) -> int:
    """Run one company and print its page; gives how many figures differ."""
    from worthline import company
    from worthline.app.progress import shown

    with shown() as progress:
        run = company.open(folder).run(progress=progress)
    rows = sum(n for name, n in run.about["rows"].items() if name.startswith("source."))
    print(f"{folder.name}: run {run.run_id}, {rows:,} rows, as of {run.about['as_of']}")
    for figure in run.figures:
        print(f"  - {figure.sentence}")
    pairs = compare(folder, run, data)
    wrong = [pair for pair in pairs if not pair.equal]
    for pair in wrong:
        print(f"  DIFFERENT {pair}")
    equal = "equal" if not wrong else "DO NOT ALL equal"
    print(
        f"  {len(pairs) - len(wrong)} of {len(pairs)} figures {equal} the independent SQL ({folder.name}/proof.sql).\n"
    )
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
