"""A company's folder, opened: check it, run it, read what was published.

Composes the rooms; reads top to bottom like the picture in ARCHITECTURE.md. What the command line, the web and
notebooks call.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worthline import __version__, customers, effects
from worthline import config as configuration
from worthline.engine import open_engine, publish, rooms
from worthline.errors import CorruptRun, NoSuchName
from worthline.ingest import Health, Loaded, Proved, load
from worthline.metrics import bridge, compute, customer_scores, figures, finance
from worthline.panel import build, lapse_months
from worthline.results import CONTRACT, Earlier, Figure, Findings, Progress, arranged, no_progress
from worthline.tables import TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from worthline.config import CompanyConfig
    from worthline.engine import Engine

OnFigures = Callable[[Sequence[Figure]], None]
"""Hears figures."""
EVENTS = ("transactions", "interactions", "feedback", "treatments", "invitations")
_LIBRARIES = ("ibis-framework", "duckdb", "sqlglot", "pyarrow", "numpy")
_OF_ENGINE = {"spark": ("pyspark",)}


def open(folder: Path | str = ".") -> Company:  # noqa: A001  reads as wl.open
    """Open a company's folder; raises BadSetting."""
    path = Path(folder)
    known = {name: spec.names for name, spec in TABLES.items()}
    return Company(path, configuration.load(path, known))


@dataclass(frozen=True)
class Company:
    """A company's folder and its settings."""

    folder: Path
    config: CompanyConfig

    def check(self, *, as_of: date | None = None, progress: Progress = no_progress) -> Health:
        """Read everything and say what is wrong; changes nothing. Raises DataError."""
        from worthline.ingest.unread import unread

        with tempfile.TemporaryDirectory(prefix="worthline-") as place:
            engine = open_engine("duckdb", Path(place) / "scratch")
            try:
                proved = _proved(self.folder, writes=False)
                found = load(self.config, engine, Path(place), as_of=as_of, proved=proved, progress=progress).health
                left = unread(self.config)
                return replace(found, notes=(*found.notes, left)) if left else found
            finally:
                engine.close()

    def run(
        self,
        *,
        as_of: date | None = None,
        engine: str = "duckdb",
        threads: int | None = None,
        progress: Progress = no_progress,
        counted: OnFigures = lambda figures: None,
    ) -> Run:
        """Build a run aside and publish it; on any error the last published run stays. Raises DataError, Busy.

        `counted` hears the figures that are counted, while what is predicted and estimated is still being worked out.
        """
        with publish.writing(self.folder) as building:
            watch = _Watch()
            machine = open_engine(engine, building / "scratch", threads=threads)
            proved = _proved(self.folder)
            try:
                built = building / "run"
                name, about = _build(self.config, machine, built, as_of, proved, watch.around(progress), counted)
            finally:
                machine.close()
            progress("Publishing", 0, 0)
            published = publish.publish(self.folder, built, name, self.config.keep_runs)
            proved.prune()
        watch.write(self.folder, name, about)
        return Run(published)

    def published(self) -> Run:
        """The run that is published now, looked at whether it is whole; raises NoRun, CorruptRun."""
        run = Run(publish.current(self.folder))
        run.verify()
        return run


@dataclass(frozen=True)
class Run:
    """A published run, read-only."""

    folder: publish.RunFolder

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.folder.path

    @property
    def run_id(self) -> str:
        """Hash of inputs, snapshot, settings and versions."""
        return self.folder.run_id

    def verify(self) -> None:
        """Read what is not rows; raises CorruptRun with the file that is wrong."""
        _ = self.about, self.figures, self.health()

    @cached_property
    def about(self) -> dict[str, Any]:
        """run.json, all the tables that it names being there; raises CorruptRun."""
        from worthline.engine import whole

        return whole.verify(self.folder, CONTRACT)

    @cached_property
    def figures(self) -> list[Figure]:
        """The headline figures, in their order; raises CorruptRun."""
        content = self.folder.json("figures")
        if not isinstance(content, list):
            raise self.folder.damaged("figures.json", "is not the list of figures that a run writes")
        try:
            made = [Figure(**{**f, "tables": tuple(f["tables"])}) for f in content]
        except (KeyError, TypeError, AttributeError):
            raise self.folder.damaged("figures.json", "is not the list of figures that a run writes") from None
        if not made:
            raise self.folder.damaged("figures.json", "is empty")
        return made

    def health(self) -> Health:
        """The data-health page of the run; raises CorruptRun."""
        content = self.folder.json("health")
        try:
            return Health.from_json(content)
        except (KeyError, TypeError, AttributeError):
            raise self.folder.damaged("health.json", "is not the data health that a run writes") from None

    def tables(self) -> dict[str, Path]:
        """Result tables by name."""
        return self.folder.tables()

    def table(self, name: str, limit: int | None = None) -> pa.Table:
        """A result table, or `source.<table>`; raises NoSuchName."""
        known = [*self.tables(), *(f"source.{n}" for n in self.folder.sources())]
        if name not in known:
            raise NoSuchName("table", name, known)
        quoted = ".".join('"' + part + '"' for part in name.split("."))
        return self.sql(f"select * from {quoted}" + (f" limit {int(limit)}" if limit is not None else ""))

    def sql(self, query: str, *, seconds: float = 60.0) -> pa.Table:
        """One SELECT over the run's tables, read-only; raises UsageError, DataError."""
        from worthline.engine.sql_window import SqlWindow

        with SqlWindow(self.folder) as window:
            return window.ask(query, seconds=seconds)


