"""The folder that a command works on, the run published there, and the options that many commands take.

Reads     a company's folder.
Gives     `company_of` and `published_of`, which remember the folder; `Dir`, `Json`, `By`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from worthline.company import Company
    from worthline.run import Run

HERE = Path()
Dir = Annotated[Path, typer.Argument(metavar="[DIR]", show_default=False, help="the company's folder")]
Json = Annotated[bool, typer.Option("--json", help="as JSON")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="who does this; marked “not signed in”")]


class Working:
    """The folder that a command works on, for the place of a traceback."""

    folder = HERE


def company_of(folder: Path) -> Company:
    """The company of a folder, which the command works on from now on."""
    from worthline import company

    Working.folder = folder
    return company.open(folder)


def published_of(folder: Path) -> Run:
    """The published run of a folder, for Worthline's own questions."""
    from worthline.run import OpenRun

    run = company_of(folder).published()
    return OpenRun(run.folder) if hasattr(run, "folder") else run
