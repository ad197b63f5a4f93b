"""Each gap, shown on both engines: what must not be relied upon, and that what stands instead holds."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import ibis
import pyarrow as pa
import pytest
from ibis.common.exceptions import IbisError, IbisTypeError

from worthline.engine import open_engine
from worthline.engine.dialect_gaps import DUCKDB_SETTINGS, GAPS, SPARK_SETTINGS
from worthline.errors import Fault
from worthline.ingest.numbers import times


@pytest.fixture(scope="module")
def engine(tmp_path_factory, engine_name):
    opened = open_engine(engine_name, tmp_path_factory.mktemp("gaps") / "scratch", threads=2)
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
    """Many doubles."""
    numbers = ibis.memtable(pa.table({"i": range(300_000)}))
    return engine.keep("many", numbers.select(x=(numbers.i * 7919 % 1_000_003) / 7))


def first(engine, value):
    """The first row of an expression."""
    return engine.fetch(value.name("x").as_table())["x"][0].as_py()


def column(engine, values, kind=None):
    """A kept column of values."""
    rows = ibis.memtable(pa.table({"a": values}))
    return engine.keep("column", rows.select(a=rows.a.cast(kind)) if kind else rows).a


def values(engine, expr):
    """The rows of a column."""
    return engine.fetch(expr.name("x"))["x"].to_pylist()


def told(engine, value):
    """The value; where the engine raises instead, the first words of its error."""
    try:
        return first(engine, value)
    except Exception as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"


def test_every_gap_is_shown():
    names = [gap.name for gap in GAPS]
    assert len(set(names)) == len(names)
    assert {name.removeprefix("test_gap_") for name in globals() if name.startswith("test_gap_")} == set(names)


def test_settings_are_in_force(engine):
    if engine.name == "duckdb":
        found = {n: engine.raw.execute(f"select current_setting('{n}')").fetchone()[0] for n in DUCKDB_SETTINGS}
        wanted = DUCKDB_SETTINGS
    else:
        found = {n: engine._spark.conf.get(n) for n in SPARK_SETTINGS}
        wanted = SPARK_SETTINGS
    assert {n: str(v).lower() for n, v in found.items()} == {n: str(v).lower() for n, v in wanted.items()}


def test_gap_latest_known(engine):
    table = engine.keep("latest", ibis.memtable(pa.table({"o": [1, 2, 3], "v": [7, None, None]})))
    last = engine.fetch(table.select(last=table.v.last(include_null=False).over(ibis.window(order_by="o"))))
    assert (last["last"].to_pylist() == [7, 7, 7]) == (engine.name == "spark")
    if engine.name == "spark":
        with pytest.raises(IbisError):
            engine.fetch(table.asof_join(table.view(), on="o"))
    known = table.filter(table.v.notnull())
    ranked = known.mutate(rank=ibis.row_number().over(ibis.window(order_by=ibis.desc(known.o))))
    assert engine.fetch(ranked.filter(ranked["rank"] == 0))["v"].to_pylist() == [7]


def test_gap_decimal_product(engine, money):
    assert (money.amount * money.real).type() == ibis.dtype("decimal(18, 4)")
    assert (money.amount * money.share).type() == ibis.dtype("decimal(18, 4)")
    with pytest.raises(IbisTypeError):
        money.amount.cast("decimal(28, 4)") * money.rate
    if engine.name == "duckdb":
        assert engine.raw.execute("select typeof(amount * real) from money").fetchone() == ("DOUBLE",)
        assert engine.raw.execute("select typeof(amount * share) from money").fetchone() == ("DECIMAL(18,8)",)
    assert first(engine, money.amount * money.real) == Decimal("6.8580")  # of 6.85798...
    assert first(engine, times(money.amount, money.rate)) == Decimal("6.8580")


def test_gap_decimal_scale(engine):
    """0.33334999 cut to six digits is 0.333350, and that is 0.3334 as money."""
    third = column(engine, ["0.99999999"], "decimal(38, 8)") * ibis.literal(Decimal("0.333353"), "decimal(38, 6)")
    assert first(engine, third.cast("decimal(18, 4)")) == Decimal("0.3334")
    third = column(engine, ["1.0000"], "decimal(38, 4)") * ibis.literal(Decimal("0.3333499999"), "decimal(38, 10)")
    assert first(engine, third.cast("decimal(18, 4)")) == Decimal("0.3333")


def test_gap_cast_left_out(engine, money):
    dialect = "duckdb" if engine.name == "duckdb" else "pyspark"
    left_out = money.select(x=(money.amount * money.share).cast("decimal(18, 4)"))
    assert "CAST" not in ibis.to_sql(left_out, dialect=dialect)
    kept = money.select(x=(money.amount * money.rate).cast("decimal(18, 4)"))
    assert "CAST" in ibis.to_sql(kept, dialect=dialect)
    assert engine.fetch(kept)["x"].to_pylist() == [Decimal("6.8580"), Decimal("2.0000")]


def test_gap_decimal_overflow(engine, money):
    large = engine.keep(
        "large", money.limit(1).select(amount=ibis.literal("12345678.0000").cast("decimal(18, 4)"), rate=money.rate)
    )
    bare = told(engine, (large.amount * large.rate).cast("decimal(18, 4)"))
    assert "Overflow in multiplication" in bare if engine.name == "duckdb" else bare == Decimal("6858024.1290")
    assert first(engine, times(large.amount, large.rate)) == Decimal("6858024.1290")
    most = ibis.literal("99999999999999.9999").cast("decimal(18, 4)")
    two = ibis.literal("2").cast("decimal(18, 8)")
    assert first(engine, times(most, two)) is None


def test_gap_decimal_mean(engine):
    thirds = column(engine, ["1", "1", "2"], "decimal(18, 4)")
    assert first(engine, thirds.mean()) == Decimal("1.3333")
    assert first(engine, thirds.sum().cast("float64") / thirds.count()) == pytest.approx(4 / 3, abs=1e-15)


def test_gap_float_aggregates(engine, many):
    """Whether doubles differ is chance; sums of decimals never do."""
    assert len({first(engine, many.x.sum()) for _ in range(4)}) >= 1
    exact = {first(engine, many.x.cast("decimal(18, 6)").sum()) for _ in range(4)}
    assert len(exact) == 1


def test_gap_float_rounding(engine):
    doubles = column(engine, [3.7, 0.285])
    duck = engine.name == "duckdb"
    assert values(engine, doubles.cast("int64")) == ([4, 0] if duck else [3, 0])
    assert values(engine, doubles.round(2)) == ([3.7, 0.28] if duck else [3.7, 0.29])
    ties = column(engine, [2.00005, 1.00005, 1 / 3, 0.285, 1e-9])
    assert values(engine, ties.cast("decimal(18, 4)")) == [
        Decimal(t) for t in ("2.0001", "1.0001", "0.3333", "0.285", "0")
    ]
    assert values(engine, ties.floor().cast("int64")) == [2, 1, 0, 0, 0]


def test_gap_floor_division(engine):
    assert values(engine, column(engine, [2 * (2**53 + 1), 2**53 - 2, -7]) // 2) == [2**53, 2**52 - 1, -4]


def test_gap_division_by_zero(engine, money):
    infinite, log = told(engine, money.real / 0), told(engine, (money.real * 0).log())
    if engine.name == "duckdb":
        assert infinite == float("inf")
        assert "logarithm of zero" in log
    else:
        assert "DIVIDE_BY_ZERO" in infinite
        assert log is None
    assert first(engine, money.real / (money.real * 0).nullif(0)) is None


def test_gap_try_cast_integer(engine):
    found = values(engine, column(engine, ["3.7", "12"]).try_cast("int64"))
    assert found == ([4, 12] if engine.name == "duckdb" else [None, 12])


def test_gap_try_cast_instant(engine):
    moment = first(engine, column(engine, ["2026-09-01T10:00:00+05:00"]).try_cast("timestamp(6)"))
    assert (moment.hour, moment.tzinfo) == (10, None)


def test_gap_float_text(engine):
    assert values(engine, column(engine, [1e20]).cast("string")) == ["1e+20" if engine.name == "duckdb" else "1.0E20"]
    assert values(engine, column(engine, ["1.5"], "decimal(18, 4)").cast("string")) == ["1.5000"]


def test_gap_lower_case(engine):
    words = column(engine, ["İ", "ΣΑΣ", "ÀÉ", "Purchase"])
    odd = ["i", "σασ"] if engine.name == "duckdb" else ["i\u0307", "σας"]
    assert values(engine, words.lower()) == [*odd, "àé", "purchase"]


def test_gap_row_order(engine, tmp_path):
    kept = engine.keep("unordered", ibis.memtable(pa.table({"key": [2, 0, 1]})))
    if engine.name == "spark":
        with pytest.raises(Fault, match="no order"):
            engine.write_parquet(kept, tmp_path / "x.parquet", ())
    schema = pa.schema([("n", pa.int64())])
    backwards = lambda rows, first, last: pa.table({"n": list(range(last - 1, first - 1, -1))}, schema=schema)  # noqa: E731
    made = engine.map_customers("placed", kept, 5, backwards, schema, block=2)
    assert made.columns == ("n",)
    assert engine.write_parquet(made, tmp_path / "y.parquet", ()) == 5
    written = duckdb.sql(f"select n from '{tmp_path / 'y.parquet'}'").fetchall()
    assert written == [(1,), (0,), (3,), (2,), (4,)]


def test_gap_rows_in_memory(engine):
    rows = pa.table(
        {
            "whole": pa.array([2**62 + 1, None]),
            "money": pa.array([Decimal("1.2345"), None], pa.decimal128(18, 4)),
            "flag": pa.array([None, True]),
            "text": pa.array([None, ""]),
        }
    )
    assert engine.fetch(ibis.memtable(rows)).equals(rows)
    assert engine.fetch(engine.keep("memory", ibis.memtable(rows))).sort_by("whole").equals(rows.sort_by("whole"))


def test_gap_hash(engine):
    text = column(engine, ["a"])
    assert first(engine, text.hash()) != {"duckdb": 1485273170, "spark": -5884915062502535481}[engine.name]
    assert first(engine, text.hexdigest("sha256")).startswith("ca978112ca1bbdca")


def test_gap_sample(engine, many):
    """The keys whose sha256 is smallest: the same each time, on either engine."""
    if engine.name == "spark":
        with pytest.raises(IbisError):
            engine.fetch(many.sample(0.5, seed=1))
    keys = ibis.memtable(pa.table({"key": [f"c{i}" for i in range(1_000)]}))
    drawn = keys.order_by(keys.key.hexdigest("sha256")).limit(5)
    assert engine.fetch(drawn)["key"].to_pylist() == ["c4", "c416", "c449", "c812", "c592"]


def test_gap_first_last(engine):
    table = engine.keep("ordered", ibis.memtable(pa.table({"a": ["a", "b", "a"]})))
    asked = [table.a.first(order_by=table.a.desc()), table.a.group_concat(order_by=table.a), table.a.mode()]
    if engine.name == "spark":
        for value in asked:
            with pytest.raises(IbisError):
                engine.fetch(value)
    ranked = table.mutate(rank=ibis.row_number().over(order_by=table.a.desc()))
    assert engine.fetch(ranked.filter(ranked["rank"] == 0))["a"].to_pylist() == ["b"]


def test_gap_null_order(engine):
    table = engine.keep("nulls", ibis.memtable(pa.table({"v": [2, None, 1]})))
    assert engine.fetch(table.order_by(table.v.asc(nulls_first=True)))["v"].to_pylist() == [None, 1, 2]
    assert engine.fetch(table.order_by("v"))["v"].to_pylist() == [1, 2, None]
    assert engine.fetch(table.order_by(table.v.desc()))["v"].to_pylist() == [2, 1, None]
    ranked = table.mutate(rank=ibis.row_number().over(order_by=table.v))
    assert engine.fetch(ranked.filter(ranked["rank"] == 0))["v"].to_pylist() == [1]
