"""What somebody who means it would write: settings, questions and names of files, each made from a number.

Gives     `settings`, `question`, `name`: texts that nest without end, name what lies outside, or hide what they are.
"""

from __future__ import annotations

import json
import random

SECRET = "S3CRET-9f27c1"
"""What a file outside the folder holds; it may stand in no answer."""
READERS = (
    "read_csv", "read_csv_auto", "read_text", "read_blob", "read_parquet", "read_json", "read_json_auto", "read_ndjson", "read_json_objects",
    "glob", "sniff_csv", "parquet_scan", "parquet_metadata", "parquet_schema", "parquet_kv_metadata", "sqlite_scan", "query", "query_table",
    "st_read", "iceberg_scan", "delta_scan", "postgres_scan", "read_xlsx", "seq_scan", "duckdb_logs", "read_duckdb",
)  # fmt: skip
STATEMENTS = (
    "attach '{s}' as x", "attach '{o}' (type sqlite)", "attach ':memory:'", "copy panel to '{o}'", "copy (select 1) to '{o}' (format parquet)",
    "copy panel from '{s}'", "export database '{o}'", "import database '{o}'", "install httpfs", "force install spatial", "load httpfs", "load '{s}'",
    "set memory_limit='9TB'", "reset all", "set enable_external_access=true", "set global lock_configuration=false", "set variable x = 1",
    "pragma version", "pragma database_list", "call pragma_version()", "create table t as from '{s}'", "create view panel as from '{s}'",
    "create or replace macro f() as table from '{s}'", "create secret (type s3)", "insert into panel select * from panel", "update panel set month = 1",
    "delete from panel", "drop view panel", "alter view panel rename to x", "truncate panel", "vacuum", "checkpoint", "use memory", "detach memory",
    "begin", "prepare p as from '{s}'", "execute p", "deallocate p", "explain analyze from '{s}'", "describe from '{s}'", "summarize from '{s}'",
    "show all tables", "pivot '{s}' on a", "from '{s}'", 'from "{s}"', "comment on view panel is 'x'", ".read {s}", "\\! id", "load_extension('{s}')",
    "select getenv('HOME')", "select * from duckdb_settings()", "select * from duckdb_secrets()", "select current_setting('temp_directory')",
    "select * from duckdb_extensions()", "select getvariable('x')", "select * from pragma_database_list", "select write_log('x')",
    "select * from which_secret('{s}', 's3')", "select * from test_all_types()", "select * from information_schema.tables",
    "select * from '{h}/worthline.toml'", "select * from read_text('{h}/customers.csv')", "select * from read_blob('/proc/self/environ')",
    "merge into panel using panel p on false when not matched then insert", "set schema = 'x'", "select nextval('x')", "kill 1", "exec xp_cmdshell 'id'",
)  # fmt: skip
AROUND = (
    "{q}", "({q})", "with x as ({q}) select * from x", "with x as materialized ({q}) select count(*) from x", "select * from ({q}) t",
    "select (select count(*) from ({q}) u)", "select 1; {q}", "{q}; select 1", ";;{q}", "/* c */ {q}", "-- c\n{q}", "{q} --", "{q} /*",
    "select 1 union all select 1 from ({q}) u", "explain {q}", "\ufeff{q}", "select * from query('{e}')", "select 1 where exists ({q})",
    "select * from panel, lateral ({q}) u", "with recursive t(n) as (select 1 union all ({q})) select * from t", "$${q}$$", "begin; {q}; commit",
    "with panel as ({q}) from panel", "select x: ({q})", "select columns(*) from ({q}) u", "select * exclude(a) from ({q}) u", "values (({q}))",
    "select struct_pack(a := ({q}))", "select list_transform([1], x -> ({q}))", "from ({q}) u select *", "select 1 from panel where month in ({q})",
    "table panel union ({q})", "select * from panel at (version => ({q}))", "prepare v as {q}", "select * from panel qualify ({q}) = 1",
)  # fmt: skip
LOOKS = str.maketrans("aceopxysi", "асеорхуѕі")
"""Letters of another script that look the same."""
BLANKS = ("/**/", "\u00a0", "\t", "\n", "\x0b", "\x0c", "\u2003", "--\n", "\r", " /*+ x */ ", "\u200b")
NAMES = (
    "CON", "nul", "aux.csv", "COM1.csv", "lpt9", "con.csv.csv", "clock$", "a" * 251 + ".csv", "é" * 125 + ".csv", "😀" * 62 + ".csv",
    "cafe\u0301.csv", "caf\u00e9.csv", "\u202evsc.selas", "a\x01b.csv", "a\nb.csv", "a\tb.csv", "it's.csv", 'say "x".csv', "'; drop table panel; --.csv",
    "-rf", "--help", "$(id).csv", "`id`.csv", "{x}.csv", "{{7*7}}.csv", "%s%n.csv", "a%2fb.csv", " lead.csv", "trail.csv ", "trail.csv.", "..csv",
    "...", ".csv", "a:b.csv", "a\\b.csv", "[a].csv", "a*.csv", "what?.csv", "~", "~root", "not\udcffutf8.csv", "ѕаles.csv", "sales\u200b.csv",
    "<img src=x onerror=alert(1)>.csv", "=1+1.csv", "sales.csv.gz", "sales.tsv", "sales.parquet", "sales.xlsx", "sales.json", "a&b.csv", "#.csv",
    "\ufeffsales.csv", "ﬁle.csv", "ＳＡＬＥＳ.csv", "a;b.csv", "a|b.csv", "null", "true.csv", "1e5.csv", "worthline.toml.csv", ".worthline.csv",
)  # fmt: skip
OUTSIDE = (
    "../secret.csv", "{s}", "link.csv", "lin*.csv", "linked/secret.csv", "linked/*.csv", "loop.csv", "pipe.csv", "folder.csv", "/etc/passwd", "/dev/zero",
    "/dev/stdin", "/proc/self/environ", "/proc/self/mem", "file:///etc/passwd", "http://127.0.0.1:1/x.csv", "s3://b/x.csv", "\\\\host\\share\\x.csv",
    "C:\\x.csv", "~/x.csv", "~root/x.csv", "$HOME/x.csv", "**/*", "../*", "../**/*.csv", "/**", "[", "[!", "*" * 60, "{{a,b}}.csv", "a" * 5_000,
    "a/" * 2_000, "sales.csv\\u0000.txt", "./././sales.csv", "../company/sales.csv", ".worthline/current.json", "worthline.toml", "", " ", ".", "..", "/",
)  # fmt: skip
KEYS = (
    "name",
    "currency",
    "timezone",
    "as_of",
    "margin",
    "keep_runs",
    "history_months",
    "data",
    "lapse_months",
    "query_seconds",
    "store_url",
    "x",
)
VALUES = (
    "1e999", "-1e999", "nan", "inf", "-0", "0xFFFFFFFFFFFFFFFFFFFF", "9" * 400, "9" * 6_000, "0." + "3" * 4_000, "1e-9999", "2026-02-31", "9999-12-31",
    "0001-01-01", "2026-09-30T23:59:60Z", "07:32:00", "true", "[]", "{}", '""', '"\\u0000"', '"\\uD800"', '"\u202e"', "'''\n'''", '"' + "x" * 100_000 + '"',
    "[1, 'a', {b = [2]}]", '"../../etc"', '"Mars/Olympus"', '"EUR; drop"', '"ＥＵＲ"', "-1", "1_000_000_000_000", "0", '"{{7*7}}"', '"%s%s%n"', "[[1],[2]]",
)  # fmt: skip


