"""The small company that chaos falls upon, and what must be true of its folder afterwards."""

from __future__ import annotations

import hashlib
import random
import shutil
from datetime import date
from pathlib import Path

import worthline
from worthline.run import OpenRun

SEGMENTS = ("Home", "<img src=x onerror=alert(1)>", "=HYPERLINK(1)")

TOML = """
[company]
name = "Shop & Sons"
as_of = "{as_of}"
margin = 0.{margin:03d}
keep_runs = {keep}
[tables.customers]
file = "customers.csv"
[tables.transactions]
file = "sales.csv"
[tables.feedback]
file = "answers.csv"
"""
CONTACTS = """
[tables.interactions]
file = "contacts.csv"
"""


def lay(folder: Path, customers: int = 30) -> Path:
    """Its files: customers, sales, answers and contacts of two years."""
    chance = random.Random(5)
    folder.mkdir(parents=True, exist_ok=True)
    lines: dict[str, list[str]] = {
        "customers": ["customer_id,segment,joined_on"],
        "sales": ["customer_id,at,amount,transaction_id"],
        "answers": ["customer_id,at,metric,score,text"],
        "contacts": ["customer_id,at,touchpoint,cost"],
    }
    for i in range(customers):
        lines["customers"].append(f"C{i},{SEGMENTS[i % 3]},2024-{1 + i % 12:02d}-01")
    for i in range(400):
        who, day = f"C{chance.randrange(customers)}", f"{2025 + i % 2}-{1 + i % 9:02d}-{1 + chance.randrange(28):02d}"
        lines["sales"].append(f"{who},{day},{chance.randrange(9999) / 100:.2f},r{i}")
        if i % 4 == 0:
            lines["answers"].append(f"{who},{day},nps,{i % 11},words {i}")
            lines["contacts"].append(f"{who},{day},t{i % 4},2.50")
    for name, rows in lines.items():
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    settings(folder, 500)
    return folder


def settings(
    folder: Path, margin: int, as_of: date = date(2026, 9, 30), *, keep: int = 4, contacts: bool = True
) -> None:
    """Settings whose run has a name of its own."""
    aside = folder / "worthline.toml.aside"
    tables = TOML.format(as_of=as_of, margin=margin, keep=keep) + (CONTACTS if contacts else "")
    aside.write_text(tables, encoding="utf-8")
    aside.replace(folder / "worthline.toml")


def published(place: Path) -> Path:
    """The company with two runs, the earlier one a month older."""
    lay(place)
    worthline.open(place).run(as_of=date(2026, 8, 31), threads=1)
    worthline.open(place).run(threads=1)
    return place


def copied(folder: Path, to: Path) -> Path:
    """The same folder elsewhere, to be damaged."""
    shutil.copytree(folder, to, symlinks=True)
    return to


def digests(folder: Path) -> dict[str, str]:
    """sha256 of every file below a folder."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def everything(folder: Path, names: list[str] | None = None) -> list[object]:
    """All that can be read of the published run, or of its tables only those named."""
    run = OpenRun(worthline.open(folder).published().folder)
    names = names or [*run.tables(), *(f"source.{name}" for name in run.folder.sources())]
    return [run.about, run.figures, run.health(), {name: run.table(name).to_pylist() for name in names}]
