"""Dates that are none, times in zones, days after the as-of date."""

from __future__ import annotations

from tests.bad_input.case import Case, sales
from worthline.errors import BadSetting, NothingToRun, UnreadableFile

HEAD = "customer_id,at,amount\n"
TIMES = "customer_id at at_date"
NEW_YORK = 'as_of = "2026-11-30"\ntimezone = "America/New_York"'


def _dates(name: str, cells: dict[str, tuple[str, str] | None], *, company: str, options: str = "") -> Case:
    """One row per cell: the instant in UTC and the local date that it means; None: not a date."""
    rows, used, aside = [], [], []
    for number, (cell, meant) in enumerate(cells.items()):
        rows.append(f'C{number},"{cell}",5\n')
        if meant:
            used.append((f"C{number}", *meant))
        else:
            aside.append((number + 2, "at", "not_a_date", cell))
    content = HEAD + "".join(rows)
    return sales(name, content, company=company, options=options, columns=TIMES, used=used, aside=aside)


def _many(last: str, n: int = 300) -> str:
    return HEAD + "".join(f"C{i},2026-{1 + i % 9:02d}-{1 + i % 28:02d},5\n" for i in range(n)) + last


CASES: tuple[Case, ...] = (
    _dates(
        "no_such_day",
        {
            "2026-02-31": None,
            "2026-13-01": None,
            "2026-00-10": None,
            "2025-02-29": None,
            "2024-02-29": ("2024-02-29 00:00:00", "2024-02-29"),
            "2026-04-31 10:00": None,
            "0000-00-00": None,
            "0000-01-01": None,
            "0001-01-01": None,
            "20260901": None,
            "2026-9-1": None,
            "01.09.2026": None,
            "09/01/2026": None,
            "yesterday": None,
            "45930": None,
            "infinity": None,
            "2026-09-01 24:00:00": None,
            "2026-09-01 23:59:60": None,
            "2026-09-01T23:59:59.123456": ("2026-09-01 23:59:59.123456", "2026-09-01"),
        },
        company='as_of = "2026-09-30"',
    ),
    _dates(
        "two_formats",
        {
            "31/12/2025": ("2025-12-31 00:00:00", "2025-12-31"),
            "12/31/2025": None,
            "03/04/2026": ("2026-04-03 00:00:00", "2026-04-03"),
            "2026-04-03": ("2026-04-03 00:00:00", "2026-04-03"),
            "31/02/2026": None,
            "3/4/26": None,
        },
        company='as_of = "2026-09-30"',
        options='date_format = "%d/%m/%Y"',
    ),
    _dates(
        "months_by_name",
        {
            "5-Mar-2026": ("2026-03-05 00:00:00", "2026-03-05"),
            "5-MAR-2026": ("2026-03-05 00:00:00", "2026-03-05"),
            "5-Marvellous-2026": None,
            "5-Mrz-2026": ("2026-03-05 00:00:00", "2026-03-05"),
            "5-Mrt-2026": ("2026-03-05 00:00:00", "2026-03-05"),
            "5-Mrzo-2026": None,
        },
        company='as_of = "2026-09-30"',
        options='date_format = "%d-%b-%Y"',
    ),
    _dates(
        "seconds_since_1970",
        {
            "1788220800": ("2026-09-01 00:00:00", "2026-09-01"),
            "1788220800.5": None,
            "-5": None,
            "12345678901234567890": None,
        },
        company='as_of = "2026-09-30"',
        options='date_format = "unix"',
    ),
    _dates(
        "clock_changes",
        {
            # the hour that does not exist, as if the clock had not been moved
            "2026-03-08 02:30:00": ("2026-03-08 07:30:00", "2026-03-08"),
            "2026-03-08 03:30:00": ("2026-03-08 07:30:00", "2026-03-08"),
            # the hour that occurs twice, the earlier of the two
            "2026-11-01 01:30:00": ("2026-11-01 05:30:00", "2026-11-01"),
            "2026-11-01 02:00:00": ("2026-11-01 07:00:00", "2026-11-01"),
            "2026-09-01": ("2026-09-01 04:00:00", "2026-09-01"),
        },
        company=NEW_YORK,
    ),
    _dates(
        "offsets_in_the_text",
        {
            "2026-09-01T02:30:00Z": ("2026-09-01 02:30:00", "2026-08-31"),
            "2026-09-01T02:30:00+02:00": ("2026-09-01 00:30:00", "2026-08-31"),
            "2026-09-01T02:30:00-0400": ("2026-09-01 06:30:00", "2026-09-01"),
            "2026-09-01 02:30:00 UTC": ("2026-09-01 02:30:00", "2026-08-31"),
            "2026-09-01 02:30:00 EST": None,
            "2026-09-01T02:30:00+2": None,
        },
        company=NEW_YORK,
    ),
    sales(
        "zone_in_the_header",
        "customer_id,at (Europe/Berlin),amount\nC1,2026-09-01 03:00:00,5\n",
        company=NEW_YORK,
        columns=TIMES,
        used=[("C1", "2026-09-01 01:00:00", "2026-08-31")],
    ),
    sales(
        "unknown_zone_in_the_header",
        "customer_id,at (Europe/Berlim),amount\nC1,2026-09-01 03:00:00,5\n",
        error=UnreadableFile,
        says=("Europe/Berlim", "Europe/Berlin"),
    ),
    sales(
        "unknown_zone",
        HEAD + "C1,2026-09-01,5\n",
        company='timezone = "America/NewYork"',
        error=BadSetting,
        says=("America/NewYork", "America/New_York"),
    ),
    sales(
        "unknown_date_format",
        HEAD + "C1,2026-09-01,5\n",
        options='date_format = "%Q/%m/%Y"',
        error=BadSetting,
        says=("%Q", "Known:"),
    ),
    sales(
        "excel_dates_as_numbers",
        HEAD + "C1,45930,5\nC2,45930.75,6\nC3,2026-09-01,7\n",
        used=[("C3", "2026-09-01", "7")],
        aside=[(2, "at", "not_a_date", "45930"), (3, "at", "not_a_date", "45930.75")],
    ),
    sales(
        "rows_after_as_of",
        "customer_id,at,amount,known_at\nC1,2026-09-30,5,\nC2,2026-10-01,6,\nC3,2099-01-01,7,\nC4,2026-09-01,8,2026-10-02\n",
        used=[("C1", "2026-09-30", "5")],
        aside=[
            (3, "at", "after_as_of", "2026-10-01"),
            (4, "at", "after_as_of", "2099-01-01"),
            (5, "known_at", "after_as_of", "2026-10-02"),
        ],
    ),
    sales(
        "stray_years_do_not_move_as_of",
        _many("X,2099-12-31,5\nY,9999-12-31 23:00:00-05:00,5\n"),
        company='as_of = "auto"',
        columns="customer_id at_date amount",
        used=[(f"C{i}", f"2026-{1 + i % 9:02d}-{1 + i % 28:02d}", "5") for i in range(300) if i % 9 != 8],
        aside=[
            *((i + 2, "at", "after_as_of", f"2026-09-{1 + i % 28:02d}") for i in range(300) if i % 9 == 8),
            (302, "at", "after_as_of", "2099-12-31"),
            (303, "at", "not_a_date", "9999-12-31 23:00:00-05:00"),
        ],
        as_of="2026-08-31",
    ),
    sales(
        "one_stray_among_few",
        HEAD + "".join(f"C{i},2026-0{i}-28,5\n" for i in range(1, 9)) + "D8,2026-08-31,5\nC9,2099-12-31,5\n",
        company='as_of = "auto"',
        used=[*((f"C{i}", f"2026-0{i}-28", "5") for i in range(1, 9)), ("D8", "2026-08-31", "5")],
        aside=[(11, "at", "after_as_of", "2099-12-31")],
        as_of="2026-08-31",
    ),
    sales(
        "everything_after_as_of",
        HEAD + "C1,2026-09-01,5\n",
        company='as_of = "1990-12-31"',
        error=NothingToRun,
        says=("after_as_of",),
    ),
)
