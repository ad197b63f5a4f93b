"""Damaged files: no traceback, and every row that is read is either used or set aside.

A sample here; `make any-tables` tries 500.
"""

from __future__ import annotations

import os
import random
import string
from pathlib import Path

from tests.cases.counting import counted
from worthline.errors import Fault, WorthlineError

TRIED = int(os.environ.get("WORTHLINE_MUTATIONS", "24"))
TOML = '[company]\nname = "c"\ncurrency = "USD"\nas_of = "2025-12-31"\n[tables.transactions]\nfile = "*.csv"\n'
HOSTILE = (
    "'; drop table transactions; --", '"', "_line", "amount~value", "select", "{{ x }}", "a" * 5000, "\u202etxet", "../../etc",
    "customer_id ", "CUSTOMER_ID", "=1+1", "\\", "%s", "𝔘𝔫𝔦", "nul\0", "new\nline", "_piece", "rowid", "",
)  # fmt: skip


def sheet(chance: random.Random) -> bytes:
    """A plain file of 60 sales."""
    rows = [
        f"C{chance.randint(1, 20)},2025-{chance.randint(1, 12):02}-03,{chance.randint(1, 99)}.50,r{n},note {n}"
        for n in range(60)
    ]
    return ("customer_id,at,amount,transaction_id,note\n" + "\n".join(rows) + "\n").encode()


def mutated(content: bytes, chance: random.Random) -> bytes:
    """The file with one to three kinds of damage."""
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(max(len(content), 1))
        match chance.randrange(9):
            case 0:
                content = content[:at]
            case 1:
                content = content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]
            case 2:
                content = content[:at] + b"\0" * chance.randint(1, 4) + content[at:]
            case 3:
                content = content[:at] + "Größe €".encode(chance.choice(("cp1252", "utf-16", "utf-8"))) + content[at:]
            case 4:
                content = content.replace(b"note", chance.choice(HOSTILE).encode("utf-8", "replace"), 1)
            case 5:
                content = (
                    content[:at] + chance.choice((b'"', b'""', b"\r", b"\n\n", b",,,", b"\t", b";")) + content[at:]
                )
            case 6:
                content = chance.choice((b"\xef\xbb\xbf", b"\xff\xfe", b"sep=,\n", b"Report\n\n")) + content
            case 7:
                content = content[at:] + content[:at]
            case _:
                content = content + content[at:]
    return content


def test_damaged_files_raise_no_fault_and_lose_no_row(tmp_path):
    for number in range(TRIED):
        chance = random.Random(number)
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "worthline.toml").write_text(TOML, "utf-8")
        name = chance.choice(("sales.csv", "it's 100%.csv", "продажи.csv", "a;b.csv"))
        (folder / name).write_bytes(mutated(sheet(chance), chance))
        try:
            found = counted(folder, metrics=False)
        except Fault as fault:
            raise AssertionError(f"seed {number}: {fault}") from fault
        except WorthlineError:
            continue
        except Exception as error:
            raise AssertionError(f"seed {number}: {error!r}") from error
        (table,) = found.health.tables
        assert table.rows_in == table.used + table.quarantined, number
        assert table.used == found.tables["transactions"].num_rows, number


def test_hostile_names_of_columns_are_kept_or_refused(tmp_path):
    for number, name in enumerate(HOSTILE):
        if any(c in name for c in "\0\n"):
            continue
        folder = Path(tmp_path / str(number))
        folder.mkdir()
        (folder / "worthline.toml").write_text(TOML, "utf-8")
        header = ["customer_id", "at", "amount", name.replace('"', '""')]
        text = ",".join(f'"{cell}"' for cell in header) + "\nA,2025-01-05,10,x\n"
        (folder / "sales.csv").write_text(text, "utf-8")
        try:
            found = counted(folder, metrics=False)
        except Fault as fault:
            raise AssertionError(repr(name)) from fault
        except WorthlineError:
            assert name.strip().casefold() == "customer_id", name
            continue
        assert found.tables["transactions"].num_rows == 1, name


def test_the_sample_differs_from_the_file_it_damages():
    chance = random.Random(1)
    whole = sheet(random.Random(1))
    assert sum(mutated(whole, chance) != whole for _ in range(20)) > 15
    assert set(string.printable) >= set(whole.decode())
