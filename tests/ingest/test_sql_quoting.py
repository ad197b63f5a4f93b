"""Names and texts from files stay names and texts in the SQL of ingest, whatever they hold."""

from __future__ import annotations

import duckdb
import pytest

from worthline.ingest.sql_text import column, is_one_of, literal, quoted, select

HOSTILE = [
    "plain",
    "it's",
    "''",
    'a"b',
    '"',
    'a"; drop table kept; --',
    "x' or '1'='1",
    "\\'; drop table kept; --",
    "/* not */ -- a comment",
    "line\nbreak",
    "$1 ? :name {brace} %s",
    "naïve 名",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_itself(text):
    with duckdb.connect() as con:
        con.execute("create table kept (i int)")
        assert con.execute(f"select {literal(text)}").fetchall() == [(text,)]
        assert con.execute(f"select {is_one_of(literal(text), [*HOSTILE])}").fetchall() == [(True,)]
        assert con.execute("select count(*) from kept").fetchall() == [(0,)]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_one_column(name):
    with duckdb.connect() as con:
        con.execute("create table kept (i int)")
        con.execute(f"create table t ({quoted(name)} int, other int)")
        con.execute("insert into t values (1, 2)")
        rows = con.execute(select({name: column(name), "also": column("other")}, "select * from t"))
        assert [described[0] for described in rows.description] == [name, "also"]
        assert rows.fetchall() == [(1, 2)]
        assert con.execute("select count(*) from kept").fetchall() == [(0,)]
