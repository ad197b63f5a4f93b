"""What gives another result each time is named before a mapping's query is run; what does not is let through."""

from __future__ import annotations

import duckdb
import pytest

from worthline.engine.volatile import FUNCTIONS, named


def test_every_function_that_duckdb_calls_unstable_is_known():
    con = duckdb.connect()
    unstable = "select function_name from duckdb_functions() where stability in ('VOLATILE', 'CONSISTENT_WITHIN_QUERY')"
    names = {name for (name,) in con.execute(unstable).fetchall()}
    # Constant where a query runs (one database, one schema, no statistics), or an error in any case.
    harmless = {"error", "stats", "in_search_path", "current_database", "current_schema", "current_schemas"}
    assert names - harmless <= FUNCTIONS


@pytest.mark.parametrize(
    "sql",
    [
        "select random() as amount from 'a.csv'",
        "select RANDOM () from 'a.csv'",
        "select \"random\"() from 'a.csv'",
        "select main.random() from 'a.csv'",
        "select random/* why */() from 'a.csv'",
        "select * from 'a.csv' order by random()",
        "select * from 'a.csv' where at < current_date",
        "select * from 'a.csv' where at < CURRENT_TIMESTAMP",
        "select now() as at from 'a.csv'",
        "select uuid() from 'a.csv'",
        "select age(at::timestamp) from 'a.csv'",
        "select * from 'a.csv' using sample 10%",
        "select * from 'a.csv' tablesample reservoir(10)",
        "select * from query('select random()')",  # SQL within a text is not looked into
        "select name || value from duckdb_settings()",  # paths and memory of this machine
        "select * from pragma_version()",
        "select version()",
    ],
)
def test_named(sql):
    assert named(sql) is not None


@pytest.mark.parametrize(
    "sql",
    [
        "select 'random()' as x from 'a.csv'",
        "select random from 'a.csv'",
        "select today, now from 'a.csv' -- random()",
        "select \"current_date\" from 'a.csv'",
        "select a.current_date from 'a.csv' a",
        "select age(a, b) from 'a.csv'",
        "select age(greatest(a, b), c) from 'a.csv'",
        "select sample, using_it from 'a.csv'",
        "select md5(customer_id) from 'a.csv'",
        "select version, query, duckdb_users from 'a.csv'",
    ],
)
def test_not_named(sql):
    assert named(sql) is None
