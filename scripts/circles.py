"""Circles of imports: files, and rooms, that need each other. `make check` fails on the first.

Reads     src/worthline.
Gives     each circle with the imports that close it; exits with 1 where there is one.
Method    strongly connected parts (Tarjan 1972, SIAM J. Comput. 1(2), 146-160) of the graph of imports. Imports inside
          functions count, as they hide a circle and do not undo it; those for types alone (TYPE_CHECKING) do not.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

PACKAGE = "worthline"
Graph = Mapping[str, set[str]]


def files(root: Path) -> dict[str, set[str]]:
    """Module -> modules of the package that it imports; a package's own name stands for its __init__."""
    paths = {_name(path, root): path for path in sorted((root / PACKAGE).rglob("*.py"))}
    return {name: {to for to in _imported(path, name, paths) if to != name} for name, path in paths.items()}


def rooms(graph: Graph) -> dict[str, set[str]]:
    """Room -> rooms that it imports; a file beside the rooms is a room of its own."""
    out: dict[str, set[str]] = {}
    for module, imported in graph.items():
        out.setdefault(_room(module), set()).update(_room(to) for to in imported if _room(to) != _room(module))
    return out


def circles(graph: Graph) -> list[list[str]]:
    """The parts of the graph in which each is reached from each, in order; a single file is none."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(one: str) -> None:
        index[one] = low[one] = len(index)
        stack.append(one)
        for to in sorted(graph.get(one, ())):
            if to not in index:
                visit(to)
                low[one] = min(low[one], low[to])
            elif to in stack:
                low[one] = min(low[one], index[to])
        if low[one] == index[one]:
            part: list[str] = []
            while not part or part[-1] != one:
                part.append(stack.pop())
            if len(part) > 1:
                found.append(sorted(part))

    for one in sorted(graph):
        if one not in index:
            visit(one)
    return sorted(found)


def _name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _room(module: str) -> str:
    return module.split(".")[1] if "." in module else module


def _imported(path: Path, name: str, known: Mapping[str, Path]) -> Iterator[str]:
    for node in _statements(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in known:
                    yield whole
                elif node.module in known:
                    yield node.module


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but those under `if TYPE_CHECKING`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for other in node.orelse:
                yield from (other, *_statements(other))
            continue
        yield node
        yield from _statements(node)


def main() -> int:
    """Print the circles; 1 where there are any."""
    graph = files(Path(__file__).resolve().parent.parent / "src")
    faults = 0
    for kind, found in (("files", circles(graph)), ("rooms", circles(rooms(graph)))):
        print(f"Circles of {kind}: {len(found) or 'none'}")
        for part in found:
            faults += 1
            print(f"  {', '.join(part)}", file=sys.stderr)
            if kind == "files":
                for one in part:
                    to = ", ".join(sorted(set(graph[one]) & set(part)))
                    print(f"    {one} imports {to}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
