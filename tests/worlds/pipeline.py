"""The part of a run that effects rest on: files, panel, effects; or a whole run. What is published, as rows.

Gives     Published: rows of the result tables, figures, settings and notes, by the names that a run gives them.
Method    the rooms that `company.py` composes, in its order, in this process; nothing is written and no page is made.
          Without the customers' room a table of money has no forecast beyond the horizon; all else is as in a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from worthline import company, effects
from worthline.engine import open_engine, rooms
from worthline.ingest.clean_cache import Proved
from worthline.ingest.load import load
from worthline.panel import build, lapse_months
from worthline.stats.threads import linear_algebra_on_one


@dataclass(frozen=True)
class Published:
    """What came of one folder."""

    tables: Mapping[str, list[dict[str, Any]]]
    figures: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def rows(self, table: str, **where: Any) -> list[dict[str, Any]]:
        """Rows of a table, those of the given values; none where the table is not there."""
        return [row for row in self.tables.get(table, ()) if all(row[name] == value for name, value in where.items())]


def whole(folder: Path, names: tuple[str, ...]) -> Published:
    """A whole run, and the named tables of it."""
    run = company.open(folder).run(threads=1)
    tables = {name: run.table(name).to_pylist() for name in names if name in run.tables()}
    figures = {figure.name: figure for figure in run.figures}
    return Published(tables, figures, run.about["settings"], tuple(run.health().notes))


def of_effects(folder: Path) -> Published:
    """Effects and their money alone."""
    opened = company.open(folder)
    engine = open_engine("duckdb", folder / "scratch", threads=1)
    try:
        doors = rooms(engine)
        loaded = load(opened.config, engine, folder, as_of=None, proved=Proved(folder / "checked", "study"))
        ds = loaded.dataset
        if ds.settings.setting != "contractual":
            months = lapse_months(ds["transactions"], ds.settings.as_of, doors.fetch).months
            ds = replace(ds, settings=replace(ds.settings, lapse_months=months))
        panel = build(ds, doors, history_months=opened.config.history_months)
        with linear_algebra_on_one():
            found = effects.analyse(ds, panel, doors)
        return Published({name: table.to_pylist() for name, table in found.tables.items()}, notes=found.notes)
    finally:
        engine.close()
