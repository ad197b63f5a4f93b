"""The revenue bridge against independent SQL on both forms of the made-up company, and by hand on a few rows."""

from datetime import date
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest

from tests.metrics.conftest import FORMS, Company, settings
from worthline.engine import open_engine, rooms
from worthline.errors import Fault
from worthline.metrics import bridge, bridge_lines, hard, revenue
from worthline.results import Dataset
from worthline.tables.time import add_months

ROWS = """
create or replace temp view revenue_rows as
{source}
"""
TRANSACTIONS = (
    "select customer_id, date_trunc('month', at_date) as m, currency, amount, amount_original from transactions"
)
SUBSCRIPTIONS = """
with days as (
  select _line, customer_id, fee / (case when period = 'year' then 12 else 1 end) as fee, unnest(generate_series(
           started_on, least(coalesce(ended_on - 1, date '2026-02-28'), date '2026-02-28'), interval 1 day)) as day
  from subscriptions)
select customer_id, date_trunc('month', day) as m, 'USD' as currency,
       round(any_value(fee) * count(*) / day(last_day(any_value(day))), 4)::decimal(18, 4) as amount,
       amount as amount_original
from days group by _line, customer_id, m
"""
LINES = """
with rate as (
  select currency, coalesce(sum(abs(amount)) filter (m < a) / sum(abs(amount_original)) filter (m < a),
                            sum(abs(amount)) / sum(abs(amount_original))) as rate
  from revenue_rows, bounds where m between b and z group by all),
each as (
  select customer_id, min(first) as first, sum(amount) filter (m < a) as was, sum(amount) filter (m >= a) as now,
         sum((amount_original * rate)::decimal(18, 4)) filter (m >= a) as same
  from (select *, min(m) over (partition by customer_id) as first from revenue_rows) join rate using (currency), bounds
  where m between b and z group by customer_id)
select sum(was) as opening,
       sum(same) filter (customer_id is not null and first >= a) as new,
       sum(same) filter (customer_id is not null and was is null and first < b) as returned,
       sum(same - was) filter (customer_id is not null and same > was) as expansion,
       sum(was - same) filter (customer_id is not null and same <= was) as contraction,
       sum(was) filter (customer_id is not null and now is null) as lost,
       coalesce(sum(coalesce(same, 0) - coalesce(was, 0)) filter (customer_id is null), 0) as without_customer,
       sum(now - same) as currency,
       sum(now) as closing
from each, bounds
"""


def lines_of(table: pa.Table) -> dict[str, dict[str, Decimal]]:
    """Published lines by period."""
    found: dict[str, dict[str, Decimal]] = {}
    for row in table.to_pylist():
        found.setdefault(row["period"], {})[row["line"]] = row["amount"]
    return found


BOUNDS = """
create or replace temp table bounds as
select (z - to_months(2 * months - 1))::date as b, (z - to_months(months - 1))::date as a, z
from (select strptime(right('{period}', 7) || '-01', '%Y-%m-%d')::date as z,
             case when '{period}' like '12m:%' then 12 else 1 end as months)
"""


def by_sql(company: Company, period: str) -> dict[str, Decimal]:
    """The exact lines of a period, from SQL that knows nothing of ours."""
    source = TRANSACTIONS if company.ds.settings.revenue_from == "transactions" else SUBSCRIPTIONS
    company.engine.raw.execute(ROWS.format(source=source))
    company.engine.raw.execute(BOUNDS.format(period=period))
    row = company.sql(LINES)[0]
    return {line: Decimal(amount or 0) for line, amount in zip(bridge.LINES, row, strict=True)}


@pytest.mark.parametrize("form", sorted(FORMS))
def test_every_line_equals_independent_sql_to_the_cent(form, companies, engine_name):
    counted = companies(form, engine_name)
    found = lines_of(bridge.compute(counted.ds, counted.rooms))
    assert "12m:2026-02" in found
    for period, lines in found.items():
        for line, exact in by_sql(companies(form), period).items():
            assert abs(lines[line] - exact) <= Decimal("0.015"), (period, line)


