"""The layers of pyproject.toml hold, and would be broken by an import against them."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOUSE = ROOT / "src" / "worthline"
LINT = """
import sys
from importlinter.cli import lint_imports
sys.exit(lint_imports(no_cache=True, no_logo=True))
"""


def lint(folder: Path) -> subprocess.CompletedProcess:
    """Run import-linter on the package in `folder`/src with the contracts of `folder`/pyproject.toml."""
    where = {**os.environ, "PYTHONPATH": str(folder / "src"), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-c", LINT], cwd=folder, env=where, capture_output=True, text=True, check=False
    )


def planted(tmp_path: Path, name: str, source: str) -> Path:
    """A house of empty rooms under the contracts of this project, with one file of `source` in it."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    house = tmp_path / "src" / "worthline"
    rooms = ["app", "reports", "run", "metrics", "panel", "ingest", "stats", "engine", "tables"]
    for file in [f"{room}/__init__.py" for room in rooms] + [
        *("__init__.py", "company.py", "errors.py", "results.py", "config.py"),
        *("customers/__init__.py", "effects/__init__.py", "demo/__init__.py"),
    ]:
        (house / file).parent.mkdir(parents=True, exist_ok=True)
        (house / file).touch()
    (house / name).parent.mkdir(parents=True, exist_ok=True)
    (house / name).write_text(source, "utf-8")
    return tmp_path


def demo_imports_beyond_tables(house: Path) -> list[str]:
    """What the simulated companies import from the house other than the tables."""
    found = []
    for path in sorted((house / "demo").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                continue
            found += [
                f"{path.relative_to(house)}:{node.lineno} {module}"
                for module in modules
                if f"{module}.".startswith("worthline.")
                and not f"{module}.".startswith(("worthline.tables.", "worthline.demo."))
            ]
    return found


def test_contracts_hold():
    ran = lint(ROOT)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_demo_imports_only_tables():
    assert demo_imports_beyond_tables(HOUSE) == []


def test_clean_planted_house_passes(tmp_path):
    ran = lint(planted(tmp_path, "panel/months.py", "from worthline import results, tables"))
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("tables/spec.py", "import worthline.panel"),
        ("panel/months.py", "from worthline.engine import door"),
        ("metrics/soft.py", "def f():\n    import worthline.engine"),
        ("effects/uplift.py", "import worthline.customers"),
        ("metrics/soft.py", "import worthline.effects"),
        ("company.py", "import worthline.app"),
        ("panel/months.py", "import worthline.demo"),
        ("oddments.py", "import worthline.tables"),
    ],
    ids=["up", "engine", "engine late", "sibling", "analysis from below", "app", "demo in a run", "no place"],
)
def test_planted_import_breaks_a_contract(tmp_path, name, source):
    if "door" in source:
        (tmp_path / "src/worthline/engine").mkdir(parents=True)
        (tmp_path / "src/worthline/engine/interface.py").touch()
    ran = lint(planted(tmp_path, name, source))
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "broken" in (ran.stdout + ran.stderr).lower()


def test_planted_demo_import_is_found(tmp_path):
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "world.py").write_text(
        "import numpy\nfrom worthline.tables import spec\nfrom worthline import panel\n", "utf-8"
    )
    assert demo_imports_beyond_tables(tmp_path) == ["demo/world.py:3 worthline.panel"]
