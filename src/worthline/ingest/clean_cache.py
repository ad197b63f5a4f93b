"""Files that were proved clean once are not proved again: their checked rows are kept beside the runs.

Reads     DIR/.worthline/checked: for each piece a Parquet file of checked rows, and what was known of its file.
Gives     the rows of a file read earlier, if nothing that they depend on has changed; else None, and it is read anew.
Method    a piece is named by the sha256 of its file's bytes, its mapping, the settings that its reading depends on,
          and the code that read it. Rows are taken only if the Parquet is the one that was written, to the byte.
Assumes   only files of which no row was set aside or remarked upon, so that there is nothing to show again.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis

from worthline.ingest.raw import Fingerprint, RawFile, fingerprint, never, watch

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.config import CompanyConfig, SourceConfig
    from worthline.engine import Engine

SMALLEST = 4 * 1024 * 1024
"""Bytes of a file worth keeping; a smaller one is read in no time."""
_SAME_IN_ALL = ("_file", "_bad")
"""Columns that are not written: one value for all rows."""


@dataclass
class Proved:
    """The folder of pieces proved clean, as one run or check uses it."""

    folder: Path
    code: str
    """What names the code that reads: rows kept by other code are not taken."""
    used: set[str] = field(default_factory=set)
    """Pieces that were taken or kept: the others are dropped at the end of a run."""
    writes: bool = True

    def take(
        self, engine: Engine, config: CompanyConfig, source: SourceConfig, path: Path, name: str, handle: str
    ) -> tuple[RawFile, ir.Table, int] | None:
        """The file as opened then, its checked rows, and how many there are; None where it must be read."""
        kind = self._kind(config, source, name)
        if not os.path.isfile(path) or not any(self.folder.glob(f"{kind}-*.json")):
            return None
        unchanged = watch(path, name)
        print_of = fingerprint(path)
        piece = f"{kind}-{print_of.sha256[:32]}"
        about = self._about(piece, print_of)
        if about is None:
            return None
        rows = engine.parquet([self._rows(piece)])
        null, file = ibis.null("int16"), ibis.literal(name)
        order = [*about["columns"]]
        whole = rows.mutate(_file=file, _bad=null).select(*order)
        kept = engine.keep(handle, whole)
        raw = RawFile(name, tuple(about["header"]), tuple(about["cells"]), print_of, never, never, zone=about["zone"])
        raw.notes, raw.unchanged = list(about["notes"]), unchanged
        unchanged()
        self.used.add(piece)
        return raw, kept, about["rows"]

    def keep(
        self, engine: Engine, config: CompanyConfig, source: SourceConfig, raw: RawFile, rows: ir.Table, count: int
    ) -> None:
        """Keep the checked rows of a file of which every row is good; the caller knows that it is."""
        if not self.writes or raw.fingerprint.size < SMALLEST:
            return
        piece = f"{self._kind(config, source, raw.name)}-{raw.fingerprint.sha256[:32]}"
        self.folder.mkdir(exist_ok=True)
        aside = self.folder / f"{piece}.writing"
        engine.write_parquet(rows.drop(*_SAME_IN_ALL), aside, ())
        written = fingerprint(aside)
        about = {
            "sha256": raw.fingerprint.sha256,
            "size": raw.fingerprint.size,
            "parquet": written.sha256,
            "rows": count,
            "columns": list(rows.columns),
            "header": list(raw.header),
            "cells": list(raw.cells),
            "zone": raw.zone,
            "notes": raw.notes,
        }
        aside.replace(self._rows(piece))
        self._write(piece, about)
        self.used.add(piece)

    def prune(self) -> None:
        """Drop what this run neither took nor kept."""
        for path in self.folder.glob("*"):
            if path.is_file() and path.name.split(".")[0] not in self.used:
                path.unlink(missing_ok=True)

    def _kind(self, config: CompanyConfig, source: SourceConfig, name: str) -> str:
        """A name for all but the bytes of the file that the checked rows depend on."""
        parts = (repr(source), name, config.timezone, config.currency, self.code)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]

    def _rows(self, piece: str) -> Path:
        return self.folder / f"{piece}.parquet"

    def _about(self, piece: str, print_of: Fingerprint) -> dict[str, Any] | None:
        """What was written of a piece, if its file and its rows are still those; else None."""
        try:
            seal, _, body = (self.folder / f"{piece}.json").read_text(encoding="utf-8").partition("\n")
            about: dict[str, Any] = json.loads(body)
            same = seal == _seal(body) and (about["sha256"], about["size"]) == (print_of.sha256, print_of.size)
            if not same or not self._rows(piece).is_file() or fingerprint(self._rows(piece)).sha256 != about["parquet"]:
                return None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return about

    def _write(self, piece: str, about: dict[str, Any]) -> None:
        """Last of all: without it the rows beside do not count."""
        aside = self.folder / f"{piece}.json.writing"
        with aside.open("w", encoding="utf-8") as file:
            body = json.dumps(about, ensure_ascii=False)
            file.write(f"{_seal(body)}\n{body}")
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.folder / f"{piece}.json")


def _seal(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()
