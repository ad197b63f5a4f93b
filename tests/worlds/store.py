"""Records of worlds, kept under build/ by what made them: a study that is broken off goes on where it stopped.

Gives     `Store`: one file of lines a shard; a record is kept by study, hash of the code, and seed.
Assumes   a record's numbers depend on the code below and on nothing else: no clock, no number of threads.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HOUSE = ROOT / "src" / "worthline"
WITHOUT = ("app", "reports")
"""Rooms whose code moves no number: they show what others work out."""


def code(*more: Path) -> str:
    """Hash of the code that a world's record rests on."""
    made = hashlib.blake2b(digest_size=6)
    files = [p for p in HOUSE.rglob("*.py") if p.relative_to(HOUSE).parts[0] not in WITHOUT]
    for path in sorted((*files, *more)):
        made.update(path.relative_to(ROOT).as_posix().encode())
        made.update(path.read_bytes())
    return made.hexdigest()


class Store:
    """Records in `folder`, of every shard; new ones go to this shard's own file."""

    def __init__(self, folder: Path, code: str, shard: str = "1of1") -> None:
        self._code, self._mine = code, folder / f"{shard}.jsonl"
        folder.mkdir(parents=True, exist_ok=True)
        self._known: dict[tuple[str, int], Any] = {}
        for path in sorted(folder.glob("*.jsonl")):
            for line in path.read_text("utf-8").splitlines():
                self._take(line)

    def _take(self, line: str) -> None:
        try:
            row = json.loads(line)
        except ValueError:  # broken off while it was written: lived again
            return
        if row["code"] == self._code:
            self._known[row["study"], row["seed"]] = row["record"]

    def has(self, study: str, seed: int) -> bool:
        """Whether this world has a record by this code."""
        return (study, seed) in self._known

    def add(self, study: str, seed: int, record: Any) -> None:
        """Keep a record, at once."""
        row = {"code": self._code, "study": study, "seed": seed, "record": record}
        with self._mine.open("a", encoding="utf-8") as out:
            out.write(json.dumps(row) + "\n")
        self._known[study, seed] = record

    def of(self, study: str) -> list[Any]:
        """A study's records, in order of seed."""
        return [record for (name, _), record in sorted(self._known.items(), key=lambda kept: kept[0]) if name == study]
