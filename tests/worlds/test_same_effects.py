"""What no effect may depend on: the order of rows, the unit of money, names of a company's own columns, a column that says nothing."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pytest

from tests.worlds import chains, pipeline

NUMBERS = ("estimate", "low", "high", "raw", "bound_low", "bound_high")
IN_MONEY = 1_000
"""A unit of money of which so many are one: rupiah for dollars, say."""


def effects(folder, tables):
    """Rows by cause, outcome, horizon and segment, of a company whose files these are."""
    for name, table in tables.items():
        pacsv.write_csv(table, folder / f"{name}.csv")
    rows = pipeline.of_effects(folder).rows("effects")
    return {(row["cause"], row["outcome"], row["horizon_months"], row["segment"]): row for row in rows}


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """A folder and its tables as written, and its effects."""
    folder = tmp_path_factory.mktemp("company")
    chains.live("plain", 11, customers=700, months=16).write(folder)
    tables = {name: pacsv.read_csv(folder / f"{name}.csv") for name in ("customers", "transactions", "interactions")}
    return folder, tables, effects(folder, tables)


def shuffled(tables):
    draw = np.random.default_rng(3)
    return {name: table.take(draw.permutation(table.num_rows)) for name, table in tables.items()}


def other_money(tables):
    paid = tables["transactions"]
    for name in ("amount", "margin"):
        paid = paid.set_column(paid.schema.get_field_index(name), name, pc.multiply(paid[name], IN_MONEY))
    return tables | {"transactions": paid}


def renamed(tables):
    people = tables["customers"]
    return tables | {
        "customers": people.rename_columns(["z_group" if name == "plan" else name for name in people.column_names])
    }


def with_a_constant(tables):
    people = tables["customers"]
    return tables | {"customers": people.append_column("a_brand", pa.array(["one"] * people.num_rows))}


@pytest.mark.parametrize(
    ("changed", "unit"),
    [(shuffled, 1), (other_money, IN_MONEY), (renamed, 1), (with_a_constant, 1)],
    ids=["order of rows", "unit of money", "name of a column", "a constant column"],
)
def test_effects_are_the_same(company, changed, unit):
    folder, tables, before = company
    after = effects(folder, changed(tables))
    assert after.keys() == before.keys()
    assert any(row["estimate"] is not None for row in before.values())
    for key, row in before.items():
        by = unit if key[1] == "margin" else 1
        told = [after[key][name] for name in NUMBERS]
        assert told == [None if row[name] is None else pytest.approx(by * row[name], rel=1e-6) for name in NUMBERS], key
        assert after[key]["grade"] == row["grade"]
        assert (after[key]["n"], after[key]["exposed"]) == (row["n"], row["exposed"])
