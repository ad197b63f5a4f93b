"""Only the engine executes; and no file both gathers (Ibis) and computes (SciPy).

Read from the syntax tree, so that words in comments and docstrings do not count. What looks like execution
is a call of a method by one of the names below, whatever it is called on: a room that needs such a name for
something harmless picks another word. The store's room talks to its own database through SQLAlchemy and Alembic, whose
names are let in there by path, and so is SQLite's full-text index of texts; neither may import an engine.
"""

import ast
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2] / "src" / "worthline"

EXECUTING_CALLS = {
    *("execute", "executemany", "raw_sql", "create_table", "create_view", "insert"),
    *("to_pandas", "to_pandas_batches", "to_pyarrow", "to_pyarrow_batches", "to_polars", "to_torch"),
    *("to_parquet", "to_parquet_dir", "to_csv", "to_delta"),
    *(
        "fetchall",
        "fetchone",
        "fetchmany",
        "fetchdf",
        "fetchnumpy",
        "fetch_arrow_table",
        "fetch_record_batch",
    ),
}
LIST_METHODS = {"insert"}
"""Names that a Python list has too: only a call with text as its first argument counts."""

ENGINE_PACKAGES = {"duckdb", "pyspark", "psycopg"}
IBIS_DOORS = {"duckdb", "pyspark", "postgres", "sqlite", "connect", "set_backend", "get_backend"}
IBIS_DOORS |= {"read_csv", "read_parquet", "read_json", "read_delta"}


def imported_modules(tree: ast.AST) -> dict[str, int]:
    """Every module that the file imports, at whatever depth, with its line."""
    found: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update({alias.name: node.lineno for alias in node.names})
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update({f"{node.module}.{alias.name}": node.lineno for alias in node.names})
        elif (
            isinstance(node, ast.Call)
            and (getattr(node.func, "attr", None) or getattr(node.func, "id", None)) in {"import_module", "__import__"}
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            found[str(node.args[0].value)] = node.lineno
    return found


def executions(source: str) -> list[str]:
    """What in a file goes around the engine's door, as `line: what`."""
    tree = ast.parse(source)
    found = [
        f"{line}: import {module}"
        for module, line in imported_modules(tree).items()
        if module.split(".")[0] in ENGINE_PACKAGES
        or (module.startswith("ibis.") and module.split(".")[1] in IBIS_DOORS)
        or module.startswith("ibis.backends")
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = node.func.attr
            text_first = bool(node.args) and isinstance(node.args[0], ast.Constant | ast.JoinedStr)
            text_first = text_first and isinstance(getattr(node.args[0], "value", ""), str)
            if name in EXECUTING_CALLS and (name not in LIST_METHODS or text_first):
                found.append(f"{node.lineno}: .{name}()")
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "ibis"
            and node.attr in IBIS_DOORS
        ):
            found.append(f"{node.lineno}: ibis.{node.attr}")
    return found


OWN_DATABASES = {
    ("app", "store"): (".execute()", ".create_table()", ".insert()"),
    ("app", "search"): (".execute()", ".executemany()", ".fetchall()", ".fetchone()"),
    ("run", "pack"): ("import duckdb", ".execute()", ".fetchall()"),
}
"""What SQLAlchemy and Alembic call what they do, in the room that keeps what people write; and SQLite, in the room that
keeps the index of texts beside the runs; and a proof pack's verifier, which is run where there is no Worthline."""


def house_executions(house: Path) -> list[str]:
    """Every way around the door in the house, the engine's own room left out."""
    return [
        f"{path.relative_to(house)}:{what}"
        for path in sorted(house.rglob("*.py"))
        if path.relative_to(house).parts[0] != "engine"
        for what in executions(path.read_text("utf-8"))
        if not what.endswith(OWN_DATABASES.get(path.relative_to(house).parts[:2], ("never",)))
    ]


def gathers_and_computes(house: Path) -> list[str]:
    """Files that import both Ibis and SciPy."""
    both = []
    for path in sorted(house.rglob("*.py")):
        packages = {m.split(".")[0] for m in imported_modules(ast.parse(path.read_text("utf-8")))}
        if {"ibis", "scipy"} <= packages:
            both.append(str(path.relative_to(house)))
    return both


def test_only_the_engine_executes():
    assert list(HOUSE.rglob("*.py")), f"nothing to read under {HOUSE}"
    assert house_executions(HOUSE) == []


def test_no_file_both_gathers_and_computes():
    assert gathers_and_computes(HOUSE) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def f(t):\n    return t.execute()", ["2: .execute()"]),
        ("def f(t):\n    return t.filter(t.x > 1).to_pyarrow()", ["2: .to_pyarrow()"]),
        ("def f(t):\n    for b in t.to_pyarrow_batches():\n        b.to_pandas()",
         ["2: .to_pyarrow_batches()", "3: .to_pandas()"]),
        ("def f(con):\n    con.raw_sql('select 1').fetchall()", ["2: .fetchall()", "2: .raw_sql()"]),
        ("import duckdb", ["1: import duckdb"]),
        ("def f():\n    from duckdb import connect", ["2: import duckdb.connect"]),
        ("from importlib import import_module\nimport_module('duckdb')", ["2: import duckdb"]),
        ("import ibis\ncon = ibis.duckdb.connect()", ["2: ibis.duckdb"]),
        ("from ibis import duckdb", ["1: import ibis.duckdb"]),
        ("import ibis\nt = ibis.read_csv('x.csv')", ["2: ibis.read_csv"]),
        ("def f(con, frame):\n    con.insert('t', frame)", ["2: .insert()"]),
    ],
)  # fmt: skip
def test_planted_offender_is_found(source, found):
    assert sorted(executions(source)) == found


@pytest.mark.parametrize(
    "source",
    [
        '"""Rooms never call .execute() nor import duckdb."""',
        "import ibis\nt = ibis.table({'a': 'int64'}, name='t').filter(ibis._.a > 1)",
        "import ibis.expr.types as ir\ndef f(t: ir.Table, fetch):\n    return fetch(t).to_pylist()",
        "lines = []\nlines.insert(0, 'x')",
        "import ibis\nsql = ibis.to_sql(ibis.table({'a': 'int64'}))",
    ],
)
def test_harmless_code_is_left_alone(source):
    assert executions(source) == []


def test_planted_files_are_found_by_room(tmp_path):
    for name, source in {
        "engine/door.py": "import duckdb\ncon.execute('select 1')",
        "panel/months.py": "import ibis\nx = t.to_pandas()",
        "effects/fit.py": "import ibis\ndef f():\n    from scipy.optimize import minimize",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, "utf-8")
    assert house_executions(tmp_path) == ["panel/months.py:2: .to_pandas()"]
    assert gathers_and_computes(tmp_path) == ["effects/fit.py"]
