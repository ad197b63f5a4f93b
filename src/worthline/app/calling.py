"""The command `outcome`: what came of contacts, typed or brought as a file.

Reads     arguments, a CSV file, the company's folder, its published run.
Gives     `register`, which adds the command; `assign_list`, for `worklist --assign`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worthline.app import output
from worthline.app.command_folder import HERE, Dir, Json, published_of
from worthline.errors import UsageError

if TYPE_CHECKING:
    from worthline.run import Run


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(outcome)


def outcome(
    folder: Dir = HERE,
    file: Annotated[Path | None, typer.Option("--file", metavar="CSV", help="customer_id, outcome_code, …")] = None,
    customer: Annotated[str, typer.Option("--customer", help="one customer")] = "",
    code: Annotated[str, typer.Option("--code", help="what came of it: reached, declined, …")] = "",
    said: Annotated[str, typer.Option("--said", help="the customer's words")] = "",
    action: Annotated[str, typer.Option("--action", help="which action; default: the one on the worklist")] = "",
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="who writes this; marked “not signed in”")] = "",
    as_json: Json = False,
) -> None:
    """Write back what came of contacts: code and words. Exit 1 if a row is refused."""
    from worthline.app import acting
    from worthline.app.store.people import NOT_SIGNED_IN

    if (file is None) == (not customer):
        raise UsageError("Give either --file or --customer.")
    rows = (
        acting.read_file(file)
        if file is not None
        else [{"customer_id": customer, "outcome_code": code, "customer_said": said, "action": action}]
    )
    run = published_of(folder)
    with acting.opened(folder) as (store, office):
        recorded = acting.record(store, office, run, rows, by=by or NOT_SIGNED_IN)
    if as_json:
        output.write_json({"outcomes": recorded.outcomes, "words_routed": recorded.words, "refused": recorded.refused})
    else:
        output.write([f"{acting.sentence(recorded)}\n", *(f"- {why}\n" for why in recorded.refused)])
    if recorded.refused:
        raise typer.Exit(1)


def assign_list(folder: Path, run: Run, weeks: int, by: str) -> None:
    """Write the arms of the plan's first weeks to the store."""
    from worthline.app import acting
    from worthline.app.store.people import NOT_SIGNED_IN
    from worthline.metrics import formatting

    with acting.opened(folder) as (store, _):
        assigned = acting.assign(store, run, acting.planned(run, weeks=weeks), by=by or NOT_SIGNED_IN)
    output.remark(f"{formatting.how_many(assigned.plan, 'customer')} assigned, control customers included.")
    if assigned.universal:
        output.remark(f"{formatting.how_many(assigned.universal, 'customer')} joined the universal control group.")
