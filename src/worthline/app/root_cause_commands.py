"""Commands of root-cause actions: open, step, done, fixed, close, list.

Reads     arguments, the company's folder, its published run.
Gives     `register`, which adds the commands to the command line.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worthline.app import output
from worthline.app.command_folder import HERE, By, Dir, Json, published_of
from worthline.app.registering import opened_store
from worthline.errors import NoSuchName, UsageError

if TYPE_CHECKING:
    from worthline.run import Run

Name = Annotated[str, typer.Argument(metavar="ACTION", help="as worthline root-cause list calls it")]
commands = typer.Typer(
    help="Take away what makes a touchpoint fail. Or a theme or need: cause, owner, dated steps, day fixed.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="root-cause")


@commands.command(name="open")
def open_one(
    folder: Dir = HERE,
    *,
    subject: Annotated[str, typer.Option("--subject", help="the touchpoint, theme or need that fails")],
    cause: Annotated[str, typer.Option("--cause", help="why it fails")],
    owner: Annotated[str, typer.Option("--owner", help="who takes the cause away")],
    by: By,
    kind: Annotated[str, typer.Option("--kind", help="touchpoint, theme or need")] = "touchpoint",
    group: Annotated[str, typer.Option("--group", help="the department")] = "",
    cites: Annotated[str, typer.Option("--cites", metavar="FIGURE", help="the figure it is based on")] = "",
) -> None:
    """Open a root-cause action. Says the name that the other commands take."""
    from worthline.app import approving
    from worthline.app.store import root_causes

    run = published_of(folder)
    cited = approving.cited(run, cites) if cites else None
    opening = root_causes.Opening(kind, _spelled(run, kind, subject), cause, owner, by, group, cites=cited)
    with opened_store(folder) as store, store.writing() as tx:
        name = root_causes.open_action(tx, opening, at=store.clock())
    output.write([f"Opened {name}: {opening.subject}, owner {owner}; by {by} (not signed in).\n"])


@commands.command()
def step(
    name: Name,
    folder: Dir = HERE,
    *,
    what: Annotated[str, typer.Option("--what", help="what is to be done")],
    due: Annotated[str, typer.Option("--due", metavar="DATE", help="by when")],
    by: By,
    owner: Annotated[str, typer.Option("--owner", help="who does it")] = "",
) -> None:
    """Add a dated step to an action."""
    from worthline.app import approving
    from worthline.app.store import root_causes

    day = approving.day(due, "due")
    with opened_store(folder) as store, store.writing() as tx:
        step_number = root_causes.add_step(tx, name, what, day, owner=owner, by=by, at=store.clock())
    output.write([f"Step {step_number} of {name}: {what}, due {day}.\n"])


@commands.command()
def done(
    number: Annotated[int, typer.Argument(metavar="STEP", help="the step's number")], folder: Dir = HERE, *, by: By
) -> None:
    """A step is done today."""
    from worthline.app.store import root_causes

    with opened_store(folder) as store, store.writing() as tx:
        root_causes.step_done(tx, number, seen=_version_of_step(tx, number), by=by, at=store.clock())
    output.write([f"Step {number} is done.\n"])


@commands.command()
def fixed(
    name: Name,
    folder: Dir = HERE,
    *,
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="from which day the cause was gone")],
    by: By,
) -> None:
    """Say that the cause is gone. The next run holds the months before against the months after."""
    from worthline.app import approving
    from worthline.app.store import root_causes

    day = approving.day(on, "day fixed")
    with opened_store(folder) as store, store.writing() as tx:
        root_causes.fix(tx, name, day, seen=_version(tx, name), by=by, at=store.clock())
    output.write([f"{name} is fixed from {day}. The next worthline run measures before and after.\n"])


@commands.command()
def close(name: Name, folder: Dir = HERE, *, by: By) -> None:
    """Close an action that is fixed. It is reopened by itself where what failed comes back."""
    from worthline.app.store import root_causes

    with opened_store(folder) as store, store.writing() as tx:
        root_causes.close(tx, name, seen=_version(tx, name), by=by, at=store.clock())
    output.write([f"{name} is closed.\n"])


@commands.command(name="list")
def show(folder: Dir = HERE, as_json: Json = False) -> None:
    """Show all actions with their steps. As they stand in the store; what came of them as of the last run."""
    from worthline.app.store import exists
    from worthline.reports import root_causes as page

    run = published_of(folder)
    measured = run.table(page.TABLE).to_pylist() if page.TABLE in run.tables() else []
    sentences = {row["root_cause"]: row["sentence"] for row in measured}
    rows = _written(folder) if exists(folder, _config(folder)) else []
    if as_json:
        output.write_json([_plain(row) | {"result": sentences.get(row["root_cause"])} for row in rows])
        return
    lines = [line for row in rows for line in _lines(row, sentences.get(row["root_cause"]))]
    output.write(lines or ["No root-cause action is open. Open one: worthline root-cause open.\n"])


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """As JSON has it: days and moments as text, steps too."""
    values = {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}
    return values | ({"steps": [_plain(step_row) for step_row in row["steps"]]} if "steps" in row else {})


def _config(folder: Path) -> Any:
    from worthline import company

    return company.open(folder).config


def _written(folder: Path) -> list[dict[str, Any]]:
    from worthline.app.store import root_causes

    with opened_store(folder) as store, store.reading() as tx:
        return root_causes.listed(tx)


def _lines(row: dict[str, Any], result: str | None) -> Iterator[str]:
    """An action for people, a line each for its steps."""
    state = "closed" if row["closed_on"] else f"fixed from {row['fixed_on']}" if row["fixed_on"] else "open"
    yield f"{row['root_cause']}  {row['kind']} {row['subject']}: {row['cause']} ({row['owner']}; {state})\n"
    for step_row in row["steps"]:
        when = f"done {step_row['done_on']}" if step_row["done_on"] else f"due {step_row['due_on']}"
        yield f"  step {step_row['step']}: {step_row['what']}, {when}\n"
    if result:
        yield f"  {result}\n"


def _spelled(run: Run, kind: str, subject: str) -> str:
    """The subject as the run spells it; raises NoSuchName where the run knows others of its kind alone."""
    from worthline.reports.root_causes import subjects

    spellings = {name.casefold(): name for name in subjects(run, kind)}
    if spellings and subject.strip().casefold() not in spellings:
        raise NoSuchName(kind, subject, spellings.values())
    return spellings.get(subject.strip().casefold(), subject)


def _version_of_step(tx: Any, number: int) -> int:
    """The version of a step that is still to be done; raises NoSuchName, UsageError."""
    from worthline.app.store import root_causes

    steps = {step_row["step"]: step_row for row in root_causes.listed(tx) for step_row in row["steps"]}
    if number not in steps:
        raise NoSuchName("step", str(number), [str(step_number) for step_number in steps])
    if steps[number]["done_on"] is not None:
        raise UsageError(f"Step {number} was done on {steps[number]['done_on']} already.")
    return int(steps[number]["version"])


def _version(tx: Any, name: str) -> int:
    """The version of an action as it stands; raises NoSuchName."""
    from worthline.app.store import root_causes

    versions = {row["root_cause"]: row["version"] for row in root_causes.listed(tx)}
    if name not in versions:
        raise NoSuchName("root-cause action", name, versions)
    return int(versions[name])
