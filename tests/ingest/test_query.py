"""A mapping's SQL: what its joins do to rows and money is told, and it reads nothing but the folder's files."""

from __future__ import annotations

import pyarrow as pa
import pytest

from worthline.errors import BadQuery

ORDERS = "order_id,customer_id,at\nO1,C1,2026-09-01\nO2,C2,2026-09-02\nO3,C3,2026-09-03\n"
LINES = "order_id,amount,product\nO1,5.00,a\nO1,6.00,b\nO2,7.00,c\n"
PAYMENTS = "order_id,paid\nO1,11.00\nO2,7.00\nO9,1.00\n"


@pytest.fixture
def ask(read):
    """Transactions made by SQL over the three files."""

    def ask(sql, **more):
        query = sql.replace("\n", " ")
        toml = f"[tables.transactions]\nquery = '''{query}'''\n"
        return read(toml, orders=ORDERS, lines=LINES, payments=PAYMENTS, **more)

    return ask


JOINS = {
    "one row each": (
        "select customer_id, o.at, paid as amount from 'orders.csv' o join 'payments.csv' p using (order_id)",
        {"join_loses": 1},
        2,
    ),
    "lines double the payment": (
        (
            "select customer_id, o.at, paid as amount from 'orders.csv' o join 'payments.csv' p using (order_id)"
            " join 'lines.csv' l using (order_id)"
        ),
        {"join_multiplies": 1, "join_loses": 1},
        3,
    ),
    "left join keeps all": (
        "select customer_id, o.at, amount from 'lines.csv' l left join 'orders.csv' o using (order_id)",
        {},
        3,
    ),
    "a filter is no loss": (
        "select customer_id, o.at, amount from 'lines.csv' l join 'orders.csv' o using (order_id) where amount > '5.50'",
        {},
        2,
    ),
    "grouped back": (
        (
            "select customer_id, o.at, sum(amount::decimal(18, 4)) as amount from 'lines.csv' l"
            " join 'orders.csv' o on l.order_id = o.order_id group by all"
        ),
        {},
        2,
    ),
    "a cross join": (
        "select customer_id, o.at, amount from 'lines.csv' l, 'orders.csv' o where l.order_id = o.order_id",
        {"join_multiplies": 6},
        3,
    ),
    "within a part of the query": (
        (
            "with k as (select o.customer_id, o.at, p.paid from 'payments.csv' p join 'orders.csv' o using (order_id)) "
            "select customer_id, k.at, paid as amount from k"
        ),
        {"join_loses": 1},
        2,
    ),
    "within a subquery": (
        (
            "select customer_id, k.at, paid as amount from (select o.customer_id, o.at, p.paid from 'payments.csv' p"
            " join 'orders.csv' o using (order_id)) k"
        ),
        {"join_loses": 1},
        2,
    ),
    "with a part of the query": (
        "with l as (from 'lines.csv') select customer_id, o.at, amount from l join 'orders.csv' o using (order_id)",
        {},
        3,
    ),
    "a part of the query twice": (
        (
            "with o as (from 'orders.csv'), one as (select order_id, paid from 'payments.csv' where order_id <> 'O9'),"
            " k as (select customer_id, o.at, paid from one join o using (order_id) join 'lines.csv' l using (order_id))"
            " select k.customer_id, k.at, paid as amount from k join 'orders.csv' b on b.customer_id = k.customer_id"
        ),
        {"join_multiplies": 1},
        3,
    ),
    "a chosen part is no loss by itself": (
        (
            "select customer_id, o.at, amount from 'lines.csv' l join 'orders.csv' o using (order_id)"
            " semi join 'payments.csv' p on p.order_id = l.order_id"
        ),
        {},
        3,
    ),
    "distinct rows come out once": (
        (
            "select distinct customer_id, o.at, paid as amount from 'payments.csv' p join 'orders.csv' o using (order_id)"
            " join 'lines.csv' l using (order_id)"
        ),
        {"join_loses": 1},
        2,
    ),
    "both halves of a union": (
        (
            "select customer_id, o.at, amount from 'lines.csv' l join 'orders.csv' o using (order_id) union all"
            " select customer_id, o.at, paid as amount from 'payments.csv' p join 'orders.csv' o using (order_id)"
        ),
        {"join_loses": 1},
        5,
    ),
}


