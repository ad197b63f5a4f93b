"""No locked version drops unseen, and the locks hold what pyproject.toml asks for: scripts/check_lock.py."""

from pathlib import Path

import pytest

from scripts.check_lock import LOCKS, check

ROOT = Path(__file__).resolve().parents[2]
HASH = "--hash=sha256:" + "0" * 64
PROJECT = """
[project]
dependencies = ["numpy>=2", "duckdb>=1.5.6,<2"]
[project.optional-dependencies]
dev = ["pytest"]
web = []
spark = []
postgres = []
notify = []
"""
LOCK = {
    "numpy": ["2.4.6 ; python_full_version < '3.12'", "2.5.5 ; python_full_version >= '3.12'"],
    "duckdb": ["1.5.6"],
    "pytest": ["9.2.0"],
    "pluggy": ["1.7.0"],
}


def project(root: Path, **changed: list[str]) -> Path:
    """A project whose locks hold LOCK, with what `changed` says instead."""
    (root / "requirements").mkdir(exist_ok=True)
    (root / "pyproject.toml").write_text(PROJECT, "utf-8")
    rows = [f"{name}=={version} \\\n    {HASH}" for name, vs in {**LOCK, **changed}.items() for version in vs]
    for lock in LOCKS:
        text = "# a comment\n" + "\n    # via x\n".join(rows) + "\n"
        (root / "requirements" / lock).write_text(text, "utf-8")
    return root


@pytest.fixture
def locked(tmp_path):
    """A project whose floors were raised to its locks."""
    assert check(project(tmp_path), raise_floors=True) == []
    assert check(tmp_path) == []
    return tmp_path


def test_this_project_is_locked():
    assert check(ROOT) == []


def test_floors_remember_both_ends(locked):
    assert "numpy 2.4.6 2.5.5\n" in (locked / "requirements" / "floors.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"pytest": ["9.1.9"]}, "pytest was locked at 9.2.0 and is now at 9.1.9"),
        ({"pluggy": ["1.6"]}, "pluggy was locked at 1.7.0 and is now at 1.6"),
        ({"numpy": ["2.4.6"]}, "numpy was locked at 2.4.6 2.5.5 and is now at 2.4.6"),
        ({"numpy": ["2.4.5", "2.6.0"]}, "numpy was locked at 2.4.6 2.5.5 and is now at 2.4.5 2.6.0"),
        ({"duckdb": ["2.0.0"]}, "duckdb is locked at 2.0.0, outside <2,>=1.5.6; run make lock"),
        ({"duckdb": []}, "duckdb is not locked; run make lock"),
    ],
)
def test_drop_is_a_fault_and_does_not_lower_the_floor(locked, changed, fault):
    floors = (locked / "requirements" / "floors.txt").read_text("utf-8")
    assert f"run.lock: {fault}" in check(project(locked, **changed))
    assert check(locked, raise_floors=True) != []
    assert (locked / "requirements" / "floors.txt").read_text("utf-8") == floors


def test_rise_passes_and_is_then_remembered(locked):
    assert check(project(locked, pytest=["9.10.0"])) == []
    assert check(locked, raise_floors=True) == []
    assert any("9.10.0" in fault for fault in check(project(locked)))


def test_package_no_longer_needed_is_not_a_drop(locked):
    assert check(project(locked, pluggy=[])) == []


def test_new_package_needs_a_floor(locked):
    assert check(project(locked, tqdm=["4.0"])) == ["floors.txt: no floor for tqdm; make lock adds it"]


def test_entry_without_hash_or_pin_is_a_fault(locked):
    path = locked / "requirements" / "run.lock"
    path.write_text(path.read_text("utf-8") + "tqdm==4.0\n--index-url somewhere\n", "utf-8")
    faults = check(locked)
    assert "run.lock: tqdm has no hash" in faults
    assert "run.lock: neither a pinned package nor a comment: --index-url somewhere" in faults
