"""`worthline pack`: the published run as one archive that recomputes its counted figures without Worthline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worthline.errors import UsageError
from worthline.run.pack.build import Pack, build

if TYPE_CHECKING:
    from worthline.company import Company


def write(company: Company, out: Path | None, *, with_personal: bool) -> Pack:
    """Pack the published run; where no file is named, beside where the command is run. Raises UsageError, DataError."""
    run = company.published()
    target = out or Path(f"{_file_name(company.config.name)}-{run.run_id.partition('.')[0]}-proof.zip")
    if target.is_dir():
        raise UsageError(f"{target} is a folder. Name a file: --out {target / 'proof.zip'}")
    if not target.parent.is_dir():
        raise UsageError(f"There is no folder {target.parent}. Make it first, or name another file.")
    return build(run, target, with_personal=with_personal)


def _file_name(company: str) -> str:
    """The company's name in letters, digits and hyphens, legal on every system."""
    return re.sub(r"[^a-z0-9]+", "-", company.casefold()).strip("-")[:40] or "company"


def said(made: Pack) -> Iterator[str]:
    """What was written, for people."""
    figures = "1 counted figure" if made.counted == 1 else f"{made.counted} counted figures"
    yield f"{made.path} recomputes {figures}. Verify it with: python {made.path}\n"
    yield f"sha256 {made.sha256}\n"
    if made.left_out:
        columns = sum(map(len, made.left_out.values()))
        yield f"Left out: {columns} columns that may tell who a person is (--with-personal puts them in).\n"


def as_json(made: Pack) -> dict[str, Any]:
    """The same as plain JSON types."""
    return {
        "file": str(made.path),
        "sha256": made.sha256,
        "counted_figures": made.counted,
        "left_out": {table: dict(columns) for table, columns in made.left_out.items()},
    }
