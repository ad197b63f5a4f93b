"""What has been written since a run was made: lines of the register as they stand in the store now.

Reads     the store of a company, where there is one.
Gives     `of`: Written for pages and commands; says why where the store cannot be read. Reading goes on without it.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from worthline import company
from worthline.app.store import exists, open_store, people, schema, standing
from worthline.errors import WorthlineError
from worthline.reports.register import Line, Written


def of(folder: Path) -> Written:
    """Approvals with who made and signed them, closed quarters, and what is wrong with the store."""
    try:
        config = company.open(folder).config
        if not exists(folder, config):
            return Written()
        with closing(open_store(folder, config)) as store:
            short = standing.behind(store, folder)
            with store.reading() as tx:
                names = people.names(tx)
                signed = {row.approval: row.signed_by for row in tx.execute(sa.select(schema.signoffs))}
                approvals = [dict(row) for row in tx.execute(sa.select(schema.approvals)).mappings()]
                quarters = tuple(tx.execute(sa.select(schema.closings.c.quarter)).scalars())
    except WorthlineError as error:
        return Written(problem=str(error))
    lines = tuple(
        Line(
            initiative=row["initiative"],
            proof_on=row["proof_on"],
            approved_on=row["approved_on"],
            benefit=row["benefit"],
            cost=row["cost"],
            by=names.get(row["approved_by"], "erased"),
            finance=names.get(signed[row["entry"]], "erased") if row["entry"] in signed else None,
            is_signed_in=bool(row["signed_in"]),
            cites=(row["cites_figure"], row["cites_value"]) if row["cites_figure"] else None,
        )
        for row in approvals
    )
    return Written(lines, quarters, short or "")
