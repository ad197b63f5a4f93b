"""Folders of companies with experiments and roll-outs: public ones, and one small enough to work out by hand."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import worthline
from tests.shared_data import DATA


def read(*path: str, delimiter: str = ",") -> list[dict[str, str]]:
    """Rows of a public file; skips where it is not at hand."""
    file = DATA.joinpath(*path)
    if not file.exists():
        pytest.skip(f"needs {'/'.join(path)} (WORTHLINE_SHARED names the folder that holds data/)")
    with file.open(newline="", encoding="utf-8-sig") as text:
        return list(csv.DictReader(text, delimiter=delimiter))


def write(folder: Path, name: str, rows: list[dict]) -> None:
    """A CSV file."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as text:
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def run(folder: Path, toml: str, **settings):
    """The published run of a folder with this worthline.toml."""
    (folder / "worthline.toml").write_text(toml, encoding="utf-8")
    return worthline.open(folder).run(threads=1, **settings)


def results(published, **wanted) -> list[dict]:
    """Rows of initiative_results that have these values."""
    rows = published.table("initiative_results").to_pylist()
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def checks(row: dict) -> dict[str, str]:
    """Outcome of each check of a row."""
    return {check["name"]: check["outcome"] for check in row["checks"]}


SUBSCRIBERS = """
[company]
name = "Small"
currency = "USD"
margin = 1
as_of = "2025-12-31"
[tables.customers]
file = "customers.csv"
[tables.subscriptions]
file = "subscriptions.csv"
[tables.treatments]
file = "treatments.csv"
[tables.initiatives]
file = "initiatives.csv"
"""


def subscribers(
    folder: Path, *, treated: int = 40, control: int = 20, leave: dict[str, int], **files: list[dict]
) -> None:
    """Customers since January 2024 who pay 10 a month, assigned on 10 March 2025; `leave`: how many by arm in May."""
    rows = [(f"T{i:03d}", "treated", i < leave["treated"]) for i in range(treated)]
    rows += [(f"C{i:03d}", "control", i < leave["control"]) for i in range(control)]
    customers = [
        {
            "customer_id": who,
            "joined_on": "2024-01-01",
            "left_on": "2025-05-20" if gone else "",
            "account_id": who[1:],
            "segment": "AB"[int(who[1:]) % 2],
        }
        for who, _, gone in rows
    ]
    write(folder, "customers", files.get("customers", customers))
    write(
        folder,
        "subscriptions",
        [
            {"customer_id": who, "started_on": "2024-01-01", "ended_on": "2025-05-20" if gone else "", "fee": "10.00"}
            for who, _, gone in rows
        ],
    )
    treatments = [
        {
            "customer_id": who,
            "at": "2025-03-10",
            "initiative": "calls",
            "arm": arm,
            "cost": "2.00" if arm == "treated" else "0",
        }
        for who, arm, _ in rows
    ]
    more = files.get("treatments", [])
    columns = dict.fromkeys(name for row in (*treatments, *more) for name in row)
    write(folder, "treatments", [{name: row.get(name, "") for name in columns} for row in (*treatments, *more)])
    initiatives = [
        {
            "initiative": "calls",
            "name": "Save calls",
            "group": "Service",
            "owner": "A. Owner",
            "cost_once": "100",
            "cost_monthly": "5",
            "proof_on": "2025-12-01",
        }
    ]
    write(folder, "initiatives", files.get("initiatives", initiatives))
