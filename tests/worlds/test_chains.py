"""The third simulator: its exact truths against a plain enumeration, and effects of its worlds through files and rooms."""

from __future__ import annotations

from itertools import product

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pytest

from tests.worlds import chains, pipeline, tables
from tests.worlds.measure_chains import measure

SMALL = {"customers": 1_200, "months": 20, "equity": False}


def test_exact_effects_equal_all_paths_of_two_months():
    """One month ahead: every way the month of exposure and the next can go, added up by hand in loops."""
    world = chains.live("plain", 3, customers=400, months=14)
    one = world.setting
    t, who = (int(rows[0]) for rows in np.nonzero(world.broken[1:12] & (world.state[1:12] != chains.GONE)))
    t += 1
    plan, place = world.plan[[who]], world.place[[who]]

    def stays(grievances: int, broken_before: int, month: int, broken: int) -> dict[tuple[int, int], float]:
        """P of (grievances, broken) at the end of `month` for those who stay, given whether there was a breakdown."""
        contact = float(chains._contact(one, plan, broken)[0])
        bad = contact * float(chains._unhelped(one, plan, month)[0])
        found: dict[tuple[int, int], float] = {}
        for unhelped, by_breakdown, by_contact in product((0, 1), repeat=3):
            chance = bad if unhelped else 1 - bad
            chance *= (one.by_breakdown if by_breakdown else 1 - one.by_breakdown) if broken else 1 - by_breakdown
            chance *= (one.by_unhelped if by_contact else 1 - one.by_unhelped) if unhelped else 1 - by_contact
            now = min(grievances + by_breakdown + by_contact, 3)
            quarter = month // 3 % 4 == 0
            odds = one.leave + 0.6 * (plan[0] == 2) + 0.3 * quarter + 0.3 * (place[0] % 5 == 1) + one.each * now
            chance *= 1 - 1 / (1 + np.exp(-odds))
            for passes in (0, 1):
                p = chance * (chains.PASSES if passes else 1 - chains.PASSES)
                key = max(now - passes, 0), broken
                found[key] = found.get(key, 0.0) + p
        return found

    def here_after_next(broken: int) -> float:
        total = 0.0
        for (grievances, last), p in stays(int(world.state[t, who]) // 2, 0, t, broken).items():
            again = float(chains._breakdown(one, plan, place, t + 1, np.array([last]))[0])
            for next_one in (0, 1):
                total += p * (again if next_one else 1 - again) * sum(stays(grievances, last, t + 1, next_one).values())
        return total

    exact = world._change(np.array([t]), np.array([who]), chains.BREAKDOWN, 1, 0)[0]
    assert exact == pytest.approx(here_after_next(1) - here_after_next(0), abs=1e-12)


def test_what_is_expected_is_what_comes_on_average():
    """Share still here at the end of the record, over 6,000 customers of month 6: within four standard errors."""
    world = chains.live("plain", 4, customers=8_000, months=12)
    here = np.flatnonzero(world.state[6] != chains.GONE)
    kind = world.plan[here] * world.setting.places + world.place[here]
    expected = world._ahead[0][kind, 6, 6, world.state[6, here]]
    came = world.state[12, here] != chains.GONE
    error = np.sqrt((expected * (1 - expected)).sum()) / len(here)
    assert abs(came.mean() - expected.mean()) < 4 * error


def test_effects_and_money_of_a_third_kind_of_world_are_held():
    """16 intervals of one world, those of one experience alike: at least 13; the total of money holds the truth."""
    record = measure("plain", 1, **SMALL)
    rows = [row for row in record["effects"] if row["low"] is not None]
    assert len(rows) == 16
    assert sum(tables.holds(row) for row in rows) >= 13
    assert any(tables.held_totals(record["money"]))


def test_leavers_who_call_before_a_term_ends_are_graded_correlation_only():
    """They call one and two months before their year ends; nothing has an effect."""
    rows = [row for row in measure("term", 1, **SMALL)["effects"] if row["low"] is not None]
    assert rows
    assert {row["grade"] for row in rows} == {"D"}
    assert not any(row["money"] for row in rows)


def test_contacts_after_notice_are_no_exposure_of_a_run(tmp_path):
    """The list of customers shows each end from the first day of the month two months before it: calls from then on drop out.

    Told without the notice, the calls of leavers took 22 points of retention; the truth is 0.
    """
    world = chains.live("any_time", 5, customers=600, months=16)
    world.write(tmp_path)
    listed = pacsv.read_csv(tmp_path / "customers.csv")
    left, joined = (listed[name].to_numpy().astype("datetime64[D]") for name in ("left_on", "joined_on"))
    notice = np.maximum((left.astype("datetime64[M]") - 2).astype("datetime64[D]"), joined + 1)
    first = listed.set_column(2, "left_on", pa.nulls(len(left), pa.date32())).append_column(
        "known_at", pa.array(joined)
    )
    later = listed.append_column("known_at", pa.array(notice)).filter(pa.array(~np.isnat(left)))
    pacsv.write_csv(pa.concat_tables([first, later]), tmp_path / "customers.csv")
    rows = pipeline.of_effects(tmp_path).rows("effects", cause=chains.UNHELPED, outcome="retention", segment="all")
    found = {row["horizon_months"]: row for row in rows}
    given = (notice.astype("datetime64[M]") - chains.FIRST).astype(int)
    before = np.isnat(left) | (np.arange(world.months)[:, None] < given)
    counted = world.unhelped & world._settled & before & (np.arange(world.months) < world.months - 3)[:, None]
    assert found[3]["exposed"] == counted.sum()
    assert found[3]["low"] <= 0 <= found[3]["high"]
