"""The studies of `make truth`, short: a few worlds of each kind, on arrays, with bars that chance alone does not break."""

from __future__ import annotations

import pytest

from tests.worlds.measure import measure

SIZE = {"customers": 2_000, "months": 24, "only_effects": True}


@pytest.fixture(scope="module")
def effects():
    """Effects of worlds by setting: rows that have an interval."""

    def of(setting, seeds, **size):
        records = [measure(setting, seed, 10, **(SIZE | size)) for seed in seeds]
        return [row for record in records for row in record["effects"] if row["low"] is not None]

    return of


@pytest.mark.slow
def test_identified_effects_are_held(effects):
    """36 intervals of one world, those of one experience alike: at least 30 (83%; 95% expected, 92% the least of a study)."""
    rows = effects("linear", (1,))
    assert len(rows) >= 30
    held = [row["low"] <= row["truth"] <= row["high"] for row in rows]
    assert sum(held) >= 0.83 * len(rows)
    width = [(row["high"] - row["low"]) / 3.92 / row["oracle"] for row in rows]
    assert sum(width) / len(width) <= 1.4


def test_few_exposed_and_few_leavers_show_no_effect(effects):
    """At fa99b5c half of such worlds said that outages keep customers; the truth is exactly 0.

    6 worlds, four horizons: 2.5% of intervals lie above zero by chance; a tenth, 3 of 24, would be too many.
    """
    rows = [row for row in effects("few", range(6), months=30) if row["outcome"] == "retention"]
    assert {row["truth"] for row in rows} == {0.0}
    above = [row for row in rows if row["low"] > 0]
    assert len(above) <= 0.1 * len(rows)


def test_nothing_is_found_where_nothing_has_an_effect(effects):
    """Of 36 intervals in which zero is true, 5% miss it by chance; three times as many would be a fault."""
    rows = effects("null", (0,))
    missed = [row for row in rows if not row["low"] <= 0 <= row["high"]]
    assert len(missed) <= 0.15 * len(rows)
