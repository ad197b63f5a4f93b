"""The commands of the two walks to a proven return, as they are written, in order, on a small demo company.

Left out are `demo` and `run` (the company is made and run already), and `serve`. Its day is 30 September 2026, so the date of
proof lies half a year later here than in the text.
"""

from __future__ import annotations

import csv
import re
import shlex
import shutil
from pathlib import Path

import pytest

import worthline
from worthline.app.cli import _exit_code

DOCS = Path(__file__).resolve().parents[3] / "docs/how-to"
LEFT_OUT = ("demo", "run", "serve")


def commands(page: str) -> list[list[str]]:
    """Every command of a page, in blocks and in sentences, in order; without comments."""
    text = (DOCS / page).read_text(encoding="utf-8").replace("\\\n", " ")
    found = [line.split("  #")[0] for line in re.findall(r"(?m)^worthline .+$|(?<=`)worthline [^`\n]+(?=`)", text)]
    return [words for line in found if (words := shlex.split(line)[1:])[0] not in LEFT_OUT]


@pytest.fixture(scope="module")
def company(larkfield, tmp_path_factory):
    """A copy whose store the walks write to."""
    folder = tmp_path_factory.mktemp("walk") / "larkfield"
    shutil.copytree(larkfield, folder, symlinks=True)
    return folder


@pytest.mark.parametrize(("page", "name", "least"), [("from-list-to-proof.md", "acme", 8), ("prove-what-was-approved.md", "demo", 9)])  # fmt: skip
def test_every_command_of_the_walk_does_what_it_says(company, monkeypatch, capsys, page, name, least):
    monkeypatch.chdir(company.parent)
    run = worthline.open(company).published()
    treated = run.sql("select customer_id from worklist order by place limit 3")["customer_id"].to_pylist()
    with Path("outcomes.csv").open("w", newline="", encoding="utf-8") as text:
        rows = [[who, "reached", "Thank you."] for who in treated[1:]]
        csv.writer(text).writerows([["customer_id", "outcome_code", "customer_said"], *rows])
    instead = {name: str(company), "LM0000123": treated[0], "2026-09-30": "2027-03-31", "NAME": "margin_at_risk"}
    walked = commands(page)
    assert len(walked) >= least
    for words in walked:
        if "DIR" in words or any(word.endswith("...") for word in words):
            continue
        assert _exit_code([instead.get(word, word) for word in words]) == 0, (words, capsys.readouterr().err)
    said = capsys.readouterr().out
    assert ("is whole" in said) == (name == "demo")