def _build(
    config: CompanyConfig,
    engine: Engine,
    built: Path,
    as_of: date | None,
    proved: Proved,
    progress: Progress,
    hear: OnFigures,
) -> tuple[str, dict[str, Any]]:
    """Everything that is published, written to `built`; gives the run's name and run.json."""
    (built / "source").mkdir(parents=True)
    doors = rooms(engine)
    loaded = load(config, engine.reader, built.parent, as_of=as_of, proved=proved, progress=progress)
    checked = loaded.dataset.tables
    loaded = _taken(loaded, engine, progress)
    loaded = _with_lapse(loaded, doors.fetch, config)
    ds = loaded.dataset
    panel = build(ds, doors, history_months=config.history_months, progress=progress)
    progress("Counting", 0, 0)
    metrics = compute.compute(ds, panel, doors, progress)
    bridges = bridge.compute(ds, doors)
    names = metrics["metric"].unique().to_pylist()
    loaded = _with_notes(loaded, finance.unmatched_targets(ds, doors, names))
    counted = figures.headline(ds.settings, metrics, bridges, margin_brought=ds.has("transactions", "margin"))
    hear(counted)
    earlier = _earlier(config.folder, ds.settings.as_of, engine)
    found = Findings({"metrics": metrics, "bridges": bridges})
    found += customers.analyse(ds, panel, doors, metrics=metrics, earlier=earlier, progress=progress)
    found += effects.analyse(ds, panel, doors, known=found.scores, progress=progress)
    loaded = _with_notes(loaded, list(found.notes))
    progress("Writing", 0, 0)
    rows = _write_results(engine, built, loaded, panel, found)
    rows |= _write_sources(engine.reader, built, checked, loaded.personal)
    about = _about(config, loaded, rows, engine.name, earlier)
    publish.write_json(built / "figures.json", [f.as_json() for f in arranged(counted, found.figures)])
    publish.write_json(built / "health.json", loaded.health.as_json())
    publish.write_json(built / "run.json", about)
    return about["run_id"], about


def _taken(loaded: Loaded, engine: Engine, progress: Progress) -> Loaded:
    """The checked tables on the engine that counts, where another one read them."""
    if engine is engine.reader:
        return loaded
    progress("Handing over", 0, 0)
    tables = {name: engine.take(name, table) for name, table in loaded.dataset.tables.items()}
    return replace(loaded, dataset=replace(loaded.dataset, tables=tables))


def _with_lapse(loaded: Loaded, fetch: Any, config: CompanyConfig) -> Loaded:
    """Non-contractual: after how many months without a purchase a customer has lapsed."""
    ds = loaded.dataset
    if ds.settings.setting == "contractual":
        return loaded
    because = dict(ds.settings.because)
    months = config.lapse_months
    if months is not None:
        because["lapse_months"] = "as set"
    elif "transactions" in ds.tables:
        found = lapse_months(ds["transactions"], ds.settings.as_of, fetch)
        months, because["lapse_months"] = found.months, found.says
    settings = replace(ds.settings, lapse_months=months, because=because)
    health = replace(loaded.health, because=because)
    return replace(loaded, dataset=replace(ds, settings=settings), health=health)


def _with_notes(loaded: Loaded, notes: list[str]) -> Loaded:
    """What is only known after counting (targets that fit no metric), said in the data's health."""
    return replace(loaded, health=replace(loaded.health, notes=(*loaded.health.notes, *notes)))


def _write_results(engine: Engine, built: Path, loaded: Loaded, panel: ir.Table, found: Findings) -> dict[str, int]:
    import ibis

    reader = engine.reader  # rows that are in memory or were read by it
    rows = {"panel": engine.write_parquet(panel, built / "panel.parquet", ())}
    scores = customer_scores.build(loaded.dataset, panel, found.scores)
    rows["customer_scores"] = engine.write_parquet(scores, built / "customer_scores.parquet", ("customer_id",))
    orders = {"metrics": ("metric", "period", "dimension", "member")}
    for name, table in {**found.tables, "data_quality": loaded.quality}.items():
        kept = reader.keep(f"result__{name}", ibis.memtable(table))
        rows[name] = reader.write_parquet(kept, built / f"{name}.parquet", orders.get(name, ()))
    order = ("table", "file", "line", "rule")
    rows["quarantine"] = reader.write_parquet(loaded.quarantine, built / "quarantine.parquet", order)
    return rows


