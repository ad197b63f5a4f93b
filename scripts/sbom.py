"""The software bill of materials: every locked package that users install, as CycloneDX 1.6.

    python -m scripts.sbom [FILE]       default: build/sbom.cdx.json

Reads     requirements/run.lock (or another lock), the metadata of what is installed.
Gives     CycloneDX JSON: name, version, licence, hashes, what needs what. The same locks give the same bytes.
Assumes   the environment was made from the locks; a package of another system is not installed here and has no licence.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
import uuid
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements" / "run.lock"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")


@dataclass
class Locked:
    """One package as a lock names it."""

    name: str
    version: str
    hashes: list[str] = field(default_factory=list)


def locked(lock: Path) -> list[Locked]:
    """The packages of a hash lock, by name; of several versions the one that is installed, else the last."""
    found: dict[str, list[Locked]] = {}
    for line in lock.read_text("utf-8").splitlines():
        pin = _PIN.match(line)
        if pin:
            last = Locked(canonical(pin[1]), pin[2])
            found.setdefault(last.name, []).append(last)
        elif "--hash=sha256:" in line and found:
            last.hashes.append(line.split("--hash=sha256:")[1].split()[0])
    return [_chosen(each) for _, each in sorted(found.items())]


def _chosen(versions: list[Locked]) -> Locked:
    return next((one for one in versions if one.version == _installed(one.name)), versions[-1])


def canonical(name: str) -> str:
    """A package's name as indexes write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def licence(name: str) -> str | None:
    """What a package says of its licence: an expression, else a classifier, else the first line of free text."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    if "License-Expression" in about:
        return about["License-Expression"].strip()
    named = [c.split(" :: ")[-1] for c in about.get_all("Classifier") or [] if c.startswith("License :: ")]
    named = [each for each in named if each != "OSI Approved"]
    if named:
        return " AND ".join(sorted(named))
    text = about["License"].strip() if "License" in about else ""
    return text.splitlines()[0][:80] if text else None


def needs(name: str, known: set[str]) -> list[str]:
    """Which of the locked packages one needs, extras left out."""
    try:
        asked = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return []
    plain = {canonical(re.split(r"[\s\[<>=!~;(]", each, maxsplit=1)[0]) for each in asked if "extra ==" not in each}
    return sorted(plain & known)


def document(lock: Path) -> dict[str, Any]:
    """The bill as CycloneDX 1.6."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    packages = locked(lock)
    known = {one.name for one in packages}
    version = _version()
    ours = f"pkg:pypi/worthline@{version}"
    refs = {one.name: f"pkg:pypi/{one.name}@{one.version}" for one in packages}
    content: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": ours,
                "name": "worthline",
                "version": version,
                "purl": ours,
                "licenses": [{"license": {"name": str(project.get("license", "see LICENSE"))}}],
            }
        },
        "components": [_component(one, refs[one.name]) for one in packages],
        "dependencies": [{"ref": ours, "dependsOn": sorted(refs[n] for n in _direct(project) & known)}]
        + [{"ref": refs[one.name], "dependsOn": [refs[n] for n in needs(one.name, known)]} for one in packages],
    }
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(content, sort_keys=True))
    return {**content, "serialNumber": f"urn:uuid:{serial}"}


def _version() -> str:
    text = (ROOT / "src" / "worthline" / "results.py").read_text("utf-8")
    found = re.search(r'^VERSION = "([^"]+)"', text, re.M)
    assert found
    return found[1]


def _direct(project: dict[str, Any]) -> set[str]:
    return {canonical(re.split(r"[\s\[<>=!~;]", each, maxsplit=1)[0]) for each in project["dependencies"]}


def _component(one: Locked, ref: str) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": ref,
        "name": one.name,
        "version": one.version,
        "purl": ref,
    }
    said = licence(one.name)
    if said is not None:
        component["licenses"] = [{"license": {"name": said}}]
    component["properties"] = [{"name": "worthline:lock:sha256", "value": each} for each in sorted(one.hashes)]
    return component


def main() -> None:
    """Write the bill."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "sbom.cdx.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    bill = document(LOCK)
    out.write_text(json.dumps(bill, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{out}: {len(bill['components'])} packages")


if __name__ == "__main__":
    main()
