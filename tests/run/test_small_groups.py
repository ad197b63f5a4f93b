"""Groups of fewer than ten: hidden, and not to be found by subtraction. Expected cells were worked out by hand."""

import random

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from worthline.engine.run_folder import RunFolder
from worthline.run import OpenRun, Run, small_groups

FEW = 10


class TablesOnly:
    """A run that has these tables and nothing else."""

    def __init__(self, **tables):
        self._tables = tables
        self._con = duckdb.connect()
        for name, rows in tables.items():
            self._con.register(name, rows)

    def tables(self):
        return dict.fromkeys(self._tables)

    def table(self, name, limit=None):
        return self._tables[name].slice(0, limit)

    def sql(self, query):
        return self._con.sql(query).to_arrow_table()


def metrics(rows):
    """Rows of (period, dimension, member, n): the value of each is ten times its n."""
    return pa.Table.from_pylist(
        [
            {"metric": "revenue", "period": p, "dimension": d, "member": m, "value": 10.0 * n, "low": 0.0, "high": 1.0}
            | {"n": n, "respondents": n, "unit": "money", "target": None}
            for p, d, m, n in rows
        ]
    )


def shown(rows):
    run = TablesOnly(metrics=metrics(rows))
    found = run.sql(f"select * from {small_groups.hidden(run, 'metrics')}").to_pylist()
    assert len(found) == len(rows)
    for row in found:
        assert len({row[name] is None for name in ("value", "low", "high", "n", "respondents")}) == 1
    return {(row["period"], row["member"]) for row in found if row["value"] is not None}


def test_a_large_group_stays():
    rows = [("2026-09", "all", "all", 60), ("2026-09", "segment", "a", 40), ("2026-09", "segment", "b", 20)]
    assert shown(rows) == {("2026-09", "all"), ("2026-09", "a"), ("2026-09", "b")}


def test_one_small_group_takes_the_next_with_it():
    """60 = 40 + 17 + 3: without 3, 60 - 40 - 17 tells it; so 17 goes too, and 40 stays."""
    rows = [("2026-09", "all", "all", 60)] + [("2026-09", "segment", m, n) for m, n in (("a", 40), ("b", 17), ("c", 3))]
    assert shown(rows) == {("2026-09", "all"), ("2026-09", "a")}


def test_two_small_groups_that_are_few_together_take_a_third():
    """2 + 3 = 5 people, told by subtraction: the 15 must go; 20 people stay hidden among 50."""
    rows = [("2026-09", "all", "all", 50)]
    rows += [("2026-09", "segment", m, n) for m, n in (("a", 30), ("b", 15), ("c", 3), ("d", 2))]
    assert shown(rows) == {("2026-09", "all"), ("2026-09", "a")}


def test_two_small_groups_of_ten_together_are_enough():
    rows = [("2026-09", "all", "all", 41)] + [("2026-09", "segment", m, n) for m, n in (("a", 30), ("b", 6), ("c", 5))]
    assert shown(rows) == {("2026-09", "all"), ("2026-09", "a")}


def test_a_single_hidden_month_hides_its_year():
    """Eleven months of 20 and one of 4: the year less the eleven tells the twelfth."""
    months = [f"2025-{m:02}" for m in range(10, 13)] + [f"2026-{m:02}" for m in range(1, 10)]
    rows = [(p, "segment", m, 4 if p == "2026-05" and m == "a" else 20) for p in months for m in "ab"]
    rows += [("12m:2026-09", "segment", "a", 224), ("12m:2026-09", "segment", "b", 240)]
    seen = shown(rows)
    assert ("12m:2026-09", "a") not in seen
    assert ("2026-05", "b") not in seen  # the total of the month less the other members
    assert ("2026-06", "a") in seen


def test_a_segment_of_few_customers_shows_nothing_at_all():
    people = [
        {"metric": "customers_active", "period": "2026-08", "dimension": "segment", "member": "tiny", "value": 4.0}
        | {"low": None, "high": None, "n": 4, "respondents": None, "unit": "count", "target": None}
    ]
    rows = pa.concat_tables(
        [metrics([("2026-09", "segment", m, 30) for m in ("tiny", "b", "c")]), pa.Table.from_pylist(people)],
        promote_options="permissive",
    )
    run = TablesOnly(metrics=rows)
    found = run.sql(f"select * from {small_groups.hidden(run, 'metrics')} where value is not null").to_pylist()
    assert {row["member"] for row in found} == {"c"}


@pytest.mark.parametrize("seed", range(30))
def test_who_subtracts_what_is_shown_from_the_total_learns_of_ten_people_or_none(seed):
    chance = random.Random(seed)
    sizes = [chance.choice([0, 1, 3, 9, 10, 12, 40, 200]) for _ in range(chance.randint(2, 9))]
    rows = [("2026-09", "segment", str(i), n) for i, n in enumerate(sizes)] + [("2026-09", "all", "all", sum(sizes))]
    seen = {int(member) for _, member in shown(rows) if member != "all"}
    assert all(sizes[i] >= FEW for i in seen)
    hidden = [n for i, n in enumerate(sizes) if i not in seen]
    left = sum(hidden)
    assert not hidden or len(hidden) == len(sizes) or (len(hidden) > 1 and left >= FEW)


def test_margin_at_risk_hides_the_next_smallest_too():
    rows = [("all", "all", 100), ("segment", "a", 80), ("segment", "b", 15), ("segment", "c", 5), ("region", "n", 100)]
    table = pa.Table.from_pylist(
        [
            {"dimension": d, "member": m, "customers": n, "expected_leavers": 1.0, "margin_at_risk": 9.0 * n}
            | {"low": 1.0, "high": 2.0}
            for d, m, n in rows
        ]
    )
    run = TablesOnly(margin_at_risk=table)
    found = run.sql(f"select member from {small_groups.hidden(run, 'margin_at_risk')} where margin_at_risk is not null")
    assert set(found["member"].to_pylist()) == {"all", "a", "n"}


