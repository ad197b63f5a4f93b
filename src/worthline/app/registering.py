"""Commands of the benefits register and of the store: approve, sign-off, close-quarter, register, store.

Reads     arguments, the company's folder, its published run.
Gives     `register`, which adds the commands to the command line.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worthline.app import output
from worthline.app.command_folder import HERE, By, Dir, Json, company_of, published_of

if TYPE_CHECKING:
    from worthline.app.store import Store

Initiative = Annotated[str, typer.Argument(metavar="INITIATIVE", help="as the files call it")]
store_commands = typer.Typer(help="Check, back up or restore what people wrote.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(approve)
    app.command(name="sign-off")(sign_off)
    app.command(name="close-quarter")(close_quarter)
    app.command(name="register")(show_register)
    app.add_typer(store_commands, name="store")


@contextmanager
def opened_store(folder: Path) -> Iterator[Store]:
    """The store of a folder, for a `with` statement."""
    from worthline.app.store import open_store

    with closing(open_store(folder, company_of(folder).config)) as store:
        yield store


def approve(
    initiative: Initiative,
    folder: Dir = HERE,
    *,
    benefit: Annotated[str, typer.Option("--benefit", metavar="AMOUNT", help="gross margin to the date of proof")],
    cost: Annotated[str, typer.Option("--cost", metavar="AMOUNT", help="cost to the date of proof")],
    proof_on: Annotated[str, typer.Option("--proof-on", metavar="DATE", help="the day on which it is measured")],
    by: By,
    finance: Annotated[str, typer.Option("--finance", metavar="NAME", help="who signs for finance")] = "",
    cites: Annotated[str, typer.Option("--cites", metavar="FIGURE", help="the figure it is based on")] = "",
    share: Annotated[list[str] | None, typer.Option("--share", metavar="GROUP=WEIGHT", help="who bears it")] = None,
    note: Annotated[str, typer.Option("--note", help="why")] = "",
    name: Annotated[str, typer.Option("--name", help="of a new initiative: what people call it")] = "",
    group: Annotated[str, typer.Option("--group", help="of a new initiative: the department that runs it")] = "",
    owner: Annotated[str, typer.Option("--owner", help="of a new initiative: who answers for it")] = "",
    as_json: Json = False,
) -> None:
    """Approve an initiative. Benefit, cost and date of proof are frozen in the benefits register."""
    from worthline.app import approving
    from worthline.app.store import register as registering

    run = published_of(folder)
    typed = approving.Typed(
        initiative, benefit, cost, proof_on, by, finance, cites, note, share or (), name, group, owner
    )
    approval = approving.ask(run, typed)
    with opened_store(folder) as store:
        now = store.clock()
        with store.writing() as tx:
            approving.named(run, tx, typed, now)
            entry = registering.approve(tx, approval, at=now)
    warnings = approving.warned(run, approval.initiative)
    for warning in warnings:
        output.remark(f"worthline: {warning}")
    signed = f"signed for finance by {approval.finance}" if approval.finance else "finance has not signed it"
    if as_json:
        fields = {
            "entry": entry,
            "initiative": approval.initiative,
            "benefit": str(approval.benefit),
            "cost": str(approval.cost),
        }
        fields |= {
            "proof_on": approval.proof_on.isoformat(),
            "approved_by": by,
            "signed_in": False,
            "warnings": warnings,
        }
        fields |= {"finance": approval.finance, "cites": list(approval.cites) if approval.cites else None}
        output.write_json(fields)
        return
    frozen = f"benefit {approval.benefit:,.2f}, cost {approval.cost:,.2f}, proof on {approval.proof_on}"
    warning = f"Approved {approval.initiative}: {frozen}; by {by} (not signed in), {signed}. Entry {entry}.\n"
    output.write([warning, "The next worthline run shows it in the benefits register.\n"])


def sign_off(initiative: Initiative, folder: Dir = HERE, *, by: By) -> None:
    """Record finance's sign-off of an approval."""
    from worthline.app.store import register as registering

    with opened_store(folder) as store, store.writing() as tx:
        entry = registering.sign_off(tx, initiative, by=by, at=store.clock())
    output.write([f"Signed {initiative} for finance: {by} (not signed in). Entry {entry}.\n"])


def close_quarter(
    quarter: Annotated[str, typer.Argument(metavar="QUARTER", help="such as 2026-Q3")], folder: Dir = HERE, *, by: By
) -> None:
    """Close a fiscal quarter. From then on its proofs change by a restatement alone."""
    from worthline.app.store import register as registering

    start = company_of(folder).config.fiscal_year_start
    with opened_store(folder) as store, store.writing() as tx:
        now = store.clock()
        entry = registering.close_quarter(tx, quarter, fiscal_year_start=start, by=by, at=now)
    output.write([f"Closed {quarter}: {by} (not signed in). Entry {entry}.\n"])


