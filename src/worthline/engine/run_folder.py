"""A published run on disk, each file of it held against its seal when it is read.

Reads     DIR/.worthline/runs/<run_id>.
Gives     RunFolder: JSON files, paths of tables; raises CorruptRun with the file that is wrong.
Assumes   a run without seals was published by an earlier Worthline: it is read as it is.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from worthline.engine import seal
from worthline.errors import CorruptRun
from worthline.results import CONTRACT

RUN_JSON = "run.json"


@dataclass(frozen=True)
class RunFolder:
    """A published run on disk."""

    path: Path
    run_json: str | None = None
    """sha256 that its run.json must have; None where nobody says."""

    @property
    def run_id(self) -> str:
        """The run's name."""
        return self.path.name

    @cached_property
    def about(self) -> dict[str, Any]:
        """What run.json says, its seals checked; raises CorruptRun."""
        content = self._parsed(RUN_JSON, self._bytes(RUN_JSON))
        if not isinstance(content, dict):
            raise self.damaged(RUN_JSON, "holds no object")
        if content.get("contract", CONTRACT) != CONTRACT:
            has = f"has contract {content['contract']!r}, and this Worthline reads {CONTRACT}"
            raise self.damaged(RUN_JSON, has)
        changed = self.run_json is not None and seal.digest(self.path / RUN_JSON) != self.run_json
        if changed or (seal.SEAL in content and content[seal.SEAL] != seal.seal(content)):
            raise self.damaged(RUN_JSON, "is not the file that was published: its bytes changed")
        if (seal.SEAL in content) != isinstance(content.get(seal.FILES), dict):
            raise self.damaged(RUN_JSON, "does not say what each file of the run must be")
        if outside := next((name for name in content.get(seal.FILES, ()) if _leads_out(name)), None):
            raise self.damaged(RUN_JSON, f"names a file that is not the run's own ({outside[:80]!r})")
        return content

    @property
    def sealed(self) -> dict[str, dict[str, Any]] | None:
        """Size and sha256 of every file but run.json; None for a run of an earlier Worthline."""
        if not (self.path / RUN_JSON).is_file():
            return None
        files: dict[str, dict[str, Any]] | None = self.about.get(seal.FILES)
        return files

    def json(self, name: str) -> Any:
        """The content of `name`.json; raises CorruptRun."""
        if name == "run":
            return self.about
        file = f"{name}.json"
        self.check(file)
        return self._parsed(file, self._bytes(file))

    def check(self, file: str) -> Path:
        """The path of one file of the run, its bytes being those that were published; raises CorruptRun."""
        path, sealed = self.path / file, self.sealed
        if path.is_symlink() or path.parent.is_symlink():
            raise self.damaged(file, "is a link, and a run has none: it would show another file of this machine")
        if sealed is None:
            return path
        if file not in sealed:
            raise self.damaged(file, "is missing in run.json")
        try:
            why = seal.why_not(path, sealed[file])
        except FileNotFoundError:
            raise self.damaged(file, "is missing") from None
        except OSError as error:
            raise self.damaged(file, f"cannot be read ({error.strerror or error})") from None
        if why is not None:
            raise self.damaged(file, why)
        return path

    def damaged(self, file: str, fault: str) -> CorruptRun:
        """The error that says which file of the run is wrong, and what helps."""
        fix = f"worthline run {self.path.parents[2]}"
        message = f"Run {self.run_id} is damaged: {file} {fault}. Make it again with: {fix}"
        return CorruptRun(message, tried=str(self.path / file), found=fault, fix=fix)

    def tables(self) -> dict[str, Path]:
        """Published result tables by name."""
        return self._parquet("")

    def sources(self) -> dict[str, Path]:
        """Published canonical tables by name."""
        return self._parquet("source/")

    def _parquet(self, below: str) -> dict[str, Path]:
        sealed = self.sealed
        if sealed is None:
            return {p.stem: p for p in sorted((self.path / below).glob("*.parquet"))}
        names = (name.removeprefix(below) for name in sealed if name.startswith(below) and name.endswith(".parquet"))
        return {name.removesuffix(".parquet"): self.path / below / name for name in names if "/" not in name}

    def _bytes(self, file: str) -> bytes:
        try:
            return (self.path / file).read_bytes()
        except FileNotFoundError:
            raise self.damaged(file, "is missing") from None
        except OSError as error:
            raise self.damaged(file, f"cannot be read ({error.strerror or error})") from None

    def _parsed(self, file: str, content: bytes) -> Any:
        try:
            return json.loads(content.decode("utf-8"))
        except (ValueError, RecursionError):
            raise self.damaged(file, "is no whole JSON file") from None


def _leads_out(name: str) -> bool:
    """Whether a file's name leads out of its folder, on this system or on another."""
    parts = re.split(r"[/\\]", name)
    return ":" in name or "\0" in name or not all(part and part not in (".", "..") for part in parts)


def no_complete_run(pointer: Path, name: str, company: Path) -> CorruptRun:
    """The error for a pointer at something that is no run."""
    fix = f"worthline run {company}"
    found = f"points at {name}, which is not a complete run: it has no run.json"
    return CorruptRun(f"{pointer} {found}. Make it again with: {fix}", tried=str(pointer), found=found, fix=fix)
