"""Mutated and hostile files, names, settings and SQL texts: each ends in an answer or in words, never in a fault of ours.

Nothing is read or written outside the company's folder, and what stands there is not told.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

import worthline
from tests.chaos import hostile
from tests.properties.test_mutated_files import TOML, mutated, sheet
from worthline.errors import Fault, WorthlineError
from worthline.ingest.propose import look, propose, write
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
    kind, work = KINDS[number % len(KINDS)]
    secret, folder = place / "secret.csv", place / "company"
    folder.mkdir()
    secret.write_text(f"customer_id,at,amount\n{hostile.SECRET},2025-03-04,5.00\n", "utf-8")
    before, told = _there(home), ""
    try:
        told = work(home, folder, chance) or ""
    except WorthlineError as error:
        if error.exit_code == Fault.exit_code:
            return f"{kind} {number}: exit 3: {error}"
        told = f"{error} {error.found} {error.fix}"
    except Exception as error:
        return f"{kind} {number}: {type(error).__name__}: {error}"
    if hostile.SECRET in told:
        return f"{kind} {number}: what stands outside is told: {told[:200]}"
    if sorted(path.name for path in place.iterdir()) != ["company", "secret.csv"] or _there(home) != before:
        return f"{kind} {number}: something was written"
    return None


def _there(home: Path) -> set[str]:
    """What stands in the company's folder and among its published runs."""
    return {
        entry.path
        for folder in (home, home / ".worthline", home / ".worthline" / "runs")
        for entry in os.scandir(folder)
    }


def _settings(home: Path, place: Path, chance: random.Random) -> None:
    """Damaged settings."""
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


def _hostile_settings(_home: Path, place: Path, chance: random.Random) -> str:
    """Settings of somebody who means it, in a folder with links, a pipe and a folder that is called as a file is."""
    (place / "worthline.toml").write_bytes(
        hostile.settings(chance, str(place.parent / "secret.csv")).encode("utf-8", "surrogatepass")
    )
    (place / "sales.csv").write_bytes(sheet(chance))
    (place / "link.csv").symlink_to(place.parent / "secret.csv")
    (place / "linked").symlink_to(place.parent)
    (place / "loop.csv").symlink_to("loop.csv")
    (place / "folder.csv").mkdir()
    os.mkfifo(place / "pipe.csv")
    return str(worthline.open(place).check().as_json())


def _question(home: Path, place: Path, chance: random.Random) -> str:
    """A question of somebody who means it."""
    run, outside = _run(home), place.parent
    asked = hostile.question(chance, str(outside / "secret.csv"), str(outside / "out"), str(home))
    return str((run.sql if chance.random() < 0.5 else run.sql_shown)(asked, seconds=5).slice(0, 50).to_pylist())


def _name(_home: Path, place: Path, chance: random.Random) -> None:
    """A file with an odd name, beside an ordinary one: found by a pattern, named, or mapped by `init`."""
    name, wanted = chance.choice(hostile.NAMES), "*.csv"
    path = place / name
    path.write_bytes(sheet(chance))
    (place / "plain.csv").write_bytes(sheet(chance))
    if chance.random() < 0.5:
        wanted = name.encode("utf-8", "replace").decode()
    if chance.random() < 0.3:
        looked, unread = look(place)
        text = write(propose(place, looked, unread).proposal({}))
        (place / "worthline.toml").write_text(text, "utf-8")
        worthline.open(place)
        return
    (place / "worthline.toml").write_text(TOML.replace("*.csv", json.dumps(wanted)[1:-1]), "utf-8")
    _balanced(place)


def _file(home: Path, place: Path, chance: random.Random) -> None:
    (place / "worthline.toml").write_text(TOML, "utf-8")
    (place / "sales.csv").write_bytes(mutated(sheet(chance), chance))
    _balanced(place)


def _balanced(place: Path) -> None:
    for table in worthline.open(place).check().tables:
        if table.rows_in != table.used + table.quarantined:
            raise AssertionError(f"{table.rows_in} rows in, {table.used} used, {table.quarantined} set aside")


KINDS: tuple[tuple[str, Callable[[Path, Path, random.Random], str | None]], ...] = (
    *[("settings", _settings)] * 6,
    *[("hostile settings", _hostile_settings)] * 3,
    *[("query", _query)] * 4,
    *[("hostile question", _question)] * 3,
    *[("file", _file)] * 2,
    *[("name", _name)] * 2,
)
"""What a trial is, in turns of twenty."""
