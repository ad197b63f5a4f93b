"""worthline.toml: unknown keys in each section, wrong types, what is no TOML at all."""

from __future__ import annotations

from tests.bad_input.case import Case
from worthline.errors import BadSetting, NothingToRun, UnreadableFile

SALES = b"customer_id,at,amount\nC1,2026-09-01,5.00\n"
TABLE = '[tables.transactions]\nfile = "sales.csv"\n'


def _setting(name: str, toml: str | bytes, *says: str, error: type = BadSetting) -> Case:
    return Case(name, {"sales.csv": SALES}, toml, error=error, says=says)


_WRONG_TYPES = {
    "currency": ("5", "text"),
    "margin": ("1.5", "share"),
    "discount_rate": ('"ten"', "rate"),
    "horizon_months": ("6", "months of value"),
    "fiscal_year_start": ("13", "month"),
    "as_of": ('"2026-02-31"', "date or auto"),
    "lapse_months": ("0", "months or auto"),
    "leave_rate": ("0", "share of customers"),
    "simulated": ('"yes"', "flag"),
    "setting": ('"contract"', "'contractual'"),
    "keep_runs": ("2.5", "count"),
    "staff_hour_cost": ("-1", "money"),
    "name": ("[1]", "text"),
    "data": ('"no/such"', "no folder"),
}
_WRONG_OPTIONS = {
    "decimal": ('";"', "One of"),
    "skip_lines": ("-1", "count"),
    "symbols": ('"$"', "list"),
    "columns": ('"amount"', "names"),
    "constants": ("{ amuont = 5 }", "amount"),
    "blank": ("{ amuont = [5] }", "amount"),
    "unique": ('["no_such"]', "no_such"),
    "parentheses": ("1", "flag"),
    "refunds": ('"up"', "'negative'"),
    "timezone": ('"Mars/Phobos"', "Mars/Phobos"),
}

CASES: tuple[Case, ...] = (
    _setting("no_toml", "[company\nname = ", "not valid TOML", "line 1"),
    _setting("toml_not_utf8", '[company]\nname = "Zoë"\n'.encode("cp1252"), "not valid TOML"),
    _setting("unknown_section", f"[compony]\n{TABLE}", "compony", "company"),
    _setting("unknown_company_key", f"[company]\ncurency = 'USD'\n{TABLE}", "curency", "currency"),
    _setting("unknown_table_key", f"{TABLE}delimeter = ';'\n", "delimeter", "delimiter"),
    _setting("unknown_table", '[tables.transaction]\nfile = "sales.csv"\n', "transaction", "transactions"),
    _setting("company_is_no_section", f"company = 5\n{TABLE}", "company", "section"),
    _setting("tables_is_no_section", "tables = 5\n", "tables", "[tables.customers]"),
    _setting("table_is_no_section", '[tables]\ntransactions = "sales.csv"\n', "transactions", 'file = "customers.csv"'),
    _setting("neither_file_nor_query", "[tables.transactions]\ndecimal = ','\n", "either file or query"),
    _setting("file_and_query", TABLE + "query = 'select 1'\n", "either file or query"),
    _setting("no_file_in_the_list", "[tables.transactions]\nfile = []\n", "file", "transactions"),
    _setting(
        "column_and_constant",
        TABLE + "columns = { amount = 'amount' }\nconstants = { amount = 5 }\n",
        "amount",
        "in columns and in constants",
    ),
    _setting("nul_in_a_folder", f'[company]\ndata = "a\\u0000b"\n{TABLE}', "data", "no folder"),
    _setting("no_tables", "[company]\nname = 'x'\n", "names no table", error=NothingToRun),
    _setting(
        "pattern_without_files",
        '[tables.transactions]\nfile = "tx-*.csv"\n',
        "tx-*.csv",
        "no file",
        error=UnreadableFile,
    ),
    _setting("pattern_from_the_root", '[tables.transactions]\nfile = "/*.csv"\n', "/*.csv", "outside"),
    _setting(
        "no_such_file", '[tables.transactions]\nfile = "sale.csv"\n', "sale.csv", "no such file", error=UnreadableFile
    ),
    *(
        _setting(f"wrong_type_of_{key}", f"[company]\n{key} = {value}\n{TABLE}", key, word)
        for key, (value, word) in _WRONG_TYPES.items()
    ),
    *(
        _setting(f"wrong_option_{key}", f"{TABLE}{key} = {value}\n", key, word)
        for key, (value, word) in _WRONG_OPTIONS.items()
    ),
)
