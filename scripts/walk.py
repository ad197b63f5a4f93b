"""The walk of one customer's row through the house: the rooms that company.py calls, in their order.

A reader who follows a row from the company's files to `customer_scores` opens these rooms. At most twelve, and at most
ten returns to a room left before: tests/architecture holds both, and that ARCHITECTURE.md draws this walk.
"""

from __future__ import annotations

import ast
from itertools import groupby
from pathlib import Path

COMPANY = Path(__file__).resolve().parent.parent / "src" / "worthline" / "company.py"
MOST_ROOMS = 12
MOST_RETURNS = 10


def walk(source: str) -> list[tuple[str, list[str]]]:
    """Each stay in a room, in order: its name, and what is called there."""
    build = next(
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef) and node.name == "_build"
    )
    rooms = {"loaded": "ingest"}
    for node in ast.walk(build):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("worthline"):
            parts = node.module.split(".")
            rooms |= {alias.asname or alias.name: (parts[1:] or [alias.name])[0] for alias in node.names}
    calls = sorted(
        (call for call in ast.walk(build) if isinstance(call, ast.Call)),
        key=lambda call: (call.end_lineno or 0, call.end_col_offset or 0),
    )
    steps = [(rooms[root], ast.unparse(call.func)) for call in calls if (root := _root(call.func)) in rooms]
    return [(room, [name for _, name in stay]) for room, stay in groupby(steps, key=lambda step: step[0])]


def returns(stays: list[tuple[str, list[str]]]) -> int:
    """How often the walk comes back to a room that it had left."""
    return len(stays) - len({room for room, _ in stays})


def drawn(stays: list[tuple[str, list[str]]]) -> str:
    """The walk as ARCHITECTURE.md shows it, a line per stay."""
    lines = [
        f"{number:>2}  {room:<12}{', '.join(dict.fromkeys(names))}" for number, (room, names) in enumerate(stays, 1)
    ]
    rooms = len({room for room, _ in stays})
    return "\n".join([*lines, f"{rooms} rooms, {returns(stays)} returns"])


def _root(node: ast.expr) -> str | None:
    """The name that an attribute chain begins with."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


if __name__ == "__main__":
    print(drawn(walk(COMPANY.read_text("utf-8"))))
