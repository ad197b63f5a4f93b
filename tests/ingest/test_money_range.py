"""Money beyond what it is counted in is said before anything is counted, in words and with what helps (fault 9)."""

import re

import pytest

import worthline
from worthline.errors import DataError

TOML = '[company]\nname = "Besar"\ncurrency = "IDR"\nmargin = 0.5\nas_of = "2026-09-30"\n[tables.{table}]\nfile = "file.csv"\n'


def company(folder, table, header, rows):
    (folder / "worthline.toml").write_text(TOML.format(table=table))
    (folder / "file.csv").write_text("\n".join([header, *rows]) + "\n")
    return worthline.open(folder)


KINDS = {
    "all customers together": (
        ("transactions", "customer_id,at,amount", [f"c{i},2026-05-05,99000000000000" for i in range(10_200)]),
        ("all customers together", 10**18, 10_200 * 99 * 10**12),
    ),
    "a customer's month": (
        ("transactions", "customer_id,at,amount", ["c1,2026-05-05,60000000000000.5"] * 2 + ["c2,2026-05-05,1"]),
        ("one customer", 10**14, 120 * 10**12 + 1),
    ),
    "refunds that cancel out": (
        ("transactions", "customer_id,at,amount", ["c1,2026-05-05,60000000000000", "c1,2026-05-05,-60000000000000"]),
        ("one customer", 10**14, 120 * 10**12),
    ),
    "a fee over its term": (
        ("subscriptions", "customer_id,started_on,fee", [f"c{i},2021-01-01,2000000000000" for i in range(10)]),
        ("one customer", 10**14, 69 * 2 * 10**12),
    ),
    "a fee": (
        ("subscriptions", "customer_id,started_on,fee", [f"c{i},2026-06-01,11000000000000" for i in range(10)]),
        ("one fee", 10**13, 11 * 10**12),
    ),
    "balances": (
        ("balances", "customer_id,at,balance", [f"c1,2026-0{i}-05,30000000000000" for i in range(1, 5)]),
        ("one customer", 10**14, 120 * 10**12),
    ),
}
"""Kind -> its rows, and whose money is too much, its limit and its sum."""


@pytest.mark.parametrize("kind", KINDS)
def test_money_beyond_the_range_is_said_with_its_sum_and_what_helps(kind, tmp_path):
    rows, (whose, limit, total) = KINDS[kind]
    says = rf"of {whose} adds up to {total:,} IDR\. Worthline counts money of {whose} below {limit:,}\. Bring money"
    with pytest.raises(DataError, match=says) as said:
        company(tmp_path, *rows).check()
    assert said.value.exit_code == 1


def test_the_query_that_is_proposed_helps(tmp_path):
    table, header, rows = KINDS["a customer's month"][0]
    with pytest.raises(DataError) as said:
        company(tmp_path, table, header, rows).check()
    query = re.search(r'"(select .*)"', said.value.fix)[1]
    text = (tmp_path / "worthline.toml").read_text().replace('file = "file.csv"', f'query = "{query}"')
    (tmp_path / "worthline.toml").write_text(text)
    health = worthline.open(tmp_path).check()
    assert [(t.table, t.used) for t in health.tables] == [("transactions", 3)]


def test_money_just_within_the_range_is_counted(tmp_path):
    rows = ["c1,2026-05-05,49999999999999.5", "c2,2026-06-05,49999999999999.4999"]
    assert company(tmp_path, "transactions", "customer_id,at,amount", rows).check().tables[0].used == 2