def test_rows_come_in_the_order_in_which_they_were_published():
    """Every one, and the first few: who downloads twice must not get other rows. 2,400 and 60 rows, shuffled."""
    periods = [f"{year}-{month:02}" for year in (2024, 2025) for month in range(1, 13)]
    rows = [(p, d, f"m{m}", 5 + m) for p in periods for d in ("segment", "region") for m in range(50)]
    random.Random(18).shuffle(rows)
    groups = [{"dimension": d, "member": f"m{m}", "customers": 5 + m} for d in ("region", "segment") for m in range(30)]
    random.Random(18).shuffle(groups)
    run = TablesOnly(metrics=metrics(rows), margin_at_risk=pa.Table.from_pylist(groups))
    for name, key in (("metrics", ["period", "dimension", "member"]), ("margin_at_risk", ["dimension", "member"])):
        published = run.table(name).select(key)
        found = small_groups.table(run, name)
        assert found.column_names == run.table(name).column_names
        assert found.select(key).equals(published)
        assert small_groups.table(run, name, 7).select(key).equals(published.slice(0, 7))


def test_some_dimensions_alone_hide_what_all_of_them_hide():
    """Members of 3 and 12 people in each of two dimensions, over a year and its months."""
    months = [f"2025-{month:02}" for month in range(1, 13)]
    rows = [
        (p, d, m, n * (1 if p in months else 12))
        for p in (*months, "12m:2025-12")
        for d in ("segment", "region")
        for m, n in (("tiny", 3), ("b", 12), ("c", 40), ("d", 60))
    ]
    run = TablesOnly(metrics=metrics(rows))
    every = small_groups.table(run, "metrics").to_pylist()
    for dimension in ("segment", "region"):
        own = run.sql(f"select * from {small_groups.hidden(run, 'metrics', [dimension])}").to_pylist()
        assert own == [row for row in every if row["dimension"] == dimension]
        assert {row["member"] for row in own if row["value"] is None} == {"tiny", "b"}


def test_a_table_without_groups_is_left_alone():
    assert small_groups.hidden(TablesOnly(bridges=pa.table({"line": ["new"]})), "bridges") == ""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """60 = 40 + 17 + 3 customers by segment: c is small, b would tell it; an effect on 4 customers."""
    path = tmp_path_factory.mktemp("company") / ".worthline" / "runs" / "r1"
    path.mkdir(parents=True)
    rows = [("2026-09", "all", "all", 60)] + [("2026-09", "segment", m, n) for m, n in (("a", 40), ("b", 17), ("c", 3))]
    pq.write_table(metrics(rows), path / "metrics.parquet")
    effects = [
        {"effect_id": f"e{n}", "exposed": n, "estimate": 0.5, "low": 0.1, "high": 0.9, "sentence": f"Of {n} customers"}
        for n in (4, 400)
    ]
    pq.write_table(pa.Table.from_pylist(effects), path / "effects.parquet")
    pq.write_table(pa.table({"customer_id": ["1", "2"]}), path / "customer_scores.parquet")
    return RunFolder(path)


@pytest.mark.parametrize(
    "query",
    [
        "select value, n from metrics where member in ('b', 'c')",
        "select m.value, m.n from main.\"metrics\" m where m.member = 'c'",
        "with metrics as (from main.metrics) select value, n from metrics where member = 'b'",
        "select sum(value), sum(n) from METRICS where member in ('b', 'c')",
        "select (select max(value) from metrics where member = 'c'), (select n from metrics where member = 'b')",
        "select value, low from (from metrics) where n is null",
        "select estimate, exposed from effects where effect_id = 'e4'",
        "select nullif(sentence, 'Hidden: fewer than 10.') from effects where effect_id = 'e4'",
        "select value from query_table('metrics') where member = 'c'",
    ],
)
def test_sql_that_people_write_is_told_nothing_of_small_groups(folder, query):
    found = Run(folder).sql_shown(query)
    assert found.num_rows
    assert all(value is None for row in found.to_pylist() for value in row.values())


def test_what_is_no_small_group_is_told_in_full_and_files_are_whole(folder):
    run = Run(folder)
    shown_ = run.sql_shown("select member, value from metrics where value is not null order by value").to_pylist()
    assert shown_ == [{"member": "a", "value": 400.0}, {"member": "all", "value": 600.0}]
    assert run.sql("select value from metrics where member = 'c'").to_pylist() == [{"value": 30.0}]
    assert run.sql_shown("select count(*) as n from customer_scores").to_pylist() == [{"n": 2}]


def test_pages_and_rows_written_out_hide_the_same(folder):
    run = OpenRun(folder)
    assert [row["exposed"] for row in run.table("effects").to_pylist()] == [None, 400]
    told = {row["member"]: row["value"] for row in run.table_shown("metrics").to_pylist()}
    assert told == {"all": 600.0, "a": 400.0, "b": None, "c": None}
    assert run.table_shown("metrics", 1).num_rows == 1


@pytest.mark.parametrize("seed", range(20))
def test_a_page_that_counts_itself_hides_the_members_that_the_tables_hide(seed):
    chance = random.Random(seed)
    sizes = {str(i): chance.choice([0, 1, 3, 9, 10, 12, 40, 200]) for i in range(chance.randint(1, 9))}
    rows = [("2026-09", "segment", member, n) for member, n in sizes.items()]
    rows.append(("2026-09", "all", "all", sum(sizes.values())))
    assert small_groups.chosen(sizes) == set(sizes) - {member for _, member in shown(rows)}
