"""Prints the inventory of the house for ARCHITECTURE.md: a line per room and file, purpose from its docstring.

The form, to which tests/architecture/test_inventory.py holds ARCHITECTURE.md, is a fenced block whose
first line is `src/worthline/`; below it each room, its files two blanks further in, with their purpose:

    src/worthline/
      tables/        what a row means
        spec.py      the types that the tables are declared with
      errors.py      everything raised on purpose
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path


def inventory(root: Path, depth: int = 1) -> list[tuple[int, str, str]]:
    """(depth, name, purpose) of every room and file under `root`; `__init__.py` speaks for its room."""
    rows = []
    for path in sorted(root.iterdir(), key=lambda p: (p.is_file(), p.name)):
        if path.is_dir() and any(path.rglob("*.py")):
            rows.append((depth, f"{path.name}/", _purpose(path / "__init__.py")))
            rows += inventory(path, depth + 1)
        elif path.suffix == ".py" and path.name != "__init__.py":
            rows.append((depth, path.name, _purpose(path)))
    return rows


def _purpose(path: Path) -> str:
    if not path.exists():
        return ""
    says = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return says.split("\n")[0].rstrip(".")


def main() -> int:
    """Print the block as it may stand in ARCHITECTURE.md."""
    root = Path(__file__).resolve().parent.parent / "src" / "worthline"
    rows = inventory(root)
    width = max((2 * depth + len(name) for depth, name, _ in rows), default=0) + 2
    print("```\nsrc/worthline/")
    for depth, name, purpose in rows:
        print(f"{'  ' * depth + name:<{width}}{purpose}".rstrip())
    print("```")
    return 0


if __name__ == "__main__":
    sys.exit(main())
