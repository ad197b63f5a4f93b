"""Exports with columns missing and in another order: a column may be left to ask, never become another one."""

import random
from dataclasses import replace

import pytest

from tests.ingest.propose.exports import EXPORTS
from tests.ingest.propose.proposing import dispositions, proposal_of, write_yes
from worthline import config
from worthline.tables import TABLES

HARMLESS = {"attribute", "asked", "out", "query"}
TIMES = 20
AS_THEY_STAND = {("Created date (UTC)", "at"), ("id", "transaction_id"), ("Amount", "amount")}


def damaged(export, seed):
    """The export with a third of its columns gone and the others shuffled."""
    chance = random.Random(f"{export.name} {seed}")
    places = [n for n in range(len(export.header)) if chance.random() > 1 / 3] or [0, 1]
    chance.shuffle(places)

    def some(row):
        return [row[n] for n in places if n < len(row)]

    return replace(
        export,
        header=some(export.header),
        rows=[some(row) for row in export.rows],
        above=[some(row) for row in export.above],
    )


@pytest.mark.parametrize("export", EXPORTS, ids=lambda e: e.name)
def test_no_column_becomes_another(export, tmp_path):
    wrong = set()
    for seed in range(TIMES):
        less = damaged(export, seed)
        folder = tmp_path / str(seed)
        folder.mkdir()
        (folder / less.name).write_bytes(less.content)
        found = dispositions(proposal_of(folder)).get(less.name)
        for header in less.header if found else ():
            got, truth = found.columns.get(header, "asked"), export.of(header)
            if got not in HARMLESS | {truth} and not (truth in HARMLESS and _same_kind(header, got)):
                wrong.add((seed, found.table, header, got, truth))
        write_yes(folder)
        config.load(folder, {name: spec.names for name, spec in TABLES.items()})
    assert wrong == set()


def _same_kind(header, got):
    """Columns that another reading of the same file may map rightly: a currency is one in every table.

    A payment's own columns are right too, once nothing is left that says that it failed or was given back.
    """
    return got in ("currency", "email", "phone", "language") or (header, got) in AS_THEY_STAND
