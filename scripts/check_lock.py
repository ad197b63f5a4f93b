"""Fails when a locked version dropped, or when the locks do not hold what pyproject.toml asks for.

A resolver may settle on an older release of one package to make room for another's upper bound, and say
nothing. So requirements/floors.txt remembers, for every package ever locked, the versions it was locked at
(lowest and highest, where Pythons differ):

    numpy 2.4.6 2.5.5

`check_lock.py` compares each lock with it and fails on anything lower. `check_lock.py --raise`, which
`make lock` runs, first checks and then raises the floors; it never lowers one. Who has a reason to go back
(a release that was withdrawn, a bug) lowers the line in floors.txt by hand in the same commit as the lock,
where a reviewer sees it, and says why.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
LOCKS = {
    "run.lock": (),
    "spark.lock": ("spark",),
    "dev.lock": ("dev", "web"),
    "extras.lock": ("dev", "web", "spark", "postgres", "notify"),
}
"""Each lock, and the extras of pyproject.toml that it must hold beside the core."""


@dataclass(frozen=True, slots=True)
class Span:
    """The lowest and the highest version that one package is locked at."""

    low: Version
    high: Version

    def __str__(self) -> str:
        return f"{self.low}" if self.low == self.high else f"{self.low} {self.high}"


def read_lock(text: str) -> tuple[dict[str, Span], list[str]]:
    """The versions in a lock by package, and what is wrong with its form."""
    found: dict[str, list[Version]] = {}
    faults: list[str] = []
    for entry in re.split(r"\n(?=\S)", re.sub(r"\\\n", " ", text)):
        line = re.sub(r"(^|\s)#.*", "", entry).strip()
        if not line:
            continue
        pinned = PINNED.match(line)
        if pinned is None:
            faults.append(f"neither a pinned package nor a comment: {line[:80]}")
            continue
        name = canonicalize_name(pinned["name"])
        found.setdefault(name, []).append(Version(pinned["version"]))
        if not HASH.search(line):
            faults.append(f"{name} has no hash")
    return {name: Span(min(versions), max(versions)) for name, versions in found.items()}, faults


def read_floors(text: str) -> dict[str, Span]:
    """The floors by package; a line is a name and one or two versions, `#` begins a comment."""
    floors: dict[str, Span] = {}
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if words:
            floors[canonicalize_name(words[0])] = Span(Version(words[1]), Version(words[-1]))
    return floors


def drops(locked: dict[str, Span], floors: dict[str, Span]) -> list[str]:
    """What is locked lower than it once was. A package that is no longer needed is not a drop."""
    return [
        f"{name} was locked at {floors[name]} and is now at {now}"
        for name, now in sorted(locked.items())
        if name in floors and (now.low < floors[name].low or now.high < floors[name].high)
    ]


def unmet(wanted: list[str], locked: dict[str, Span]) -> list[str]:
    """What pyproject.toml asks for and the lock does not give."""
    faults = []
    for text in wanted:
        requirement = Requirement(text)
        now = locked.get(canonicalize_name(requirement.name))
        if now is None:
            faults.append(f"{requirement.name} is not locked; run make lock")
        elif not all(requirement.specifier.contains(v, prereleases=True) for v in (now.low, now.high)):
            asked = requirement.specifier
            faults.append(f"{requirement.name} is locked at {now}, outside {asked}; run make lock")
    return faults


def merged(spans: list[dict[str, Span]]) -> dict[str, Span]:
    """The lowest and the highest version of each package over several locks."""
    out: dict[str, Span] = {}
    for one in spans:
        for name, span in one.items():
            known = out.get(name, span)
            out[name] = Span(min(known.low, span.low), max(known.high, span.high))
    return out


def raised(floors: dict[str, Span], locked: dict[str, Span]) -> str:
    """The floors file after these locks; call only when nothing dropped."""
    lines = [
        "# The versions that each package was locked at before: see scripts/check_lock.py.",
        "# make lock raises them; going back is a line changed by hand, with its reason behind a #.",
    ]
    lines += [f"{name} {span}" for name, span in sorted({**floors, **locked}.items())]
    return "\n".join(lines) + "\n"


def check(root: Path, *, raise_floors: bool = False) -> list[str]:
    """Everything that is wrong with the locks under `root`; raises the floors if asked and nothing is."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    path = root / "requirements" / "floors.txt"
    floors = read_floors(path.read_text("utf-8")) if path.exists() else {}
    if not floors and not raise_floors:
        return [f"{path.name} is missing or empty; make lock writes it"]
    faults: list[str] = []
    all_locked = []
    for name, extras in LOCKS.items():
        locked, form = read_lock((root / "requirements" / name).read_text("utf-8"))
        wanted = list(project["dependencies"])
        for extra in extras:
            wanted += project["optional-dependencies"][extra]
        faults += [f"{name}: {fault}" for fault in form + drops(locked, floors) + unmet(wanted, locked)]
        all_locked.append(locked)
    unguarded = sorted(set(merged(all_locked)) - set(floors))
    if unguarded and not raise_floors:
        faults.append(f"floors.txt: no floor for {', '.join(unguarded)}; make lock adds it")
    if raise_floors and not faults:
        path.write_text(raised(floors, merged(all_locked)), "utf-8")
    return faults


def main() -> int:
    """Print what is wrong; exit 1 if anything is."""
    parser = argparse.ArgumentParser(description="No locked version may drop.")
    parser.add_argument("--raise", dest="raise_floors", action="store_true", help="raise floors to the locks")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    chosen = parser.parse_args()
    faults = check(chosen.root, raise_floors=chosen.raise_floors)
    for fault in faults:
        print(f"requirements/{fault}", file=sys.stderr)
    if not faults:
        print(f"Locked versions: {len(LOCKS)} locks, none below its floor.")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
