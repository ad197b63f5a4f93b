"""Whole simulated companies of 50,000 customers: what a run tells of them against what is true; writes its table."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.demo.agreeing import held
from worthline import company
from worthline.demo.make import make
from worthline.demo.world import World

PAGE = Path(__file__).parents[2] / "docs/methods/effects-held-to-truth.md"
START, END = "<!-- companies -->\n", "<!-- end companies -->"
NAMES = {"larkfield": "Larkfield Mobile", "fern-oak": "Fern & Oak"}
CUSTOMERS = 50_000


def share(found):
    """42 of 44 (95%)."""
    return f"{sum(found)} of {len(found)} ({np.mean(found):.0%})" if found else ""


def together(folder, run):
    """Margin over 12 months of all that was met in the last twelve, as told with its range; and what it is, about.

    The truth is known of the months whose twelve months after are lived: the mean over those, times as many.
    """
    told = run.sql("select joint, joint_low, joint_high from experience_money where level = 'total'").to_pylist()[0]
    of_parts = "select sum(customer_months) as n from experience_money where level = 'experience'"
    months = run.sql(of_parts).to_pylist()[0]["n"]
    true = json.loads((folder / "truth.json").read_text("utf-8"))
    whole = next(one for one in true["together"] if (one["outcome"], one["horizon_months"]) == ("margin", 12))
    alone = [e for e in true["effects"] if (e["outcome"], e["horizon_months"]) == ("margin", 12)]
    times = sum(e["exposed"] for e in alone if e["touchpoint"] is None and e["segment"] is None)
    return (
        *(float(told[n]) for n in ("joint", "joint_low", "joint_high")),
        whole["truth"] * whole["exposed"] / times * float(months),
    )


@pytest.mark.truth
def test_intervals_of_whole_companies_hold_the_truth(tmp_path):
    lines = []
    for name, called in NAMES.items():
        folder = tmp_path / name
        make(folder, World(customers=CUSTOMERS), name)
        run = company.open(folder).run()
        found = held(folder, run)
        whole = [ok for key, ok in found.items() if key.segment == "all" and key.outcome != "next_score"]
        slices = [ok for key, ok in found.items() if key.segment != "all" and key.outcome != "next_score"]
        scores = [ok for key, ok in found.items() if key.outcome == "next_score"]
        joint, low, high, true = together(folder, run)
        money = f"{joint / 1000:,.0f} ({low / 1000:,.0f} to {high / 1000:,.0f}); true {true / 1000:,.0f}"
        lines.append(f"| {called} | {share(whole)} | {share(slices)} | {share(scores)} | {money} |")
        assert np.mean(whole) >= 0.93, (name, share(whole))
        assert np.mean(slices) >= 0.9, (name, share(slices))
        assert low <= true <= high, (name, money)
    text = PAGE.read_text("utf-8")
    head, rest = text.split(START)
    titles = (
        "company",
        "over all",
        "through a channel, at the n-th contact",
        "next score (correlation)",
        "all together, margin over 12 months in thousands",
    )
    top = f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}\n"
    PAGE.write_text(f"{head}{START}{top}{chr(10).join(lines)}\n{END}{rest.split(END)[1]}", "utf-8")
