"""What 'auto' becomes, each with its reason; data health as it is kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from worthline.config import CompanyConfig, SourceConfig
from worthline.errors import BadSetting, NothingToRun
from worthline.ingest.dates import Dates
from worthline.ingest.health import Health, blocks
from worthline.ingest.resolve import check_settings, decide_as_of, resolve

JAN, FEB, MAR = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


def company(**said) -> CompanyConfig:
    given = {
        "folder": Path(),
        "data": Path(),
        "name": "x",
        "currency": "USD",
        "setting": "auto",
        "outcome": "retention",
        "margin": None,
        "discount_rate": 0.1,
        "horizon_months": 36,
        "leave_rate": None,
        "as_of": None,
        "timezone": "UTC",
        "fiscal_year_start": 1,
        "lapse_months": None,
        "history_months": None,
        "revenue_from": "auto",
        "score_metric": None,
        "staff_hour_cost": None,
        "contact_cost": None,
        "simulated": False,
        "keep_runs": 5,
        "sources": (),
        "text": "",
    }
    return CompanyConfig(**{**given, **said})


AS_OF = {
    "as set": (date(2020, 5, 5), {}, {}, date(2020, 5, 5), "as set"),
    "complete": (None, {JAN: 9, FEB: 9}, {JAN: JAN, FEB: date(2026, 2, 28)}, date(2026, 2, 28), "last complete month"),
    "under way": (
        None,
        {JAN: 9, FEB: 9},
        {JAN: JAN, FEB: date(2026, 2, 27)},
        date(2026, 1, 31),
        "data end on 2026-02-27",
    ),
    "one month": (None, {JAN: 9}, {JAN: date(2026, 1, 9)}, date(2026, 1, 9), "no month is complete"),
    "a hole": (None, {JAN: 9, MAR: 1}, {JAN: JAN, MAR: MAR}, date(2026, 1, 31), "last complete month"),
    "a stray": (
        None,
        {JAN: 500, date(2030, 1, 1): 2},
        {JAN: date(2026, 1, 31), date(2030, 1, 1): date(2030, 1, 1)},
        date(2026, 1, 31),
        "2 stray rows",
    ),
    "two strays apart": (
        None,
        {JAN: 500, date(2030, 1, 1): 2, date(2099, 1, 1): 1},
        {JAN: date(2026, 1, 31), date(2030, 1, 1): date(2030, 1, 1), date(2099, 1, 1): date(2099, 1, 31)},
        date(2026, 1, 31),
        "3 stray rows",
    ),
    "not a stray": (
        None,
        {date(2024, 1, 1): 50, JAN: 2},
        {date(2024, 1, 1): date(2024, 1, 31), JAN: date(2026, 1, 31)},
        date(2026, 1, 31),
        "last complete month",
    ),
    "one of few, ten years off": (
        None,
        {JAN: 8, date(2099, 12, 1): 1},
        {JAN: date(2026, 1, 31), date(2099, 12, 1): date(2099, 12, 31)},
        date(2026, 1, 31),
        "1 stray row dated",
    ),
}


@pytest.mark.parametrize("name", AS_OF)
def test_as_of(name):
    declared, months, lasts, day, words = AS_OF[name]
    found, why = decide_as_of(declared, Dates(months, lasts))
    assert found == day
    assert words in why


def test_as_of_without_dates():
    with pytest.raises(NothingToRun, match="Set as_of"):
        decide_as_of(None, Dates())


SALES, TERMS = {"transactions": frozenset({"amount"})}, {"subscriptions": frozenset({"fee"})}


@pytest.mark.parametrize(
    ("said", "brought", "answers", "setting", "revenue", "metric"),
    [
        ({}, SALES, {}, "non-contractual", "transactions", None),
        ({}, TERMS, {}, "contractual", "subscriptions", None),
        ({}, SALES | TERMS, {"csat": 9, "nps": 1}, "contractual", "transactions", "nps"),
        ({}, {"customers": frozenset({"left_on"})}, {"ces": 2, "csat": 2}, "contractual", "none", "csat"),
        ({}, SALES, {"staff": 2, "airport": 2}, "non-contractual", "transactions", None),
        ({}, SALES, {"staff": 2, "airport": 2, "stars": 2}, "non-contractual", "transactions", "stars"),
        ({}, {"customers": frozenset({"segment"})}, {}, "contractual", "none", None),
        ({}, SALES | {"customers": frozenset({"segment"})}, {}, "non-contractual", "transactions", None),
        ({"setting": "contractual"}, SALES, {"csat": 1, "ces": 2}, "contractual", "transactions", "ces"),
        ({"revenue_from": "subscriptions"}, SALES | TERMS, {}, "contractual", "subscriptions", None),
        ({"score_metric": "CSAT"}, {}, {"nps": 1}, "non-contractual", "none", "csat"),
    ],
)
def test_settings_of_auto(said, brought, answers, setting, revenue, metric):
    found = resolve(company(**said), JAN, "why", brought, answers)
    assert (found.setting, found.revenue_from, found.score_metric) == (setting, revenue, metric)
    assert {"as_of", "setting", "revenue_from", "score_metric"} <= set(found.because)
    assert all(found.because.values())


def test_revenue_from_a_table_that_is_not_there():
    with pytest.raises(BadSetting, match="subscriptions was not brought"):
        resolve(company(revenue_from="subscriptions"), JAN, "", SALES, {})


def test_zones_and_currency_are_checked_before_anything_is_read():
    check_settings(company())
    with pytest.raises(BadSetting, match="EURO"):
        check_settings(company(currency="EURO"))
    source = SourceConfig("feedback", ("x.csv",), None, {}, {}, {}, timezone="Mars/Phobos")
    with pytest.raises(BadSetting, match=r"\[tables\.feedback\] timezone"):
        check_settings(company(sources=(source,)))


def test_what_is_missing_switches_off():
    assert any("no margin is known" in b for b in blocks(SALES, None))
    assert not any("margin" in b for b in blocks(SALES, "0.5"))
    assert any("feedback" in b for b in blocks(SALES, None))
    contacts = {"interactions": frozenset({"touchpoint", "handle_seconds"})}
    assert any("bring no cost" in b for b in blocks(contacts, None))
    assert not any("bring no cost" in b for b in blocks(contacts, None, contacts_priced=True))
    assert not any("no transactions" in b for b in blocks(SALES, None))
    assert any("all 7,350 scored answers are of employees" in b for b in blocks(SALES, None, others_answers=7350))


def test_nothing_that_is_not_built_is_offered():
    said = " ".join(blocks({}, None))
    assert not any(word in said for word in ("theme", "journey", "business case", "register", "control group"))


def test_answers_of_employees_alone_are_named():
    found = resolve(company(), JAN, "why", {"feedback": frozenset({"score"})}, {}, 7350)
    assert found.because["score_metric"] == "all 7,350 scored answers are of employees, partners or suppliers"


def test_health_reads_back_as_it_was_written(read):
    page = read(
        '[tables.transactions]\nfile = "sales.csv"\n',
        sales="customer_id,at,amount\nC1,2026-09-01,5.001\nC2,2026-09-31,5\nC3,2026-10-01,5\n",
    ).loaded.health
    assert Health.from_json(page.as_json()) == page
    assert (page.rows_in, page.set_aside) == (3, 1)
    assert page.as_of == "2026-09-30"
