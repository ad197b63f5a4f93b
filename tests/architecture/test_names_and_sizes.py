"""No room that means nothing, no file or function that nobody can hold in the head.

The goals are softer than these limits and only reported: `python scripts/sizes.py`, a part of make check.
"""

from pathlib import Path

from scripts.sizes import too_large

HOUSE = Path(__file__).resolve().parents[2] / "src" / "worthline"
MEANINGLESS = {"utils", "util", "core", "common", "helpers", "helper", "misc", "shared", "lib"}


def meaningless_names(house: Path) -> list[str]:
    """Rooms and files whose name says nothing about what they hold."""
    return [
        str(path.relative_to(house))
        for path in sorted(house.rglob("*"))
        if path.stem.strip("_") in MEANINGLESS and (path.is_dir() or path.suffix == ".py")
    ]


def test_no_room_is_called_utils():
    assert meaningless_names(HOUSE) == []


def test_files_and_functions_stay_within_the_hard_limits():
    assert too_large(HOUSE) == []


def test_planted_names_are_found(tmp_path):
    (tmp_path / "panel" / "core").mkdir(parents=True)
    (tmp_path / "panel" / "_helpers.py").touch()
    (tmp_path / "panel" / "core_customers.py").touch()
    assert meaningless_names(tmp_path) == ["panel/_helpers.py", "panel/core"]


def test_planted_sizes_are_found(tmp_path):
    (tmp_path / "long.py").write_text("x = 1\n" * 601, "utf-8")
    (tmp_path / "tall.py").write_text("def f():\n" + "    x = 1\n" * 80, "utf-8")
    (tmp_path / "fits.py").write_text("def f():\n" + "    x = 1\n" * 79 + "x = 1\n" * 520, "utf-8")
    assert too_large(tmp_path) == [
        "long.py: 601 lines, at most 600 for a file",
        "tall.py:1 f: 81 lines, at most 80 for a function",
    ]
