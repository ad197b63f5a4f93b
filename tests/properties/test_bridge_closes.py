"""Whatever the transactions, every revenue bridge closes to the cent and lists each customer once."""

from datetime import date
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from worthline.engine import open_engine, rooms
from worthline.metrics import bridge, revenue
from worthline.results import Dataset, Resolved
from worthline.tables.time import add_months

LAST = date(2026, 9, 1)
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

amounts = st.one_of(
    st.decimals("-300", "900", places=2, allow_nan=False),
    st.decimals("-2", "2", places=4, allow_nan=False),
    st.decimals("-10000000", "10000000", places=4, allow_nan=False),
)
rates = st.one_of(
    st.sampled_from([Decimal("1.25"), Decimal("1.1")]), st.decimals("0.00000001", "3", places=8, allow_nan=False)
)


@st.composite
def transactions(draw):
    """Rows in two currencies, the second at any rate on any day, some of nobody known; 4 months or 26."""
    rows, history = [], draw(st.sampled_from([3, 3, 3, 3, 25]))
    for _ in range(draw(st.integers(0, 60))):
        original, foreign = draw(amounts), draw(st.booleans())
        rate = draw(rates) if foreign else Decimal(1)
        rows.append(
            {
                "customer_id": draw(st.sampled_from([None, "a", "b", "c", "d", "e"])),
                "at_date": add_months(LAST, -draw(st.integers(0, history))).replace(day=draw(st.integers(1, 28))),
                "amount": (original * rate).quantize(Decimal("0.0001")),
                "amount_original": original,
                "currency": "EUR" if foreign else "USD",
                "margin": None,
            }
        )
    return rows


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    engine = open_engine("duckdb", tmp_path_factory.mktemp("bridge") / "scratch", threads=1)
    yield engine
    engine.close()


def company(engine, rows, currency="USD") -> Dataset:
    """A company that has only transactions."""
    table = engine.keep("transactions", ibis.memtable(pa.Table.from_pylist(rows, schema=SCHEMA)))
    names = sorted({row["customer_id"] for row in rows if row["customer_id"]})
    customers = engine.keep("customers", ibis.memtable(pa.table({"customer_id": pa.array(names, pa.string())})))
    resolved = Resolved(
        *("Any", currency, "non-contractual", "spend", date(2026, 9, 30), "UTC", 1, 0.1, 36, None, 3, "transactions"),
        score_metric=None,
    )
    tables = {"customers": customers, "transactions": table}
    return Dataset(tables, {"transactions": frozenset(SCHEMA.names)}, resolved)


def lines_of(table: pa.Table) -> dict[str, dict[str, Decimal]]:
    """Published lines by period."""
    found: dict[str, dict[str, Decimal]] = {}
    for row in table.to_pylist():
        found.setdefault(row["period"], {})[row["line"]] = row["amount"]
    return found


def booked(rows, first: date, last: date, digits: str) -> Decimal:
    """Revenue of the months from `first` to `last`, added up in Python."""
    months = [r["amount"] for r in rows if first <= r["at_date"].replace(day=1) <= last]
    return sum(months, Decimal(0)).quantize(Decimal(digits))


once_per_kind = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@once_per_kind
@given(rows=transactions(), currency=st.sampled_from(["USD", "JPY"]))
def test_bridges_close_and_follow_each_other(engine, rows, currency):
    digits = {"USD": "0.01", "JPY": "1"}[currency]
    found = lines_of(bridge.compute(company(engine, rows, currency), rooms(engine)))
    for period, lines in found.items():
        assert tuple(lines) == bridge.LINES
        signed = [-v if k in bridge.SUBTRACTED else v for k, v in lines.items() if k not in ("closing",)]
        assert sum(signed) == lines["closing"]
        assert all(v == v.quantize(Decimal(digits)) for v in lines.values())
        at = bridge.window(period)
        assert lines["opening"] == booked(rows, at.before, add_months(at.start, -1), digits)
        assert lines["closing"] == booked(rows, at.start, at.last, digits)
        previous = f"{add_months(at.last, -1):%Y-%m}"
        if not period.startswith("12m:") and previous in found:
            assert lines["opening"] == found[previous]["closing"]


@once_per_kind
@given(rows=transactions(), period=st.sampled_from(["2026-09", "2026-03", "12m:2026-09"]))
def test_customers_are_new_returned_kept_or_lost_once(engine, rows, period):
    ds = company(engine, rows)
    moved = engine.fetch(bridge.movement(ds, period)).to_pylist()
    at = bridge.window(period)
    seen = {}
    for row in rows:
        if row["customer_id"]:
            seen.setdefault(row["customer_id"], set()).add(row["at_date"].replace(day=1))
    expected = {}
    for customer, months in seen.items():
        now = any(at.start <= m <= at.last for m in months)
        was = any(at.before <= m < at.start for m in months)
        earlier = any(m < at.before for m in months)
        if now or was:
            expected[customer] = "kept" if now and was else "lost" if was else "returned" if earlier else "new"
    assert len(moved) == len(expected)
    assert {row["customer_id"]: row["kind"] for row in moved} == expected


@once_per_kind
@given(rows=transactions())
def test_a_constant_rate_moves_no_currency_line(engine, rows):
    steady = [{**row, "amount": row["amount_original"]} for row in rows]
    found = lines_of(bridge.compute(company(engine, steady), rooms(engine)))
    assert all(lines["currency"] == 0 for lines in found.values())


def test_kept_months_give_the_same_movement(engine):
    rows = [
        {"customer_id": c, "at_date": d, "amount": Decimal(a), "amount_original": Decimal(a), "currency": "USD"}
        for c, d, a in [("a", date(2026, 8, 3), 10), ("a", date(2026, 9, 3), 12), ("b", date(2026, 9, 4), 5)]
    ]
    ds = company(engine, rows)
    direct = bridge.movement(ds, "2026-09")
    kept = bridge.movement(ds, "2026-09", revenue.by_month(ds, rooms(engine)))
    assert engine.fetch(direct.order_by("customer_id")) == engine.fetch(kept.order_by("customer_id"))
