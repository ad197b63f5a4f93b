"""After how many months a customer has lapsed: Kaplan-Meier by hand, and the gaps as the engine counts them."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from tests.panel.small_company import dataset
from worthline.engine import open_engine
from worthline.panel import lapse_months
from worthline.panel.lapse import choose, closed_within


def test_kaplan_meier_by_hand():
    """Freireich et al. (1963), 6-MP arm, as in Kalbfleisch & Prentice: S(6) .857, S(10) .753, S(23) .448."""
    length = np.array([6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 34, 35])
    closed = np.array([3, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0])
    still = np.array([0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 2, 1, 1])
    for days, survival in {6: 18 / 21, 7: 18 / 21 * 16 / 17, 10: 0.752941, 23: 0.448179}.items():
        assert closed_within(length, closed, still, days) == pytest.approx(1 - survival, abs=1e-6)
    assert closed_within(length, closed, still, 5) == 0


@pytest.mark.parametrize(("days", "months"), [(30, 1), (31, 3), (91, 3), (92, 6), (300, 12), (450, 24), (730, 24)])
def test_smallest_month_within_which_nine_in_ten_close(days, months):
    assert choose(np.array([5, days]), np.array([1, 9]), np.array([0, 0]), 2000).months == months


@pytest.mark.parametrize(("days", "months"), [(365, 12), (366, 12), (380, 12), (395, 13), (425, 14)])
def test_yearly_payers_lapse_when_the_payment_did_not_come(days, months):
    """Half a month's grace: who pays on day 380 pays, as a month counts, 12 months later; 366 days is a leap year."""
    assert choose(np.array([5, days]), np.array([1, 9]), np.array([0, 0]), 2500).months == months


def test_customers_who_never_come_back_do_not_lengthen_the_lapse():
    """Monthly buyers, 18% of whose purchases are the last; at fa99b5c 24 months, "the longest looked at"."""
    lapse = choose(np.array([20, 28, 300, 900]), np.array([40, 42, 0, 0]), np.array([0, 0, 9, 9]), 1000)
    assert lapse.months == 1
    assert "An estimated 18% of purchases are a customer's last." in str(lapse)


def test_yearly_payers_of_whom_a_fifth_stop_each_year():
    """6.5 years, payments within 20 days of the anniversary; at fa99b5c 24 months, members a sixth too many."""
    rng = np.random.default_rng(3)
    closed, still = [], []
    for start in rng.integers(0, 730, 2_000):
        day = int(start)
        while True:
            following = day + 365 + int(rng.integers(-20, 21))
            if rng.random() < 0.2 or following > 2_373:
                still.append(2_373 - day)
                break
            closed.append(following - day)
            day = following
    length = np.array(closed + still)
    flags = np.arange(length.size) < len(closed)
    lapse = choose(length, flags.astype(np.int64), (~flags).astype(np.int64), 2_373)
    # 380.5 days hold 365 + 15 of +-20: 36 of 41 = 88%; 13 months and a half hold all.
    assert lapse.months == 13
    assert str(lapse).startswith("Customers pay once a year: 100% of gaps between purchases are 10 to 14 months.")
    assert "An estimated 20% of purchases" in str(lapse) or "An estimated 21% of purchases" in str(lapse)


def test_short_records_are_said():
    lapse = choose(np.array([1, 45]), np.array([9, 0]), np.array([0, 4]), 45)
    assert lapse.months == 1
    assert "Records of 45 days are short for this" in str(lapse)


def test_nobody_bought_twice_is_undefined():
    lapse = choose(np.array([10]), np.array([0]), np.array([7]), 10)
    assert lapse.months is None
    assert str(lapse) == "No customer has bought twice, so no lapse can be estimated."


def test_gaps_between_distinct_days_of_purchase(tmp_path, engine_name):
    def sale(customer, month, day, amount="5", kind="purchase"):
        return {"customer_id": customer, "at": date(2024, month, day), "amount": Decimal(amount), "kind": kind}

    rows = [sale("a", 1, 1), sale("a", 1, 1), sale("a", 1, 21), sale("a", 2, 5, "-5", "refund"), sale("a", 2, 10)]
    rows += [sale("b", 3, 1), sale(None, 3, 2), sale(None, 3, 9), sale("c", 4, 1, "0"), sale("c", 4, 2, kind="fee")]
    engine = open_engine(engine_name, tmp_path / "engine", threads=1)
    ds = dataset(engine, {"transactions": rows}, as_of=date(2024, 3, 31))
    lapse = lapse_months(ds["transactions"], date(2024, 3, 31), engine.fetch)
    engine.close()
    # Gaps of 20 days closed twice; one open 50 days, one 30: half never close, all that do within a month.
    assert (lapse.months, lapse.closed, lapse.open) == (1, 2, 2)
    assert str(lapse) == (
        "100% of returning customers' gaps between purchases are within a month. "
        "An estimated 50% of purchases are a customer's last."
    )


def test_no_transactions_at_all(tmp_path, engine_name):
    engine = open_engine(engine_name, tmp_path / "engine", threads=1)
    ds = dataset(engine, {"transactions": []})
    assert lapse_months(ds["transactions"], date(2024, 3, 31), engine.fetch).months is None
    engine.close()
