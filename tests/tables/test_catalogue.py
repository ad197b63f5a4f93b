"""The canonical tables say everything once, and nothing that contradicts itself."""

from __future__ import annotations

import pytest

from worthline.tables import TABLES, Kind


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_consistent(name):
    spec = TABLES[name]
    assert spec.name == name
    assert len(set(spec.names)) == len(spec.names)
    assert spec.row
    assert spec.switches_on
    assert set(spec.key) | set(spec.one_of) | {spec.key_unless or spec.names[0]} <= set(spec.names)
    assert "known_at" in spec.names
    if spec.happened:
        assert spec.column(spec.happened).kind in (Kind.INSTANT, Kind.DAY)
    for column in spec.columns:
        assert column.meaning
        assert column.blank_means is None or column.required
        assert not column.allowed or column.kind is Kind.CATEGORY
        assert column.allowed is None or all(word == word.lower() for word in column.allowed)
        assert not column.name.startswith("_")
        assert not column.name.endswith("_date")


def test_unknown_column():
    with pytest.raises(KeyError):
        TABLES["customers"].column("no_such")
