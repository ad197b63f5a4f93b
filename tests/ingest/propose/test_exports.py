"""Exports of well-known systems: at least 95 of 100 columns settled without asking, and none wrongly."""

import pytest

from tests.ingest.propose.exports import EXPORTS
from tests.ingest.propose.proposing import dispositions, proposal_of

EXPECTED_SHARE = 0.95
"""Of all columns; the rest may be asked, and none may be wrong."""


def verdicts(export, folder):
    (folder / export.name).write_bytes(export.content)
    found = dispositions(proposal_of(folder))[export.name]
    assert set(found.columns) >= set(export.header)
    settled = {h for h in export.header if found.columns[h] == export.of(h)}
    asked = {h for h in export.header if found.columns[h] == "asked"}
    return found, settled, asked, set(export.header) - settled - asked


@pytest.mark.parametrize("export", EXPORTS, ids=lambda e: e.name)
def test_no_column_is_silently_wrong(export, tmp_path):
    found, _, _, wrong = verdicts(export, tmp_path)
    assert {h: (found.columns[h], export.of(h)) for h in wrong} == {}
    assert found.table == export.table
    assert export.constants.items() <= found.constants.items()


def test_nineteen_of_twenty_columns_are_settled_unasked(tmp_path):
    settled = asked = 0
    for number, export in enumerate(EXPORTS):
        folder = tmp_path / str(number)
        folder.mkdir()
        _, mine, theirs, _ = verdicts(export, folder)
        settled, asked = settled + len(mine), asked + len(theirs)
    assert settled / sum(len(e.header) for e in EXPORTS) >= EXPECTED_SHARE
    assert settled + asked == sum(len(e.header) for e in EXPORTS)


def test_stripe_refunds_and_failed_charges(tmp_path):
    """20 and 30 were paid, 10 of the 30 given back; 99 failed: 40 is what came in."""
    from tests.ingest.propose.proposing import loaded_sum

    export = next(e for e in EXPORTS if e.name == "payments.csv")
    (tmp_path / export.name).write_bytes(export.content)
    assert loaded_sum(tmp_path, "transactions", "amount") == (4 - 1, "40.0000")


def test_shopify_orders_count_once(tmp_path):
    """35 and 20 were paid, 8 of the 20 given back; a second line and a voided order bring nothing: 47."""
    from tests.ingest.propose.proposing import loaded_sum

    export = next(e for e in EXPORTS if e.name == "orders_export.csv")
    (tmp_path / export.name).write_bytes(export.content)
    assert loaded_sum(tmp_path, "transactions", "amount") == (3, "47.0000")
