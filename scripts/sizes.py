"""How large the files and functions of the house are: a report to steer by.

The goal is files of about 150 lines, most under 400, and functions of under 40. Beyond the hard limits,
600 lines a file and 80 a function, this exits with 1 and tests/architecture fails too.
"""

from __future__ import annotations

import ast
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

MOST_LINES_A_FILE = 600
MOST_LINES_A_FUNCTION = 80


@dataclass(frozen=True, slots=True, order=True)
class Size:
    """The lines of one file, or of one function in it."""

    lines: int
    where: str


def file_sizes(root: Path) -> list[Size]:
    """Every Python file under `root`, the longest first."""
    sizes = [Size(len(path.read_text("utf-8").splitlines()), str(path.relative_to(root))) for path in _files(root)]
    return sorted(sizes, reverse=True)


def function_sizes(root: Path) -> list[Size]:
    """Every function and method under `root`, decorators not counted, the longest first."""
    sizes = []
    for path in _files(root):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                sizes.append(Size(lines, f"{path.relative_to(root)}:{node.lineno} {node.name}"))
    return sorted(sizes, reverse=True)


def too_large(root: Path) -> list[str]:
    """What lies beyond the hard limits."""
    files = [s for s in file_sizes(root) if s.lines > MOST_LINES_A_FILE]
    functions = [s for s in function_sizes(root) if s.lines > MOST_LINES_A_FUNCTION]
    return [f"{s.where}: {s.lines} lines, at most {MOST_LINES_A_FILE} for a file" for s in files] + [
        f"{s.where}: {s.lines} lines, at most {MOST_LINES_A_FUNCTION} for a function" for s in functions
    ]


def _files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*.py") if "__pycache__" not in path.parts)


def main() -> int:
    """Print the report; exit 1 if something is beyond a hard limit."""
    root = Path(__file__).resolve().parent.parent / "src" / "worthline"
    for kind, sizes, goal in (("Files", file_sizes(root), 400), ("Functions", function_sizes(root), 40)):
        if not sizes:
            continue
        over = [s for s in sizes if s.lines > goal]
        median = statistics.median(s.lines for s in sizes)
        print(f"{kind}: {len(sizes)}, median {median:.0f} lines, {len(over)} over the goal of {goal}")
        for size in over[:5]:
            print(f"  {size.lines:4d}  {size.where}")
    faults = too_large(root)
    for fault in faults:
        print(fault, file=sys.stderr)
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
