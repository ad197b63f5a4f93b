"""A theme planted with a known effect, trend and owner, in the demo's words: a run finds it, its customers and all three.

Who has an outage is drawn by lot, so that what it does to staying is known: of those who had one, `HARM` more leave in the
month after it. In the last three months outages come twice as often.
"""

from __future__ import annotations

import csv
from calendar import monthrange
from datetime import date

import numpy as np
import pytest

import worthline as wl
from worthline.demo import texts as planted
from worthline.demo.chance import Chance

CUSTOMERS, MONTHS, ANSWERS = 3_000, 24, 320
LEAVE, HARM = 0.01, 0.12
"""Share that leaves in any month, and how much more after an outage."""
USUAL, LATELY = 0.2, 0.4
"""Share of those who answer who had an outage: until, and in, the last three months."""
CAUSES = list(planted.THEMES)
OUTAGE = CAUSES.index("outage")
TOML = """
[company]
name = "Planted"
as_of = "2026-06-30"
setting = "contractual"
margin = 0.5
simulated = true
[tables.customers]
file = "customers.csv"
[tables.subscriptions]
file = "subscriptions.csv"
[tables.feedback]
file = "feedback.csv"
constants = { metric = "nps" }
[tables.responsibilities]
file = "responsibilities.csv"
[[voice.themes]]
name = "Outages"
words = ["signal", "network", "coverage", "reception"]
"""


def month(number: int) -> tuple[int, int]:
    """Year and month, counted from July 2024."""
    return 2024 + (6 + number) // 12, 1 + (6 + number) % 12


def lay(folder) -> dict[str, np.ndarray]:
    """Write the files; gives customer, month and cause of each comment with words."""
    luck = np.random.default_rng(12)
    left = np.full(CUSTOMERS, MONTHS)
    rows, truth = [], {"who": [], "month": [], "cause": []}
    for now in range(MONTHS):
        here = np.flatnonzero(left > now)
        some = np.sort(luck.choice(here, min(ANSWERS, len(here)), replace=False))
        share = LATELY if now >= MONTHS - 3 else USUAL
        others = [n for n in range(len(CAUSES)) if n != OUTAGE]
        drawn = luck.random(len(some))
        cause = np.where(drawn < share, OUTAGE, np.where(drawn > 0.6, luck.choice(others, len(some)), -1))
        record = {"who": np.arange(CUSTOMERS)} | {name: np.zeros(CUSTOMERS, bool) for name in CAUSES}
        for number, name in enumerate(CAUSES):
            record[name][some[cause == number]] = True
        score = np.where(cause >= 0, luck.integers(2, 8, len(some)), luck.integers(5, 11, len(some))).astype(float)
        words = planted.said(Chance(1), record, some, 10, score, "nps", now).to_pylist()
        year, number = month(now)
        for place, text in enumerate(words):
            at = date(year, number, int(luck.integers(1, 28)))
            own = ("Network", "Billing", "Shop")[int(luck.integers(3))]
            touchpoint = "Network" if cause[place] == OUTAGE and luck.random() < 0.7 else own
            rows.append([f"F{len(rows)}", f"C{some[place]:05}", at, int(score[place]), text or "", touchpoint])
            if text:
                for name, value in (("who", some[place]), ("month", now), ("cause", cause[place])):
                    truth[name].append(int(value))
        harmed = np.zeros(CUSTOMERS, bool)
        harmed[some[cause == OUTAGE]] = True
        leaves = luck.random(CUSTOMERS) < LEAVE + HARM * harmed
        left[leaves & (left > now + 1)] = now + 1
    (folder / "worthline.toml").write_text(TOML, encoding="utf-8")
    written(folder / "customers.csv", ["customer_id"], [[f"C{n:05}"] for n in range(CUSTOMERS)])
    ends = ["" if n >= MONTHS else date(*month(n), int(luck.integers(2, 28))) for n in left.tolist()]
    plans = [[f"C{n:05}", "2024-01-01", ends[n], 20, "month"] for n in range(CUSTOMERS)]
    written(folder / "subscriptions.csv", ["customer_id", "started_on", "ended_on", "fee", "period"], plans)
    written(folder / "feedback.csv", ["feedback_id", "customer_id", "at", "score", "text", "touchpoint"], rows)
    owners = [["Mast crew", "Network", "owns"], ["Invoices", "Billing", "owns"], ["Shops", "Shop", "owns"]]
    written(folder / "responsibilities.csv", ["group", "touchpoint", "role"], owners)
    assert monthrange(*month(MONTHS - 1))[1] == 30
    return {name: np.array(values) for name, values in truth.items()}


