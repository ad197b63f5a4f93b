"""Customers and remarks: who is there, since when, who was only seen, and what is worth saying of rows that are used."""

from __future__ import annotations

import pytest

CUSTOMERS = '[tables.customers]\nfile = "customers.csv"\n'
SALES = '[tables.transactions]\nfile = "sales.csv"\n'
SOLD = "customer_id,at,amount\n"


def test_latest_snapshot_as_of_the_day(read):
    found = read(
        CUSTOMERS,
        customers="customer_id,joined_on,segment,known_at\nC1,2026-01-01,bronze,2026-02-01\n"
        "C1,2026-01-01,gold,2026-06-01\nC1,2026-01-01,platinum,2026-10-01\nC2,,,2026-03-05\n",
    )
    assert found.rows("customers", "customer_id segment first_seen derived") == [
        ("C1", "gold", "2026-01-01", "False"),
        ("C2", None, "2026-03-05", "False"),
    ]
    table = found.loaded.health.tables[0]
    assert (table.rows_in, table.used, table.quarantined) == (4, 3, 1)


def test_first_seen_is_the_earliest_of_all(read):
    found = read(
        CUSTOMERS + SALES + '[tables.feedback]\nfile = "answers.csv"\n',
        customers="customer_id,joined_on\nC1,2026-05-01\nC2,\n",
        sales=SOLD + "C1,2026-03-01,5\nC3,2026-07-01,6\n",
        answers="customer_id,at,metric,score\nC2,2026-02-01,nps,9\nC3,2026-06-01,nps,1\n",
    )
    assert sorted(found.rows("customers", "customer_id first_seen derived")) == [
        ("C1", "2026-03-01", "False"),
        ("C2", "2026-02-01", "False"),
        ("C3", "2026-06-01", "True"),
    ]
    joined = {t.table: t.joined for t in found.loaded.health.tables}
    assert joined == {"customers": None, "feedback": 0.5, "transactions": 0.5}
    assert "1 customers are derived" in found.loaded.health.notes[0]


def test_personal_columns_stand_apart(read):
    found = read(CUSTOMERS, customers="customer_id,name,email,tier\nC1,Ann,a@x.org,gold\n")
    assert not {"name", "email", "phone"} & set(found.loaded.dataset["customers"].columns)
    kept = found.engine.fetch(found.loaded.personal["customers"]).to_pylist()
    assert kept == [{"customer_id": "C1", "_file": "customers.csv", "_line": 2, "name": "Ann", "email": "a@x.org"}]
    assert found.rows("customers", "tier") == [("gold",)]


@pytest.mark.parametrize(
    ("toml", "content", "remarks"),
    [
        (SALES, SOLD + "C1,2026-09-01,5.001\nC1,2026-09-02,5.01\n", {"finer_than_currency": 1}),
        (SALES, "customer_id,at,amount,kind\nC1,2026-09-01,-5,purchase\n", {"negative_purchase": 1}),
        (SALES, SOLD + ",2026-09-01,5\n", {"no_customer": 1}),
        (SALES + "unique = []\n", SOLD + "C1,2026-09-01,5\nC1,2026-09-01,5\n", {"repeated_row": 1}),
    ],
)
def test_remarks(read, toml, content, remarks):
    assert read(toml, sales=content).remarks() == remarks


def test_declared_key(read):
    content = SOLD + "C1,2026-09-01,5\nC1,2026-09-01,6\nC2,2026-09-01,7\n"
    found = read(SALES + 'unique = ["customer_id", "at"]\n', sales=content)
    assert found.rows("transactions", "customer_id amount") == [("C1", "5.0000"), ("C2", "7.0000")]


def test_the_first_of_two_files_is_used(read):
    toml = '[tables.transactions]\nfile = ["b.csv", "a.csv"]\n'
    content = "customer_id,at,amount,transaction_id\nC1,2026-09-01,{},T1\n"
    found = read(toml, b=content.format(5), a=content.format(6))
    assert found.rows("transactions", "amount _file") == [("5.0000", "b.csv")]


def test_attributes_that_differ_in_case_are_one(read):
    toml = '[tables.transactions]\nfile = "*.csv"\n'
    found = read(
        toml, a="customer_id,at,amount,Tier\nC1,2026-09-01,5,x\n", b="customer_id,at,amount,TIER\nC2,2026-09-02,6,y\n"
    )
    assert found.rows("transactions", "Tier") == [("x",), ("y",)]


def test_unknown_touchpoints(read):
    found = read(
        '[tables.interactions]\nfile = "contacts.csv"\n[tables.touchpoints]\nfile = "points.csv"\n',
        contacts="customer_id,at,touchpoint\nC1,2026-09-01,call\nC1,2026-09-02,chat\n",
        points="touchpoint\ncall\n",
    )
    assert found.remarks() == {"unknown_touchpoint": 1}


def test_subscriptions_that_end_before_they_start(read):
    found = read(
        '[tables.subscriptions]\nfile = "terms.csv"\n',
        terms="customer_id,started_on,fee,ended_on,period\nC1,2026-02-01,5,2026-01-01,\nC2,2026-02-01,5,2026-02-01,Year\n"
        "C3,2026-02-01,5,9999-12-31,week\nC5,2026-02-01,5,9999-12-31,biannual\nC4,2026-02-01,5,9999-12-31,\n",
    )
    assert found.rows("subscriptions", "customer_id ended_on period") == [
        ("C2", "2026-02-01", "year"),
        ("C3", "9999-12-31", "year"),
        ("C4", "9999-12-31", "month"),
    ]


def test_what_people_wrote_is_one_more_source(read, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    store = tmp_path / "company" / ".worthline" / "store"
    for snapshot, target in (("0001", 1.0), ("0002", 2.0)):
        (store / snapshot).mkdir(parents=True)
        table = pa.table(
            {"metric": ["nps"], "period": ["2026"], "target": [target], "known_at": ["2026-01-01T00:00:00Z"]}
        )
        pq.write_table(table, store / snapshot / "targets.parquet")
    found = read(SALES, sales=SOLD + "C1,2026-09-01,5\n")
    assert found.loaded.snapshot == "0002"
    assert found.rows("targets", "metric target _file") == [("nps", "2.0", "store/targets.parquet")]
