"""The small published data that stand in tests/reference/data, as arrays: a bare clone needs no other."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

DATA = Path(__file__).parent / "data"


def columns(path: str, without: tuple[str, ...] = ()) -> dict[str, np.ndarray]:
    """Every column of data/`path` as floats, but those of words, which `without` names."""
    with (DATA / path).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0] if name not in without}
