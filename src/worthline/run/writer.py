"""Writes a run's files to the folder in which it is built.

Reads     the result tables, the canonical tables as they were checked, figures, health.
Gives     Parquet and JSON whose bytes depend on the content alone; run.json last, over all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worthline.engine import publish
from worthline.run.manifest import Manifest, manifest

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from worthline.config import CompanyConfig
    from worthline.engine import Engine
    from worthline.ingest.load import Loaded
    from worthline.results import Earlier, Figure

EVENTS = ("transactions", "interactions", "feedback", "treatments", "invitations")
"""Canonical tables that are published in order of customer and time."""
ORDER = {
    "metrics": ("metric", "period", "dimension", "member"),
    "quarantine": ("table", "file", "line", "rule"),
    "customer_scores": ("customer_id",),
}
"""Result tables whose rows are put in order as they are written; the others keep theirs."""


@dataclass(frozen=True)
class Results:
    """What a run publishes beside its canonical tables."""

    panel: ir.Table
    customer_scores: ir.Table
    tables: Mapping[str, pa.Table]
    figures: Sequence[Figure]


def write(
    config: CompanyConfig,
    engine: Engine,
    built: Path,
    loaded: Loaded,
    checked: Mapping[str, ir.Table],
    results: Results,
    earlier: Earlier | None,
    groups: str | None = None,
) -> Manifest:
    """Write everything to `built`; `checked` are the canonical tables on the engine that read them.

    `groups` is a fingerprint of how control groups are drawn.
    """
    (built / "source").mkdir(parents=True)
    rows = _results(engine, built, loaded, results)
    rows |= _sources(engine.reader, built, checked)
    _personal(engine.reader, built, loaded.personal)
    publish.write_json(built / "figures.json", [figure.as_json() for figure in results.figures])
    publish.write_json(built / "health.json", loaded.health.as_json())
    about = manifest(config, loaded, rows, engine.name, earlier, built, groups)
    publish.write_json(built / "run.json", about.as_json())
    return about


def _results(engine: Engine, built: Path, loaded: Loaded, results: Results) -> dict[str, int]:
    import ibis

    reader = engine.reader  # of rows that are in memory
    rows = {"panel": engine.write_parquet(results.panel, built / "panel.parquet", ())}
    scores = results.customer_scores
    rows["customer_scores"] = engine.write_parquet(scores, built / "customer_scores.parquet", ORDER["customer_scores"])
    for name, table in {**results.tables, "data_quality": loaded.quality}.items():
        kept = reader.keep(f"result__{name}", ibis.memtable(table))
        rows[name] = reader.write_parquet(kept, built / f"{name}.parquet", ORDER.get(name, ()))
    rows["quarantine"] = reader.write_parquet(loaded.quarantine, built / "quarantine.parquet", ORDER["quarantine"])
    return rows


def _sources(reader: Engine, built: Path, checked: Mapping[str, ir.Table]) -> dict[str, int]:
    rows: dict[str, int] = {}
    for name, table in sorted(checked.items()):
        order: tuple[str, ...] = ("customer_id", "at", "_file", "_line") if name in EVENTS else ("_file", "_line")
        if name == "customers":
            order = ("customer_id",)
        rows[f"source.{name}"] = reader.write_parquet(table, built / "source" / f"{name}.parquet", order)
    return rows


def _personal(reader: Engine, built: Path, personal: Mapping[str, ir.Table]) -> None:
    if not personal:
        return
    (built / "personal").mkdir()
    for name, table in sorted(personal.items()):
        reader.write_parquet(table, built / "personal" / f"{name}.parquet", ("_file", "_line"))
