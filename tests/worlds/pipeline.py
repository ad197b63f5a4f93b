"""The part of a run that effects rest on: files, panel, effects; or a whole run. What is published, as rows.

Gives     Published: rows of the result tables, figures, settings and notes, by the names that a run gives them.
Method    the rooms that `company.py` composes, in its order, in this process; nothing is written and no page is made.
          Without the customers' room a table of money has no forecast beyond the horizon; all else is as in a run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worthline import company, effects
from worthline.customers import risk, value
from worthline.engine import open_engine, rooms
from worthline.ingest.clean_cache import Proved
from worthline.ingest.load import load
from worthline.metrics import customer_scores
from worthline.panel import build, lapse_months
from worthline.stats.threads import linear_algebra_on_one

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.results import Compute, Dataset

SCORES = ("value", "value_low", "value_high", "p_leave", "p_leave_12m")
"""Columns of customer_scores that a study reads; null where none is published."""


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
    with reading(folder) as (ds, panel, doors):
        found = effects.analyse(ds, panel, doors)
        return Published({name: table.to_pylist() for name, table in found.tables.items()}, notes=found.notes)


def of_customers(folder: Path) -> Published:
    """Churn and customer value alone: figures, backtests, and their columns of customer_scores."""
    with reading(folder) as (ds, panel, doors):
        leaving = risk.analyse(ds, panel, doors)
        worth = value.analyse(ds, panel, doors, risk=leaving)
        parts = [part.by_customer for part in (leaving, worth) if part.by_customer is not None]
        scores = doors.fetch(customer_scores.build(ds, panel, parts))
        rows = [dict.fromkeys(SCORES) | row for row in scores.to_pylist()]
        found = leaving.findings + worth.findings
        tables = {name: table.to_pylist() for name, table in found.tables.items()}
        figures = {figure.name: figure for figure in found.figures}
        lapse = {"setting": ds.settings.setting, "lapse_months": ds.settings.lapse_months}
        return Published(tables | {"customer_scores": rows}, figures, lapse, found.notes)


@contextmanager
def reading(folder: Path) -> Iterator[tuple[Dataset, ir.Table, Compute]]:
    """The folder's tables and panel, as a run makes them."""
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
            yield ds, panel, doors
    finally:
        engine.close()
