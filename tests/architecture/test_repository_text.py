"""Nothing in the repository names the machine it was written on, its tools, or where packages come from; nothing is huge.

The forbidden words are put together from halves here, so that this file passes its own test.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = [
    "/wo" + "rk/",
    "/ro" + "ot/",
    "/tmp/" + "venv",
    "fa" + "rm-",
    ".lib" + "rary",
    "py" + "pi.org",
    "python" + "hosted",
    "npm" + "js.org",
    "deb.deb" + "ian",
    "file:///" + "opt",
]
LARGEST = 512 << 10
"""Bytes of one file in the repository."""


def repository_files(root: Path) -> list[Path]:
    """Every file that is, or without further ado would be, in the repository."""
    if shutil.which("git") is None or not (root / ".git").exists():
        pytest.skip("not a git checkout: which files are the repository's cannot be told")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=root, check=True, capture_output=True).stdout.decode().split("\0")
    return [root / name for name in names if name and (root / name).is_file()]


def mentions(path: Path) -> list[str]:
    """The forbidden words in one file."""
    content = path.read_bytes()
    return [word for word in FORBIDDEN if word.encode() in content]


def test_no_file_names_the_machine_or_a_registry():
    files = repository_files(ROOT)
    assert Path(__file__) in files
    assert {str(path.relative_to(ROOT)): found for path in files if (found := mentions(path))} == {}


def test_no_file_is_larger_than_what_people_write():
    """The largest that belongs here are the lock files and a public data set, at some 230 KB; spilled data are not."""
    large = {str(path.relative_to(ROOT)): path.stat().st_size for path in repository_files(ROOT)}
    assert {name: size for name, size in large.items() if size > LARGEST} == {}


def test_planted_mention_is_found(tmp_path):
    (tmp_path / "notes.md").write_text(f"see {FORBIDDEN[0]}main and {FORBIDDEN[5]}", "utf-8")
    (tmp_path / "clean.md").write_text("see the work of others, at the root of it", "utf-8")
    assert mentions(tmp_path / "notes.md") == [FORBIDDEN[0], FORBIDDEN[5]]
    assert mentions(tmp_path / "clean.md") == []
