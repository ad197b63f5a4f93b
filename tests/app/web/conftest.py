"""The small company, made and run once; the app over it, asked in the process."""

import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from worthline.app.web import site

MAKE = Path(__file__).resolve().parents[3] / "examples" / "small" / "make_small.py"
HERE = "http://127.0.0.1:8765"


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """A published company folder."""
    folder = tmp_path_factory.mktemp("web") / "small"
    ran = subprocess.run([sys.executable, str(MAKE), str(folder)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return folder


@pytest.fixture(scope="session")
def app(small):
    """Asks the app over the small company."""
    return ask(small)


def ask(folder):
    """A client of the app over any folder."""
    return TestClient(site.make(folder), base_url=HERE, follow_redirects=False)