def show_register(folder: Dir = HERE, as_json: Json = False) -> None:
    """Show the benefits register. What was approved beside what was measured, by initiative and department."""
    from worthline.app.store import lines
    from worthline.reports import overview
    from worthline.reports import register as pages

    run = published_of(folder)
    register_lines = lines.of(folder)
    if as_json:
        output.write_json(overview.labelled(run, pages.as_json(run, register_lines)))
    else:
        output.show(pages.page(run, register_lines, folder=str(folder)))


@store_commands.command()
def check(folder: Dir = HERE, as_json: Json = False) -> None:
    """Look whether the store is whole. And whether a run knows more than it. Exit 1 if not."""
    from worthline.app.store import backup, ledger

    with opened_store(folder) as store:
        faults = backup.check(store, folder)
        with store.reading() as tx:
            head = ledger.head(tx)
        where = store.where
    if as_json:
        output.write_json({"store": where, "entries": head.seq, "head": head.hash, "faults": faults})
    elif not faults:
        output.write([f"{where} is whole: {head.seq:,} entries, the last {head.hash[:12]}.\n"])
    else:
        output.write([f"{where}: {len(faults)} faults\n", *(f"  {fault}\n" for fault in faults)])
    if faults:
        raise typer.Exit(1)


@store_commands.command()
def erase(
    folder: Dir = HERE,
    *,
    customer: Annotated[str, typer.Option("--customer", metavar="ID", help="a customer")] = "",
    person: Annotated[str, typer.Option("--person", metavar="NAME", help="somebody who wrote here")] = "",
    unanswered: Annotated[
        bool, typer.Option("--unanswered", help="raw webhooks that brought no answer, whosever they are")
    ] = False,
    by: By = "",
) -> None:
    """Erase a customer, or somebody who wrote here. From the store and its snapshots; says what still holds them."""
    from worthline.app.store import erasing, people
    from worthline.metrics.formatting import how_many

    _one_of(customer, person, unanswered=unanswered)
    with opened_store(folder) as store:
        with store.writing() as tx:
            if unanswered:
                erased = how_many(erasing.unanswered(tx, by=by or people.NOT_SIGNED_IN, at=store.clock()), "message")
            elif person:
                erased = how_many(people.erase(tx, person, store.clock()), "entry", "entries")
            else:
                erased = how_many(
                    erasing.customer(tx, customer, by=by or people.NOT_SIGNED_IN, at=store.clock()), "row"
                )
        runs = erasing.snapshots(store, folder, customer) if customer else []
        is_held = erasing.shortened(store)
    whose = "without an answer" if unanswered else f"held {'that name' if person else 'that customer'}"
    output.write([f"Erased: {erased} {whose}. The chain stays whole.\n"])
    if is_held:
        output.write(["Another process reads the store: its log holds earlier pages until that process ends.\n"])
    if runs:
        before = ", ".join(run[:6] for run in runs)
        output.write([f"What stays: the company's own files, copies of the store, published runs ({before}).\n"])
        output.write(["Take the customer out of the files and run again; keep_runs says how many runs are kept.\n"])


def _one_of(customer: str, person: str, *, unanswered: bool) -> None:
    from worthline.errors import UsageError

    if bool(customer) + bool(person) + unanswered != 1:
        raise UsageError("Say whom to erase: --customer ID or --person NAME; or --unanswered.")


@store_commands.command(name="backup")
def make_backup(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="where the copy goes")], folder: Dir = HERE
) -> None:
    """Copy the store to a file. Others may go on writing meanwhile."""
    from worthline.app.store import backup

    with opened_store(folder) as store:
        backup_file = backup.backup(store, target)
    output.write([f"Copied the store to {backup_file}.\n"])


@store_commands.command(name="restore")
def take_back(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="a copy made by worthline store backup")],
    folder: Dir = HERE,
) -> None:
    """Take back a copy of the store. Entries that a run knows and the copy does not are put back from its snapshot."""
    from worthline.app.store import backup, standing

    with opened_store(folder) as store:
        replaced = backup.restore(store, source)
    with opened_store(folder) as store:
        restored = standing.bring_forward(store, folder)
    output.write(
        [f"Took back {source}; what stood before is kept in {replaced}.\n", *(f"{line}\n" for line in restored)]
    )
