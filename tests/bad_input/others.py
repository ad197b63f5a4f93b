"""Parquet, Excel, folders and queries that are not what they should be."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.bad_input.case import COMPANY, Case, Content, sales
from tests.ingest.files.test_excel import workbook
from worthline.errors import BadQuery, UnreadableFile

C1 = ("C1", "2026-09-01", "5.00")
ORDERS = b"order_id,customer_id,at\nO1,C1,2026-09-01\nO2,C2,2026-09-02\n"
LINES = b"order_id,amount\nO1,5.00\nO1,6.00\nO3,7.00\n"


def parquet(columns: dict[str, object]) -> Content:
    """A Parquet file of these columns."""

    def make(path: Path) -> None:
        pq.write_table(pa.table(columns), path)

    return make


def excel(rows: dict[int, dict[str, object]]) -> Content:
    """A workbook of one sheet."""

    def make(path: Path) -> None:
        workbook(path, {"Sales": rows})

    return make


def folder(path: Path) -> None:
    """A folder where a file should be."""
    path.mkdir()


def case(name: str, file: str, content: Content, **expected: object) -> Case:
    """A case of one file of transactions that is no text."""
    toml = f'[company]\n{COMPANY}\n[tables.transactions]\nfile = "{file}"\n'
    return Case(name, {file: content}, toml, **expected)  # type: ignore[arg-type]


def query(name: str, sql: str, more: dict[str, Content] | None = None, **expected: object) -> Case:
    """A case of transactions made by SQL."""
    toml = f"[company]\n{COMPANY}\n[tables.transactions]\nquery = '''{sql}'''\n"
    files: dict[str, Content] = {"orders.csv": ORDERS, "lines.csv": LINES, **(more or {})}
    return Case(name, files, toml, **expected)  # type: ignore[arg-type]


_NAMES = [
    'a"b',
    "group",
    "select",
    "x; drop table t--",
    "_bad",
    "_line",
    "c0",
    "Customer_ID",
    "file_row_number",
    "_file",
]
_ONE = "transactions"
_QUERY = "query of transactions"

CASES: tuple[Case, ...] = (
    case(
        "parquet_with_hostile_names",
        "t.parquet",
        parquet(
            {"customer_id": ["C1", "C2"], "at": ["2026-09-01", "2026-09-31"], "amount": ["5.00", "6"]}
            | {name: [str(i), "x"] for i, name in enumerate(_NAMES)}
        ),
        used={_ONE: ('customer_id|at_date|amount|a"b|group|_bad_2|_line_2|c0', [(*C1, "0", "1", "4", "5", "6")])},
        aside={"t.parquet": [(2, "at", "not_a_date", "2026-09-31")]},
        rows={"t.parquet": 2},
    ),
    case(
        "parquet_typed",
        "t.parquet",
        parquet(
            {
                "customer_id": pa.array([1.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0]),
                "at": pa.array([1788220800] * 7, pa.timestamp("s")),
                "amount": pa.array([5.0, 6.0, float("nan"), 12.34567, 100000.00005, 0.1 + 0.2, float("inf")]),
            }
        ),
        used={_ONE: ("customer_id at_date amount", [("1", "2026-09-01", "5"), ("6", "2026-09-01", "0.3")])},
        aside={
            "t.parquet": [
                (2, "customer_id", "not_an_id", "2.5"),
                (3, "amount", "required_blank", "nan"),
                (4, "amount", "money_decimals", "12.34567"),
                (5, "amount", "money_decimals", "100000.00005"),
                (7, "amount", "not_money", "inf"),
            ]
        },
        rows={"t.parquet": 7},
    ),
    case("not_parquet", "t.parquet", b"customer_id,at,amount\n", error=UnreadableFile, says=("t.parquet", "Parquet")),
    case("not_excel", "t.xlsx", b"customer_id,at,amount\n", error=UnreadableFile, says=("t.xlsx", "no Excel workbook")),
    case("a_folder", "t.csv", folder, error=UnreadableFile, says=("t.csv", "a folder")),
    case(
        "excel_text_and_errors",
        "t.xlsx",
        excel(
            {
                1: {"A": "customer_id", "B": "at", "C": "amount"},
                2: {"A": "007", "B": "2026-09-01", "C": "5.00"},
                3: {"A": "C2", "B": "2026-09-02", "C": "1,234.50"},
                4: {"A": "C3", "B": "45930", "C": "5"},
                5: {"A": "C4", "B": "2026-09-04", "C": "8"},
            }
        ),
        used={_ONE: ("customer_id at_date amount", [("007", "2026-09-01", "5"), ("C4", "2026-09-04", "8")])},
        aside={"t.xlsx": [(3, "amount", "not_money", "1,234.50"), (4, "at", "not_a_date", "45930")]},
        rows={"t.xlsx": 4},
    ),
    query("query_of_nonsense", "selec 1", error=BadQuery, says=("query of transactions", "selec")),
    query("query_that_writes", "copy (select 1) to 'x.csv'", error=BadQuery, says=("one SELECT",)),
    query("two_queries", "select 1; select 2", error=BadQuery, says=("one SELECT",)),
    query("query_of_no_file", "select * from 'order.csv'", error=BadQuery, says=("order.csv", "none of the files")),
    query(
        "query_beyond_the_folder",
        "select * from read_csv('/etc/passwd')",
        error=BadQuery,
        says=("query of transactions",),
    ),
    query(
        "query_that_fails_on_a_row",
        "select customer_id, \"at\", cast(order_id as integer) as amount from 'orders.csv'",
        error=BadQuery,
        says=("query of transactions", "O1", "'orders.csv'"),
    ),
    query(
        "query_without_a_column",
        "select order_id from 'orders.csv'",
        error=UnreadableFile.__base__,
        says=("customer_id",),
    ),
    query(
        "query_over_a_ragged_file",
        "select * from 'bad.csv'",
        {"bad.csv": b"customer_id,at,amount\nC1,2026-09-01\n"},
        error=BadQuery,
        says=("bad.csv", "Line: 2"),
    ),
    query(
        "join_that_multiplies_and_loses",
        "select customer_id, \"at\", amount from 'lines.csv' l join 'orders.csv' o using (order_id) order by amount",
        used={_ONE: ("customer_id at_date amount", [C1, ("C1", "2026-09-01", "6.00")])},
        rows={_QUERY: 2},
        remarks={"join_loses": 1},
    ),
    query(
        "join_that_doubles_money",
        "select customer_id, \"at\", paid as amount from 'pay.csv' p join 'lines.csv' l using (order_id)",
        {"pay.csv": b"order_id,customer_id,at,paid\nO1,C1,2026-09-01,11.00\n"},
        used={_ONE: ("customer_id at_date amount", [("C1", "2026-09-01", "11.00")] * 2)},
        rows={_QUERY: 2},
        # The join doubles one row: the second equals the first in every column, and both are used.
        remarks={"join_multiplies": 1, "repeated_row": 1},
    ),
    query(
        "query_with_bad_rows",
        "select customer_id, o.at, case order_id when 'O1' then '5.00' else '1,5' end as amount from 'orders.csv' o order by o.at",
        used={_ONE: ("customer_id at_date amount", [C1])},
        aside={_QUERY: [(2, "amount", "not_money", "1,5")]},
        rows={_QUERY: 2},
    ),
    Case(
        "two_queries_of_one_table",
        {"orders.csv": ORDERS},
        f"[company]\n{COMPANY}\n"
        "[[tables.transactions]]\nquery = \"select customer_id, o.at, '5.00' as amount from 'orders.csv' o\"\n"
        "[[tables.transactions]]\nquery = \"select customer_id, '2026-10-01' as at, '1' as amount from 'orders.csv'\"\n",
        used={_ONE: ("customer_id at_date amount", [C1, ("C2", "2026-09-02", "5.00")])},
        aside={
            f"{_QUERY}, number 2": [(1, "at", "after_as_of", "2026-10-01"), (2, "at", "after_as_of", "2026-10-01")],
        },
        rows={_QUERY: 2, f"{_QUERY}, number 2": 2},
    ),
    query(
        "at_unquoted_in_sql",
        "select customer_id, at, '5' as amount from 'orders.csv'",
        error=BadQuery,
        says=("double quotes",),
    ),
    query(
        "query_of_hostile_names",
        'select customer_id, o."at", o."a""b" as amount, _row from \'odd file.csv\' o join \'lines.csv\' l on o._row = l.order_id',
        {"odd file.csv": b'customer_id,at,"a""b",_row,Customer_ID,at\nC1,2026-09-01,5.00,O1,x,y\n'},
        used={_ONE: ("customer_id at_date amount", [C1, C1])},
        rows={_QUERY: 2},
        # The join doubles one row: the second equals the first in every column, and both are used.
        remarks={"join_multiplies": 1, "repeated_row": 1},
    ),
    sales(
        "excel_hidden_in_csv",
        b"PK\x03\x04" + bytes(60),
        error=UnreadableFile,
        says=("zip archive", ".xlsx"),
    ),
)
