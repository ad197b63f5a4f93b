"""The table of root-cause actions: every row says whether contacts or comments were counted."""

from __future__ import annotations

from decimal import Decimal

from worthline.reports.root_causes import _measured

ROW = {
    "state": "fixed", "owner": "A. Owner", "steps": 2, "steps_done": 1, "steps_late": 1, "volume_before": 20.0,
    "volume_after": 10.0, "change": -0.5, "low": -0.6, "high": 0.1, "saved": Decimal(300), "grade": "B",
}  # fmt: skip


def test_a_theme_counts_comments_and_all_else_contacts():
    rows = [{**ROW, "kind": kind, "subject": kind} for kind in ("touchpoint", "theme", "need")]
    grid = _measured(rows, "USD")
    assert [row[:2] for row in grid.rows] == [
        ("touchpoint", "contacts"),
        ("theme", "comments"),
        ("need", "contacts"),
    ]
    assert {len(row) for row in grid.rows} == {len(grid.columns)}
    assert grid.rows[0][7:10] == ("-50%", "-60% to 10%", "$300.00")
    assert grid.rows[0][-1] == "measured (comparison)", "its interval includes zero, so it is not called proven"
