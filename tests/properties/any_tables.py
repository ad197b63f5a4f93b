"""Companies made from the catalogue: any of its tables, with few, constant or blank rows; and everything asked of them.

Gives     `write`, a company's folder of a Company; `asked`, which checks and runs it and opens every figure and page.
Method    a cell's value follows from its column's kind, its row's number and the shape, so a company is the same each
          time it is made.
"""

from __future__ import annotations

import csv
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
from starlette.testclient import TestClient

from worthline import company as companies
from worthline.app.web import site
from worthline.app.web.navigation import places
from worthline.errors import Fault, WorthlineError
from worthline.reports import explain, health, overview, terminal
from worthline.tables import TABLES, Column, Kind, TableSpec

SHAPES = (
    "plain",  # every column, dates over two years, all values differ
    "required",  # required columns alone
    "blank",  # optional columns are there and hold nothing
    "constant",  # each column but its key holds one value
    "one_customer",
    "one_month",
    "one_instant",
    "fractions",  # instants with fractions of a second
)
ROWS = (0, 1, 2, 9, 50)
START = date(2023, 1, 1)
WORDS = {
    "metric": ("nps", "csat", "ces"),
    "touchpoint": ("Hotline", "Shop", "Website"),
    "currency": ("USD", "USD", "EUR"),
    "column": ("region", "segment"),
    "scale": ("", "", ""),
    "line": ("reported revenue", "reported margin", "cost to serve"),
    "kind": ("purchase", "purchase", "refund"),
}


@dataclass(frozen=True, slots=True)
class Company:
    """Which tables, of how many rows each, in which shape."""

    tables: tuple[str, ...]
    rows: int
    shape: str

    def __str__(self) -> str:
        return f"{'+'.join(self.tables)} x{self.rows} {self.shape}"


def everything(subsets: int = 500, seed: int = 19) -> Iterator[Company]:
    """Each table alone and each pair, in each shape and number of rows, then random subsets."""
    names = list(TABLES)
    for size in (1, 2):
        for tables in itertools.combinations(names, size):
            for rows, shape in itertools.product(ROWS, SHAPES):
                yield Company(tables, rows, shape)
    chance = random.Random(seed)
    for _ in range(subsets):
        tables = tuple(sorted(chance.sample(names, chance.randint(3, len(names)))))
        yield Company(tables, chance.choice(ROWS), chance.choice(SHAPES))


def covering(seed: int = 19) -> list[Company]:
    """A few hundred companies in which any three of tables there or not, shape and number of rows meet in every way.

    Greedy, of random candidates: the one in which the most combinations of three meet for the first time (a covering
    array of strength three; Cohen et al. 1997, IEEE Transactions on Software Engineering 23(7), 437-444).
    """
    names = list(TABLES)
    levels = np.array([2] * len(names) + [len(SHAPES), len(ROWS)])
    a, b, c = np.array(list(itertools.combinations(range(len(levels)), 3))).T
    sizes = levels[a] * levels[b] * levels[c]
    starts = np.cumsum(sizes) - sizes
    missing = np.ones(int(sizes.sum()), dtype=bool)
    chance = np.random.default_rng(seed)
    companies = []
    while missing.any():
        drawn = chance.integers(0, levels, size=(60, len(levels)))
        one = int(chance.choice(np.flatnonzero(missing)))
        three = int(np.searchsorted(starts, one, side="right")) - 1
        rest = one - starts[three]
        drawn[:, a[three]], rest = divmod(rest, levels[b[three]] * levels[c[three]])
        drawn[:, b[three]], drawn[:, c[three]] = divmod(rest, levels[c[three]])
        cells = starts + (drawn[:, a] * levels[b] + drawn[:, b]) * levels[c] + drawn[:, c]
        best = int(missing[cells].sum(axis=1).argmax())
        missing[cells[best]] = False
        there = tuple(name for name, is_there in zip(names, drawn[best], strict=False) if is_there)
        if there:
            companies.append(Company(there, ROWS[drawn[best, -1]], SHAPES[drawn[best, -2]]))
    return companies


