"""Each counted figure anew by its own SQL, which sees the checked tables and nothing else."""

import dataclasses
from datetime import date
from decimal import Decimal

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from tests.metrics.conftest import contractual, non_contractual
from worthline.metrics.compute import compute
from worthline.metrics.figure_sql.figures import with_sql
from worthline.metrics.figure_sql.parts import money
from worthline.metrics.figures import headline
from worthline.tables.money import rounded

BOUGHT = {"revenue_from": "transactions", "margin": None, "outcome": "share_of_wallet"}
CUT = {"as_of": date(2026, 2, 11), "staff_hour_cost": "31.7", "margin": "0.333", "outcome": "balances"}
SHAPES = {
    "revenue of subscriptions, month cut short": (contractual, CUT, {"margin_12m", "balances", "cost_of_poor_service"}),
    "revenue of transactions": (contractual, BOUGHT, {"share_of_wallet", "earned_growth"}),
    "no contracts": (non_contractual, {}, {"margin_12m", "cost_of_poor_service", "retention_12m"}),
}
CLOSE = 1e-9
"""Relative; counts and money are equal to the last digit that is published."""


def told(company):
    """The company without its dimensions (figures speak for the whole), and its counted figures."""
    ds = company.ds
    brought = ds.brought | {"customers": ds.brought["customers"] - {"segment", "region", "channel", "location"}}
    ds = dataclasses.replace(ds, brought=brought)
    found = headline(ds.settings, compute(ds, company.panel, company.rooms))
    return with_sql(found, ds, company.rooms)


def source_alone(company):
    """A database of the checked tables, and of nothing else."""
    con = duckdb.connect()
    con.execute("create schema source")
    for name, table in company.ds.tables.items():
        rows = company.rooms.fetch(table)
        con.register("rows_", rows)
        con.execute(f"create table source.{name} as select * from rows_")
        con.unregister("rows_")
    return con


@pytest.mark.parametrize("shape", SHAPES)
def test_every_counted_figure_is_recomputed_from_the_checked_tables(shape, tmp_path):
    make, changes, among = SHAPES[shape]
    company = make(tmp_path, **changes)
    figures = told(company)
    con = source_alone(company)
    seen = {}
    for figure in figures:
        if figure.value is None:
            assert "sql" not in figure.details
            continue
        [(value, *_)] = con.execute(figure.details["sql"]).fetchall()
        assert float(value) == pytest.approx(figure.value, rel=CLOSE), (figure.name, figure.details["sql"])
        seen[figure.name] = figure.value
    company.engine.close()
    assert among | {"customers_active", "nps", "revenue_12m", "net_revenue_retention"} <= set(seen)


def only_source(sql):
    """Tables that a query reads and does not itself define."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    made = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    return {f"{t.db}.{t.name}".lstrip(".") for t in tree.find_all(exp.Table) if t.db or t.name not in made}


@pytest.fixture(scope="module")
def counted(companies):
    """The figures of the company without contracts, by name, and its checked tables."""
    company = companies("non-contractual")
    return {f.name: f for f in told(company)}, source_alone(company)


def test_the_sql_of_a_counted_figure_names_no_result(counted):
    for figure in counted[0].values():
        if figure.value is not None:
            assert all(name.startswith("source.") for name in only_source(figure.details["sql"])), figure.name


def test_a_figure_that_is_a_cent_off_does_not_agree_with_its_sql(counted):
    figures, con = counted
    [(value,)] = con.execute(figures["revenue_12m"].details["sql"]).fetchall()
    assert float(value) == figures["revenue_12m"].value != figures["revenue_12m"].value + 0.01


@pytest.mark.parametrize(
    ("exact", "digits"), [("0.0050", 2), ("1.0150", 2), ("-0.0250", 2), ("2.5000", 0), ("7.1235", 3)]
)
def test_money_is_rounded_as_it_is_published(exact, digits):
    [(value,)] = duckdb.sql(money(f"select {exact}::decimal(18, 4) as exact", digits)).fetchall()
    assert Decimal(value) == rounded(Decimal(exact), digits)
