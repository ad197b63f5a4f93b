"""A company's folder, opened: check it, run it, read what was published.

Composes the rooms; reads top to bottom like the picture in ARCHITECTURE.md. What the command line, the web and
notebooks call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from worthline import config as configuration
from worthline.engine import publish
from worthline.engine.home import CHECKED, HOME, LOGS
from worthline.errors import EngineFault
from worthline.results import Figure, Findings, Progress, arranged, no_progress
from worthline.run import Run
from worthline.tables import TABLES

if TYPE_CHECKING:
    from datetime import date

    from worthline.config import CompanyConfig
    from worthline.engine import Engine
    from worthline.ingest.clean_cache import Proved
    from worthline.ingest.health import Health
    from worthline.run.kept_groups import Kept
    from worthline.run.manifest import Manifest

__all__ = ["Company", "Run", "open"]
OnFigures = Callable[[Sequence[Figure]], None]
"""Hears figures."""


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
        from worthline import customers, initiatives
        from worthline.engine import open_engine, rooms
        from worthline.ingest.load import load
        from worthline.ingest.unread import unread

        with publish.scratch(self.folder) as place:
            engine = open_engine("duckdb", place / "scratch")
            try:
                proved = _proved(self.folder, writes=False)
                loaded = load(self.config, engine, place, as_of=as_of, proved=proved, progress=progress)
                left = unread(self.config)
                notes = (*customers.suspects(loaded.dataset), *((left,) if left else ()))
                wrong = initiatives.concerns(loaded.dataset, rooms(engine))
                return replace(loaded.health, notes=(*loaded.health.notes, *notes), concerns=wrong)
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
        from worthline.engine import open_engine
        from worthline.ingest.source_parts import is_small
        from worthline.run import kept_groups
        from worthline.run.collecting import collecting_seldom
        from worthline.run.stopwatch import Stopwatch
        from worthline.stats.threads import linear_algebra_on_one

        with publish.writing(self.folder) as site:
            watch = Stopwatch()
            threads = threads or (1 if is_small(self.config) else None)
            machine = open_engine(engine, site.building / "scratch", threads=threads)
            proved = _proved(self.folder)
            try:
                built = site.building / "run"
                with linear_algebra_on_one(), collecting_seldom():
                    made = _build(self.config, machine, built, as_of, proved, watch.around(progress), counted)
            except EngineFault as error:
                raise error.at(watch.stage) from error.__cause__
            finally:
                machine.close()
            progress("Publishing", 0, 0)
            kept_groups.keep(self.folder, made.groups)
            published = publish.publish(self.folder, built, made.about.run_id, self.config.keep_runs)
            proved.prune()
            remarks = (*site.healed, *made.passed_over)
            remarks += watch.write(self.folder / HOME / LOGS, made.about.run_id, made.about.rows, remarks)
        return Run(published, remarks)

    def published(self) -> Run:
        """The run that is published now, looked at whether it is whole; raises NoRun, CorruptRun."""
        run = Run(publish.current(self.folder))
        run.verify()
        return run


@dataclass(frozen=True)
class _Built:
    """A run that is written: its manifest, earlier runs that could not be read, control groups as settled."""

    about: Manifest
    passed_over: tuple[str, ...]
    groups: Kept


def _build(
    config: CompanyConfig,
    engine: Engine,
    built: Path,
    as_of: date | None,
    proved: Proved,
    progress: Progress,
    on_figures: OnFigures,
) -> _Built:
    """Everything that is published, written to `built`."""
    from worthline import customers, effects, initiatives, voice
    from worthline.engine import rooms, user_cache
    from worthline.ingest.health import with_leaks
    from worthline.ingest.load import load
    from worthline.metrics import bridge, compute, customer_scores, figures, finance
    from worthline.metrics.figure_sql.figures import with_sql
    from worthline.panel import build, with_lapse
    from worthline.run import earlier, kept_groups, writer

    doors = rooms(engine)
    kept = user_cache.own_folder()
    loaded = load(config, engine.reader, built.parent, as_of=as_of, proved=proved, progress=progress)
    checked = loaded.dataset.tables
    loaded = loaded.handed_to(engine, progress)
    loaded = loaded.with_settings(with_lapse(loaded.dataset, config.lapse_months, doors.fetch))
    ds = loaded.dataset
    panel = build(ds, doors, history_months=config.history_months, progress=progress)
    progress("Counting", 0, 0)
    metrics = compute.compute(ds, panel, doors, progress)
    bridges = bridge.compute(ds, doors)
    unmatched = finance.unmatched_targets(ds, doors, metrics["metric"].unique().to_pylist())
    counted = figures.headline(ds.settings, metrics, bridges, margin_brought=ds.has("transactions", "margin"))
    counted = with_sql(counted, ds, doors)
    on_figures(counted)
    look_back = earlier.latest(config.folder, ds.settings.as_of, engine)
    groups = kept_groups.load(config.folder)
    findings = Findings({"metrics": metrics, "bridges": bridges})
    predicted = customers.analyse(ds, panel, doors, metrics=metrics, earlier=look_back.earlier, progress=progress)
    findings += predicted.findings
    words = voice.label(
        ds,
        doors,
        listed=config.themes,
        earlier=look_back.earlier,
        progress=progress,
        vectors=config.embeddings,
        kept=kept,
    )
    findings += effects.analyse(ds, panel, doors, customers=predicted, voice=words, progress=progress)
    findings += voice.worth(ds, doors, words, known=predicted.columns, panel=panel)
    findings += initiatives.analyse(ds, panel, doors, themes=findings.tables.get("theme_trends"), progress=progress)
    planned = initiatives.plan(
        ds,
        panel,
        doors,
        scores=predicted.columns,
        key=groups.key,
        shares=groups.shares,
        results=findings.tables.get("initiative_results"),
        progress=progress,
    )
    findings += planned.findings
    findings += initiatives.prove(ds.settings, findings)
    concerns = initiatives.concerns(ds, doors)
    groups = kept_groups.settled(
        groups, findings.tables.get("control_groups"), initiatives.default_key(ds.settings.name)
    )
    planned_columns = () if planned.by_customer is None else (planned.by_customer,)
    scores = customer_scores.build(ds, panel, (*predicted.columns, *planned_columns))
    loaded = loaded.with_notes((*unmatched, *findings.notes)).with_concerns(concerns)
    loaded = replace(loaded, quality=with_leaks(loaded.quality, predicted.risk.leaks, loaded.health.tables))
    progress("Writing", 0, 0)
    results = writer.Results(panel, scores, findings.tables, arranged(counted, findings.figures))
    about = writer.write(config, engine, built, loaded, checked, results, look_back.earlier, groups.fingerprint)
    return _Built(about, look_back.passed_over, groups)


def _proved(folder: Path, *, writes: bool = True) -> Proved:
    """The files that earlier runs of this code proved clean."""
    from worthline.ingest.clean_cache import Proved
    from worthline.run import manifest

    code = " ".join((manifest.code(), version("duckdb"), version("ibis-framework")))
    return Proved(folder / HOME / CHECKED, code, writes=writes)
