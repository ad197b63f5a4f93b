"""What is wrong with what was brought about initiatives is said by check, each in words that name it."""

from __future__ import annotations

import pytest

import worthline
from tests.initiatives.companies import SUBSCRIBERS, subscribers, write

EVERYONE = [f"T{i:03d}" for i in range(20)] + [f"C{i:03d}" for i in range(20)]
DECLARED = {
    "initiative": "calls",
    "name": "Save calls",
    "group": "Service",
    "owner": "A. Owner",
    "cost_once": "100",
    "proof_on": "",
}


def assigned(who, at="2025-03-10", arm="treated", initiative="calls", cost="2"):
    return {"customer_id": who, "at": at, "initiative": initiative, "arm": arm, "cost": cost, "cluster": ""}


def everyone(initiative, at="2025-03-12", treated="treated", control="control", cost="2"):
    arm = {"T": treated, "C": control}
    return [assigned(who, at, arm[who[0]], initiative, cost) for who in EVERYONE]


def start(initiative, column="segment", member="A", on="2025-06-01"):
    return {"initiative": initiative, "column": column, "member": member, "started_on": on}


WRONG = {
    "treatments": [
        assigned("T000", "2025-05-25", cost="-3"),  # left on 20 May
        assigned("X0"),
        *[assigned(f"T{i:03d}") for i in range(30, 33)],  # as they are there already
        assigned("T001", arm="control"),
        assigned("T005", cost=""),
        assigned("T006", initiative="cals"),
        *[assigned(f"T{i:03d}", "2025-04-10", "control") for i in range(10, 16)],
        *everyone("late", at="2025-12-10"),
        *everyone("free", cost=""),
        *everyone("treated only", control="treated"),
        *everyone("control only", treated="control"),
        *everyone("nameless", control="B"),
        *everyone("kept out", control="kein"),
        *everyone("Letters")[:30],
        *everyone("letters")[30:],
        *[row | {"arm": "Treated"} if row["customer_id"] < "T010" else row for row in everyone("spelt")],
        *[row | {"cluster": "S1" if int(row["customer_id"][1:]) % 2 else ""} for row in everyone("stores")],
        *everyone("ahead", at="2026-03-10"),
    ],
    "initiatives": [
        DECLARED | {"cost_once": "-100"},
        DECLARED | {"initiative": "web", "name": "Web shop", "proof_on": "2026-06-30"},
        DECLARED | {"initiative": "free", "name": "Free month"},
        DECLARED | {"initiative": "ahead", "name": "Next year"},
        DECLARED | {"initiative": "late", "name": "Late letters", "proof_on": "2025-01-01"},
    ],
    "rollouts": [
        start("bling"),
        start("web", column="segmnt"),
        start("web", member="Z"),
        start("web", member="B", on="2026-06-01"),
    ],
    "claims": [{"initiative": "callz", "claimant": "Vendor", "claimed_benefit": "100"}],
}
SAID = (
    "Save calls: 1 of 73 assignments are dated after the customer had left (such as T000)",
    "Save calls: 1 of 73 assignments name a customer whom no other table knows (such as X0)",
    "Save calls: 1 customer is in two arms in one month (such as T001); neither arm counts them",
    "Save calls: 6 customers changed arms midway",
    "Save calls: cost_once is -100, below zero. It counts as 0",
    "Save calls: 1 treatment has a cost below zero. It counts as 0",
    "Save calls: 1 of 46 treatments has no cost and counts as costing nothing",
    "repeat an earlier row: the same customer, day, arm and cost (such as T030). That adds $6 to its cost",
    "treatments name the initiative cals, which is not in initiatives. The nearest is calls",
    "cals: the arm treated has 1 customer; at least 10 are needed",
    "Late letters: everyone was assigned in or after the last complete month (from 10 Dec 2025 on)",
    "Late letters: its date of proof, 1 Jan 2025, lies before it began (10 Dec 2025)",
    "Free month: no treatment has a cost",
    "treated only: there is no control group; everyone assigned was treated",
    "treated only: there is no control group",
    "control only: everyone is in the control group",
    "nameless: arms are B, treated, and none is called control",
    "kept out: arms are kein, treated, and none is called control. Nothing is measured until you say which one is",
    'for instance values = { arm = { "kein" = "control" } } under [tables.treatments]',
    "treatments write one initiative in 2 ways: Letters, letters. Each is measured alone",
    "spelt: one arm is written in 2 ways: Treated, treated. Each is measured alone",
    "stores: 20 of 40 assignments have no cluster, and others do. Each counts as a cluster of its own",
    "Reached many of the same customers: ",
    "Not measured: Next year. No treatment or roll-out up to 31 Dec 2025 says which customers were reached",
    "rollouts name the initiative bling, which is not in initiatives",
    "Roll-out Web shop: customers have no column segmnt, so nobody can be placed. The nearest is segment",
    "Roll-out Web shop: customers.segment has no Z",
    "Roll-out Web shop: 1 member starts after the reporting date (from 1 Jun 2026 on)",
    "claims name the initiative callz, which no table knows. The nearest is calls",
)


@pytest.fixture(scope="module")
def wrong(tmp_path_factory):
    """A company in which everything is wrong at once, checked."""
    folder = tmp_path_factory.mktemp("wrong")
    subscribers(folder, leave={"treated": 4, "control": 10}, **WRONG)
    toml = SUBSCRIBERS
    for table in ("rollouts", "claims"):
        write(folder, table, WRONG[table])
        toml += f'[tables.{table}]\nfile = "{table}.csv"\n'
    (folder / "worthline.toml").write_text(toml, encoding="utf-8")
    return worthline.open(folder).check().concerns


@pytest.mark.parametrize("words", SAID)
def test_check_says_it(wrong, words):
    assert any(words in one for one in wrong), "\n".join(wrong)


def test_each_sentence_ends_with_what_it_does_or_what_mends_it(wrong):
    assert all(one.endswith(".") and one.count(". ") <= 2 for one in wrong)
    assert len(set(wrong)) == len(wrong)


def test_a_company_without_initiatives_has_none(tmp_path):
    write(tmp_path, "customers", [{"customer_id": "A", "joined_on": "2024-01-01"}])
    (tmp_path / "worthline.toml").write_text('[company]\nname = "x"\n[tables.customers]\nfile = "customers.csv"\n')
    assert worthline.open(tmp_path).check().concerns == ()
