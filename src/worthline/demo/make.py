"""The folder of a simulated company: its files, worthline.toml, and truth.json beside them.

Gives     `make`: writes the folder a block of customers at a time, so that memory does not grow with their number.
Method    the same world and company give the same bytes. The truth is that of the first block of customers (all of a
          company up to its size), who live as they do among all.
Assumes   whoever calls has made sure that the folder may be written to.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import IO, Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from worthline.demo import export, mobile, organisation, shop, texts, truth
from worthline.demo.live import BLOCK, Company, Life, live
from worthline.demo.world import World

COMPANIES: dict[str, ModuleType] = {"larkfield": mobile, "fern-oak": shop}
PREFIXES = {"larkfield": "LM", "fern-oak": "FO"}
TRUTH = "truth.json"
HERE = Path(__file__).parent

_IMPORT_IDS = "_recordId recordedDate status externalDataReference QID1 QID2_1 QID2_2 QID2_3 QID2_4 QID3_TEXT"
HEADINGS = {
    "survey/relationship": (
        "Response ID,Recorded Date,Response Type,External Reference,Recommend?,Network,Bills,Service,Price,Words",
        ",".join(f'"{{""ImportId"":""{name}""}}"' for name in _IMPORT_IDS.split()),
    )
}
"""Lines that the survey tool writes below the names of its columns."""

Progress = Callable[[str, int, int], None]


def no_progress(stage: str, done: int, of: int) -> None:
    """Say nothing."""


def make(folder: Path, world: World, company: str = "larkfield", progress: Progress = no_progress) -> None:
    """Write the company's folder; runs that are there stay. Raises OSError where it cannot be written.

    truth.json comes first, so that a folder broken off half way is known again, and last, with the truth in it.
    """
    which = COMPANIES[company]
    folder.mkdir(parents=True, exist_ok=True)
    _write_truth(folder, {"simulated": True, "company": which.NAME, "finished": False})
    revenue: Counter[str] = Counter()
    first: Life | None = None
    with ExitStack() as stack:
        files = _Files(folder, stack)
        for start in range(0, world.customers, BLOCK):
            progress("Living the months of the simulated company", start, world.customers)
            who = np.arange(start, min(start + BLOCK, world.customers))
            life = live(world, cast(Company, which), who, keep_states=start == 0)
            first = first or life
            for name, tables in export.of_block(life, PREFIXES[company]).items():
                files.write(name, pa.concat_tables([t for t in tables if t.num_rows] or tables[:1]))
            for t, record in enumerate(life.months):
                revenue["{:04d}-{:02d}".format(*world.month(t))] += int(record["revenue"].sum())
        progress("Living the months of the simulated company", world.customers, world.customers)
    for name, rows in organisation.tables(world, which is shop, revenue).items():
        _write_rows(folder / f"{name}.csv", rows)
    _write_settings(folder, world, company)
    if first is not None:
        progress("Living them again without each cause, for the truth", 0, 1)
        _write_truth(folder, true_of(first))
        progress("Living them again without each cause, for the truth", 1, 1)


def made_here(folder: Path) -> str:
    """The name of the company that `make` wrote, or began to write, in the folder; empty where it did not."""
    try:
        truth = json.loads((folder / TRUTH).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(truth.get("company", "")) if isinstance(truth, dict) and truth.get("simulated") is True else ""


def _write_truth(folder: Path, truth: dict[str, Any]) -> None:
    (folder / TRUTH).write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")


def true_of(life: Life) -> dict[str, Any]:
    """What truth.json says of a company."""
    return {
        "simulated": True,
        "company": life.company.NAME,
        "world": truth.known_of(life.world),
        "truth_of_customers": int(life.people["who"].size),
        "effects": [asdict(effect) for effect in truth.of_experiences(life)],
        "together": truth.together(life),
        "actions": [asdict(effect) for effect in truth.of_actions(life)],
        "initiatives": truth.totals(life),
        "joint": truth.joint(life),
        "leaving": truth.best_possible(life),
        "nps": truth.feelings(life),
        "themes": texts.THEMES,
    }


class _Files:
    """CSV files that grow block by block."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder, self._stack = folder, stack
        self._open: dict[str, pacsv.CSVWriter] = {}

    def write(self, name: str, rows: pa.Table) -> None:
        if name not in self._open:
            path = self._folder / f"{name}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            out: IO[bytes] = self._stack.enter_context(path.open("wb"))
            lines = (",".join(f'"{title}"' for title in rows.schema.names), *HEADINGS.get(name, ()))
            out.write(("\n".join(lines) + "\n").encode())
            options = pacsv.WriteOptions(include_header=False)
            self._open[name] = self._stack.enter_context(pacsv.CSVWriter(out, rows.schema, write_options=options))
        self._open[name].write_table(rows)


def _write_rows(path: Path, rows: list[organisation.Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        titles = list(rows[0]) if rows else ["at", "stage", "note"]
        writer = csv.DictWriter(out, titles, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _write_settings(folder: Path, world: World, company: str) -> None:
    end = np.datetime64("{:04d}-{:02d}".format(*world.month(world.months - 1)), "M") + 1
    last = str(end.astype("datetime64[D]") - 1)
    template = (HERE / ("shop.toml" if company == "fern-oak" else "mobile.toml")).read_text(encoding="utf-8")
    (folder / "worthline.toml").write_text(template.replace("{as_of}", last), encoding="utf-8")
