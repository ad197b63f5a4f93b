"""Months, and the offsets of time zones against Python's own over 130 years."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worthline.tables.time import add_months, month_end, month_start, months_between, offsets, zone

ZONES = [
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Dublin",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Kolkata",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Antarctica/Troll",
]
days = st.dates(date(1900, 1, 1), date(2200, 12, 31))


def offset(steps, moment, attribute):
    """What a plain search through the steps gives."""
    return [step.seconds for step in steps if getattr(step, attribute) <= moment][-1]


@pytest.mark.parametrize("name", ZONES)
def test_offsets_from_utc_against_zoneinfo(name):
    steps, place = offsets(name), ZoneInfo(name)
    moment, last = datetime(1970, 1, 1), datetime(2100, 12, 31)
    while moment < last:
        wanted = moment.replace(tzinfo=UTC).astimezone(place).utcoffset()
        assert offset(steps, moment, "utc") == wanted.total_seconds(), moment
        moment += timedelta(days=9, hours=7, minutes=13)


@pytest.mark.parametrize("name", ZONES)
def test_wall_clocks_around_each_change_against_zoneinfo(name):
    steps, place = offsets(name), ZoneInfo(name)
    for step in steps[1:]:
        for minutes in range(-240, 241, 15):
            local = step.local + timedelta(minutes=minutes)
            wanted = local.replace(tzinfo=place, fold=0).utcoffset()
            assert offset(steps, local, "local") == wanted.total_seconds(), local


@pytest.mark.parametrize("name", ZONES)
def test_steps_are_in_order_in_both_clocks(name):
    steps = offsets(name)
    assert [s.utc for s in steps] == sorted({s.utc for s in steps})
    assert [s.local for s in steps] == sorted({s.local for s in steps})


def test_unknown_zone_offers_the_nearest():
    with pytest.raises(ValueError, match="America/New_York"):
        zone("America/NewYork")
    with pytest.raises(ValueError, match="no time zone"):
        zone("../etc/passwd")


@given(day=days, months=st.integers(-1200, 1200))
def test_months(day, months):
    first = month_start(day)
    assert first.day == 1
    assert month_end(day) + timedelta(days=1) == add_months(day, 1)
    if 1 <= day.year + months // 12 - 1 < 9998:
        assert months_between(day, add_months(day, months)) == months
    assert add_months(add_months(day, months), -months) == first
