"""Before a run: what people wrote is put in place for it. After it: what it proved is posted to the register.

Gives     `before`, `after`: remarks for whoever started the run; `running`, both around it.
Method    a run never writes the store. Posting is asked of the published table and does nothing twice, so that a run
          whose proofs could not be posted has them posted by the next.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worthline.app.store.presence import exists
from worthline.errors import StoreError, Unwritable

if TYPE_CHECKING:
    from worthline.config import CompanyConfig
    from worthline.run import Run

TABLE = "benefits_register"


def before(folder: Path, config: CompanyConfig) -> tuple[str, ...]:
    """Export what people wrote; nothing where nobody has written. A store that does not answer stops no run."""
    if not exists(folder, config):
        return ()
    from worthline.app.store import snapshot, standing
    from worthline.app.store.opening import open_store

    try:
        with closing(open_store(folder, config)) as store:
            remarks = standing.bring_forward(store, folder)
            snapshot.export(store, folder)
            return remarks
    except (StoreError, Unwritable) as error:
        last = snapshot.latest(folder)
        used = f"what was written until snapshot {last.name}" if last else "nothing that people wrote"
        return (f"{error} The run uses {used}.",)


def after(folder: Path, config: CompanyConfig, run: Run) -> tuple[str, ...]:
    """Post what the published run measured on dates of proof."""
    if not exists(folder, config) or not (due := _due(run)):
        return ()
    from worthline.app.store import register
    from worthline.app.store.opening import open_store

    try:
        with closing(open_store(folder, config)) as store, store.writing() as tx:
            made = register.post(tx, due, at=store.clock())
    except StoreError as error:
        return (f"{error} The next run posts its proofs.",)
    counts = [
        f"{n:,} {what}{'' if n == 1 else 's'}" for n, what in zip(made, ("proof", "restatement"), strict=True) if n
    ]
    return (f"Posted to the benefits register: {' and '.join(counts)}.",) if counts else ()


def running(folder: Path, config: CompanyConfig, run: Callable[[], Run]) -> tuple[Run, tuple[str, ...]]:
    """A run with what comes before and after it; gives it with all remarks."""
    remarks = before(folder, config)
    made = run()
    return made, (*remarks, *after(folder, config, made))


def _due(run: Run) -> list[dict[str, Any]]:
    if TABLE not in run.tables():
        return []
    rows = run.table_in_full(TABLE).to_pylist()
    as_of = run.about["as_of"]
    return [_statement(row, run.run_id, as_of) for row in rows if row["is_due"]]


def _statement(row: dict[str, Any], run_id: str, as_of: str) -> dict[str, Any]:
    from datetime import date

    from worthline.app.store import register

    stated = {name: row[f"now_{name}"] for name in register.STATED}
    return {
        "initiative": row["initiative"],
        "proof_on": row["proof_on"],
        "run": run_id,
        "as_of": date.fromisoformat(as_of),
        **stated,
    }
