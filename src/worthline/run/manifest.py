"""run.json: what a run says of itself, so that anyone can tell what it was made from and that it is whole.

Reads     settings, what was loaded, the files that were written.
Gives     Manifest; its `as_json` is the content of run.json.
Method    run_id is a hash of inputs, snapshot of the store, settings, versions and the earlier run looked back to;
          what was computed does not enter it. Nothing hangs on the clock or on the number of threads.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worthline.engine import publish, seal
from worthline.results import CONTRACT, VERSION

if TYPE_CHECKING:
    from worthline.config import CompanyConfig
    from worthline.ingest.load import Loaded
    from worthline.results import Earlier, Resolved

LIBRARIES = ("ibis-framework", "duckdb", "sqlglot", "pyarrow", "numpy")
LIBRARIES_OF_ENGINE = {"spark": ("pyspark",)}


@dataclass(frozen=True)
class Manifest:
    """run.json, in the order in which it is written."""

    contract: int
    run_id: str
    company: str
    currency: str
    as_of: str
    setting: str
    simulated: bool
    settings: dict[str, Any]
    """As decided: 'auto' is resolved."""
    because: dict[str, str]
    rows: dict[str, int]
    """Rows by table; `source.<name>` for canonical tables."""
    inputs: dict[str, dict[str, Any]]
    store_snapshot: str | None
    store_head: dict[str, Any] | None
    """Number and hash of the last entry of the store's chain that the run was made from."""
    earlier_run: str | None
    engine: str
    versions: dict[str, str]
    seeds: dict[str, int] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Size and sha256 of every other file of the run."""

    def as_json(self) -> dict[str, Any]:
        """The content of run.json, its seal last."""
        content = asdict(self)
        return {**content, seal.SEAL: seal.seal(content)}


def manifest(
    config: CompanyConfig,
    loaded: Loaded,
    rows: dict[str, int],
    engine: str,
    earlier: Earlier | None,
    built: Path,
    groups: str | None = None,
) -> Manifest:
    """What a run that was written to `built` says of itself; `groups`: how control groups are drawn, a fingerprint."""
    settings = loaded.dataset.settings
    decided = _decided(settings)
    inputs = {name: {"sha256": print_.sha256, "bytes": print_.size} for name, print_ in sorted(loaded.files.items())}
    libraries = (*LIBRARIES, *LIBRARIES_OF_ENGINE.get(engine, ()))
    versions = {"worthline": VERSION, "code": code()} | {name: version(name) for name in libraries}
    earlier_run = earlier.run_id if earlier else None
    as_of = settings.as_of.isoformat()
    named = {
        "company": settings.name,
        "inputs": inputs,
        "store_snapshot": loaded.snapshot,
        "earlier_run": earlier_run,
        "as_of": as_of,
        "engine": engine,
        "settings": decided,
        "config": config.text,
        "control_groups": groups,
        "versions": versions,
        "contract": CONTRACT,
    }
    return Manifest(
        contract=CONTRACT,
        run_id=publish.run_id(named),
        company=settings.name,
        currency=settings.currency,
        as_of=as_of,
        setting=settings.setting,
        simulated=settings.simulated,
        settings=decided,
        because=settings.because,
        rows=rows,
        inputs=inputs,
        store_snapshot=loaded.snapshot,
        store_head=loaded.store_head,
        earlier_run=earlier_run,
        engine=engine,
        versions=versions,
        files=seal.files(built),
    )


DECIDED = (
    "setting",
    "outcome",
    "margin",
    "discount_rate",
    "horizon_months",
    "timezone",
    "fiscal_year_start",
    "lapse_months",
    "leave_rate",
    "revenue_from",
    "score_metric",
)
"""Settings that run.json tells as decided."""


def _decided(settings: Resolved) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in DECIDED}


@cache
def code() -> str:
    """A fingerprint of Worthline's own source, so that a run made by other code has another name."""
    digest = hashlib.sha256()
    house = Path(__file__).parents[1]
    for path in sorted(house.rglob("*.py")):
        digest.update(path.relative_to(house).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]
