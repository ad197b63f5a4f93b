"""The benefits register in a run: what was approved by file beside what SQL over the panel gives to the date of proof."""

import csv
from datetime import date
from decimal import Decimal

import pytest

from tests.initiatives.companies import SUBSCRIBERS, results, run, subscribers, write
from worthline.initiatives import register
from worthline.initiatives.costs import costs
from worthline.initiatives.returns import Approved, Return, _beside

APPROVED = SUBSCRIBERS + '[tables.approvals]\nfile = "approvals.csv"\n'
BY_SQL = """
select arm, avg(m) as m from (
  select t.arm, t.customer_id, sum(p.margin) as m from source.treatments t join panel p using (customer_id)
  where p.month > date '2025-03-31' and p.month <= date '2025-09-01' group by 1, 2)
group by arm
"""


def approval(**values):
    row = {"initiative": "calls", "approved_on": "2025-02-01", "proof_on": "2025-09-30"}
    return row | {"benefit": "700.01", "cost": "180", "shares": "Service=1, Billing=1, Care=1"} | values


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """4 of 40 treated and 10 of 20 controls leave in May; proof at the end of September, the run at the end of the year."""
    folder = tmp_path_factory.mktemp("small")
    subscribers(folder, leave={"treated": 4, "control": 10})
    gifts = approval(
        initiative="gifts", benefit="50", cost="10", proof_on="2026-06-30", shares="", finance_signed="yes"
    )
    write(folder, "approvals", [approval(finance_signed="no"), gifts])
    return run(folder, APPROVED)


def entry(published, name="calls"):
    (row,) = [row for row in published.table("benefits_register").to_pylist() if row["initiative"] == name]
    return row


def test_proven_is_the_benefit_to_the_date_of_proof_not_to_the_run(small):
    arms = {row["arm"]: row["m"] for row in small.sql(BY_SQL).to_pylist()}
    row = entry(small)
    assert float(row["proven"]) == pytest.approx((arms["treated"] - arms["control"]) * 40, abs=0.005)
    to_date = small.sql("select benefit from initiative_results where outcome = 'margin_to_date' and segment = 'all'")
    assert row["proven"] < to_date.to_pylist()[0]["benefit"]
    assert (row["grade"], row["state"], row["is_due"]) == ("A", "proven", True)
    assert row["low"] < row["proven"] < row["high"]


def test_cost_is_that_to_the_date_of_proof(small):
    """100 once, 5 a month from March to September (7 months), 40 calls at 2."""
    assert entry(small)["cost"] == Decimal(100 + 7 * 5 + 80)


def test_variance_is_proven_less_approved_and_its_parts_add_up_to_the_cent(small):
    row = entry(small)
    assert row["variance"] == row["proven"] - Decimal("700.01")
    parts = [r for r in small.table("benefits_by_group").to_pylist() if r["initiative"] == "calls"]
    assert [r["group"] for r in parts] == ["Billing", "Care", "Service"]
    assert [r["approved"] for r in parts] == [Decimal("233.34"), Decimal("233.34"), Decimal("233.33")]
    for name in ("approved", "proven", "variance"):
        assert sum(r[name] for r in parts) == row[name]


def test_what_waits_has_no_proof_and_no_variance(small):
    row = entry(small, "gifts")
    assert (row["proven"], row["variance"], row["state"], row["is_due"]) == (None, None, "not begun", False)


def test_approved_return_is_net_and_stands_beside_the_proven_one(small):
    figures = {figure.name: figure for figure in small.figures}
    assert figures["approved_return"].value == 560.01  # 700.01 - 180 + 50 - 10
    assert small.sql(figures["approved_return"].details["sql"]).to_pylist()[0]["value"] == 560.01
    assert "1 of 1 that reached the date of proof is proven." in figures["approved_return"].sentence
    assert "$560 net was approved for 2 initiatives, 1 of them begun" in figures["proven_return"].sentence


@pytest.fixture(scope="module")
def posted(tmp_path_factory):
    """The same with a proof that was posted, 300 rows of letters, 3 of them without a date, and 2 rows without a name."""
    return with_bad_rows(tmp_path_factory.mktemp("posted"), "letters", 3)