def _write_sources(
    reader: Engine, built: Path, checked: dict[str, ir.Table], personal: dict[str, ir.Table]
) -> dict[str, int]:
    rows: dict[str, int] = {}
    for name, table in sorted(checked.items()):
        order: tuple[str, ...] = ("customer_id", "at", "_file", "_line") if name in EVENTS else ("_file", "_line")
        if name == "customers":
            order = ("customer_id",)
        rows[f"source.{name}"] = reader.write_parquet(table, built / "source" / f"{name}.parquet", order)
    if personal:
        (built / "personal").mkdir()
        for name, table in sorted(personal.items()):
            reader.write_parquet(table, built / "personal" / f"{name}.parquet", ("_file", "_line"))
    return rows


def _earlier(folder: Path, as_of: date, engine: Engine) -> Earlier | None:
    """The latest kept run of an earlier day; one that cannot be read is passed over, as it stands in nobody's way."""
    found: list[tuple[date, str, Path]] = []
    for run in publish.kept(folder):
        try:
            about = run.json("run")
        except CorruptRun:
            continue
        scores, day = run.tables().get("customer_scores"), date.fromisoformat(about["as_of"])
        if scores is not None and about["contract"] == CONTRACT and day < as_of:
            found.append((day, run.run_id, scores))
    if not found:
        return None
    day, run_id, scores = max(found)
    return Earlier(run_id, day, engine.parquet([scores]))


def _about(
    config: CompanyConfig, loaded: Loaded, rows: dict[str, int], engine: str, earlier: Earlier | None
) -> dict[str, Any]:
    settings = loaded.dataset.settings
    chosen = {
        "setting": settings.setting,
        "outcome": settings.outcome,
        "margin": settings.margin,
        "discount_rate": settings.discount_rate,
        "horizon_months": settings.horizon_months,
        "timezone": settings.timezone,
        "fiscal_year_start": settings.fiscal_year_start,
        "lapse_months": settings.lapse_months,
        "leave_rate": settings.leave_rate,
        "revenue_from": settings.revenue_from,
        "score_metric": settings.score_metric,
    }
    libraries = (*_LIBRARIES, *_OF_ENGINE.get(engine, ()))
    named = {
        "inputs": {n: {"sha256": f.sha256, "bytes": f.size} for n, f in sorted(loaded.files.items())},
        "store_snapshot": loaded.snapshot,
        "earlier_run": earlier.run_id if earlier else None,
        "as_of": settings.as_of.isoformat(),
        "engine": engine,
        "settings": chosen,
        "config": config.text,
        "versions": {"worthline": __version__, "code": _code()} | {name: version(name) for name in libraries},
        "contract": CONTRACT,
    }
    name = publish.run_id(named)
    return {
        "contract": CONTRACT,
        "run_id": name,
        "company": settings.name,
        "currency": settings.currency,
        "as_of": settings.as_of.isoformat(),
        "setting": settings.setting,
        "simulated": settings.simulated,
        "settings": chosen,
        "because": settings.because,
        "rows": rows,
        "inputs": named["inputs"],
        "store_snapshot": loaded.snapshot,
        "earlier_run": named["earlier_run"],
        "engine": engine,
        "versions": named["versions"],
        "seeds": {},
    }


def _proved(folder: Path, *, writes: bool = True) -> Proved:
    """The files that earlier runs of this code proved clean."""
    code = " ".join((_code(), version("duckdb"), version("ibis-framework")))
    return Proved(folder / publish.HOME / "checked", code, writes=writes)


def _code() -> str:
    """A fingerprint of Worthline's own source, so that a run made by other code has another name."""
    digest = hashlib.sha256()
    home = Path(__file__).parent
    for path in sorted(home.rglob("*.py")):
        digest.update(path.relative_to(home).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


class _Watch:
    """Seconds by stage, for the log beside the run; nothing of it enters a published file."""

    def __init__(self) -> None:
        self._started = datetime.now(UTC)
        self._stage: str | None = None
        self._since = time.perf_counter()
        self._seconds: dict[str, float] = {}

    def around(self, progress: Progress) -> Progress:
        """Times the stages that `progress` hears of."""

        def heard(stage: str, done: int, of: int) -> None:
            self._turn(stage.split(" ", maxsplit=1)[0])
            progress(stage, done, of)

        return heard

    def _turn(self, stage: str | None) -> None:
        now = time.perf_counter()
        if self._stage is not None:
            self._seconds[self._stage] = self._seconds.get(self._stage, 0.0) + now - self._since
        self._stage, self._since = stage, now

    def write(self, folder: Path, run_id: str, about: dict[str, Any]) -> None:
        """One JSON file a run in .worthline/logs."""
        self._turn(None)
        logs = folder / publish.HOME / "logs"
        logs.mkdir(exist_ok=True)
        stamp = self._started.strftime("%Y%m%dT%H%M%S")
        content = {
            "run_id": run_id,
            "started": self._started.isoformat(timespec="seconds"),
            "seconds": {stage: round(seconds, 3) for stage, seconds in self._seconds.items()},
            "rows": about["rows"],
            "process": os.getpid(),
        }
        (logs / f"{stamp}-{run_id}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
