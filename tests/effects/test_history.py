"""What is known of every customer in every month, laid out."""

from datetime import date

import numpy as np
import pyarrow as pa

from worthline.effects import design, experiences, history
from worthline.effects.design import LandmarkSample
from worthline.effects.outcomes import OUTCOMES

CUSTOMERS, MONTHS = 400, 6
IDS = [f"C{i:03d}" for i in range(CUSTOMERS)]
LEFT = np.arange(CUSTOMERS) % 5 == 0


def months():
    who, month = (grid.ravel() for grid in np.meshgrid(np.arange(CUSTOMERS), np.arange(MONTHS), indexing="ij"))
    nothing = np.zeros(len(who))
    rows = {"customer_id": np.array(IDS)[who], "month": [date(2025, 1 + m, 1) for m in month], "active": month >= 0}
    return pa.table(rows | dict.fromkeys((*history.SUMMED, *STATES), nothing))


STATES = ("tenure", "since_purchase", "since_contact", "last_score")


def people(**own):
    days = pa.array([date(2025, 6, 20) if gone else None for gone in LEFT], pa.date32())
    named = {f"own: {name}": pa.array(values, pa.string()) for name, values in own.items()}
    return pa.table({"customer_id": IDS, "region": ["north", "south"] * (CUSTOMERS // 2), "left": days} | named)


def test_product_is_what_was_taken_last_by_the_end_of_a_month():
    # C000: Basic long before the panel, Max from the end of March; C001: nothing until May; all others nothing.
    terms = pa.table(
        {
            "customer_id": ["C000", "C000", "C001", "unknown"],
            "month": [date(2024, 9, 1), date(2025, 3, 1), date(2025, 5, 1), date(2025, 1, 1)],
            "product": ["Basic", "Max", "Basic", "Max"],
        }
    )
    laid = history.read(months(), people(), terms)
    assert laid.products == ("Basic", "Max")
    assert laid.product[0].tolist() == [0, 0, 1, 1, 1, 1]
    assert laid.held[0].tolist() == [4, 5, 0, 1, 2, 3]
    assert laid.product[1].tolist() == [-1, -1, -1, -1, 0, 0]
    assert np.isnan(laid.held[1, :4]).all()
    assert (laid.product[2:] == -1).all()


def test_product_held_alike_is_that_of_the_month_before():
    terms = pa.table({"customer_id": ["C000"], "month": [date(2025, 3, 1)], "product": ["Max"]})
    laid = history.read(months(), people(), terms)
    rows = LandmarkSample(np.array([0, 0, 1, 1]), np.array([2, 3, 2, 3]), np.array([0.0, 1.0, 0.0, 1.0]), {}, 4, 2)
    x, groups = design.covariates(laid, rows, np.zeros((CUSTOMERS, MONTHS + 1)), {})
    column = x[:, groups.index("product")]
    assert column[1] > 0 > column[0] == column[2] == column[3]


def test_columns_of_the_companys_own_are_held_alike_unless_they_know_what_came_after():
    rank = np.arange(CUSTOMERS)
    laid = history.read(
        months(),
        people(
            Usage=np.array(["light", "heavy"])[rank % 2].tolist(),
            Reason=["too dear" if gone else None for gone in LEFT],
            Status=["closed" if gone else "open" for gone in LEFT],
            Calls=[str(number) for number in rank],
            Country=["here"] * CUSTOMERS,
        ),
    )
    assert set(laid.attributes) == {"region", "Usage"}
    assert laid.names["Usage"] == ["heavy", "light"]
    assert laid.attributes["Usage"].tolist() == (1 - rank % 2).tolist()


def test_a_few_customers_who_all_left_are_no_sign_of_a_column_written_afterwards():
    # Three of 400 with the same pet, and all three left: .2 ** 3 is no proof.
    pets = ["cat" if i % 2 else "dog" for i in range(CUSTOMERS)]
    for place in np.flatnonzero(LEFT)[:3]:
        pets[place] = "newt"
    assert "Pet" in history.read(months(), people(Pet=pets)).attributes


def test_next_score_is_the_first_answer_after_the_month_not_the_last():
    laid = history.read(months(), people())
    answers, score = np.zeros((CUSTOMERS, MONTHS)), np.full((CUSTOMERS, MONTHS), np.nan)
    # C000 says 9 in February, 3 in April, 8 in May; of C001 nothing is heard.
    for month, said in ((1, 9.0), (3, 3.0), (4, 8.0)):
        answers[0, month] = 1.0
        score[0, month:] = said
    laid.totals["answers"], laid.states["last_score"] = history.running(answers), score
    rows = LandmarkSample(np.array([0, 0, 0, 0, 1]), np.array([0, 1, 2, 3, 1]), np.zeros(5), {}, 5, 0)
    assert OUTCOMES["next_score"].values(laid, rows.who[:2], rows.month[:2], 2).tolist() == [9.0, 3.0]
    assert OUTCOMES["next_score"].values(laid, rows.who, rows.month, 1)[[0, 2, 3]].tolist() == [9.0, 3.0, 8.0]
    assert np.isnan(OUTCOMES["next_score"].values(laid, rows.who, rows.month, 1)[[1, 4]]).all()


def test_of_waits_that_are_all_one_of_two_the_longer_one_is_long():
    assert experiences._limit(np.array([60.0, 60.0, 300.0, 300.0])) == 60.0
    assert experiences._limit(np.arange(1.0, 101.0)) == 75.25
    assert experiences._limit(np.full(9, 60.0)) == 60.0, "none is longer: no long wait is told of"


def test_who_pays_more_is_told_by_the_fees_that_run_not_by_what_was_billed():
    # C000 goes from 20 to 30 in March; C001 stays at 20; C002 signed nothing by January; C003 changed on 1 February, before
    # whatever was met in that month.
    fees = {"C000": [20, 20, 30, 30], "C001": [20, 20, 20, 20], "C002": [None, 20, 20, 30], "C003": [20, 30, 30, 30]}
    rows = [(who, date(2025, 1 + m, 1), fee) for who, by in fees.items() for m, fee in enumerate(by) if fee]
    names = ("customer_id", "month", "fee")
    told = pa.table({name: [row[at] for row in rows] for at, name in enumerate(names)})
    laid = history.with_fees(history.read(months(), people()), told)
    at = LandmarkSample(np.array([0, 1, 2, 3]), np.array([1, 1, 1, 1]), np.zeros(4), {}, 4, 0)
    assert OUTCOMES["expansion"].values(laid, at.who, at.month, 1)[[0, 1, 3]].tolist() == [1.0, 0.0, 0.0]
    assert np.isnan(OUTCOMES["expansion"].values(laid, at.who, at.month, 1)[2])
    laid.active[0, 2] = False
    assert OUTCOMES["expansion"].values(laid, at.who, at.month, 1)[0] == 0.0, "who left pays nothing more"
