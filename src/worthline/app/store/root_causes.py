"""Root-cause actions as people write them: what fails and why, who takes the cause away, by which steps.

Gives     `open_action`, `add_step`, `step_done`, `fix`, `close`, `listed`; raises UsageError, ChangedMeanwhile.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from worthline.app.store import rows, schema
from worthline.errors import NoSuchName, UsageError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

KINDS = ("touchpoint", "theme", "need")


@dataclass(frozen=True, slots=True)
class Opening:
    """A root-cause action as it is opened."""

    kind: str
    subject: str
    cause: str
    owner: str
    by: str
    group: str = ""
    initiative: str = ""
    cites: tuple[str, str, float | None] | None = None
    """The figure that it is based on: its name, its run, its value."""


def open_action(tx: Connection, opening: Opening, *, at: datetime) -> str:
    """Open an action; gives its name; raises UsageError."""
    if opening.kind not in KINDS:
        raise UsageError(f"A root-cause action is for one of {', '.join(KINDS)}; found {opening.kind!r}.")
    for what in ("subject", "cause", "owner"):
        if not str(getattr(opening, what)).strip():
            raise UsageError(f"Say the {what} of the root-cause action.")
    name = secrets.token_hex(4)
    values: dict[str, Any] = {"root_cause": name, "kind": opening.kind, "opened_on": at.date()}
    for what in ("subject", "cause", "owner", "group", "initiative"):
        values[what] = str(getattr(opening, what)).strip() or None
    if opening.cites is not None:
        values |= dict(zip(("cites_figure", "cites_run", "cites_value"), opening.cites, strict=True))
    return rows.add(tx, schema.root_causes, values, by=opening.by, at=at)


def add_step(
    tx: Connection, root_cause: str, what: str, due_on: date, *, owner: str = "", by: str, at: datetime
) -> str:
    """Add a dated step; raises NoSuchName, UsageError."""
    if rows.get(tx, schema.root_causes, root_cause) is None:
        raise NoSuchName("root-cause action", root_cause, ())
    if not what.strip():
        raise UsageError("Say what the step is.")
    values = {"root_cause": root_cause, "what": what.strip(), "due_on": due_on, "owner": owner.strip() or None}
    return rows.add(tx, schema.steps, values, by=by, at=at)


def step_done(tx: Connection, step: int, *, seen: int, by: str, at: datetime) -> None:
    """A step is done today."""
    rows.change(tx, schema.steps, step, {"done_on": at.date()}, seen=seen, by=by, at=at)


def fix(tx: Connection, root_cause: str, day: date, *, seen: int, by: str, at: datetime) -> None:
    """The cause is gone from `day` on: before and after are measured around it; raises UsageError."""
    if day > at.date():
        raise UsageError(f"The day fixed, {day}, lies ahead. Name the day from which the cause was gone.")
    rows.change(tx, schema.root_causes, root_cause, {"fixed_on": day}, seen=seen, by=by, at=at)


def close(tx: Connection, root_cause: str, *, seen: int, by: str, at: datetime) -> None:
    """Nothing is left to do; it is reopened by itself where what failed comes back; raises UsageError."""
    row = rows.get(tx, schema.root_causes, root_cause)
    if row is not None and row["fixed_on"] is None:
        raise UsageError("It is not fixed yet. Say from which day the cause was gone, then close it.")
    rows.change(tx, schema.root_causes, root_cause, {"closed_on": at.date()}, seen=seen, by=by, at=at)


def listed(tx: Connection) -> list[dict[str, Any]]:
    """Actions in order of opening, each with its steps in order of due day."""
    c, s = schema.root_causes, schema.steps
    steps = [dict(row) for row in tx.execute(sa.select(s).order_by(s.c.due_on, s.c.step)).mappings()]
    actions = [dict(row) for row in tx.execute(sa.select(c).order_by(c.c.opened_on, c.c.root_cause)).mappings()]
    return [{**row, "steps": [step for step in steps if step["root_cause"] == row["root_cause"]]} for row in actions]