def write(folder: Path, company: Company) -> Path:
    """The company's folder: a CSV for each table, and worthline.toml."""
    folder.mkdir(parents=True)
    lines = ["[company]", 'name = "Any"', 'currency = "USD"', 'as_of = "2024-12-31"', "margin = 0.5"]
    for name in company.tables:
        spec = TABLES[name]
        columns = [c for c in spec.columns if c.required or company.shape != "required"]
        columns += [spec.column(c) for c in spec.one_of[:1] if spec.column(c) not in columns]
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            sheet = csv.writer(file)
            sheet.writerow([c.name for c in columns])
            for number in range(company.rows):
                sheet.writerow([_cell(spec, c, number, company.shape) for c in columns])
        lines += [f"[tables.{name}]", f'file = "{name}.csv"']
    (folder / "worthline.toml").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def _cell(spec: TableSpec, column: Column, number: int, shape: str) -> str:
    needed = column.required or column.name in spec.one_of[:1]
    if not needed and (shape == "blank" or _is_left_blank(column, number)):
        return ""
    if column.name == "customer_id":
        return "C0" if shape == "one_customer" and spec.name != "customers" else f"C{number % 40}"
    varies = shape != "constant" or column.kind is Kind.ID or column.name in spec.key
    return _value(spec, column, number if varies else 0, shape)


def _is_left_blank(column: Column, number: int) -> bool:
    """Most customers stay, most terms run on, and what is optional is not always there."""
    if column.name in ("left_on", "ended_on", "until", "known_at", "discount_until"):
        return column.name == "known_at" or number % 5 != 4
    return number % 7 == 6


def _value(spec: TableSpec, column: Column, number: int, shape: str) -> str:
    match column.kind:
        case Kind.INSTANT:
            return _instant(number, shape)
        case Kind.DAY:
            return _day(column, number, shape).isoformat()
        case Kind.ID:
            return f"{column.name[:1]}{number}"
        case Kind.FLAG:
            return "yes" if number % 3 else "no"
        case Kind.MONEY:
            return f"{-5 if spec.name == 'transactions' and number % 3 == 2 else 10 + number}.50"
        case Kind.NUMBER if column.name == "score":
            return str(number % 5 + 1)
        case Kind.NUMBER | Kind.COUNT | Kind.RATE:
            return str(1 if column.most == 1 else number % 9 + 1)
        case _:
            return _word(spec, column, number)


def _word(spec: TableSpec, column: Column, number: int) -> str:
    if column.allowed:
        return column.allowed[number % len(column.allowed)]
    if column.name == "period":
        return f"2024-{number % 12 + 1:02}" if spec.name in ("finance", "targets") else "month"
    if column.name in WORDS and not (column.name == "kind" and spec.name != "transactions"):
        known = WORDS[column.name]
        return known[number % len(known)]
    return f"{column.name} {number % 4 if column.name not in spec.key else number}"


def _day(column: Column, number: int, shape: str) -> date:
    first = START + timedelta(days=400 if column.name in ("left_on", "ended_on", "until") else 0)
    if shape == "one_instant":
        return first
    return first + timedelta(days=number % 28 if shape == "one_month" else (number * 37) % 300)


def _instant(number: int, shape: str) -> str:
    if shape == "one_instant":
        moment = datetime(2024, 3, 5, 10)
    elif shape == "one_month":
        moment = datetime(2024, 3, 1, 10) + timedelta(days=number % 28)
    else:
        moment = datetime(2023, 1, 3, 9) + timedelta(days=(number * 37) % 720, minutes=number)
    fraction = ".123457" if shape == "fractions" else ""
    return moment.isoformat(sep=" ") + fraction


def asked(folder: Path) -> str:
    """Everything that can be asked of a company's folder; "published", or why nothing is. A fault of ours raises."""
    company = companies.open(folder)
    try:
        terminal.text(health.page(company.check()), width=100)
        company.run()
    except Fault:
        raise
    except WorthlineError as error:
        return str(error)
    run = company.published()
    for page in (overview.page(run), overview.ending(run)):
        terminal.text(page, width=100)
    names = run.sql("select distinct metric from metrics").column("metric").to_pylist()
    for name in [*(f.name for f in run.figures), *names]:
        terminal.text(explain.page(run, explain.explain(run, name)), width=100)
    client = TestClient(site.make(folder), base_url="http://127.0.0.1:8765", follow_redirects=False)
    paths = [place.path for place in places(run)] + ["/api/overview", "/api/figures"]
    paths += [f"/figures/{figure.name}" for figure in run.figures] + [f"/tables/{name}" for name in run.tables()]
    for path in paths:
        answer = client.get(path)
        if answer.status_code != 200:
            raise AssertionError(f"{path} answers {answer.status_code}: {answer.text[-800:]}")
    return "published"
