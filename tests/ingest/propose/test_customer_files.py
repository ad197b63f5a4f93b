"""Customers in several files, and customers of whom a flag alone says that they left."""

import pytest

import worthline as wl
from tests.ingest.propose.proposing import proposal_of, sources
from tests.ingest.propose.test_experiments import settled
from tests.ingest.propose.test_folders import lay
from tests.shared_data import DATA
from worthline.config import FILE
from worthline.ingest.propose import write

PEOPLE = "Customer ID,Gender,Age\n" + "".join(f"{n:04}-ABC,F,{20 + n}\n" for n in range(40))
SERVICES = "Customer ID,Contract,Gender,Tenure in Months\n" + "".join(
    f"{n:04}-ABC,{'Month-to-Month' if n % 2 else 'Two Year'},F,{6 + n % 3}\n" for n in reversed(range(40))
)
STATUS = "Customer ID,Customer Status,Satisfaction\n" + "".join(
    f"{n:04}-ABC,{'Churned' if n % 4 == 0 else 'Stayed'},3\n" for n in range(40)
)
THREE = {"demographics.csv": PEOPLE, "services.csv": SERVICES, "status.csv": STATUS}


def run_of(folder, proposal):
    (folder / FILE).write_text(write(proposal))
    return wl.open(folder).run()


def test_three_files_of_one_row_a_customer_are_one_table(tmp_path):
    """40 customers, 10 of them churned (every fourth), joined 6, 7 or 8 months before the day: one question."""
    lay(tmp_path, THREE)
    proposal, asked = settled(tmp_path, "2026-06-30")
    assert asked == [("as_of",)]
    ((table, _),) = sources(write(proposal))
    assert table == "customers"
    made = run_of(tmp_path, proposal)
    got = made.sql(
        'select count(*) as n, count(left_on) as gone, count("Contract") as with_contract, min(joined_on) as first,'
        ' count(distinct "Contract" || (cast(left(customer_id, 4) as integer) % 2)) as pairs from source.customers'
    ).to_pylist()[0]
    assert (got["n"], got["gone"], got["with_contract"], str(got["first"])) == (40, 10, 40, "2025-10-30")
    assert got["pairs"] == 2  # odd numbers are month to month, even ones two years: each row kept its own


def test_files_of_other_customers_are_not_joined(tmp_path):
    other = STATUS.replace("-ABC", "-XYZ")
    plans = lay(tmp_path, {"demographics.csv": PEOPLE, "status.csv": other}).plans
    assert [p.group.shown for p in plans] == ["demographics.csv", "status.csv"]


def test_answers_and_purchases_of_each_customer_are_no_attributes(tmp_path):
    sales = "Customer ID,Date,Amount\n" + "".join(f"{n:04}-ABC,2026-03-01,{n}\n" for n in range(40))
    answers = "Customer ID,Date,NPS\n" + "".join(f"{n:04}-ABC,2026-03-01,{n % 11}\n" for n in range(40))
    proposal = lay(tmp_path, {"people.csv": PEOPLE, "till.csv": sales, "answers.csv": answers})
    assert {p.group.shown for p in proposal.plans} == {"people.csv", "till.csv", "answers.csv"}


@pytest.mark.parametrize(
    ("header", "key", "gone", "here"),
    [
        ("Exited", "CustomerId", "1", "0"),
        ("Attrition_Flag", "CLIENTNUM", "Attrited Customer", "Existing Customer"),
        ("Cancelled", "cust_no", "yes", "no"),
        ("churn", "Kunde", "True", "False"),
    ],
)
def test_flag_and_one_day_say_who_left(tmp_path, header, key, gone, here):
    """12 of 60 left; the day is the only question."""
    rows = "".join(f"K{n:05},{30 + n % 9},{gone if n % 5 == 0 else here}\n" for n in range(60))
    lay(tmp_path, {"customers.csv": f"{key},Age,{header}\n{rows}"})
    proposal, asked = settled(tmp_path, "2026-06-30")
    assert asked == [("as_of",)]
    assert proposal.mapped[0].guess("customer_id").header == key
    made = run_of(tmp_path, proposal)
    got = made.sql(
        "select count(*) as n, count(left_on) as gone, max(left_on) as day from source.customers"
    ).to_pylist()
    assert [(r["n"], r["gone"], str(r["day"])) for r in got] == [(60, 12, "2026-06-30")]


def test_day_not_known_makes_no_leavers(tmp_path):
    rows = "".join(f"K{n:05},{n % 2}\n" for n in range(60))
    lay(tmp_path, {"customers.csv": f"CustomerId,Exited\n{rows}"})
    proposal = proposal_of(tmp_path, {("as_of",): ""})
    assert not proposal.questions
    assert proposal.mapped[0].guess("left_on") is None


def test_operator_without_ids_is_asked_and_counts_as_published(tmp_path):
    """3,150 rows of which 495 left (UCI 563): two answers."""
    if not DATA.is_dir():
        pytest.skip("the real data are not here")
    (tmp_path / "customer_churn.csv").write_bytes((DATA / "iranian_churn" / "customer_churn.csv").read_bytes())
    assert not proposal_of(tmp_path).mapped
    proposal, asked = settled(tmp_path, "2019-12-31")
    assert [key[0] for key in asked] == ["table", "as_of"]
    made = run_of(tmp_path, proposal)
    assert made.sql("select count(*) as n, count(left_on) as gone from source.customers").to_pylist() == [
        {"n": 3150, "gone": 495}
    ]
