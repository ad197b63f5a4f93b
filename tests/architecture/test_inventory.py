"""ARCHITECTURE.md is held to the tree: every room and file is named there with its purpose, nothing else is.

The form it must have: one fenced code block whose first line is `src/worthline/`. Below it one line per room or
file: its name (a room ends in `/`), at least two blanks, its purpose in a few words. Each level is two blanks
further in. `__init__.py` and `py.typed` are not listed. `make house` prints the block from the docstrings:

    src/worthline/
      tables/        what a row means
        spec.py      the types that the tables are declared with
      errors.py      everything raised on purpose

Blank lines inside the block are welcome. Lines for rooms that are not built yet belong elsewhere in the file.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOUSE = ROOT / "src" / "worthline"
LINE = re.compile(r"^(?P<indent> *)(?P<name>[\w.-]+/?)(?:\s{2,}(?P<purpose>\S.*))?$")


def listed(text: str) -> dict[str, str]:
    """What the block lists: path inside the house -> purpose ("" where none stands)."""
    fenced = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.M | re.S)
    blocks = [block for block in fenced if block.startswith("src/worthline/")]
    if len(blocks) != 1:
        raise ValueError(f"one fenced block that begins with src/worthline/ is needed; found {len(blocks)}")
    found: dict[str, str] = {}
    rooms: list[str] = []
    for line in blocks[0].splitlines()[1:]:
        if not line.strip():
            continue
        row = LINE.match(line)
        if row is None or len(row["indent"]) % 2 or not 1 <= len(row["indent"]) // 2 <= len(rooms) + 1:
            raise ValueError(f"not `name  purpose` at a level of two blanks: {line!r}")
        rooms = rooms[: len(row["indent"]) // 2 - 1]
        path = "".join(rooms) + row["name"]
        found[path] = row["purpose"] or ""
        if row["name"].endswith("/"):
            rooms.append(row["name"])
    return found


def built(house: Path) -> set[str]:
    """What is really there; a folder without Python in it is no room."""
    files = [p for p in house.rglob("*.py") if "__pycache__" not in p.parts]
    rooms = {parent for p in files for parent in p.relative_to(house).parents if parent != Path()}
    named = {p.relative_to(house).as_posix() for p in files if p.name != "__init__.py"}
    return named | {f"{room.as_posix()}/" for room in rooms}


def test_architecture_names_every_room_and_file_and_nothing_else():
    shown = listed((ROOT / "ARCHITECTURE.md").read_text("utf-8"))
    assert sorted(built(HOUSE) - set(shown)) == [], "in the tree, not in ARCHITECTURE.md: see make house"
    assert sorted(set(shown) - built(HOUSE)) == [], "in ARCHITECTURE.md, not in the tree"
    assert [path for path, purpose in shown.items() if not purpose] == [], "without a purpose"


def test_block_is_read_with_its_levels():
    text = "# House\n```\nnot this\n```\n```text\nsrc/worthline/\n  a/      one\n    b/    two\n"
    text += "      c.py  three\n\n    d.py  four, five\n  e.py\n```\n"
    assert listed(text) == {
        "a/": "one",
        "a/b/": "two",
        "a/b/c.py": "three",
        "a/d.py": "four, five",
        "e.py": "",
    }


@pytest.mark.parametrize("row", ["", "   a/  odd", "    a/  deep", "  a/ one blank"])
def test_other_forms_are_refused(row):
    with pytest.raises(ValueError, match=r"needed|two blanks"):
        listed(f"```\nsrc/worthline/\n{row}\n```\n" if row else "")


def test_tree_is_read_without_empty_folders(tmp_path):
    for name in ("a/__init__.py", "a/b/c.py", "d.py", "__init__.py", "a/__pycache__/x.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "empty").mkdir()
    assert built(tmp_path) == {"a/", "a/b/", "a/b/c.py", "d.py"}
