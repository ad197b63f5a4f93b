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


@pytest.mark.parametrize(("days", "months"), [(30, 1), (31, 3), (91, 3), (92, 6), (365, 12), (366, 24), (730, 24)])
def test_smallest_month_within_which_nine_in_ten_close(days, months):
    assert choose(np.array([5, days]), np.array([1, 9]), np.array([0, 0]), 2000).months == months


def test_never_reached_is_the_longest_and_says_so():
    lapse = choose(np.array([10, 900]), np.array([5, 0]), np.array([0, 5]), 910)
    assert (lapse.months, lapse.closed, lapse.open) == (24, 5, 5)
    assert str(lapse) == "Only 50% of gaps between purchases close within 24 months, the longest looked at."


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (731, "within 24 months, the longest looked at."),
        (730, "within the 23 months of data, so 24 months, the longest looked at, is taken."),
        (548, "within the 18 months of data, so 24 months, the longest looked at, is taken."),
        (45, "within the 45 days of data, so 24 months, the longest looked at, is taken."),
        (1, "within the one day of data, so 24 months, the longest looked at, is taken."),
    ],
)
def test_does_not_speak_of_more_months_than_there_are(seen, says):
    lapse = choose(np.array([1]), np.array([9]), np.array([4]), seen)
    assert (lapse.months, str(lapse)) == (24, f"Only 69% of gaps between purchases close {says}")


def test_nobody_bought_twice_is_undefined():
    lapse = choose(np.array([10]), np.array([0]), np.array([7]), 10)
    assert lapse.months is None
    assert str(lapse) == "Nobody has bought twice, so no lapse can be found from the gaps."


def test_gaps_between_distinct_days_of_purchase(tmp_path, engine_name):
    def sale(customer, month, day, amount="5", kind="purchase"):
        return {"customer_id": customer, "at": date(2024, month, day), "amount": Decimal(amount), "kind": kind}

    rows = [sale("a", 1, 1), sale("a", 1, 1), sale("a", 1, 21), sale("a", 2, 5, "-5", "refund"), sale("a", 2, 10)]
    rows += [sale("b", 3, 1), sale(None, 3, 2), sale(None, 3, 9), sale("c", 4, 1, "0"), sale("c", 4, 2, kind="fee")]
    engine = open_engine(engine_name, tmp_path / "engine", threads=1)
    ds = dataset(engine, {"transactions": rows}, as_of=date(2024, 3, 31))
    lapse = lapse_months(ds["transactions"], date(2024, 3, 31), engine.fetch)
    engine.close()
    assert (lapse.months, lapse.closed, lapse.open) == (24, 2, 2)
    assert str(lapse) == (
        "Only 50% of gaps between purchases close within the 2 months of data, "
        "so 24 months, the longest looked at, is taken."
    )


def test_no_transactions_at_all(tmp_path, engine_name):
    engine = open_engine(engine_name, tmp_path / "engine", threads=1)
    ds = dataset(engine, {"transactions": []})
    assert lapse_months(ds["transactions"], date(2024, 3, 31), engine.fetch).months is None
    engine.close()
