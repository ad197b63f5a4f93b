"""Sums by month and member: of a small cube added up at once, of a large one by the engine; the same numbers."""

from __future__ import annotations

import pytest

from worthline.metrics import monthly_sums

DIMENSIONS = ("segment", "region")


@pytest.mark.parametrize("small", [0, 50_000])
def test_a_member_s_sums_are_those_of_sql(company, monkeypatch, small):
    monkeypatch.setattr(monthly_sums, "SMALL", small)
    t = company.ds["transactions"]
    who = company.ds["customers"].select(who="customer_id", segment="segment", region="region")
    rows = t.left_join(who, [t.customer_id == who.who]).mutate(key=t.kind, month=t.at_date.truncate("M"))
    found = monthly_sums.tally(
        "test__sums", rows, DIMENSIONS, {"n": rows.count(), "money": rows.amount.sum()}, company.ds, company.rooms
    )
    told = {
        (key, *member, month, sums["n"], sums["money"])
        for (key, member), months in found.by.items()
        for month, sums in months.items()
    }
    by_hand = set()
    for dimension, column in (("all", "'all'"), ("segment", "segment"), ("region", "region")):
        by_hand |= set(
            company.sql(
                f"select kind, '{dimension}', {column} as member, date_trunc('month', at_date)::date as month, "
                "count(*), coalesce(sum(amount), 0) from transactions left join customers using (customer_id) "
                "group by all"
            )
        )
    assert len(told) > 20
    assert told == by_hand
