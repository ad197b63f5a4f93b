"""CONTRIBUTING.md names only what there is: files, folders, names in files, targets of make; what is not built is not there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOUSE = ROOT / "src" / "worthline"
TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
QUOTED = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"(?:[\w.-]+/)+(?:[\w-]+\.\w+)?|[\w-]+\.(?:py|md|toml|lock|txt)")
OF_A_COMPANY = {"worthline.toml", "run.json"}
"""Files of a company's folder, not of the repository."""
OUTSIDE = {"../shared/data"}
NOT_BUILT = "not built yet"


def rows(text: str) -> list[list[str]]:
    """The cells of each row of the table under "Where new code goes"."""
    section = text.partition("## Where new code goes")[2].partition("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def paths(text: str) -> list[str]:
    """What stands in backticks and is a path."""
    return [word for word in QUOTED.findall(text) if PATH.fullmatch(word) and word not in OF_A_COMPANY]


def absent(named: list[str]) -> list[str]:
    """Those that stand neither in the repository nor in the house nor among its locks."""
    places = (ROOT, HOUSE, ROOT / "requirements")
    return sorted({path for path in named if not any((place / path).exists() for place in places)})


def test_every_path_in_the_table_is_there_unless_it_is_not_built_yet():
    table = rows(TEXT)
    built = [row for row in table if row[2] != NOT_BUILT]
    assert len(built) >= 30
    assert all(len(row) == 3 and paths(row[1]) for row in table)
    assert absent([path for row in built for cell in row for path in paths(cell)]) == []
    not_built = [path for row in table if row[2] == NOT_BUILT for path in paths(row[1])]
    assert absent(not_built) == sorted(not_built), "built by now: say what to do it like"


def test_every_other_path_is_there():
    named = [path for path in paths(TEXT) if path not in OUTSIDE]
    not_built = [path for row in rows(TEXT) if row[2] == NOT_BUILT for path in paths(row[1])]
    assert absent(named) == sorted(not_built)
    linked = [link for link in re.findall(r"\]\(([^)#]+)", TEXT) if "://" not in link]
    assert linked
    assert absent(linked) == []


def test_every_target_of_make_is_there():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)", TEXT, re.MULTILINE))
    wanted = {one or other for one, other in named}
    assert len(wanted) >= 8
    assert wanted - targets == set()


def test_planted_mistakes_are_found():
    text = (
        "## Where new code goes\n\n| a | b | c |\n|---|---|---|\n| x | `tables/` | `tables/no_such.py`, `money.py` |\n"
    )
    assert [paths(cell) for cell in rows(text)[0]] == [[], ["tables/"], ["tables/no_such.py", "money.py"]]
    assert absent(["tables/", "tables/no_such.py", "money.py"]) == ["money.py", "tables/no_such.py"]
