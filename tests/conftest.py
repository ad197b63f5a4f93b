"""What all tests share: the engines that a relational test runs on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from worthline.engine import Engine, open_engine
from worthline.engine.dialect_gaps import SPARK_SETTINGS
from worthline.errors import UsageError

# No test fails for the clock: a machine with other work on it takes longer.
settings.register_profile("worthline", deadline=None)
settings.load_profile("worthline")

SPARK = "local[2]"
ENGINES = [pytest.param("duckdb", id="duckdb"), pytest.param(SPARK, id="spark", marks=pytest.mark.spark)]
"""For `pytest.mark.parametrize("engine_name", ENGINES)` and for the params of fixtures."""

INTERPRETED = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}
"""For tables of a few rows: Spark writes and compiles no Java for each of some thousand queries."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file's tests go to one worker; all of Spark's to one, which starts Java once."""
    from xdist.scheduler import LoadScopeScheduling

    class Files(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "spark" if "spark" in nodeid else _file(nodeid)

    return Files(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spark's first, then the files with slow tests: whoever starts a long one last makes the others wait."""
    long = {_file(item.nodeid) for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: ("spark" not in item.nodeid, _file(item.nodeid) not in long))


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Spark, started once a test process: engines opened while it stands share it. Skips where it cannot be."""
    # Short queries, many: code that is compiled quickly, or not at all, is worth more here than code that runs quickly.
    os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in INTERPRETED.items():
            patch.setitem(SPARK_SETTINGS, name, value)
        try:
            engine = open_engine(SPARK, tmp_path_factory.mktemp("spark") / "scratch", threads=2)
        except UsageError as error:
            pytest.skip(str(error))
        yield engine
        engine.close()


@pytest.fixture
def compiled_spark(spark: Engine) -> Iterator[Engine]:
    """Spark as it is shipped: engines opened in this test compile what they run."""
    with pytest.MonkeyPatch.context() as patch:
        for name in INTERPRETED:
            patch.delitem(SPARK_SETTINGS, name)
        yield spark


@pytest.fixture(scope="session", params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """Each engine in turn, by the name that --engine takes."""
    if request.param == SPARK:
        request.getfixturevalue("spark")
    return str(request.param)