def test_windows_asked_one_by_one_are_those_asked_together(companies, monkeypatch):
    counted = companies(sorted(FORMS)[0])
    together = bridge.compute(counted.ds, counted.rooms)
    monkeypatch.setattr(bridge, "MOST_TOGETHER", 1)
    assert bridge.compute(counted.ds, counted.rooms) == together


def test_closing_is_the_metric_revenue(company):
    values = hard.compute(company.ds, company.panel, company.rooms)
    ours = {v.period: v.value for v in values if (v.metric, v.dimension) == ("revenue", "all")}
    for period, lines in lines_of(bridge.compute(company.ds, company.rooms)).items():
        assert abs(lines["closing"] - ours[period]) <= Decimal("0.005")


def test_revenue_of_a_finished_month_is_the_panels(company):
    """No row of the made-up company became known late, so that both views are one."""
    panel = dict(company.sql("select strftime(month, '%Y-%m'), sum(revenue) from panel group by 1"))
    values = hard.compute(company.ds, company.panel, company.rooms)
    ours = {(v.metric, v.period): v.value for v in values if v.dimension == "all" and v.period in panel}
    assert any(panel.values())
    compared = [period for period in panel if ours["revenue", period] is not None]
    for period in compared:
        assert ours["revenue", period] - ours["revenue_without_customer", period] == panel[period], period
    assert len(compared) == {"contractual": 34, "non-contractual": 26}[company.ds.settings.setting]


# ------------------------------------------------------------------------------------------- by hand

SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("at_date", pa.date32()),
        ("amount", pa.decimal128(18, 4)),
        ("amount_original", pa.decimal128(18, 4)),
        ("currency", pa.string()),
        ("margin", pa.decimal128(18, 4)),
    ]
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory, engine_name):
    engine = open_engine(engine_name, tmp_path_factory.mktemp("bridge") / "scratch", threads=1)
    yield engine
    engine.close()


def sold(engine, *rows, currency="USD") -> Dataset:
    """A company of rows (customer, month, amount, [original, currency]) up to 2026-02."""
    full = [
        {
            "customer_id": who,
            "at_date": date.fromisoformat(f"{month}-10"),
            "amount": Decimal(amount),
            "amount_original": Decimal(rest[0] if rest else amount),
            "currency": rest[1] if rest else currency,
        }
        for who, month, amount, *rest in rows
    ]
    names = pa.array(sorted({r["customer_id"] for r in full if r["customer_id"]}), pa.string())
    tables = {
        "transactions": engine.keep("transactions", ibis.memtable(pa.Table.from_pylist(full, schema=SCHEMA))),
        "customers": engine.keep("customers", ibis.memtable(pa.table({"customer_id": names}))),
    }
    chosen = settings(setting="non-contractual", revenue_from="transactions", lapse_months=3, currency=currency)
    return Dataset(tables, {"transactions": frozenset(SCHEMA.names)}, chosen)


def amounts(engine, ds: Dataset, period: str) -> dict[str, float]:
    """Lines of a period that are not zero."""
    lines = lines_of(bridge.compute(ds, rooms(engine)))[period]
    return {line: float(amount) for line, amount in lines.items() if amount}


def test_each_kind_of_customer_has_its_line(engine):
    ds = sold(
        engine,
        ("more", "2026-01", "10"), ("more", "2026-02", "15"),
        ("less", "2026-01", "20"), ("less", "2026-02", "12"),
        ("gone", "2026-01", "7"), ("new", "2026-02", "9"),
        ("back", "2025-12", "4"), ("back", "2026-02", "6"),
        (None, "2026-01", "100"), (None, "2026-02", "90"),
    )  # fmt: skip
    assert amounts(engine, ds, "2026-02") == {
        "opening": 137,
        "new": 9,
        "returned": 6,
        "expansion": 5,
        "contraction": 8,
        "lost": 7,
        "without_customer": -10,
        "closing": 132,
    }


