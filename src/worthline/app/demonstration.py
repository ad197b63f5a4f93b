"""`worthline demo`: makes a simulated company, runs it, shows its headline.

Reads     what was asked on the command line.
Gives     a company's folder with a published run; its truth in truth.json, which no run reads.
Assumes   a folder that holds anything but an earlier demo is somebody's: it is refused, never written into.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from worthline import company
from worthline.app import listening, output
from worthline.app.progress import shown, tell_counted
from worthline.app.store import around_run
from worthline.errors import UsageError
from worthline.reports import overview

MOST_CUSTOMERS = 10_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for."""

    folder: Path
    customers: int
    seed: int
    null: bool
    which: str


def demonstrate(asked: Asked) -> None:
    """Make, run and show it; UsageError where the folder is somebody's or a setting makes no company."""
    from worthline.demo.make import COMPANIES, make
    from worthline.demo.world import World

    if not 1 <= asked.customers <= MOST_CUSTOMERS:
        raise UsageError(f"--customers: found {asked.customers:,}. Give a number from 1 to {MOST_CUSTOMERS:,}.")
    if asked.which not in COMPANIES:
        raise UsageError(f"--company: found {asked.which!r}. There are: {', '.join(COMPANIES)}.")
    _ours(asked.folder, COMPANIES[asked.which].NAME)
    world = World(customers=asked.customers, seed=asked.seed)
    with shown() as progress:
        try:
            make(asked.folder, world.null() if asked.null else world, asked.which, progress)
        except OSError as error:
            raise UsageError(
                f"Cannot write the demo company to {asked.folder}: {error.strerror or error}. "
                "Name a folder on a disk with room that you may write to: worthline demo FOLDER."
            ) from None
        made_company = company.open(asked.folder)
        made, _ = around_run.running(
            asked.folder,
            made_company.config,
            lambda: made_company.run(progress=progress, counted=tell_counted(progress)),
        )
        listening.route_comments(asked.folder)
    output.remark(f"Made {made.about['company']} in {asked.folder}: SIMULATED data; what is true is in truth.json.")
    output.show(overview.page(made, folder=str(asked.folder)))


def _ours(folder: Path, company: str) -> None:
    """Refuse a folder that is not empty and was not made here, for this company."""
    from worthline.demo.make import made_here

    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file. Name a folder for the demo company.")
    try:
        used = folder.is_dir() and any(folder.iterdir())
    except OSError as error:
        raise UsageError(f"Cannot open {folder}: {error.strerror}. Name a new folder: worthline demo FOLDER.") from None
    there = made_here(folder)
    if used and not there:
        raise UsageError(
            f"{folder} is not empty, and no demo company made it: nothing was written. "
            "Name a new folder: worthline demo NEW-FOLDER."
        )
    if used and there != company:
        raise UsageError(
            f"{folder} holds {there}, another demo company: nothing was written. "
            "Name a new folder: worthline demo NEW-FOLDER."
        )
