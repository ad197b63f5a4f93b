"""The same kinds of fault in other words: other columns, languages, spellings and mixtures, with values by hand.

Made by another author than the cases beside it: what init proposes (first answers) or what a person would write.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.cases.counting import Counted, counted, made
from worthline.errors import NothingToRun
from worthline.ingest.propose import look, propose, write

HEAD = '[company]\nname = "c"\ncurrency = "USD"\n'


def sheet(header, rows, mark=","):
    """CSV text."""
    return "\n".join(mark.join(map(str, row)) for row in [header.split(mark), *rows]) + "\n"


def proposed(folder, answers=(), **files) -> tuple[Counted, int]:
    """The folder as init maps it, with the first choice of each question unless `answers` has words of another; counted."""
    made(folder, "", **files)
    (folder / "worthline.toml").unlink()
    found = propose(folder, *look(folder))
    given: dict[tuple[str, ...], str] = {}
    while questions := (proposal := found.proposal(given)).questions:
        one = questions[0]
        given[one.key] = next((c for c, says in one.choices if any(a in says for a in answers)), one.choices[0][0])
    (folder / "worthline.toml").write_text(write(proposal), "utf-8")
    return counted(folder), len(given)


def of(folder, tables, *, metrics=True, **files) -> Counted:
    """The folder as a person maps it, counted."""
    return counted(made(folder, HEAD + tables, **files), metrics=metrics)


def days(n, first=date(2024, 1, 1), step=1):
    """So many days."""
    return [(first + timedelta(days=step * i)).isoformat() for i in range(n)]


# ------------------------------------------------------------------------------------------- subscriptions


def test_1900_and_2099_are_no_ends(tmp_path):
    ends = ["1900-01-01", "2099-12-31", None]
    rows = [
        [f"S{i}", f"2023-{1 + i % 12:02}-01", ends[i % 3] or f"2025-{1 + i // 3 % 6:02}-15", "12.00"] for i in range(60)
    ]
    rows[0][2], rows[3][2] = "0000-00-00", "0000-00-00 00:00:00"
    found, asked = proposed(tmp_path / "c", contracts=sheet("MemberID,Contract Start,Contract End,Monthly Fee", rows))
    # 20 of 60 end from January to June 2025
    assert (found.value("customers_active", "2025-06"), found.value("mrr", "2025-06"), asked) == (40, 480, 0)


@pytest.mark.parametrize("fee", ["mrr", "price"])
def test_the_price_of_all_seats_is_not_multiplied_by_them(tmp_path, fee):
    rows = [[f"A{i}", "2024-01-01", 10 * (1 + i % 5), 1 + i % 5] for i in range(20)] + [["Z", "2024-06-15", 10, 1]]
    found, _ = proposed(tmp_path / "c", subscriptions=sheet(f"customer_id,started_on,{fee},seats", rows))
    assert found.value("mrr", "2024-05") == 4 * (10 + 20 + 30 + 40 + 50)


def test_the_price_of_a_seat_is(tmp_path):
    rows = [[f"A{i}", "2024-01-01", 10, 1 + i % 5] for i in range(20)] + [["Z", "2024-06-15", 10, 1]]
    found, asked = proposed(
        tmp_path / "c", subscriptions=sheet("customer_id,started_on,price_per_seat,number_of_seats", rows)
    )
    assert (found.value("mrr", "2024-05"), asked) == (600, 0)


def test_terms_in_another_language_and_counted_in_months(tmp_path):
    spanish = {"mensual": 10, "anual": 120, "trimestral": 30, "semestral": 60}
    rows = [[f"T{i}", "2024-01-01", fee, word] for i, (word, fee) in enumerate(list(spanish.items()) * 5)]
    found, _ = proposed(
        tmp_path / "a",
        suscripciones=sheet("id_cliente,fecha_inicio,cuota,periodicidad", [*rows, ["X", "2024-12-10", 10, "mensual"]]),
    )
    assert found.value("mrr", "2024-11") == 200
    rows = [[f"T{i}", "2024-01-01", 10 * n, n] for i, n in enumerate([1, 3, 12] * 5)] + [["X", "2024-12-10", 10, 1]]
    found, _ = proposed(tmp_path / "b", subscriptions=sheet("customer_id,started_on,fee,billing_period_months", rows))
    assert found.value("mrr", "2024-11") == 150


def test_what_init_finds_of_trials(tmp_path):
    rows = [[f"A{i}", "2024-03-10", "2024-03-24", "" if i % 4 else "2024-03-24", 30] for i in range(40)]
    rows += [[f"B{i}", "2024-01-01", "", "", 30] for i in range(10)] + [["Z", "2024-08-05", "", "", 30]]
    found, asked = proposed(
        tmp_path / "c", subscriptions=sheet("customer_id,started_on,trial_end,ended_on,monthly_fee", rows)
    )
    assert (found.value("mrr", "2024-05"), asked) == (30 * 40, 0)


def test_a_cancellation_that_is_only_planned_does_not_move_the_as_of_date(tmp_path):
    rows = [[f"A{i}", f"2024-{1 + i % 12:02}-05", "2025-02-10" if i < 5 else "", 10, "non_renewing"] for i in range(30)]
    found = of(
        tmp_path / "c",
        '[tables.subscriptions]\nfile = "s.csv"\n',
        s=sheet("customer_id,started_on,ended_on,fee,status", rows),
    )
    assert found.health.as_of == "2024-11-30"


# ------------------------------------------------------------------------------------------- rows


def test_equal_lines_of_one_order_are_lines(tmp_path):
    rows = [
        [f"K{i % 30}", f"2025-{1 + i % 12:02}-05", 10, f"B{i}", "Mug"] for i in range(120) for _ in range(1 + i % 3)
    ]
    lines = '[tables.transactions]\nfile = "t.csv"\n'
    found = of(tmp_path / "c", lines, t=sheet("customer_id,at,amount,transaction_id,product", rows))
    assert "repeated_block" not in found.rules
    # every fourth month repeats: order 4, 16, … have 2 lines or as 1 + i % 3 says
    assert found.value("revenue", "2025-05") == 10 * sum(1 + i % 3 for i in range(120) if i % 12 == 4)


@pytest.mark.parametrize("words", ["S{:02} Total", "Summe S{:02}", "S{:02} Ergebnis"])
def test_totals_that_name_their_customer(tmp_path, words):
    rows = []
    for c in range(12):
        rows += [[f"S{c:02}", f"2025-{m:02}-05", 25] for m in range(1, 7)] + [[words.format(c), "2025-06-30", 150]]
    found = of(tmp_path / "c", '[tables.transactions]\nfile = "t.csv"\n', t=sheet("customer_id,at,amount", rows))
    assert (found.value("revenue", "2025-06"), found.rules["total_row"]) == (300, 12)


def test_totals_in_the_column_of_dates(tmp_path):
    rows = []
    for m in range(1, 5):
        rows += [[f"2025-{m:02}-{1 + i:02}", f"S{i}", "25.00"] for i in range(20)] + [["Sous-total", "", "500.00"]]
    found, asked = proposed(tmp_path / "c", ventes=sheet("date,client,montant", rows))
    assert (found.value("revenue", "2025-03"), found.rules["not_a_date"], asked) == (500, 4, 0)


def test_a_year_typed_a_century_back_is_set_aside(tmp_path):
    rows = [[f"F{i % 30}", day, 10, f"o{i}"] for i, day in enumerate(days(240, step=2))]
    rows[10][1] = "1924-01-21"
    found = of(
        tmp_path / "c",
        '[tables.transactions]\nfile = "t.csv"\n',
        metrics=False,
        t=sheet("customer_id,at,amount,transaction_id", rows),
    )
    assert found.rules["long_before"] == 1
    assert str(min(r["at_date"] for r in found.tables["transactions"].to_pylist())) == "2024-01-01"


def test_one_case_for_several_tags_of_a_day_is_one_contact(tmp_path):
    rows = [[f"T{i}", f"C{i % 40}", f"2025-01-{1 + i % 28:02}", "Line", tag] for i in range(60) for tag in "ab"]
    found = of(
        tmp_path / "c",
        '[tables.interactions]\nfile = "t.csv"\n',
        metrics=False,
        t=sheet("case_id,customer_id,at,touchpoint,tag", rows),
    )
    assert (found.tables["interactions"].num_rows, found.rules["fanned_out"]) == (60, 60)


def test_an_orders_total_on_each_of_its_lines_is_said_loudly(tmp_path):
    rows = [[f"O{i}", f"C{i}", f"2025-01-{1 + i % 28:02}", f"item{n}", 30 + i] for i in range(40) for n in range(3)]
    found = of(
        tmp_path / "c",
        '[tables.transactions]\nfile = "t.csv"\ncolumns = { transaction_id = "order", amount = "total" }\n',
        metrics=False,
        t=sheet("order,customer_id,at,product,total", rows),
    )
    assert "40 of 40 orders of several lines have the same amount on each line" in found.words


def test_two_currencies_beside_amounts_are_not_one_money(tmp_path):
    rows = [[f"K{i % 20}", day, f"{'USD' if i % 2 else 'EUR'} 10.00", f"B{i}"] for i, day in enumerate(days(60))]
    with pytest.raises(NothingToRun):
        proposed(tmp_path / "c", sales=sheet("customer,date,amount,receipt", rows))


# ------------------------------------------------------------------------------------------- people


def test_a_master_id_names_who_stays(tmp_path):
    customers = [[f"C{i}", "2023-01-01", ""] for i in range(20)] + [[f"D{i}", "2023-01-01", f"C{i}"] for i in range(5)]
    orders = [[f"{'D' if i % 20 < 5 and i < 60 else 'C'}{i % 20}", day, 10, f"o{i}"] for i, day in enumerate(days(120))]
    found, asked = proposed(
        tmp_path / "c",
        customers=sheet("customer_id,joined_on,master_customer_id", customers),
        orders=sheet("customer_id,order_date,amount,order_id", orders),
    )
    assert (found.tables["customers"].num_rows, asked) == (20, 0)


def test_ids_of_fifteen_and_eighteen_characters_are_the_same(tmp_path):
    # 001A0000000aBcD + check letters: capitals of the five, lowest first: 001A0 -> 8 = I, 00000 -> A, 0aBcD -> 4 + 16 = U
    customers = [["001A0000000aBcD", "2023-01-01"], ["001A0000000aBcE", "2023-01-01"]]
    orders = [["001A0000000aBcDIAU", "2024-01-05", 10], ["001A0000000aBcDXXX", "2024-01-05", 10]]
    tables = '[tables.customers]\nfile = "c.csv"\n[tables.transactions]\nfile = "t.csv"\n'
    found = of(
        tmp_path / "c",
        tables,
        metrics=False,
        c=sheet("customer_id,joined_on", customers),
        t=sheet("customer_id,at,amount", orders),
    )
    assert {r["customer_id"] for r in found.tables["transactions"].to_pylist()} == {
        "001A0000000aBcD",
        "001A0000000aBcDXXX",
    }


@pytest.mark.parametrize("way", ["named", "column"])
def test_full_lists_of_each_month_show_who_left(tmp_path, way):
    ends = {1: 31, 2: 28, 3: 31, 4: 30, 5: 31, 6: 30}
    here = {m: [i for i in range(50) if not (i < 10 and m >= 3 + i // 3)] for m in ends}
    if way == "named":
        files = {f"kunden_{m:02}_2025": sheet("kundennummer;kunde_seit", [[f"P{i:02}", "01.05.2023"] for i in ids], ";")
                 for m, ids in here.items()}  # fmt: skip
    else:
        rows = [[f"2025-{m:02}-{ends[m]}", f"P{i:02}", "2023-05-01"] for m, ids in here.items() for i in ids]
        files = {"customer_snapshots": sheet("snapshot_date,customer_id,joined_on", rows)}
    found, asked = proposed(tmp_path / "c", **files)
    assert (found.health.as_of, asked) == ("2025-06-30", 0)
    assert found.value("customers_active", "2025-06") == 40
    assert sum(found.value("customers_lost", f"2025-{m:02}") for m in range(3, 7)) == 10


def test_validity_under_other_names(tmp_path):
    customers = []
    for i in range(20):
        customers.append([f"S{i}", "2023-01-01", "Basic", "2023-01-01", "2024-06-30"])
        customers.append([f"S{i}", "2023-01-01", "Gold" if i % 2 else "Basic", "2024-07-01", "9999-12-31"])
    orders = [[f"S{i}", f"2024-{m:02}-05", 10, f"o{i}-{m}"] for i in range(20) for m in range(1, 13)]
    found, asked = proposed(
        tmp_path / "c",
        customers=sheet("customer_id,joined_on,segment,effective_from,effective_to", customers),
        orders=sheet("customer_id,order_date,amount,order_id", orders),
    )
    assert (found.tables["customers"].num_rows, asked) == (20, 0)
    assert found.value("revenue", "2024-10", "segment", "Gold") == 100
    assert found.value("revenue", "2024-03", "segment", "Basic") == 200


def test_keys_that_only_their_values_tell_are_asked_about(tmp_path):
    listed = [[f"KD-{i:04}x", f"2023-01-0{1 + i % 9}", "AB"[i % 2]] for i in range(60)]
    sold = [[day, "10.50", f"Q{i}", f"KD-{i % 60:04}x"] for i, day in enumerate(days(240))]
    made(tmp_path, "", stammdaten=sheet("Nr,Beginn,Gruppe", listed), verkauf=sheet("Tag,Wert,Bon,Partner", sold))
    (tmp_path / "worthline.toml").unlink()
    questions = propose(tmp_path, *look(tmp_path)).proposal({}).questions
    assert any("Nr names the customer" in says for one in questions for _, says in one.choices)


# ------------------------------------------------------------------------------------------- answers


SURVEY = "response_id,customer_id,answered_at,{}"


def answers_of(cells):
    """One answer a cell, all in May 2025."""
    return [[f"r{i}", f"C{i}", f"2025-05-{1 + i % 28:02}", cell] for i, cell in enumerate(cells)]


def test_words_for_no_answer_are_none(tmp_path):
    cells = ["N/A", "Keine Angabe", 9, 3, 3] * 20
    found, asked = proposed(tmp_path / "c", nps_survey=sheet(SURVEY.format("nps"), answers_of(cells)))
    assert (found.value("nps", "2025-05"), asked) == (pytest.approx(100 * (20 - 40) / 60), 0)


def test_zero_to_ten_coded_from_one(tmp_path):
    cells = [1 + i % 11 for i in range(220)]
    survey = sheet(SURVEY.format("nps"), answers_of(cells))
    found, _ = proposed(tmp_path / "a", ["an answer to"], nps_survey=survey)
    # coded 1-11: 9 and 10 are 40 of 220, 0-6 are 140
    assert found.value("nps", "2025-05") == pytest.approx(100 * (40 - 140) / 220)
    tables = (
        '[tables.feedback]\nfile = "nps.csv"\nconstants = { metric = "nps" }\n'
        'columns = { feedback_id = "response_id", at = "answered_at", score = "nps" }\n'
    )
    assert "coded as 1 to 11" in "".join(of(tmp_path / "b", tables, metrics=False, nps=survey).health.losses)


def test_one_as_the_best_is_asked_about(tmp_path):
    cells = ["1 - sehr zufrieden", 2, 3, 4, "5 - sehr unzufrieden"] * 16 + ["1 - sehr zufrieden"] * 20
    rows = answers_of(cells)
    header = "antwort_id,kundennummer,antwortdatum,csat"
    found, asked = proposed(tmp_path / "c", umfrage=sheet(header, rows))
    # satisfied: 1 and 2 of 5 turned round are 5 and 4: 36 + 16 of 100
    assert (found.value("csat", "2025-05"), asked) == (pytest.approx(0.52), 2)


def test_labels_at_the_ends_of_a_scale_are_its_numbers(tmp_path):
    cells = ["Not at all likely - 0", 5, 9, "Extremely likely - 10"] * 10
    header = "response_id,customer_id,answered_at,How likely are you to recommend us?"
    found, asked = proposed(tmp_path / "c", survey=sheet(header, answers_of(cells)))
    assert (found.value("nps", "2025-05"), asked) == (0, 0)


def test_waits_in_minutes_are_seconds(tmp_path):
    rows = [[f"T{i}", f"C{i}", "2025-01-05 10:00", "Line", i % 7, ("gelöst", "offen")[i % 2]] for i in range(20)]
    columns = 'columns = { wait_seconds = "Wartezeit (Min.)", resolved = "Status" }\n'
    found = of(
        tmp_path / "c",
        f'[tables.interactions]\nfile = "t.csv"\n{columns}',
        metrics=False,
        t=sheet("case_id,customer_id,at,touchpoint,Wartezeit (Min.),Status", rows),
    )
    read = {r["case_id"]: (r["wait_seconds"], r["resolved"]) for r in found.tables["interactions"].to_pylist()}
    assert (read["T5"], read["T6"]) == ((300.0, False), (360.0, True))


# ------------------------------------------------------------------------------------------- words and spellings


def test_credit_notes_above_zero_in_another_language(tmp_path):
    rows = [[f"K{i % 20}", f"2024-{1 + i % 12:02}-05", "10.00", f"B{i}", "Rechnung"] for i in range(120)]
    rows += [[f"K{i}", "2024-05-20", "10.00", f"G{i}", "Gutschrift"] for i in range(6)]
    found, asked = proposed(tmp_path / "c", belege=sheet("kunde,datum,betrag,beleg,belegart", rows))
    assert (found.value("revenue", "2024-05"), found.value("refunds", "2024-05"), asked) == (40, 60, 0)


def test_a_scale_in_words(tmp_path):
    cells = ["Sehr zufrieden", "Zufrieden", "Teils, teils", "Unzufrieden", "Sehr unzufrieden"] * 10
    rows = [[f"r{i}", f"C{i}", f"2025-05-{1 + i % 28:02}", f'"{cell}"'] for i, cell in enumerate(cells)]
    found, asked = proposed(tmp_path / "c", umfrage=sheet("response_id,customer_id,answered_at,zufriedenheit", rows))
    assert (found.value("csat", "2025-05"), asked) == (0.4, 0)


def test_files_that_write_dates_each_in_its_way_are_read_each_in_its_way(tmp_path):
    first = [[f"D{i % 20}", f"{1 + i % 28:02}/{1 + i % 12:02}/2024", 10, f"o{i}"] for i in range(120)]
    second = [[f"D{i % 20}", f"{1 + i % 12:02}/{1 + i % 28:02}/2025", 10, f"p{i}"] for i in range(120)]
    header = "customer_id,order_date,amount,order_id"
    found, asked = proposed(tmp_path / "c", orders_2024=sheet(header, first), orders_2025=sheet(header, second))
    assert (found.value("revenue", "2024-05"), found.value("revenue", "2025-05"), asked) == (100, 100, 0)


def test_addresses_that_differ_in_capitals_name_one_customer_and_are_not_kept(tmp_path):
    listed = [[f"User{i}@Example.com", "2023-01-01"] for i in range(30)]
    sold = [[f"user{i % 30}@example.com", day, 10, f"o{i}"] for i, day in enumerate(days(90))]
    found, asked = proposed(
        tmp_path / "c",
        customers=sheet("email,signup_date", listed),
        orders=sheet("email,order_date,amount,order_id", sold),
    )
    assert (found.tables["customers"].num_rows, asked) == (30, 0)
    assert not any("@" in str(r["customer_id"]) for r in found.tables["customers"].to_pylist())


def test_an_apostrophe_before_an_id_is_none_of_it(tmp_path):
    listed = [[f"{i:05}", "2023-01-01"] for i in range(30)]
    sold = [[f"'{i % 30:05}", day, 10] for i, day in enumerate(days(90))]
    tables = '[tables.customers]\nfile = "c.csv"\n[tables.transactions]\nfile = "t.csv"\n'
    found = of(
        tmp_path / "c",
        tables,
        metrics=False,
        c=sheet("customer_id,joined_on", listed),
        t=sheet("customer_id,at,amount", sold),
    )
    assert found.tables["customers"].num_rows == 30
