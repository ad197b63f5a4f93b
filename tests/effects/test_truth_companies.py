"""Whole simulated companies of 50,000 customers: what a run tells of them against what is true; writes its table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.demo.agreeing import held
from worthline import company
from worthline.demo.make import make
from worthline.demo.world import World

PAGE = Path(__file__).parents[2] / "docs/methods/linkage.md"
START, END = "<!-- companies -->\n", "<!-- end companies -->"
NAMES = {"larkfield": "Larkfield Mobile", "fern-oak": "Fern & Oak"}
CUSTOMERS = 50_000


def share(found):
    """42 of 44 (95%)."""
    return f"{sum(found)} of {len(found)} ({np.mean(found):.0%})" if found else ""


@pytest.mark.truth
def test_intervals_of_whole_companies_hold_the_truth(tmp_path):
    lines = []
    for name, called in NAMES.items():
        folder = tmp_path / name
        make(folder, World(customers=CUSTOMERS), name)
        found = held(folder, company.open(folder).run())
        whole = [ok for key, ok in found.items() if key.segment == "all" and key.outcome != "next_score"]
        slices = [ok for key, ok in found.items() if key.segment != "all" and key.outcome != "next_score"]
        scores = [ok for key, ok in found.items() if key.outcome == "next_score"]
        lines.append(f"| {called} | {share(whole)} | {share(slices)} | {share(scores)} |")
        assert np.mean(whole) >= 0.93, (name, share(whole))
        assert np.mean(slices) >= 0.9, (name, share(slices))
    text = PAGE.read_text("utf-8")
    head, rest = text.split(START)
    top = "| company | over all | through a channel, at the n-th contact | next score (correlation) |\n|---|---|---|---|\n"
    PAGE.write_text(f"{head}{START}{top}{chr(10).join(lines)}\n{END}{rest.split(END)[1]}", "utf-8")
