"""While a run is made, Python looks for cycles of unused objects less often.

Gives     `collecting_seldom`.
Method    a run builds some hundred thousand small objects (expressions, rows) that stay or go by themselves;
          looking for cycles among them at Python's usual pace took 8% of a small run.
Assumes   arrays and tables, which hold the memory, are in no cycles.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

NEW_OBJECTS = 50_000
"""Made since the last look before the next one; Python's own: 700."""


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """While this is entered, cycles are looked for each 50,000 new objects."""
    before = gc.get_threshold()
    gc.set_threshold(max(NEW_OBJECTS, before[0]) if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
