"""The register on SQLite and PostgreSQL: approvals freeze, proofs are posted once, closed quarters take restatements."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from worthline.app.store import ledger, register, schema
from worthline.app.store.register import Ask, approve, close_quarter, post, sign_off
from worthline.errors import UsageError
from worthline.tables.time import quarter_start

AT = datetime(2026, 3, 1, tzinfo=UTC)
ASK = Ask("calls", Decimal("1000.50"), Decimal(200), date(2026, 6, 30), by="A. Owner", cites=("nps", "run1", 12.5))
STATEMENT = {"initiative": "calls", "proof_on": date(2026, 6, 30), "run": "r1", "as_of": date(2026, 6, 30)}
STATEMENT |= {"proven": Decimal("590.74"), "low": Decimal(1), "high": Decimal(2), "cost": Decimal(230), "grade": "A"}


def written(store, ask=ASK, at=AT):
    with store.writing() as tx:
        return approve(tx, ask, at=at)


def rows(store, table):
    with store.reading() as tx:
        assert ledger.verify(tx) == []
        return [dict(row) for row in tx.execute(sa.select(table)).mappings()]


def test_an_approval_freezes_what_was_asked_and_what_it_rests_on(store):
    entry = written(store, replace(ASK, finance="F. Partner", shares={"Service": Decimal(2), "Billing": Decimal(1)}))
    (row,) = rows(store, schema.approvals)
    assert (row["benefit"], row["cost"], row["proof_on"]) == (Decimal("1000.50"), Decimal(200), date(2026, 6, 30))
    assert (row["metric"], row["approved_on"], row["signed_in"]) == ("margin", date(2026, 3, 1), False)
    assert (row["cites_figure"], row["cites_run"], row["cites_value"]) == ("nps", "run1", 12.5)
    assert row["shares"] == "Billing=1, Service=2"
    assert [row["approval"] for row in rows(store, schema.signoffs)] == [entry]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"cost": Decimal(-1)}, "cost is -1"),
        ({"benefit": Decimal(-5)}, "benefit is -5"),
        ({"benefit": Decimal("NaN")}, "benefit is NaN"),
        ({"benefit": Decimal("0.00001")}, "four decimals"),
        ({"benefit": Decimal("1e30")}, "benefit is"),
        ({"proof_on": date(2026, 3, 1)}, "not after today"),
        ({"proof_on": date(2025, 12, 31)}, "must lie ahead"),
        ({"metric": "nps"}, "holds money"),
        ({"by": "  "}, "who writes"),
        ({"shares": {"Service": Decimal(-1)}}, "weights"),
        ({"shares": {"Service": Decimal(0)}}, "weights"),
    ],
)
def test_what_cannot_be_approved_is_said_and_nothing_is_written(store, changed, said):
    with pytest.raises(UsageError, match=said):
        written(store, replace(ASK, **changed))
    assert rows(store, schema.entries) == []


def test_the_same_approval_twice_is_one_and_another_one_sees_the_first(store):
    first = written(store)
    assert written(store) == first
    with pytest.raises(UsageError, match=r"approved already, by A\. Owner on 2026-03-01: benefit 1,000\.50"):
        written(store, replace(ASK, benefit=Decimal(9), by="B. Other"))
    assert len(rows(store, schema.approvals)) == 1


def test_two_people_approving_at_once_make_one_approval(store):
    said = []

    def one(name):
        try:
            said.append(written(store, replace(ASK, by=name, benefit=Decimal(len(name)))))
        except UsageError as error:
            said.append(str(error))

    threads = [threading.Thread(target=one, args=("A. Owner" + "x" * n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rows(store, schema.approvals)) == 1
    assert sum(isinstance(what, int) for what in said) == 1
    assert sum("approved already" in str(what) for what in said) == 5


def test_proofs_are_posted_once_and_later_data_are_a_restatement(store):
    written(store)
    with store.writing() as tx:
        assert post(tx, [STATEMENT], at=AT) == (1, 0)
        assert post(tx, [STATEMENT], at=AT) == (0, 0)
        assert post(tx, [{**STATEMENT, "run": "r2", "as_of": date(2026, 7, 31)}], at=AT) == (0, 0)
    later = {**STATEMENT, "run": "r3", "as_of": date(2026, 8, 31), "proven": Decimal("600.00")}
    with store.writing() as tx:
        assert post(tx, [later], at=AT) == (0, 1)
        assert post(tx, [later], at=AT) == (0, 0)
        assert post(tx, [STATEMENT], at=AT) == (0, 0)  # an earlier run, published again, restates nothing
    assert [row["proven"] for row in rows(store, schema.proofs)] == [Decimal("590.74")]
    assert [(r["proven"], r["reason"]) for r in rows(store, schema.restatements)] == [(Decimal(600), "later data")]


def test_a_closed_quarter_takes_restatements_only(store):
    written(store)
    after = datetime(2026, 7, 15, tzinfo=UTC)
    with store.writing() as tx:
        close_quarter(tx, "2026-q2", fiscal_year_start=1, by="F. Partner", at=after)
        assert post(tx, [STATEMENT], at=after) == (0, 1)
    assert rows(store, schema.proofs) == []
    (row,) = rows(store, schema.restatements)
    assert (row["proven"], row["reason"]) == (Decimal("590.74"), "posted after 2026 Q2 was closed")


@pytest.mark.parametrize(
    ("quarter", "start", "said"),
    [
        ("2026 Q1", 1, "after that day"),
        ("2026 Q5", 1, "no quarter"),
        ("spring", 1, "no quarter"),
        ("2026 Q4", 4, "after that day"),
    ],
)
def test_a_quarter_that_cannot_be_closed_is_said(store, quarter, start, said):
    with pytest.raises(UsageError, match=said), store.writing() as tx:
        close_quarter(tx, quarter, fiscal_year_start=start, by="F. Partner", at=AT)


def test_a_quarter_is_closed_once(store):
    with store.writing() as tx:
        close_quarter(tx, "2025 Q4", fiscal_year_start=1, by="F. Partner", at=AT)
    with pytest.raises(UsageError, match="closed already"), store.writing() as tx:
        close_quarter(tx, "2025-Q4", fiscal_year_start=1, by="F. Partner", at=AT)


@pytest.mark.parametrize(
    ("quarter", "start", "last"),
    [
        ("2026 Q1", 1, date(2026, 3, 31)),
        ("2026 Q4", 1, date(2026, 12, 31)),
        ("2026 Q1", 4, date(2025, 6, 30)),  # a year from April 2025 to March 2026
        ("2026 Q4", 4, date(2026, 3, 31)),
        ("2024 Q2", 12, date(2024, 5, 31)),
    ],
)
def test_last_day_of_a_fiscal_quarter(quarter, start, last):
    assert register.last_day(quarter, start) == last
    assert (last - quarter_start(last)).days in (89, 90, 91)


def test_finance_signs_once(store):
    with pytest.raises(UsageError, match="not approved"), store.writing() as tx:
        sign_off(tx, "calls", by="F. Partner", at=AT)
    written(store)
    with store.writing() as tx:
        sign_off(tx, "calls", by="F. Partner", at=AT)
    with pytest.raises(UsageError, match="sign-off already"), store.writing() as tx:
        sign_off(tx, "calls", by="F. Partner", at=AT)


def test_after_its_proof_an_initiative_can_be_approved_anew(store):
    written(store)
    with store.writing() as tx:
        post(tx, [STATEMENT], at=AT)
    with pytest.raises(UsageError, match="approved and proven"):
        written(store, replace(ASK, benefit=Decimal(1)))
    written(store, replace(ASK, proof_on=date(2026, 12, 31)))
    assert len(rows(store, schema.approvals)) == 2
