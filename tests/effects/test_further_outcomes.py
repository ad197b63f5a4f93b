"""Balances, share of wallet, the first purchase of prospects: each by arithmetic, and found where a table brings it."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tests.effects.worlds import contacts
from tests.worlds import pipeline
from worthline.effects import history, linkage, prospects
from worthline.effects.outcomes import OUTCOMES, recorded

CUSTOMERS, MONTHS = 1_500, 12
TAKEN = -400.0
"""What an unresolved contact takes from balances."""
LOST = -0.15
"""What it takes from the chance of a first purchase."""


def world(draw):
    contact = draw.random((CUSTOMERS, MONTHS)) < 0.15
    unresolved = contact & (draw.random(contact.shape) < 0.3)
    return contact, unresolved, contacts(20 + draw.normal(size=contact.shape), contact, unresolved)


def test_each_products_balance_stands_until_the_next_and_they_add_up():
    laid = world(np.random.default_rng(1))[2].history
    rows = pa.table(
        {
            "customer_id": ["C00000", "C00000", "C00000"],
            "month": [date(2024, 2, 1), date(2024, 4, 1), date(2024, 3, 1)],
            "product": ["deposits", "deposits", "assets"],
            "balance": [100.0, 50.0, 1000.0],
        }
    )
    held = history.with_balances(laid, rows).balances[0, :5]
    assert np.isnan(held[0])
    assert held[1:].tolist() == [100.0, 1100.0, 1050.0, 1050.0]


def test_balances_after_an_unresolved_contact():
    """Balances of 1,000 to 3,000 fall by 400 in the month after it: an effect of -400 a month later."""
    draw = np.random.default_rng(2)
    contact, unresolved, linked = world(draw)
    own = draw.uniform(1_000, 3_000, CUSTOMERS)
    held = own[:, None] + 50 * draw.normal(size=contact.shape)
    held[:, 1:] += TAKEN * unresolved[:, :-1]
    linked = replace(linked, history=replace(linked.history, balances=held), outcomes=("balances",))
    one = next(e for e in linkage.effects(linked) if e.cause == "unresolved contact" and e.horizon == 1)
    assert abs(one.estimate - TAKEN) < 2.5 * one.error  # 8 seeds: mean of their errors 0.06, none above 2.3
    assert one.high - one.low < 100, "spread of 50 over 700 exposed, controlled for the balance before"
    assert not one.has_money, "a balance is not margin"


def test_who_left_holds_nothing_and_who_was_not_known_is_left_out():
    linked = world(np.random.default_rng(3))[2]
    held = np.full((CUSTOMERS, MONTHS), 100.0)
    held[1] = np.nan
    linked.history.active[0, 5:] = False
    laid = replace(linked.history, balances=held)
    who, month = np.array([0, 1, 2]), np.array([3, 3, 3])
    assert OUTCOMES["balances"].values(laid, who, month, 3)[[0, 2]].tolist() == [0.0, 100.0]
    assert np.isnan(OUTCOMES["balances"].values(laid, who, month, 3)[1])


def test_share_of_wallet_is_that_of_the_first_answer_after_it():
    """Second of three providers: (1 - 2/4) x 2/3; unranked: 0 (Keiningham et al. 2011)."""
    linked = world(np.random.default_rng(4))[2]
    rows = pa.table(
        {
            "customer_id": ["C00000", "C00001"],
            "month": [date(2024, 6, 1), date(2024, 5, 1)],
            "ranked": [3, 2],
            "place": pa.array([2.0, None]),
        }
    )
    laid = history.with_wallet(linked.history, rows)
    found = OUTCOMES["share_of_wallet"].values(laid, np.array([0, 1, 0, 2]), np.array([3, 3, 5, 3]), 3)
    assert found[:2] == pytest.approx([1 / 3, 0.0])
    assert np.isnan(found[2:]).all(), "an answer of the month itself is no outcome of it"
    assert "share_of_wallet" in recorded(laid, contractual=True)
    assert "share_of_wallet" not in recorded(linked.history, contractual=True)


def test_the_first_purchase_of_prospects():
    """Prospects are never active until they buy; an unresolved contact takes 15 points from a chance of 40%."""
    draw = np.random.default_rng(5)
    contact, unresolved, linked = world(draw)
    active = np.zeros((CUSTOMERS, MONTHS), bool)
    active[:300] = True
    for i in range(300, CUSTOMERS):
        for t in range(MONTHS - 1):
            if not active[i, t] and contact[i, t] and draw.random() < 0.4 + LOST * unresolved[i, t]:
                active[i, t + 1 :] = True
                break
    laid = replace(linked.history, active=active)
    found = prospects.effects(laid, linked.experiences, linked.last, lambda one: {}, "USD")
    one = next(e for e in found if e.cause == "unresolved contact" and e.horizon == 1)
    assert one.low < LOST < one.high
    assert one.high - one.low < 0.25, "a chance of .4 among 350 exposed"
    assert "among prospects who had an unresolved contact" in one.estimand
    assert (one.grade, one.has_money) == ("C", False)


def test_without_prospects_there_is_no_such_effect():
    linked = world(np.random.default_rng(6))[2]
    assert not list(prospects.effects(linked.history, linked.experiences, linked.last, lambda one: {}, "USD"))


FOLDER = """[company]
name = "Acme"
currency = "EUR"
as_of = "2025-02-28"
margin = 0.5
lapse_months = 3
"""


def folder_with_holdings(place: Path) -> Path:
    """40 customers who buy each month, get in touch in May, hold savings and a loan, and name providers once."""
    months = [f"{2024 + n // 12}-{n % 12 + 1:02d}" for n in range(14)]
    ids = [f"c{i:02d}" for i in range(40)]
    tables = {
        "transactions": ["customer_id,at,amount", *(f"{i},{month}-03,10" for month in months for i in ids)],
        "interactions": [
            "customer_id,at,touchpoint,resolved",
            *(f"{i},2024-05-0{1 + n % 9},Hotline,{'yes' if n % 2 else 'no'}" for n, i in enumerate(ids)),
        ],
        "balances": [
            "customer_id,at,product,balance",
            *(f"{i},2024-02-10,savings,100" for i in ids),
            *(f"{i},2024-07-31,savings,250.5" for i in ids),
            "c00,2024-04-05,loan,40",
        ],
        "wallet": [
            "customer_id,at,provider,rank",
            *(f"{i},2024-06-15,{provider},{rank}" for i in ids for rank, provider in enumerate(("Rival", "acme"), 1)),
        ],
    }
    for name, lines in tables.items():
        (place / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    named = "".join(f'[tables.{name}]\nfile = "{name}.csv"\n' for name in tables)
    (place / "worthline.toml").write_text(FOLDER + named, "utf-8")
    return place


def test_balances_and_wallet_that_tables_bring_are_outcomes(tmp_path):
    """100 from February, 250.50 from July; the second of two providers has (1 - 2/3) x 2/2 of the wallet."""
    with pipeline.reading(folder_with_holdings(tmp_path)) as (ds, panel, rooms):
        linked = linkage.link(ds, panel, rooms)
    assert {"balances", "share_of_wallet"} <= set(linked.outcomes)
    first, second = (linked.history.balances[who, :8] for who in (0, 1))
    assert np.isnan(second[0])
    assert second[1:].tolist() == [100, 100, 100, 100, 100, 250.5, 250.5]
    assert first[1:].tolist() == [100, 100, 140, 140, 140, 290.5, 290.5]
    assert linked.history.wallet[1, 5] == pytest.approx(1 / 3)
    who, month = np.array([1]), np.array([4])
    assert OUTCOMES["balances"].values(linked.history, who, month, 3).tolist() == [250.5]