def with_bad_rows(folder, initiative, bad):
    """60 rows of calls, 300 of letters; further rows of one of them have no date, and 2 no initiative either."""
    subscribers(folder, leave={"treated": 4, "control": 10})
    with (folder / "treatments.csv").open(newline="", encoding="utf-8") as text:
        calls = list(csv.DictReader(text))
    letters = [{**row, "initiative": "letters", "at": f"2025-0{month}-10"} for month in range(1, 6) for row in calls]
    named = [{**row, "initiative": initiative, "at": "soon"} for row in calls[:bad]]
    write(
        folder,
        "treatments",
        [*calls, *letters, *named, *({**row, "initiative": "", "at": "soon"} for row in calls[:2])],
    )
    write(folder, "approvals", [approval()])
    proof = {"initiative": "calls", "proof_on": "2025-09-30", "run": "abc", "as_of": "2025-09-30", "proven": "500.00"}
    write(folder, "proofs", [proof | {"low": "100", "high": "900", "cost": "215", "grade": "A"}])
    return run(folder, APPROVED + '[tables.proofs]\nfile = "proofs.csv"\n')


def test_a_posted_proof_stays_and_later_data_restate_it(small, posted):
    row = entry(posted)
    assert (row["proven"], row["variance"], row["posted_run"]) == (Decimal(500), Decimal("-200.01"), "abc")
    assert row["restated"] == row["now_proven"] == entry(small)["proven"]
    assert "Restated with data to 31 Dec 2025" in row["sentence"]


def aside(made, initiative):
    """(outcome, share, grade) of the check of rows set aside."""
    row = results(made, initiative=initiative, outcome="margin_to_date", segment="all")[0]
    check = next(c for c in row["checks"] if c["name"] == "rows set aside")
    return check["outcome"], check["value"], row["grade"]


def test_rows_set_aside_weigh_on_the_date_of_proof_as_they_do_in_the_run(posted):
    """2 rows without a name may be anybody's: .6% of 362. The 3 that name letters are .99% of its 303, and not of calls."""
    assert aside(posted, "calls") == ("informs", pytest.approx(2 / 362, abs=5e-7), "A")
    assert entry(posted)["now_grade"] == "A"
    assert aside(posted, "letters")[:2] == ("informs", pytest.approx(3 / 303, abs=5e-7))


def test_rows_set_aside_that_name_an_initiative_lower_it_alone(tmp_path):
    """3 of 63 rows of calls are 4.8% of it, though .8% of the table."""
    made = with_bad_rows(tmp_path, "calls", 3)
    assert aside(made, "calls") == ("failed", pytest.approx(3 / 63, abs=5e-7), "D")
    assert entry(made)["now_grade"] == "D"
    assert aside(made, "letters")[0] == "informs"


def test_a_verdict_that_is_a_quarter_of_what_was_approved_says_so():
    row = {"initiative": "a", "started_on": date(2025, 1, 1)}
    begun = [Return(one) for one in costs([row], [], {}, date(2026, 1, 1)).values()]

    def said(net, approved=1_280_000):
        return _beside(net, Approved(Decimal(approved), frozenset({"a"})), begun, "USD")

    assert said(325_000) == ", a quarter of the $1.28 million approved"
    assert said(806_400) == ", 63% of the $1.28 million approved"
    assert said(1_280_000) == ", all of the $1.28 million approved"
    assert said(2_560_000) == ", 2.0 times the $1.28 million approved"
    assert said(-5) == "; $1.28 million net was approved"


@pytest.mark.parametrize(
    ("low", "high", "state"),
    [
        ("10", "30", "proven"),
        ("-10", "30", "measured, no gain shown"),
        ("0", "30", "measured, no gain shown"),
        ("-30", "-10", "measured, a loss"),
    ],
)
def test_only_a_range_above_nought_is_called_proven(low, high, state):
    ends = {"low": Decimal(low), "high": Decimal(high)}
    row = {"proven": (ends["low"] + ends["high"]) / 2, "proof_on": date(2025, 6, 30), **ends}
    assert register._state(row, None, date(2025, 12, 31)) == state
