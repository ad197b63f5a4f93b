"""The simulated companies, whose own worthline.toml is the truth: nothing that init is sure of contradicts it."""

import tomllib

import pytest

from tests.ingest.propose.proposing import proposal_of, sources
from worthline.demo.make import make
from worthline.demo.world import World
from worthline.ingest.mapping import plain
from worthline.ingest.propose import write
from worthline.tables import TABLES


def mapped(text, headers):
    """(file, table) -> canonical column -> header, by name too."""
    found = {}
    for table, entry in sources(text):
        files = entry.get("file", [])
        for file in [files] if isinstance(files, str) else files:
            by_name = {c: h for c in TABLES[table].names for h in headers.get(file, ()) if plain(c) == plain(h)}
            taken = set(entry.get("columns", {}).values())
            found[file, table] = {
                **{c: h for c, h in by_name.items() if h not in taken},
                **{c: h for c, h in entry.get("columns", {}).items() if c in TABLES[table].names},
            }
    return found


@pytest.mark.parametrize(("company", "share"), [("larkfield", 0.8), ("fern-oak", 0.6)])
def test_sure_columns_are_those_of_the_companys_own_mapping(company, share, tmp_path):
    make(tmp_path, World(customers=400), company)
    own = (tmp_path / "worthline.toml").read_text(encoding="utf-8")
    proposal = proposal_of(tmp_path)
    headers = {f: p.group.header for p in proposal.plans for f in p.group.files}
    assert tomllib.loads(write(proposal))["company"]["simulated"] is True
    truth, proposed = mapped(own, headers), mapped(write(proposal), headers)
    tables = {}
    for file, table in truth:
        tables.setdefault(file, set()).add(table)
    assert {key for key in proposed if key[0] in tables and key[1] not in tables[key[0]]} == set()
    wrong = {
        (file, column): (header, truth[file, table].get(column))
        for (file, table), columns in proposed.items()
        for column, header in columns.items()
        if (file, table) in truth and truth[file, table].get(column, header) != header
    }
    assert wrong == {}
    everything = sum(map(len, truth.values()))
    found = sum(len(columns) for key, columns in proposed.items() if key in truth)
    assert found >= share * everything, (found, everything, sorted(set(truth) - set(proposed)))
