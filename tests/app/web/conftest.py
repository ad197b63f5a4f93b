"""The small company, made and run once; the app over it, asked in the process."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from filelock import FileLock
from starlette.testclient import TestClient

from worthline.app.web import site

MAKE = Path(__file__).resolve().parents[3] / "examples" / "small" / "make_small.py"
MADE_UP = {
    "effects": {
        "cause": "wrong bill",
        "outcome": "retention",
        "horizon_months": 3,
        "segment": "all",
        "exposed": 100,
        "estimate": 0.03,
        "low": 0.01,
        "high": 0.05,
        "grade": "C",
        "sentence": "A right bill raises it.",
    },
    "key_drivers": {"metric": "nps", "driver": "service", "share": 0.2, "low": 0.1, "high": 0.3, "performance": 7.0},
    "backtests": {"model": "risk", "horizon": 3, "measure": "auc", "value": 0.7, "low": 0.6, "high": 0.8, "n": 500},
}
HERE = "http://127.0.0.1:8765"


def once(tmp_path_factory, name, command):
    """The folder that a command makes: made by the first test process that wants it, read by all."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / f"web-{name}" / name
    folder.parent.mkdir(exist_ok=True)
    with FileLock(folder.parent / "lock"):
        if not (folder.parent / "made").exists():
            given = [part.format(folder=folder) for part in command]
            ran = subprocess.run(given, capture_output=True, text=True, check=False)
            assert ran.returncode == 0, ran.stderr
            (folder.parent / "made").touch()
    return folder


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """A published company folder."""
    return once(tmp_path_factory, "small", [sys.executable, str(MAKE), "{folder}"])


@pytest.fixture(scope="session")
def full(small, tmp_path_factory):
    """The same with a table for every place: what its run has not got is made up."""
    folder = tmp_path_factory.mktemp("web") / "full"
    shutil.copytree(small, folder, symlinks=True)
    run = (folder / ".worthline" / "current").resolve()
    for name, row in MADE_UP.items():
        if not (run / f"{name}.parquet").is_file():
            pq.write_table(
                pa.Table.from_pylist([row, row | {"cause": "long wait", "low": -0.01}]), run / f"{name}.parquet"
            )
    return folder


@pytest.fixture(scope="session")
def larkfield(tmp_path_factory):
    """The simulated company, small, with what is predicted and estimated of it."""
    demo = [sys.executable, "-m", "worthline", "demo", "{folder}", "--customers", "1500", "--no-serve"]
    return once(tmp_path_factory, "larkfield", demo)


@pytest.fixture(scope="session")
def app(small):
    """Asks the app over the small company."""
    return ask(small)


def ask(folder):
    """A client of the app over any folder."""
    return TestClient(site.make(folder), base_url=HERE, follow_redirects=False)