def question(chance: random.Random, secret: str, out: str, home: str) -> str:
    """A question that should not be answered, or one that should and is dressed up; sometimes one that nests or grows."""
    if chance.random() < 0.2:
        return _endless(chance)
    if chance.random() < 0.4:
        reader = chance.choice(READERS)
        named = chance.choice(
            (
                f"'{secret}'",
                f"['{secret}']",
                f"'{secret[:-1]}?'",
                f"$${secret}$$",
                f"concat('{secret}', '')",
                f"E'{secret}'",
            )
        )
        inner = f"select * from {reader}({named})"
    else:
        inner = chance.choice(STATEMENTS).format(s=secret, o=out, h=home)
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        inner = chance.choice(AROUND).format(q=inner, e=inner.replace("'", "''"))
    match chance.randrange(6):
        case 0:
            return inner.replace(" ", chance.choice(BLANKS))
        case 1:
            return inner.swapcase()
        case 2:
            return inner.replace(chance.choice(("select", "from", "copy", "read", "set")), "select".translate(LOOKS), 1)
        case _:
            return inner


def _endless(chance: random.Random) -> str:
    n = chance.choice((50, 400, 3_000, 30_000))
    few = min(n, 3_000)
    return chance.choice(
        (
            "select " + "(" * n + "1" + ")" * n,
            "select " + "1+" * n + "1",
            "select " + "-" * n + "1",
            "select " + "not " * n + "true",
            "select " + "[" * n + "]" * n,
            "select " + "{'a':" * few + "1" + "}" * few,
            "select " + "case when true then " * few + "1" + " end" * few,
            "select * from (" * few + "select 1" + ")" * few,
            "select " + ", ".join(f"{at} as c{at}" for at in range(few)),
            f"select 1 where 1 in ({', '.join(map(str, range(n)))})",
            "select 1" + " union all select 1" * few,
            "with " + ", ".join(f"t{at} as (from t{at - 1})" if at else "t0 as (select 1)" for at in range(min(n, 400))) + " from t9",
            f"select '{'x' * 40 * n}'",
            f'select 1 as "{"x" * n}"',
            "select " + "9" * n,
            f"select 1e{'9' * min(n, 400)}",
            "/*" * n + "select 1",
            "select 1 " + "-- x\n" * n,
            "select " + "a." * few + "b from panel",
            "select " + "abs(" * few + "1" + ")" * few,
            "select cast('" + "9" * n + "' as decimal(38, 4))",
            "select * from panel p0" + "".join(f" join panel p{at} using (customer_id)" for at in range(1, min(n, 60))),
            "select \x00 1", "select '\udcff'", "\ud83d", "select '\u202e'", "ѕelect 1", "sele\u0301ct 1", "select\u3000from", "🦆", "select 🦆 from panel",
        )
    )  # fmt: skip


