"""What all tests share: the engines that a relational test runs on."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from worthline.engine import Engine, open_engine
from worthline.errors import UsageError

# No test fails for the clock: a machine with other work on it takes longer.
settings.register_profile("worthline", deadline=None)
settings.load_profile("worthline")

SPARK = "local[2]"
ENGINES = [pytest.param("duckdb", id="duckdb"), pytest.param(SPARK, id="spark", marks=pytest.mark.spark)]
"""For `pytest.mark.parametrize("engine_name", ENGINES)` and for the params of fixtures."""


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Spark, started once a test process: engines opened while it stands share it. Skips where it cannot be."""
    # Short queries, many: code that is compiled quickly is worth more here than code that runs quickly.
    os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")
    try:
        engine = open_engine(SPARK, tmp_path_factory.mktemp("spark") / "scratch", threads=2)
    except UsageError as error:
        pytest.skip(str(error))
    yield engine
    engine.close()


@pytest.fixture(scope="session", params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """Each engine in turn, by the name that --engine takes."""
    if request.param == SPARK:
        request.getfixturevalue("spark")
    return str(request.param)