def test_a_customer_whose_rows_add_up_to_nothing_is_kept(engine):
    ds = sold(engine, ("a", "2026-01", "10"), ("a", "2026-02", "8"), ("a", "2026-02", "-8"))
    assert amounts(engine, ds, "2026-02") == {"opening": 10, "contraction": 10}
    moved = engine.fetch(bridge.movement(ds, "2026-02")).to_pylist()
    assert [(r["customer_id"], r["kind"]) for r in moved] == [("a", "kept")]


def test_a_change_of_rate_is_currency_not_expansion(engine):
    ds = sold(engine, ("a", "2026-01", "110", "100", "EUR"), ("a", "2026-02", "120", "100", "EUR"))
    assert amounts(engine, ds, "2026-02") == {"opening": 110, "currency": 10, "closing": 120}


def test_a_refund_does_not_turn_the_rate_over(engine):
    """Net of the refund 10 were paid for 0 of euros in January; weighed without sign the rate is 1.15."""
    ds = sold(
        engine,
        ("a", "2026-01", "120", "100", "EUR"),
        ("a", "2026-01", "-110", "-100", "EUR"),
        ("a", "2026-02", "130", "100", "EUR"),
    )
    assert amounts(engine, ds, "2026-02") == {"opening": 10, "expansion": 105, "currency": 15, "closing": 130}


def test_a_currency_without_an_old_rate_takes_the_current_one(engine):
    ds = sold(engine, ("a", "2026-01", "10"), ("b", "2026-02", "120", "100", "EUR"))
    assert amounts(engine, ds, "2026-02") == {"opening": 10, "new": 120, "lost": 10, "closing": 120}


def test_lines_close_though_each_rounds_down(engine):
    ds = sold(engine, *((name, "2026-02", "0.3340") for name in "abc"), ("z", "2026-01", "0.3340"), currency="JPY")
    assert amounts(engine, ds, "2026-02") == {"new": 1, "closing": 1}


def test_there_is_no_bridge_from_before_the_data(engine):
    ds = sold(engine, ("a", "2025-12", "10"), ("a", "2026-02", "10"))
    found = lines_of(bridge.compute(ds, rooms(engine)))
    assert list(found) == ["2026-01", "2026-02"]
    assert found["2026-01"]["lost"] == 10, "data that go on: January is a month without a sale"
    assert bridge.compute(sold(engine), rooms(engine)).num_rows == 0


def test_there_is_no_bridge_once_the_data_have_stopped(engine):
    ds = sold(engine, ("a", "2025-11", "10"), ("a", "2025-12", "10"))
    assert list(lines_of(bridge.compute(ds, rooms(engine)))) == ["2025-12"], "as_of is the end of February"


def test_twelve_months_and_a_year_earlier_once_the_data_reach_back():
    monthly = 47
    names = bridge.periods(date(2022, 3, 15), date(2026, 2, 28))
    assert names[monthly:] == ["12m:2025-02", "12m:2026-02"]
    assert names[0] == "2022-04"
    assert bridge.periods(date(2024, 3, 15), date(2026, 2, 28))[-1] == "12m:2026-02"
    assert bridge.periods(date(2024, 2, 15), date(2026, 2, 27))[-2:] == ["2026-02", "12m:2026-01"], "cut by as_of"
    assert bridge.periods(date(2024, 4, 1), date(2026, 2, 28))[-1] == "2026-02"
    assert bridge.window("12m:2026-02").before == add_months(date(2026, 2, 1), -23)


def test_lines_that_do_not_close_are_a_fault():
    with pytest.raises(Fault, match="does not close"):
        bridge._published({"new": Decimal(5)}, Decimal(1), Decimal(7), 2)


def test_a_company_without_revenue_has_no_bridge(engine):
    ds = sold(engine, ("a", "2026-01", "10"))
    bare = Dataset({"customers": ds["customers"]}, {}, settings(revenue_from="none"))
    assert bridge.compute(bare, rooms(engine)).schema == bridge_lines.SCHEMA
    assert bridge.movement(bare, "2026-02") is None
    assert revenue.by_month(bare) is None