@pytest.mark.parametrize("name", JOINS)
def test_joins_are_told(ask, name):
    sql, remarks, rows = JOINS[name]
    found = ask(sql)
    told = {k: v for k, v in found.remarks().items() if k.startswith("join_")}
    assert told == remarks
    assert sum(t.rows_in for t in found.loaded.health.tables) == rows


def test_joins_that_cannot_be_followed_say_so(ask):
    found = ask(
        "select customer_id, o.at, amount from 'lines.csv' l join 'orders.csv' o using (order_id), range(1) r(one)"
    )
    assert "could not be followed" in found.notes()
    assert len(found.rows("transactions", "amount")) == 3


def test_a_query_without_order_gives_the_same_rows_each_time(ask):
    sql = "select customer_id, o.at, amount from 'lines.csv' l join 'orders.csv' o using (order_id)"
    one, other = ask(sql), ask(sql)
    assert one.rows("transactions", "_line customer_id amount") == other.rows(
        "transactions", "_line customer_id amount"
    )


def test_cells_of_csv_are_text_and_keep_their_zeros(ask):
    found = ask(
        "select customer_id, e.at, amount from 'extra.csv' e", extra="customer_id,at,amount\n007,2026-09-01,1.10\n"
    )
    assert found.rows("transactions", "customer_id amount") == [("007", "1.1000")]


def test_parquet_keeps_its_types(ask):
    table = pa.table({"customer_id": ["C1"], "at": ["2026-09-01"], "amount": [1.25]})
    found = ask("select * from 'extra.parquet'", extra=table)
    assert found.rows("transactions", "amount") == [("1.2500",)]
    assert "extra.parquet" in found.loaded.files


def test_only_files_that_it_names_are_fingerprinted(ask):
    found = ask("select customer_id, o.at, '1' as amount from 'orders.csv' o")
    assert set(found.loaded.files) == {"orders.csv"}


@pytest.mark.parametrize(
    "sql",
    [
        "select * from '/etc/passwd'",
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('worthline.toml')",
        "select * from glob('*')",
        "attach 'x.duckdb'",
        "create table t as select 1",
        "set threads = 8",
        "select 1; select 2",
        "select getenv('HOME') as customer_id, 1 as amount, '2026-09-01' as at",
        "",
    ],
)
def test_nothing_else_can_be_reached(ask, sql):
    with pytest.raises(BadQuery):
        ask(sql)


def test_damaged_parquet(read, tmp_path):
    (tmp_path / "company").mkdir()
    (tmp_path / "company" / "x.parquet").write_bytes(b"PAR1 not really PAR1")
    with pytest.raises(Exception, match=r"Cannot read x\.parquet"):
        read("[tables.transactions]\nquery = \"select * from 'x.parquet'\"\n")


DEEP = {
    "subqueries": "(select * from " * 120 + "'lines.csv'" + ")" * 120,
    "brackets": "(select * from 'lines.csv' where " + "(" * 200 + "true" + ")" * 200 + ")",
    "cases": "(select *, " + "case when true then " * 200 + "1" + " end" * 200 + " as x from 'lines.csv')",
    "a long chain": "(select * from 'lines.csv' where " + " or ".join(["amount <> 'x'"] * 900) + ")",
}


@pytest.mark.parametrize("what", DEEP)
def test_a_query_nested_without_end_is_run_and_its_joins_are_not_followed(ask, what):
    """It ended as a fault of ours: the parser recurses once for each bracket."""
    found = ask(f"select customer_id, o.at, amount from {DEEP[what]} l join 'orders.csv' o using (order_id)")
    assert sum(t.rows_in for t in found.loaded.health.tables) == 3
    assert ("nested too deeply" in found.notes()) == (what != "a long chain")
