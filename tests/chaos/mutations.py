"""Mutated files, settings and SQL texts: each ends in an answer or in words, never in a fault of ours."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import worthline
from tests.properties.test_mutated_files import TOML, mutated, sheet
from worthline.errors import Fault, WorthlineError
from worthline.run import Run

PIECES = (
    *("select", "from", "panel", "source.transactions", "customer_id", "'", '"', "(", ")", ";", "--", "/*", "*", "0x", "1e999"),
    *("where", "group by all", "over ()", "union", "recursive", "[", "]", "{", "}", "\n", "\t", "\x00", "\u202e", "é", "𝔘", "%s", "{{x}}"),
    *("= ", "[tables.x]", "[[tables.feedback]]", '"""', "true", "nan", "inf", "-", "99999999999999999999", "2026-02-31", "#", "\\", "."),
    *("install httpfs", "copy panel to 'x'", "attach 'x'", "pragma version", "read_csv('/etc/passwd')", "getenv('HOME')", "set memory_limit='9TB'"),
)  # fmt: skip
QUERIES = (
    "select month, sum(revenue) as revenue from panel group by month order by month",
    "select count(*) from source.transactions t join source.customers c using (customer_id) where t.amount > 10",
    "with x as (select *, row_number() over (partition by customer_id order by month) as n from panel) select * from x limit 5",
    "select metric, value from metrics where period like '12m:%' and dimension = 'all'",
)


def text(whole: str, chance: random.Random) -> str:
    """The text with one to four pieces cut, doubled, swapped or put in."""
    for _ in range(chance.randint(1, 4)):
        at, to = sorted((chance.randrange(len(whole) + 1), chance.randrange(len(whole) + 1)))
        match chance.randrange(5):
            case 0:
                whole = whole[:at] + whole[min(to, at + 9) :]
            case 1:
                whole = whole[:at] + chance.choice(PIECES) + whole[at:]
            case 2:
                whole = whole[:to] + whole[at:to] * chance.randint(1, 3) + whole[to:]
            case 3:
                whole = whole[:at] + chance.choice(PIECES) + whole[to:]
            case _:
                whole = whole[:at] + chr(chance.choice((0, 9, 34, 39, 92, 0x2028, 0xFEFF, 0x1F600))) + whole[at:]
    return whole


def mutation(home: Path, place: Path, number: int) -> str | None:
    """One trial; what was lost, or None."""
    chance = random.Random(number)
    kind, work = (
        ("settings", _settings) if number % 10 < 5 else ("query", _query) if number % 10 < 8 else ("file", _file)
    )
    try:
        work(home, place, chance)
    except Fault as error:
        return f"{kind} {number}: exit 3: {error}"
    except WorthlineError:
        return None
    except Exception as error:
        return f"{kind} {number}: {type(error).__name__}: {error}"
    return None


def _settings(home: Path, place: Path, chance: random.Random) -> None:
    whole = (home / "worthline.toml").read_text("utf-8")
    content = text(whole, chance).encode("utf-8", "surrogatepass")
    if chance.random() < 0.1:
        content = mutated(content, chance)
    (place / "worthline.toml").write_bytes(content)
    opened = worthline.open(place)
    if chance.random() < 0.02:
        for name in ("customers", "sales", "answers", "contacts"):
            (place / f"{name}.csv").write_bytes((home / f"{name}.csv").read_bytes())
        opened.check()


def _query(home: Path, _place: Path, chance: random.Random) -> None:
    _run(home).sql(text(chance.choice(QUERIES), chance), seconds=5)


@cache
def _run(home: Path) -> Run:
    """The published run, whose watched child stays warm from query to query."""
    return worthline.open(home).published()


def _file(home: Path, place: Path, chance: random.Random) -> None:
    (place / "worthline.toml").write_text(TOML, "utf-8")
    (place / "sales.csv").write_bytes(mutated(sheet(chance), chance))
    for table in worthline.open(place).check().tables:
        if table.rows_in != table.used + table.quarantined:
            raise AssertionError(f"{table.rows_in} rows in, {table.used} used, {table.quarantined} set aside")
