"""Poor service in money and in hours: each says of how many contacts it is, and is undefined below half of them."""

import pytest

from tests.metrics.test_soft_edges import by_name, company, contacts
from worthline.metrics import service

__all__ = ["company"]


@pytest.mark.parametrize(
    ("rows", "money", "priced", "hours", "timed"),
    [
        ("('c1', date '2025-06-02', 9, 3600), ('c1', date '2025-06-03', 4, null)", 13, 2, 1, 1),
        ("('c1', date '2025-06-02', 9, null), ('c1', date '2025-06-03', null, 1800)", 9, 1, 0.5, 1),
        (
            (
                "('c1', date '2025-06-02', 9, 1), ('c1', date '2025-06-03', null, null), "
                "('c1', date '2025-06-04', null, 2)"
            ),
            *(None, 1, 3 / 3600, 2),
        ),
        ("('c1', date '2025-06-02', null, null), ('c1', date '2025-06-03', null, null)", None, 0, None, 0),
    ],
)
def test_money_and_hours_of_failing_contacts(company, rows, money, priced, hours, timed):
    sql = contacts(rows, "cost, handle_seconds") + "update brought_interactions set touchpoint = 'complaint desk';"
    sql += "alter table brought_interactions alter cost type decimal(18, 4);"
    sql += "alter table brought_interactions alter handle_seconds type double;"
    c = company(sql, "interactions")
    found = by_name(service.compute(c.ds, c.panel, c.rooms))
    capacity, spent = found["cost_of_poor_service_capacity"], found["poor_service_hours"]
    assert (capacity.value, capacity.n) == (money, priced)
    assert (spent.value, spent.n) == (hours if hours is None else pytest.approx(hours), timed)
    assert found["cost_of_poor_service"].value == money


def test_no_failing_contact_costs_nothing(company):
    c = company(contacts("('c1', date '2025-06-02', 9::decimal(18, 4))", "cost"), "interactions")
    capacity = by_name(service.compute(c.ds, c.panel, c.rooms))["cost_of_poor_service_capacity"]
    assert (capacity.value, capacity.n) == (0, 0)


def test_what_befell_a_customer_is_no_contact(company):
    rows = "('c1', date '2025-06-02', 9, 'contact'), ('c1', date '2025-06-03', 4, 'experience'), ('c1', date '2025-06-05', 2, null)"
    sql = contacts(rows, "cost, kind") + "alter table brought_interactions alter cost type decimal(18, 4);"
    c = company(sql, "interactions")
    found = by_name(service.compute(c.ds, c.panel, c.rooms))
    assert (found["contacts"].value, found["cost_of_poor_service"].value) == (2, 2)  # the second contact is a repeat
    counted = c.rooms.fetch(c.panel.aggregate(contacts=c.panel.contacts.sum(), cost=c.panel.cost_to_serve.sum()))
    assert [float(v) for v in counted.to_pylist()[0].values()] == [2, 11]
