"""`worthline --help` answers at once: what is slow to import waits until a command needs it.

Which modules were imported is told by Python itself (-X importtime), not by a clock.
"""

import re
import subprocess
import sys

import pytest

SLOW = {
    "duckdb",
    "ibis",
    "pandas",
    "pyarrow",
    "numpy",
    "sqlglot",
    "scipy",
    "python_calamine",
    "fastapi",
    "uvicorn",
    "jinja2",
}


def imported_by(*arguments: str) -> tuple[set[str], str]:
    """The top-level packages that a Python process imported, and what it printed."""
    command = [sys.executable, "-X", "importtime", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    modules = re.findall(r"^import time:\s+\d+ \|\s+\d+ \|\s*(\S+)$", ran.stderr, re.M)
    assert modules, "nothing was reported"
    return {module.split(".")[0] for module in modules}, ran.stdout


@pytest.mark.parametrize(
    "arguments", [("-c", "import worthline.app.cli"), ("-m", "worthline", "--help")], ids=["import", "help"]
)
def test_command_line_imports_nothing_slow(arguments):
    packages, _ = imported_by(*arguments)
    assert "worthline" in packages
    assert packages & SLOW == set()


def test_slow_import_is_seen():
    packages, _ = imported_by("-c", "import numpy")
    assert packages & SLOW == {"numpy"}
