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
        "transactions",
        "customer_id,at,amount",
        [f"c{i},2026-05-05,9000000000000" for i in range(12)],
    ),
    "a customer's month": ("transactions", "customer_id,at,amount", ["c1,2026-05-05,60000000000000.5"] * 2),
    "refunds that cancel out": (
        "transactions",
        "customer_id,at,amount",
        ["c1,2026-05-05,60000000000000", "c2,2026-05-05,-60000000000000"],
    ),
    "fees over their terms": (
        "subscriptions",
        "customer_id,started_on,fee",
        [f"c{i},2021-01-01,200000000000" for i in range(10)],
    ),
    "balances": ("balances", "customer_id,at,balance", [f"c{i},2026-05-05,30000000000000" for i in range(4)]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_money_beyond_the_range_is_said_with_its_sum_and_what_helps(kind, tmp_path):
    with pytest.raises(
        DataError, match=r"adds up to [\d,]+ IDR\. Worthline counts money below 100,000,000,000,000"
    ) as said:
        company(tmp_path, *KINDS[kind]).check()
    assert said.value.exit_code == 1
    total = int(re.search(r"up to ([\d,]+) IDR", str(said.value))[1].replace(",", ""))
    # 12 x 9; 2 x 60 (and two halves); 60 and 60; 10 x 200 thousand million x 69 months; 4 x 30 million million
    at_least = {"fees over their terms": 138 * 10**12, "all customers together": 108 * 10**12}
    assert total >= at_least.get(kind, 120 * 10**12)


def test_the_query_that_is_proposed_helps(tmp_path):
    table, header, rows = KINDS["all customers together"]
    with pytest.raises(DataError) as said:
        company(tmp_path, table, header, rows).check()
    query = re.search(r'"(select .*)"', said.value.fix)[1]
    text = (tmp_path / "worthline.toml").read_text().replace('file = "file.csv"', f'query = "{query}"')
    (tmp_path / "worthline.toml").write_text(text)
    health = worthline.open(tmp_path).check()
    assert [(t.table, t.used) for t in health.tables] == [("transactions", 12)]


def test_money_just_within_the_range_is_counted(tmp_path):
    rows = ["c1,2026-05-05,49999999999999.5", "c2,2026-06-05,49999999999999.4999"]
    assert company(tmp_path, "transactions", "customer_id,at,amount", rows).check().tables[0].used == 2
