"""Whole runs on Spark publish what DuckDB publishes: every table of the small company and of two real ones."""

from __future__ import annotations

import json
import shutil

import pyarrow.parquet as pq
import pytest

from examples.small import make_small
from tests.conftest import SPARK
from tests.examples.companies import copied

REAL = ("cdnow_sample", "sfo_survey")
ENGINES_OWN = {"engine", "versions", "run_id", "seal"}
"""Of run.json: its engine, and the seal, as the last bits of numbers that are no money may differ (DESIGN: 1e-9)."""


def assert_published_the_same(one, other):
    """Counts, money and words equal; other figures to 1e-9. Schemas and order of rows too."""
    names = sorted(path.relative_to(one.path) for path in one.path.rglob("*.parquet"))
    assert names == sorted(path.relative_to(other.path) for path in other.path.rglob("*.parquet"))
    for name in names:
        ours, theirs = pq.read_table(other.path / name), pq.read_table(one.path / name)
        assert ours.schema.equals(theirs.schema), name
        assert ours.num_rows == theirs.num_rows, name
        for column in theirs.schema.names:
            pairs = zip(ours[column].to_pylist(), theirs[column].to_pylist(), strict=True)
            assert [p for p in pairs if not same(*p)][:3] == [], (name, column)
    for name in ("figures", "health"):
        assert same(other.folder.json(name), one.folder.json(name)), name


def same(ours, theirs):
    if isinstance(theirs, float) and isinstance(ours, float):
        return ours == pytest.approx(theirs, rel=1e-9, abs=1e-9, nan_ok=True)
    if isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(same(ours[k], theirs[k]) for k in theirs)
    if isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    return ours == theirs


def assert_names_its_engine(one, other):
    """The engine and its version are part of the run's name; where it ran is not."""
    assert (one.about["engine"], other.about["engine"]) == ("duckdb", "spark")
    assert set(other.about["versions"]) == {*one.about["versions"], "pyspark"}
    assert one.run_id != other.run_id
    told = json.dumps(other.about)
    assert "local[" not in told
    assert {k: v for k, v in other.about.items() if k not in ENGINES_OWN} == {
        k: v for k, v in one.about.items() if k not in ENGINES_OWN
    }


@pytest.mark.spark
@pytest.mark.slow
def test_small_company(compiled_spark, tmp_path):
    import worthline

    make_small.make(tmp_path / "one", customers=300)
    shutil.copytree(tmp_path / "one", tmp_path / "other")
    one = worthline.open(tmp_path / "one").run(threads=2)
    other = worthline.open(tmp_path / "other").run(engine=SPARK, threads=2)
    assert_published_the_same(one, other)
    assert_names_its_engine(one, other)
    assert not list((tmp_path / "other" / ".worthline").glob("building*/*")), "nothing of Spark's is left"


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.parametrize("name", REAL)
def test_real_company(name, companies, spark, tmp_path):
    import worthline

    _, one = companies(name)
    other = worthline.open(copied(name, tmp_path)).run(engine=SPARK, threads=2)
    assert_published_the_same(one, other)


@pytest.mark.truth
@pytest.mark.spark
def test_simulated_company(tmp_path):
    """All of it: value, risk, feelings, effects. Some eight minutes on Spark, so not among the tests of every day."""
    import worthline
    from worthline.demo.make import make
    from worthline.demo.world import World

    for name in ("one", "other"):
        make(tmp_path / name, World(customers=2_000))
    one = worthline.open(tmp_path / "one").run(threads=2)
    other = worthline.open(tmp_path / "other").run(engine=SPARK, threads=2)
    assert_published_the_same(one, other)
    assert_names_its_engine(one, other)