def settings(chance: random.Random, secret: str) -> str:
    """A worthline.toml; the company's files are sales.csv and others that lie, lead or wait in the folder."""
    name = json.dumps(chance.choice(OUTSIDE).format(s=secret)).replace("\\\\u0000", "\\u0000")
    key, value = chance.choice(KEYS), chance.choice(VALUES)
    n = chance.choice((20, 500, 20_000))
    table = '[tables.transactions]\nfile = "sales.csv"\n'
    head = '[company]\nname = "x"\nas_of = "2025-12-31"\nmargin = 0.5\n'
    query = json.dumps(question(chance, secret, f"{secret}.out", ".").encode("utf-8", "replace").decode())
    return chance.choice(
        (
            f"{head}[tables.transactions]\nfile = {name}\n",
            f"{head}[tables.transactions]\nfile = {name}\n",
            f"{head}[tables.transactions]\nfile = [{name}, {name}]\n",
            f"{head}[tables.{json.dumps(chance.choice(NAMES).encode('utf-8', 'replace').decode())}]\nfile = {name}\n",
            f"{head}data = {name}\n{table}",
            f"{head}[tables.transactions]\nquery = {query}\n",
            f"{head}[tables.transactions]\nquery = {query}\n",
            f"{head}{table}columns = {{ customer_id = {name}, amount = {value} }}\n",
            f"[company]\n{key} = {value}\n{table}",
            f"[company]\n{key} = {value}\n{table}",
            f"{head}{table}{key} = {value}\n",
            f"{head}{key} = {'[' * n}{']' * n}\n{table}",
            f"{head}{key} = {'{a=' * n}1{'}' * n}\n{table}",
            f"{head}{'a.' * n}b = 1\n{table}",
            f"{head}{table}[{'a.' * n}b]\n",
            head + "".join(f"k{at} = {at}\n" for at in range(n)) + table,
            head + table * chance.choice((2, 50)),
            head * 2 + table,
            head + f"[[tables.transactions]]\nfile = {name}\n" * min(n, 50),
            f'{head}[[tables.transactions]]\nfile = "sales.csv"\n{table}',
            (head + table).translate(LOOKS),
            (head + table).replace("\n", chance.choice(("\r", "\n\x00", "\n\x07", "\u2028", "\r\n\r", "\x0c"))),
            "\ufeff" + head + table,
            f"{head}{table}# {chance.choice(('x' * 100_000, chr(0x202E), chr(1), chr(0)))}\n",
            f'{head}{table}"{chance.choice(("", " ", "a.b", "x" * 10_000))}" = {value}\n',
            f"{head}[actions.{json.dumps(chance.choice(NAMES).encode('utf-8', 'replace').decode())}]\n{key} = {value}\n{table}",
        )
    )
