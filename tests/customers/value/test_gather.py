"""What a purchase is, from files: all of a day; all of a week where customers pay by the period."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.worlds.pipeline import of_customers, reading
from worthline.customers.value import gather

END = date(2026, 6, 30)
BOUGHT = "customer_id,at,amount"
COMPANY = 'currency = "USD"\nas_of = "2026-06-30"\nmargin = 0.5\n'


def write(folder: Path, days: dict[str, list[int]]) -> None:
    """`days`: on which days back from the end each customer bought for 10."""
    (folder / "worthline.toml").write_text(
        f'[company]\n{COMPANY}\n[tables.transactions]\nfile = "transactions.csv"\n', encoding="utf-8"
    )
    rows = [f"{who},{END - timedelta(back)},10.00" for who, backs in days.items() for back in backs]
    text = "\n".join([BOUGHT, *rows]) + "\n"
    (folder / "transactions.csv").write_text(text, encoding="utf-8")


def write_members(folder: Path, seed: int, n: int = 900, months: int = 30) -> float:
    """Members who pay 60 a year at their anniversary and leave with 2% a month; what they paid in the year after."""
    rng = np.random.default_rng(seed)
    joined, stays = rng.integers(-30, months - 1, n), rng.geometric(0.02, n)
    members, paid, after = [], [], 0.0
    for who, (since, left) in enumerate(zip(joined, joined + stays, strict=True)):
        if left < 0:
            continue
        gone = f"{month(left)}-22" if left < months else ""
        members.append(f"c{who},{month(since)}-03,{gone}")
        due = [t for t in range(since, min(left + 1, months + 12), 12) if t >= 0]
        paid += [f"c{who},{month(t)}-05,60.00" for t in due if t < months]
        after += 60.0 * sum(t >= months for t in due) * (left >= months)
    for name, head, rows in (("customers", "customer_id,joined_on,left_on", members), ("transactions", BOUGHT, paid)):
        (folder / f"{name}.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    tables = "".join(f'[tables.{name}]\nfile = "{name}.csv"\n' for name in ("customers", "transactions"))
    (folder / "worthline.toml").write_text(f'[company]\n{COMPANY}setting = "contractual"\n{tables}', encoding="utf-8")
    return after


def month(number: int) -> str:
    """Month 0 is January 2024."""
    year, at = divmod(2024 * 12 + int(number), 12)
    return f"{year}-{at + 1:02d}"


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


def test_members_who_pay_once_a_year_are_worth_what_the_year_brings(tmp_path):
    """Each payment spread over the months since joining told 11 to 20% too much in three worlds: newcomers paid for months to come."""
    after = 0.5 * write_members(tmp_path, seed=3)
    with reading(tmp_path) as (ds, panel, doors):
        assert gather.scene(ds, panel, doors).covers == 12
    found = of_customers(tmp_path)
    figure = found.figures["margin_next_12m"]
    assert figure.low <= after <= figure.high
    assert figure.value == pytest.approx(after, rel=0.06)
    assert any("members pay once in 12 months" in note for note in found.notes)
