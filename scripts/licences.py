"""Whether every locked package has a licence that is allowed: requirements/licences.txt.

    python -m scripts.licences

Reads     requirements/extras.lock, the metadata of what is installed, the list.
Gives     one line for each package whose licence is not allowed; exit 1 where there is one.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from scripts.sbom import ROOT, canonical, licence, locked

LIST = ROOT / "requirements" / "licences.txt"
LOCK = ROOT / "requirements" / "extras.lock"


def allowed(path: Path = LIST) -> tuple[set[str], dict[str, str]]:
    """Licences for all packages, and by package the one it alone may have."""
    general, _, single = path.read_text("utf-8").partition("[packages]")
    names = {line.strip() for line in general.splitlines() if line.strip() and not line.startswith("#")}
    own = {}
    for line in single.splitlines():
        if line.strip():
            name, _, rest = line.partition(":")
            own[canonical(name.strip())] = rest.partition(";")[0].strip()
    return names, own


def refused(said: dict[str, str | None], names: set[str], own: dict[str, str]) -> list[str]:
    """What is not allowed, in words; `said` is each package's licence, None where it states none."""
    wrong = []
    for package, stated in sorted(said.items()):
        if package in own and own[package] in (stated, "none stated in its metadata" if stated is None else ""):
            continue
        if stated is None:
            wrong.append(f"{package} states no licence")
        elif not _fits(stated, names):
            wrong.append(f"{package} has the licence {stated!r}, which is not on the list")
    return wrong


def _fits(stated: str, names: set[str]) -> bool:
    """Each of several licences must be allowed; of alternatives, one."""
    if stated in names:
        return True
    return all(any(_bare(one) in names for one in re.split(r"\bOR\b", part)) for part in re.split(r"\bAND\b", stated))


def _bare(part: str) -> str:
    part = part.strip()
    return part if part.endswith(")") and "(" in part[1:] else part.strip(" ()")


def main() -> int:
    """Print what is not allowed."""
    said = {one.name: licence(one.name) for one in locked(LOCK) if _is_here(one.name)}
    wrong = refused(said, *allowed())
    for line in wrong:
        print(line)
    print(f"{len(said)} packages, {len(wrong)} not allowed")
    return 1 if wrong else 0


def _is_here(name: str) -> bool:
    """Packages of other systems are not installed here, and are looked at there."""
    from importlib import metadata

    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
