"""Two snapshots of all customers: leaving is known between them alone, whatever lies between."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from tests.customers.risk.companies import Lived, opened
from worthline.customers.risk import analyse
from worthline.tables.time import add_months, month_end

FIRST = date(2025, 9, 30)
N = 3_000


def snapshots(months: int, share: float, seed: int = 5) -> tuple[Lived, dict[str, float]]:
    """Everybody stands in both; `share` left by the second. And the true probability of each over those months."""
    luck = np.random.default_rng(seed)
    usage, plan = luck.gamma(3, 1 / 3, N), luck.choice(["a", "b", "c"], N)
    odds = np.log(share / (1 - share)) - 0.9 * (usage - 1) + 0.8 * (plan == "a") - 0.35
    p = 1 / (1 + np.exp(-odds))
    left = luck.random(N) < p
    second = month_end(add_months(FIRST, months))
    ids = [f"c{i:05d}" for i in range(N)]
    joined = [FIRST - timedelta(days=int(d)) for d in luck.integers(30, 2_000, N)]
    gone = [second if is_left else None for is_left in left]
    customers = pa.table(
        {
            "customer_id": ids,
            "joined_on": joined,
            "left_on": pa.array(gone, pa.date32()),
            "segment": plan,
            "usage": [f"{u:.3f}" for u in usage],
            "known_at": pa.array([second] * N, pa.date32()).cast(pa.timestamp("us")),
            "known_on": [second] * N,
            "same_since": [FIRST] * N,
            "left_known_on": pa.array(gone, pa.date32()),
        }
    )
    return Lived({"customers": customers}, "contractual", second, {}), dict(zip(ids, p.tolist(), strict=True))


@pytest.mark.parametrize(("months", "share"), [(3, 0.2), (36, 0.4)])
def test_two_complete_snapshots_give_scores_at_a_constant_hazard(months, share):
    """3,000 customers, at least 600 left: the level of those who stayed is known to 1.5 points (two standard errors)."""
    lived, truth = snapshots(months, share)
    with opened(lived) as (ds, panel, rooms):
        found = analyse(ds, panel, rooms)
        rows = rooms.fetch(found.by_customer).drop_columns(["reasons"])
    p = np.array([truth[i] for i in rows["customer_id"].to_pylist()])
    for name, ahead in (("p_leave", 3), ("p_leave_12m", 12)):
        told = rows[name].to_numpy(zero_copy_only=False)
        assert told.mean() == pytest.approx((1 - (1 - p) ** (ahead / months)).mean(), abs=0.02)
        assert np.corrcoef(told, p)[0, 1] > 0.75, "600 leavers: isotonic steps are coarse"
    assert {row["horizon"] for row in found.backtests.to_pylist()} == {months}, "what was tested"
    assert any(
        f"learned and tested over {months} months, the time between the two snapshots" in n
        for n in found.findings.notes
    )
    assert not any("there are 0 and 0" in note for note in found.findings.notes)


def test_columns_that_changed_between_snapshots_do_not_tell_who_stayed():
    """The columns of those who stayed change, those of who left never again: blank at the first snapshot means stayed."""
    lived, truth = snapshots(3, 0.2)
    rows = lived.tables["customers"]
    left = rows["left_on"].is_valid().to_pylist()
    since = pa.array([FIRST if gone or i % 5 == 0 else lived.as_of for i, gone in enumerate(left)], pa.date32())
    at = rows.column_names.index("same_since")
    with opened(replace(lived, tables={"customers": rows.set_column(at, "same_since", since)})) as (ds, panel, rooms):
        found = analyse(ds, panel, rooms)
        scores = rooms.fetch(found.by_customer)
    told = scores["p_leave"].to_numpy(zero_copy_only=False).astype(float)
    expected = np.mean([truth[i] for i in scores["customer_id"].to_pylist()])
    assert np.isnan(told).all() or told.mean() == pytest.approx(expected, abs=0.03)
    assert any("customers' own columns. They changed later" in note for note in found.findings.notes)
