"""What a purchase is, from files: all of a day; all of a week where customers pay by the period."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.worlds.pipeline import reading
from worthline.customers.value import gather

END = date(2026, 6, 30)
COMPANY = 'currency = "USD"\nas_of = "2026-06-30"\nmargin = 0.5\n'


def write(folder: Path, days: dict[str, list[int]]) -> None:
    """`days`: on which days back from the end each customer bought for 10."""
    (folder / "worthline.toml").write_text(
        f'[company]\n{COMPANY}\n[tables.transactions]\nfile = "transactions.csv"\n', encoding="utf-8"
    )
    rows = [f"{who},{END - timedelta(back)},10.00" for who, backs in days.items() for back in backs]
    text = "customer_id,at,amount\n" + "\n".join(rows) + "\n"
    (folder / "transactions.csv").write_text(text, encoding="utf-8")


def read(folder: Path):
    """The scene, purchases by customer, and the gaps between them in weeks."""
    with reading(folder) as (ds, panel, doors):
        on = gather.scene(ds, panel, doors)
        rows = gather.customers(on, on.last).to_pylist()
        return on, {row["customer_id"]: row for row in rows}, dict(gather.gaps(on, on.last))


def test_a_purchase_is_all_of_a_day(tmp_path):
    """Days back 0, 0, 2, 3 and 30: four purchases, the last in week 0, the first in week 4; gaps 2, 1 and 27 days."""
    write(tmp_path, {"a": [0, 0, 2, 3, 30], "b": [9, 100, 250, 400]})
    on, rows, gaps = read(tmp_path)
    assert on.occasion == 1
    assert [rows["a"][name] for name in ("purchases", "first_week", "last_week")] == [4, 4, 0]
    assert float(rows["a"]["spend"]) == 50
    assert gaps == pytest.approx({1 / 7: 1, 2 / 7: 1, 27 / 7: 1, 91 / 7: 1, 150 / 7: 2})


def test_a_fee_paid_on_two_days_is_one_renewal(tmp_path):
    """Customers pay once a year; one pays in two parts, three days apart but in one week counted from the end."""
    write(tmp_path, {f"c{i}": [i + 1, i + 366, i + 731] for i in range(20)} | {"split": [14, 17, 364 + 14, 728 + 14]})
    on, rows, gaps = read(tmp_path)
    assert on.occasion == 7
    assert rows["split"]["purchases"] == 3
    assert set(gaps) <= {52.0, 53.0}
