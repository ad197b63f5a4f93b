"""The small company: the same files every time, its planted faults found, its money as written."""

import csv
from decimal import Decimal

import pytest

from examples.small import make_small


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """(folder, published run) of 300 customers."""
    import worthline

    folder = tmp_path_factory.mktemp("small") / "company"
    make_small.make(folder, customers=300)
    return folder, worthline.open(folder).run(threads=2)


def rows(folder, file):
    with (folder / f"{file}.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_the_same_files_every_time(small, tmp_path):
    make_small.make(tmp_path, customers=300)
    for path in sorted(tmp_path.iterdir()):
        assert path.read_bytes() == (small[0] / path.name).read_bytes(), path.name


def test_too_few_customers_are_refused_in_a_sentence(tmp_path):
    with pytest.raises(ValueError, match="3 customers are too few for this example: make 300 at least"):
        make_small.make(tmp_path / "c", customers=3)


def test_each_planted_fault_is_set_aside_by_its_rule(small):
    _, run = small
    found = {(row["table"], row["value"]) for row in run.table("quarantine").to_pylist()}
    assert found == {
        ("customers", None),
        ("feedback", "11"),
        ("transactions", "2026-02-31"),
        ("transactions", "12.34567"),
        ("transactions", "n/a"),
        ("transactions", "2026-12-24"),
        ("transactions", "I0004322"),
    }
    assert run.about["simulated"]


def test_revenue_is_what_the_bills_add_up_to(small):
    folder, run = small
    bills = {row["invoice"]: row for row in reversed(rows(folder, "billing")) if row["customer_id"] and _good(row)}
    months = {}
    for row in bills.values():
        month = row["billed_on"][:7]
        months[month] = months.get(month, Decimal(0)) + Decimal(row["amount"])
    said = run.sql(
        "select period, value from metrics "
        "where metric = 'revenue' and dimension = 'all' and period not like '12m%' and value is not null"
    )
    assert {row["period"]: Decimal(str(row["value"])) for row in said.to_pylist()} == months


def test_finance_differs_by_the_correction_alone(small):
    _, run = small
    said = run.sql(
        "select period, value from metrics "
        "where metric = 'revenue_difference_to_finance' and dimension = 'all' and value <> 0"
    )
    assert said.to_pylist() == [{"period": "2026-03", "value": 412.30}]


def test_silence_and_refusal_are_no_answers(small):
    folder, run = small
    answers = [row for row in rows(folder, "survey") if row["metric"] == "nps" and row["score"] not in {"99", "11"}]
    year = [row for row in answers if row["answered"] >= "2025-10-01"]
    [nps] = [figure for figure in run.figures if figure.name == "nps"]
    promoters = sum(int(row["score"]) >= 9 for row in year)
    detractors = sum(int(row["score"]) <= 6 for row in year)
    assert nps.n == len(year)
    assert nps.value == pytest.approx(100 * (promoters - detractors) / len(year), rel=1e-12)


def _good(row):
    return (
        row["billed_on"] <= "2026-09-30"
        and row["billed_on"] != "2026-02-31"
        and row["amount"] not in {"12.34567", "n/a"}
    )
