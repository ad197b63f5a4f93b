"""Each gap that shows on DuckDB, shown: what must not be relied upon, and that what stands instead holds."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import ibis
import pyarrow as pa
import pytest
from ibis.common.exceptions import IbisTypeError

from worthline.engine import open_engine
from worthline.engine.gaps import DUCKDB_SETTINGS, GAPS
from worthline.ingest.numbers import times

ON_SPARK_ALONE = {"row_order", "first_last"}
"""Their tests come with that engine."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    opened = open_engine("duckdb", tmp_path_factory.mktemp("gaps") / "scratch", threads=2)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def money(engine):
    """amount decimal(18, 4); share decimal(9, 4); rate decimal(18, 8); real float64."""
    text = ibis.memtable(pa.table({"amount": ["12.3456", "1.0000"], "by": ["0.5555", "2"]}))
    return engine.keep(
        "money",
        text.select(
            amount=text.amount.cast("decimal(18, 4)"),
            share=text.by.cast("decimal(9, 4)"),
            rate=text.by.cast("decimal(18, 8)"),
            real=text.by.cast("float64"),
        ),
    )


@pytest.fixture(scope="module")
def many(engine):
    """3 million doubles, and the same as decimals."""
    engine.raw.execute(
        "create or replace table many as select (hash(i) % 1000003) / 7.0::double as x from range(3000000) r(i)"
    )
    return engine._con.table("many")


def first(engine, value):
    """The first row of an expression."""
    return engine.fetch(value.name("x").as_table())["x"][0].as_py()


def test_every_gap_is_shown_or_is_spark_s_alone():
    names = [gap.name for gap in GAPS]
    assert len(set(names)) == len(names)
    shown = {name.removeprefix("test_gap_") for name in globals() if name.startswith("test_gap_")}
    assert shown | ON_SPARK_ALONE == set(names)


def test_settings_are_in_force(engine):
    for name, value in DUCKDB_SETTINGS.items():
        found = engine.raw.execute(f"select current_setting('{name}')").fetchone()[0]
        assert str(found).lower() == str(value).lower()


def test_gap_latest_known(engine):
    table = engine.keep("latest", ibis.memtable(pa.table({"o": [1, 2, 3], "v": [7, None, None]})))
    last = table.v.last(include_null=False).over(ibis.window(order_by="o"))
    assert "IGNORE NULLS" not in ibis.to_sql(table.select(last=last))
    assert engine.fetch(table.select(last=last))["last"].to_pylist() != [7, 7, 7]
    known = table.filter(table.v.notnull())
    ranked = known.mutate(rank=ibis.row_number().over(ibis.window(order_by=ibis.desc(known.o))))
    assert engine.fetch(ranked.filter(ranked["rank"] == 0))["v"].to_pylist() == [7]


def test_gap_decimal_product(engine, money):
    assert (money.amount * money.real).type() == ibis.dtype("decimal(18, 4)")
    assert engine.raw.execute("select typeof(amount * real) from money").fetchone() == ("DOUBLE",)
    assert (money.amount * money.share).type() == ibis.dtype("decimal(18, 4)")
    assert engine.raw.execute("select typeof(amount * share) from money").fetchone() == ("DECIMAL(18,8)",)
    with pytest.raises(IbisTypeError):
        money.amount.cast("decimal(28, 4)") * money.rate


def test_gap_cast_left_out(engine, money):
    left_out = money.select(x=(money.amount * money.share).cast("decimal(18, 4)"))
    assert "CAST" not in ibis.to_sql(left_out)
    kept = money.select(x=(money.amount * money.rate).cast("decimal(18, 4)"))
    assert "CAST" in ibis.to_sql(kept)
    assert engine.fetch(kept)["x"].to_pylist() == [Decimal("6.8580"), Decimal("2.0000")]


def test_gap_decimal_overflow(engine, money):
    large = engine.keep(
        "large", money.limit(1).select(amount=ibis.literal("12345678.0000").cast("decimal(18, 4)"), rate=money.rate)
    )
    with pytest.raises(duckdb.OutOfRangeException, match="Overflow in multiplication"):
        engine.fetch(large.amount * large.rate)
    assert first(engine, times(large.amount, large.rate)) == Decimal("6858024.1290")
    most = ibis.literal("99999999999999.9999").cast("decimal(18, 4)")
    two = ibis.literal("2").cast("decimal(18, 8)")
    assert first(engine, times(most, two)) is None


def test_gap_decimal_mean(engine, money):
    thirds = engine.keep(
        "thirds", ibis.memtable(pa.table({"x": ["1", "1", "2"]})).select(x=ibis._.x.cast("decimal(18, 4)"))
    )
    assert first(engine, thirds.x.mean()) == Decimal("1.3333")
    assert first(engine, thirds.x.sum().cast("float64") / thirds.count()) == pytest.approx(4 / 3, abs=1e-15)


def test_gap_float_aggregates(engine, many):
    """Whether doubles differ is chance; sums of decimals never do."""
    assert len({first(engine, many.x.sum()) for _ in range(8)}) >= 1
    exact = {first(engine, many.x.cast("decimal(18, 6)").sum()) for _ in range(8)}
    assert len(exact) == 1


def test_gap_division_by_zero(engine, money):
    assert first(engine, money.real / 0) == float("inf")
    with pytest.raises(duckdb.OutOfRangeException, match="logarithm of zero"):
        engine.fetch((money.real * 0).log())
    assert first(engine, money.real / (money.real * 0).nullif(0)) is None


def test_gap_try_cast_integer(engine):
    assert first(engine, ibis.literal("3.7").try_cast("int64")) == 4


def test_gap_try_cast_instant(engine):
    moment = first(engine, ibis.literal("2026-09-01T10:00:00+05:00").try_cast("timestamp(6)"))
    assert moment.hour == 10


def test_gap_hash(engine):
    assert first(engine, ibis.literal("a").hexdigest("sha256")).startswith("ca978112ca1bbdca")


def test_gap_sample(engine, many):
    """The keys whose sha256 is smallest: the same each time, whatever the threads."""
    keys = many.select(key=many.x.cast("string")).distinct()
    drawn = keys.order_by(keys.key.hexdigest("sha256")).limit(5)
    assert engine.fetch(drawn).to_pylist() == engine.fetch(drawn).to_pylist()


def test_gap_null_order(engine):
    table = engine.keep("nulls", ibis.memtable(pa.table({"v": [2, None, 1]})))
    assert engine.fetch(table.order_by(table.v.asc(nulls_first=True)))["v"].to_pylist() == [None, 1, 2]
    bare = duckdb.connect().execute("from (values (2), (null), (1)) t(v) order by v").fetchall()
    assert bare == [(1,), (2,), (None,)]
