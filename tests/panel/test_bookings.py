"""Lines of one invoice that change a plan are no refund; a line that gives money back is one."""

from datetime import date
from decimal import Decimal

import pytest

from tests.metrics.conftest import make, settings
from worthline.metrics import hard, service
from worthline.panel import build

DAY = date(2025, 7, 31)
CUSTOMERS = """
create table brought_customers as
select 'c' || i as customer_id, date '2025-01-01' as joined_on, date '2025-01-01' as first_seen from range(1, 4) r(i);
create table brought_transactions as
select customer_id, invoice as transaction_id, d::timestamp as at, d::date as at_date, 'USD' as currency,
       case when amount < 0 then 'refund' else 'purchase' end as {kind}, amount, amount as amount_original
from (values ('c1', 'i1', '2025-06-01', 30), ('c1', 'i2', '2025-07-01', -15), ('c1', 'i2', '2025-07-01', 45),
             ('c2', 'i3', '2025-06-01', 30), ('c2', 'i4', '2025-07-01', -30), ('c3', 'i5', '2025-06-01', 30))
     v(customer_id, invoice, d, amount);
"""


def company(tmp_path, *, brings_kind: bool):
    """Ingest fills in the kind of each line; `brings_kind`: the company did."""
    chosen = settings(setting="non-contractual", revenue_from="transactions", lapse_months=3, as_of=DAY)
    sources = {"customers": "brought_customers", "transactions": "brought_transactions"}
    c = make(tmp_path / str(brings_kind), chosen, CUSTOMERS.format(kind="kind"), sources)
    if not brings_kind:
        c.ds.brought["transactions"] -= {"kind"}
        c.panel = build(c.ds, c.rooms)
    return c


@pytest.mark.parametrize(("brings_kind", "back"), [(False, 30), (True, 45)])
def test_proration_is_no_refund_unless_the_company_says_so(tmp_path, brings_kind, back):
    """July: 45 - 15 on one invoice is an upgrade; 30 paid back on an invoice of its own is a refund."""
    c = company(tmp_path, brings_kind=brings_kind)
    values = {(v.metric, v.period): v.value for v in service.compute(c.ds, c.panel, c.rooms) if v.dimension == "all"}
    assert values["refunds", "2025-07"] == back
    assert values["cost_of_poor_service", "2025-07"] == back
    money = {(v.metric, v.period): v.value for v in hard.compute(c.ds, c.panel, c.rooms) if v.dimension == "all"}
    assert money["revenue", "2025-07"] == 45 - 15 - 30, "every line is revenue"
    assert money["refunds_share", "2025-07"] == pytest.approx(back / 45)
    refunds = c.rooms.fetch(c.panel.filter(c.panel.customer_id == "c1").aggregate(r=c.panel.refunds.sum()))["r"][0]
    assert refunds.as_py() == (Decimal(-15) if brings_kind else 0)
    c.engine.close()


def test_who_was_only_ever_refunded_is_no_prospect(tmp_path):
    """c3 gets 30 back in June for what it bought before the data begin: it left; it is neither new nor a prospect."""
    script = CUSTOMERS.format(kind="kind").replace("('c3', 'i5', '2025-06-01', 30)", "('c3', 'i5', '2025-06-01', -30)")
    chosen = settings(setting="non-contractual", revenue_from="transactions", lapse_months=3, as_of=DAY)
    sources = {"customers": "brought_customers", "transactions": "brought_transactions"}
    c = make(tmp_path, chosen, script, sources)
    rows = c.rooms.fetch(c.panel.filter(c.panel.customer_id == "c3").order_by("month")).to_pylist()
    told = {str(r["month"])[:7]: (r["state"], r["joined"], r["left"], r["tenure_months"]) for r in rows}
    assert told["2025-05"] == ("prospect", False, False, None)
    assert told["2025-06"] == ("left", False, False, 5)  # months since joined_on
    assert told["2025-07"] == ("left", False, False, 6)
    values = {(v.metric, v.period): v.value for v in hard.compute(c.ds, c.panel, c.rooms) if v.dimension == "all"}
    assert values["prospects", "2025-07"] == 0
    c.engine.close()