def written(path, header, rows) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """(the run, the truth, the listed theme's row, rows of found themes that speak of outages)."""
    folder = tmp_path_factory.mktemp("planted")
    truth = lay(folder)
    run = wl.open(folder).run()
    rows = run.table("themes").to_pylist()
    signs = set(planted.THEMES["outage"])
    mine = [
        row for row in rows if row["origin"] == "found" and signs & set(row["terms"]) and share(run, truth, row) > 0.5
    ]
    return run, truth, next(row for row in rows if row["label"] == "Outages"), mine


def had_outage(truth) -> set:
    """Customer and month of each comment of somebody who had one."""
    mine = truth["cause"] == OUTAGE
    return {(f"C{w:05}", month(int(m))) for w, m in zip(truth["who"][mine], truth["month"][mine], strict=True)}


def about(run, row) -> set:
    """Customer and month of each comment of a theme."""
    asked = f"select distinct customer_id, day from theme_items where theme = '{row['theme']}'"
    return {(each["customer_id"], (each["day"].year, each["day"].month)) for each in run.sql(asked).to_pylist()}


def share(run, truth, row) -> float:
    """Share of a theme's comments whose customers had an outage."""
    return len(about(run, row) & had_outage(truth)) / len(about(run, row))


@pytest.mark.slow
def test_it_is_found_unasked_with_its_customers(found):
    run, truth, _, rows = found
    had = had_outage(truth)
    heard = set().union(*(about(run, row) for row in rows))
    assert len(heard & had) >= 0.85 * len(had)
    assert max(share(run, truth, row) for row in rows) >= 0.95


def test_the_companys_own_theme_has_exactly_its_customers(found):
    run, truth, listed, _ = found
    assert about(run, listed) == had_outage(truth)


def test_its_trend_is_that_which_was_planted(found):
    run, truth, listed, rows = found
    counts = np.bincount(truth["month"][truth["cause"] == OUTAGE], minlength=MONTHS)
    late, before = (counts[-3:].sum() + 0.5) / 3, (counts[-15:-3].sum() + 0.5) / 12  # a half more: no rate is nought
    assert listed["trend"] == pytest.approx(late / before - 1, abs=1e-4)
    pure = [row for row in rows if share(run, truth, row) >= 0.95]
    for row in (listed, *pure):
        assert row["low"] <= LATELY / USUAL - 1 <= row["high"], row["label"]
    assert listed["low"] > 0


def test_its_group_owns_it(found):
    _, _, listed, rows = found
    assert {row["group"] for row in (listed, *rows)} == {"Mast crew"}


def test_the_interval_of_its_effect_holds_the_truth(found):
    run, *_ = found
    asked = (
        "select horizon_months, estimate, low, high, grade from effects where outcome = 'retention' and segment = 'all' "
        "and horizon_months in (1, 3) and cause = 'theme: Outages' order by horizon_months"
    )
    effects = run.sql(asked).to_pylist()
    assert [row["horizon_months"] for row in effects] == [1, 3]
    for row in effects:
        # The harm is done in the first month; of those spared, each later month takes its usual share.
        truth = -HARM * (1 - LEAVE) ** (row["horizon_months"] - 1)
        assert row["low"] <= truth <= row["high"], row
        assert row["high"] < 0
        assert row["grade"] == "D", "writing of it is no design"
