"""Public functions that take arrays say shapes and units, and those that raise say what: at least 95% of them.

Reads     src/worthline.
Gives     the share of each, and the functions that lack it; exits with 1 below 95%.
Method    a function is public where neither it nor its class begins with _; it takes arrays where a parameter is
          annotated as one of NumPy's or Arrow's. A shape is a tuple in brackets, such as (n,) or (customers, months);
          a unit may stand in the docstring or in the head of the file. What a function raises itself is named.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LEAST = 0.95
ARRAY = re.compile(r"\b(ndarray|NDArray|Floats|Bools|Ints|Flags|ChunkedArray|StringArray|Array|Cells|Index)\b")
SHAPE = re.compile(
    r"\([a-z][a-z_ ]*( [-+] \d)?,( ?[a-z.][a-z_. ]*( [-+] \d)?)?(, ?[a-z_ ]+)*\)|\bshape\b", re.IGNORECASE
)
UNIT = re.compile(
    r"\b(money|margin|revenue|shares?|0 to 1|0 and 1|probabilit\w+|odds|chances?|months?|days?|hours?|seconds|years?|"
    r"points?|scores?|purchases|payments|customers?|contacts|comments|answers|counts?|numbers?|rows|units?|sheets|texts?|"
    r"weights?|p-values?|variances?|errors?|deviations?|cents|ids?|flags?|whether|effects?|slopes?|standardised)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Function:
    """One public function: where it is, and what its docstring says."""

    where: str
    takes_arrays: bool
    raises: tuple[str, ...]
    """Errors that its own statements raise."""
    doc: str
    head: str
    """The docstring of its file."""

    @property
    def has_shape(self) -> bool:
        """Whether a shape stands in its docstring."""
        return bool(SHAPE.search(self.doc))

    @property
    def has_unit(self) -> bool:
        """Whether its docstring, or the head of its file, names a unit."""
        return bool(UNIT.search(self.doc) or UNIT.search(self.head))

    @property
    def has_errors(self) -> bool:
        """Whether all that it raises is named, or said to be raised."""
        return all(name in self.doc for name in self.raises) or "raises" in self.doc.lower()


def functions(root: Path) -> list[Function]:
    """Every public function and method below `root`."""
    found: list[Function] = []
    for path in sorted(root.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        head = ast.get_docstring(tree) or ""
        found += (_function(one, f"{path.relative_to(root)}:{one.lineno} {one.name}", head) for one in _public(tree))
    return found


def _public(node: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef]:
    for one in node.body:
        if isinstance(one, ast.ClassDef) and not one.name.startswith("_"):
            yield from _public(one)
        elif isinstance(one, ast.FunctionDef) and not one.name.startswith("_"):
            yield one


def _function(one: ast.FunctionDef, where: str, head: str) -> Function:
    every = [*one.args.posonlyargs, *one.args.args, *one.args.kwonlyargs]
    kinds = [ast.unparse(each.annotation) for each in every if each.annotation]
    raised = {
        node.exc.func.id
        for node in ast.walk(one)
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name)
    }
    takes = any(ARRAY.search(kind) and "Callable" not in kind for kind in kinds)
    return Function(where, takes, tuple(sorted(raised)), ast.get_docstring(one) or "", head)


def shares(found: list[Function]) -> dict[str, tuple[int, int, list[str]]]:
    """What is asked for -> how many say it, of how many, and where it is missing."""
    arrays = [one for one in found if one.takes_arrays]
    raising = [one for one in found if one.raises]
    return {
        "shape": _share(arrays, [one.has_shape for one in arrays]),
        "unit": _share(arrays, [one.has_unit for one in arrays]),
        "errors": _share(raising, [one.has_errors for one in raising]),
    }


def _share(of: list[Function], said: list[bool]) -> tuple[int, int, list[str]]:
    return sum(said), len(of), [one.where for one, good in zip(of, said, strict=True) if not good]


def main() -> int:
    """Print the shares; 1 where one is below the least."""
    root = Path(__file__).resolve().parent.parent / "src" / "worthline"
    failed = False
    for what, (said, of, missing) in shares(functions(root)).items():
        print(f"Docstrings with {what}: {said} of {of} ({said / max(of, 1):.0%})")
        failed |= said < LEAST * of
        for where in missing if said < LEAST * of or "-v" in sys.argv else ():
            print(f"  {where}", file=sys.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
