"""Dates, amounts and ids in other spellings: read as they are meant by what init proposes unasked, or set aside.

Each file holds 12 sales of 10.00 in each month of 2024, and what a month brings follows from the spelling alone.
"""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from tests.cases.counting import counted, made
from tests.cases.test_further_kinds import sheet
from worthline.errors import WorthlineError
from worthline.ingest.propose import look, propose, write

MONTHS = {
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "jan fev mar abr mai jun jul ago set out nov dez",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "en": "Jan Feb Mar Apr May June July Aug Sept Oct Nov Dec",
}
MONTHS = {language: names.split() for language, names in MONTHS.items()}


def sales(dated, amount=lambda n: "10.00", mark=",", customer=lambda n: f"K{n % 24}"):
    """144 sales: the n-th in month 1 + n % 12 on day 1 + n % 28."""
    rows = [[customer(n), dated(date(2024, 1 + n % 12, 1 + n % 28)), amount(n), f"o{n}"] for n in range(144)]
    return sheet(f"customer_id{mark}order_date{mark}amount{mark}order_id", rows, mark)


def iso(day):
    """The usual form."""
    return day.isoformat()


def read(folder, **files):
    """What init maps without an answer, by month; and the rows of every rule."""
    made(folder, "", **files)
    (folder / "worthline.toml").unlink()
    proposal = propose(folder, *look(folder)).proposal({})
    assert not proposal.questions
    (folder / "worthline.toml").write_text(write(proposal), "utf-8")
    found = counted(folder, metrics=False)
    by_month = Counter()
    for row in found.tables["transactions"].to_pylist():
        by_month[row["at_date"].month] += row["amount"]
    return {month: float(total) for month, total in by_month.items()}, found


@pytest.mark.parametrize(
    "dated",
    [
        lambda d: f"{d.day}. {MONTHS['de'][d.month - 1]} {d.year}",
        lambda d: f"{d.day} {MONTHS['fr'][d.month - 1]} {d.year}",
        lambda d: f"{d.day} de {MONTHS['es'][d.month - 1]} de {d.year}",
        lambda d: f"{d.day}-{MONTHS['it'][d.month - 1]}-{d.year}",
        lambda d: f"{d.day}/{MONTHS['pt'][d.month - 1]}/{d.year}",
        lambda d: f"{d.day} {MONTHS['nl'][d.month - 1].upper()} {d.year}",
        lambda d: f"{MONTHS['en'][d.month - 1]} {d.day} {d.year}",
        lambda d: d.strftime("%A, %B %d, %Y"),
        lambda d: d.strftime("%d%b%Y").upper(),
        lambda d: d.isoformat() if d.day % 2 else d.strftime("%d/%m/%Y"),
        lambda d: str((d - date(1899, 12, 30)).days),
        lambda d: f"{d.day}.{d.month}.{d.year % 100}",
    ],
    ids=["de", "fr", "es", "it", "pt", "nl", "en", "weekday", "dense", "mixed", "serial", "short"],
)
def test_dates_are_read_as_they_are_written(tmp_path, dated):
    by_month, found = read(tmp_path / "c", orders=sales(lambda d: f'"{dated(d)}"' if "," in dated(d) else dated(d)))
    # December is not over: its last sale is of the 28th
    assert by_month == dict.fromkeys(range(1, 12), 120.0)
    assert found.rules == {"after_as_of": 12}


@pytest.mark.parametrize("form", ["%Y-%m", "%b-%y", "%m/%Y"])
def test_a_month_without_a_day_is_whole(tmp_path, form):
    by_month, _ = read(tmp_path / "c", orders=sales(lambda d: d.strftime(form)))
    assert by_month == dict.fromkeys(range(1, 13), 120.0)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ('"1,23,456.00"', 123456), ('"₹ 12,34,567.5"', 1234567.5), ("1’234.50", 1234.5), ("1\u202f234.50", 1234.5),
        ("1\u2009234.50", 1234.5), ("1\u00a0234.50", 1234.5), ("1\u00a0234,50 €", 1234.5), ('"Rs. 1,234.50"', 1234.5),
        ("1.234,50 kr", 1234.5), ("CHF 1'234.50", 1234.5),
    ],
)  # fmt: skip
def test_amounts_are_read_as_they_are_written(tmp_path, written, value):
    mark = ";" if ",50" in written else ","
    by_month, _ = read(tmp_path / "c", orders=sales(iso, lambda n: written, mark))
    assert by_month == dict.fromkeys(range(1, 12), 12 * value)


def test_below_zero_in_parentheses_and_with_a_sign_behind(tmp_path):
    back = {1: "(4.00)", 2: "3.00-", 3: "$3.00 -"}
    by_month, _ = read(tmp_path / "c", orders=sales(iso, lambda n: back.get(n % 12, "10.00")))
    assert by_month == dict.fromkeys((1, *range(5, 12)), 120.0) | {2: -48, 3: -36, 4: -36}


@pytest.mark.parametrize("unseen", ["\u200b", "\u00a0", "\ufeff", "\u200e", "\u3000"])
def test_characters_that_nobody_sees_are_no_part_of_an_id(tmp_path, unseen):
    listed = sheet("customer_id,joined_on", [[f"K{n}", "2023-01-01"] for n in range(24)])
    sold = sales(iso, customer=lambda n: f"K{n % 24}{unseen if n % 3 else ''}")
    _, found = read(tmp_path / "c", customers=listed, orders=sold)
    assert found.tables["customers"].num_rows == 24
    assert "unknown_customer" not in found.rules


@pytest.mark.parametrize("written", ["10.00 CR", "10.0.0", "ten", "1,2,3", "--5", "5--"])
def test_what_is_no_amount_is_never_read_as_one(tmp_path, written):
    lines = '[tables.transactions]\nfile = "t.csv"\nthousands = ","\ncolumns = { at = "order_date" }\n'
    folder = made(tmp_path / "c", lines, t=sales(iso, lambda n: f'"{written}"'))
    with pytest.raises(WorthlineError, match="not_money"):
        counted(folder, metrics=False)
