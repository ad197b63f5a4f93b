"""Moments as text: what they mean in UTC and on the company's calendar, against Python's own zones and formats."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ingest.engines import Cells, cells, fetched
from worthline.config import SourceConfig
from worthline.errors import BadSetting
from worthline.ingest.instants import Clock, compile_format
from worthline.ingest.mapping import Mapping
from worthline.ingest.row_casting import Shape
from worthline.ingest.sql_text import column
from worthline.tables import Column, Kind, TableSpec

SETTINGS = settings(
    max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca"]
FORMATS = [
    "%d/%m/%Y",
    "%d/%m/%Y %H:%M",
    "%m/%d/%y %I:%M %p",
    "%d-%b-%Y",
    "%B %d, %Y",
    "%Y%m%d",
    "%Y%m%d%H%M%S",
    "%d.%m.%y",
    "%Y-%m-%dT%H:%M:%S.%f",
]
SPEC = TableSpec("moments", "moment", (Column("at", Kind.INSTANT, "when"), Column("n", Kind.COUNT, "its place")))
moments = st.datetimes(datetime(1970, 1, 2), datetime(2099, 12, 30)).map(lambda m: m.replace(microsecond=0))


def read(engine, values, clock, dtype=None):
    """(UTC, local date) of each cell, as a table with one time column reads it."""
    source = SourceConfig("moments", (), None, {}, {}, {}, date_format=clock.format, timezone=clock.source_zone)
    mapping = Mapping({"at": 0, "n": 1}, {}, {}, {})
    shape = Shape(SPEC, source, mapping, "file", ("c", "n"), clock.company_zone, 2)
    held = Cells(shape.select(cells(engine, values, dtype).rows))
    return fetched(engine, held, utc=column("at"), day=column("at_date"))


def in_utc(local: datetime, zone: str) -> datetime:
    """What a wall clock means: in a gap as if it had not been moved, in an overlap the earlier."""
    return local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC).replace(tzinfo=None)


def day_of(utc: datetime, zone: str) -> date:
    return utc.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


@pytest.mark.parametrize(
    ("source", "company"), [*zip(ZONES, ZONES[1:] + ZONES[:1], strict=True), ("Europe/Berlin", "Europe/Berlin")]
)
@given(found=st.lists(moments, min_size=60, max_size=120))
@SETTINGS
def test_wall_clocks_against_zoneinfo(engine, source, company, found):
    texts = [m.isoformat(" " if i % 2 else "T") for i, m in enumerate(found)]
    for moment, (utc, day) in zip(found, read(engine, texts, Clock(None, source, company)), strict=True):
        assert utc == in_utc(moment, source)
        assert day == (moment.date() if source == company else day_of(utc, company))


def around_changes() -> list[datetime]:
    """Wall clocks each half hour around the clock changes of 2026."""
    starts = [
        datetime(2026, 3, 8),
        datetime(2026, 3, 29),
        datetime(2026, 10, 25),
        datetime(2026, 11, 1),
        datetime(2026, 4, 5),
    ]
    return [start + timedelta(minutes=30 * i) for start in starts for i in range(-4, 12)]


@pytest.mark.parametrize("zone", ZONES)
def test_clock_changes_against_zoneinfo(engine, zone):
    texts = [m.isoformat(" ") for m in around_changes()]
    found = read(engine, texts, Clock(None, zone, zone))
    assert [utc for utc, _ in found] == [in_utc(m, zone) for m in around_changes()]


@given(found=st.lists(st.tuples(moments, st.integers(-14 * 60, 14 * 60)), min_size=40, max_size=120))
@SETTINGS
def test_offsets_in_the_text(engine, found):
    texts, wanted = [], []
    for number, (moment, minutes) in enumerate(found):
        sign, size = "-" if minutes < 0 else "+", abs(minutes)
        colon = ":" if number % 2 else ""
        texts.append(f"{moment.isoformat()}{sign}{size // 60:02d}{colon}{size % 60:02d}")
        wanted.append(moment - timedelta(minutes=minutes))
    read_back = read(engine, texts, Clock(None, "Asia/Kolkata", "America/New_York"))
    assert read_back == [(utc, day_of(utc, "America/New_York")) for utc in wanted]


@pytest.mark.parametrize("zone", ZONES)
@given(found=st.lists(st.dates(date(1000, 1, 1)), min_size=40, max_size=120))
@SETTINGS
def test_a_date_is_the_same_date_in_every_zone(engine, zone, found):
    read_back = read(engine, [d.isoformat() for d in found], Clock(None, zone, "America/New_York"))
    assert [day for _, day in read_back] == found


@given(texts=st.lists(st.text("0123456789-:T Z+.,UTC/", max_size=26), min_size=60, max_size=120))
@SETTINGS
def test_any_text_is_a_moment_of_python_s_or_none(engine, texts):
    for text, (utc, _) in zip(texts, read(engine, texts, Clock(None, "UTC", "UTC")), strict=True):
        if utc is not None:
            known = datetime.fromisoformat(text.replace(" UTC", "Z").replace(" Z", "Z").replace(",", "."))
            assert (known.astimezone(UTC).replace(tzinfo=None) if known.tzinfo else known) == utc


@given(st.lists(st.datetimes(datetime(1970, 1, 1)), min_size=40, max_size=120))
@SETTINGS
def test_fractions_of_a_second(engine, found):
    texts = [m.isoformat() for m in found]
    assert [utc for utc, _ in read(engine, texts, Clock(None, "UTC", "UTC"))] == found
    longer = [f"{m:%Y-%m-%d %H:%M:%S},{m.microsecond:06d}789" for m in found]
    assert [utc for utc, _ in read(engine, longer, Clock(None, "UTC", "UTC"))] == found


@pytest.mark.parametrize("format_", FORMATS)
@given(
    found=st.lists(moments, min_size=20, max_size=40), noise=st.lists(st.text("0123456789/.-: APMJanFeb,", max_size=20))
)
@SETTINGS
def test_declared_formats_against_strptime(engine, format_, found, noise):
    texts = [m.strftime(format_) for m in found] + noise
    for text, (utc, _) in zip(texts, read(engine, texts, Clock(format_, "UTC", "UTC")), strict=True):
        if text in noise and utc is None:
            continue
        try:
            known = datetime.strptime(text, format_)
        except ValueError:
            known = datetime.fromisoformat(text)
        assert utc == known, text


@pytest.mark.parametrize(("unit", "size"), [("unix", 1), ("unix_ms", 1000)])
@given(found=st.lists(st.integers(0, 4_000_000_000), min_size=40, max_size=120))
@SETTINGS
def test_seconds_since_1970(engine, unit, size, found):
    texts = [str(second * size + size // 2) for second in found]
    wanted = [datetime(1970, 1, 1) + timedelta(seconds=s) for s in found]
    assert [utc for utc, _ in read(engine, texts, Clock(unit, "UTC", "UTC"))] == wanted


def test_typed_moments(engine):
    clock = Clock(None, "Asia/Kolkata", "America/New_York")
    moment = datetime(2026, 9, 1, 12, 30)
    zoned = read(engine, [moment], clock, pa.timestamp("us", "Europe/Berlin"))
    assert zoned == [(moment, date(2026, 9, 1))]
    assert read(engine, [moment], clock, pa.timestamp("ms")) == [(datetime(2026, 9, 1, 7), date(2026, 9, 1))]
    days = [date(2026, 9, 1), date(1, 1, 1), date(9999, 12, 31), None]
    found = [day for _, day in read(engine, days, clock, pa.date32())]
    assert found == [date(2026, 9, 1), None, date(9999, 12, 31), None]


def test_the_last_day_stays_in_the_calendar(engine):
    found = read(engine, ["9999-12-31", "9999-12-31 23:59:59"], Clock(None, "America/New_York", "America/New_York"))
    assert found == [
        (datetime(9999, 12, 31), date(9999, 12, 31)),
        (datetime(9999, 12, 31, 23, 59, 59), date(9999, 12, 31)),
    ]


@pytest.mark.parametrize("format_", ["%Q", "%d/%m", "%H:%M", "%d/%m/%Y %I:%M", "%d/%d/%m/%Y", "dd/mm/yyyy", "%", ""])
def test_formats_that_cannot_be(format_):
    with pytest.raises(BadSetting, match="date_format"):
        compile_format(format_)
