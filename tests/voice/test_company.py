"""A company's run with words: nothing personal published, themes with customers, group and trend; little text breaks nothing."""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta

import duckdb
import pytest
from typer.testing import CliRunner

import worthline as wl
from tests.voice.made import comments
from worthline.app.cli import app
from worthline.reports import explain_theme
from worthline.voice.figures import sentence

CANARIES = (
    "zebrafish@canary.example",
    "4111 1111 1111 1111",
    "DE89370400440532013000",
    "+49 30 9988776",
    "Quillfeather",
    "Umberland",
)
GROUPS = {"billing": "Finance", "delivery": "Logistics", "network": "Network", "staff": "Service"}
TOML = """
[company]
name = "Wordy"
as_of = "2026-06-30"
setting = "contractual"
margin = 0.5

[tables.customers]
file = "customers.csv"

[tables.subscriptions]
file = "subscriptions.csv"

[tables.feedback]
file = "feedback.csv"
constants = { metric = "nps" }

[tables.responsibilities]
file = "responsibilities.csv"

[tables.treatments]
file = "treatments.csv"

[tables.interactions]
file = "interactions.csv"

[[voice.themes]]
name = "Refunds"
words = ["refund*"]
group = "Treasury"
"""


def written(path, header: list[str], rows: list[list[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """300 customers, 900 comments of four topics; those who write of the network leave three times as often."""
    folder = tmp_path_factory.mktemp("wordy")
    draw = random.Random(5)
    said = comments(900, seed=2)
    topics: dict[int, list[str]] = {}
    feedback = []
    for number, (text, topic) in enumerate(said):
        who = number % 300
        topics.setdefault(who, []).append(topic)
        day = date(2025, 1, 5) + timedelta(days=draw.randrange(540))
        score = 9 if topic == "staff" else 3
        feedback.append([f"F{number}", f"C{who:04}", day, score, text, topic.title()])
    feedback[0][4] += " write to zebrafish@canary.example or +49 30 9988776"
    feedback[1][4] += " my card 4111 1111 1111 1111, account DE89370400440532013000"
    feedback[2][4] += " signed Umberland Quillfeather"
    feedback.append(["F900", "C0003", date(2026, 5, 1), "", "I called QUILLFEATHER again", ""])
    left = {who for who in range(300) if draw.random() < (0.45 if "network" in topics[who] else 0.15)}
    written(folder / "customers.csv", ["customer_id", "name", "email"], [
        [f"C{who:04}", "Umberland Quillfeather" if who in (2, 3) else f"Person {who}", f"p{who}@mail.example"] for who in range(300)
    ])  # fmt: skip
    written(folder / "subscriptions.csv", ["customer_id", "started_on", "ended_on", "fee", "period"], [
        [f"C{who:04}", "2024-01-01", f"2026-0{1 + who % 5}-15" if who in left else "", 20, "month"] for who in range(300)
    ])  # fmt: skip
    written(folder / "feedback.csv", ["feedback_id", "customer_id", "at", "score", "text", "touchpoint"], feedback)
    written(
        folder / "responsibilities.csv",
        ["group", "touchpoint", "role"],
        [[g, t.title(), "owns"] for t, g in GROUPS.items()],
    )
    written(folder / "treatments.csv", ["customer_id", "at", "initiative", "arm", "customer_said"],
            [["C0002", "2026-03-01", "calls", "treated", "Quillfeather speaking, zebrafish@canary.example"]])  # fmt: skip
    written(folder / "interactions.csv", ["customer_id", "at", "touchpoint", "note"],
            [[f"C{who:04}", "2026-03-02", "Billing", "bill charge refund amount, caller +49 30 9988776"] for who in range(20)])  # fmt: skip
    (folder / "worthline.toml").write_text(TOML, encoding="utf-8")
    return wl.open(folder).run()


def test_no_canary_in_any_published_table(run):
    for path in sorted(run.path.rglob("*.parquet")):
        if path.parent.name == "personal":
            continue
        columns = [row[0] for row in duckdb.sql(f"describe select * from '{path}'").fetchall()]
        for canary in CANARIES:
            where = " or ".join(f"contains(lower(cast(\"{c}\" as varchar)), lower('{canary}'))" for c in columns)
            assert duckdb.sql(f"select count(*) from '{path}' where {where}").fetchall() == [(0,)], (path.name, canary)
    for path in run.path.glob("*.json"):
        assert not [canary for canary in CANARIES if canary in path.read_text("utf-8")]


def test_each_topic_is_a_theme_of_its_group(run):
    rows = run.table("themes").to_pylist()
    assert set(GROUPS.values()) <= {row["group"] for row in rows if row["origin"] == "found"}
    assert all(row["low"] <= row["trend"] <= row["high"] for row in rows if row["trend"] is not None)
    assert [(row["label"], row["group"]) for row in rows if row["origin"] == "listed"] == [("Refunds", "Treasury")]


def test_volume_and_customers_by_hand_written_sql(run):
    asked = """
    with late as (select distinct item, theme, customer_id from theme_items
                  where kind = 'comment' and respondent = 'customer' and day > '2025-06-30' and day <= '2026-06-30'
                  and theme is not null),
    n as (select theme, count(*) as n, count(distinct customer_id) as c from late group by theme)
    select t.volume, n.n, t.customers, n.c from themes as t join n on n.theme = t.theme"""
    rows = run.sql(asked).to_pylist()
    assert rows
    assert all((row["volume"], row["customers"]) == (row["n"], row["c"]) for row in rows)


def test_what_leavers_wrote_of(run):
    rows = {row["label"]: row for row in run.table("theme_leavers").to_pylist()}
    found = [
        row
        for label, row in rows.items()
        if {"signal", "network", "coverage", "mast", "outage"} & set(label.lower().split(", "))
    ]
    assert found
    assert max(row["difference"] for row in rows.values()) == max(row["difference"] for row in found)


def test_notes_of_contacts_and_words_of_treated_customers_are_read(run):
    sources = {row["source"] for row in run.sql("select distinct source from theme_items").to_pylist()}
    assert sources == {"feedback", "interactions", "treatments"}


def test_themes_are_no_cause(run):
    grades = run.sql("select distinct grade from effects where starts_with(cause, 'theme: ')").to_pylist()
    assert {row["grade"] for row in grades} <= {"D", None}


def test_a_company_with_next_to_no_words_runs(tmp_path):
    written(tmp_path / "feedback.csv", ["at", "score", "text"], [["2026-01-05", 9, "fine"], ["2026-01-06", 3, ""]])
    (tmp_path / "worthline.toml").write_text(
        '[company]\nname = "Few"\n[tables.feedback]\nfile = "feedback.csv"\nconstants = { metric = "nps" }\n',
        encoding="utf-8",
    )
    made = wl.open(tmp_path).run()
    assert made.table("themes").num_rows == 0
    assert made.table("theme_items")["text"].to_pylist() == ["fine"]
    assert any(note.startswith("No themes") for note in made.health().notes)


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ('[[voice.themes]]\nname = "A"', "Give it a name"),
        ('[[voice.themes]]\nname = "A"\nwords = ["a"]\nwrods = ["b"]', "words"),
        ('[voice]\nthemes = "x"', "Write \\[\\[voice.themes\\]\\]"),
    ],
)
def test_a_list_that_cannot_be_read_says_what_to_write(tmp_path, section, said):
    (tmp_path / "worthline.toml").write_text(f'[company]\nname = "Few"\n{section}\n', encoding="utf-8")
    with pytest.raises(wl.errors.BadSetting, match=said):
        wl.open(tmp_path)


def test_pages_show_themes_a_theme_and_a_comment(run):
    from worthline.reports import customer, voice

    rows = voice.themes(run)
    assert any("Refunds" in str(block) for block in voice.page(run).blocks)
    for row in rows:
        shown = str(voice.theme_page(run, row["label"]).blocks)
        assert row["sentence"] in shown
    item = run.sql("select item, text from theme_items where kind = 'comment' limit 1").to_pylist()[0]
    assert item["text"] in str(voice.item(run, item["item"][:10]).blocks)
    with pytest.raises(wl.errors.NoSuchName):
        voice.theme_page(run, "No such theme")
    assert "Themes of comments at this touchpoint" in str(voice.touchpoint(run, "Billing").blocks)
    with pytest.raises(wl.errors.NoSuchName):
        voice.item(run, "'; select 1")
    who = run.sql("select customer_id from theme_items where label is not null and customer_id is not null limit 1")
    assert "Themes of this customer's comments" in str(customer.page(run, who["customer_id"][0].as_py()).blocks)


def test_explain_counts_a_theme_anew(run):
    for row in run.table("themes").to_pylist():
        for name in (row["theme"], row["label"], row["label"].upper()):
            assert explain_theme.is_theme(run, name)
        counted, owners, *money = explain_theme.explain(run, row["label"]).queries
        assert counted.rows.to_pylist() == [{"volume": row["volume"], "customers": row["customers"]}]
        assert [query.rows["margin_at_risk"][0].as_py() for query in money] == [row["margin_at_risk"]]
        if row["origin"] == "found":
            assert owners.rows["group"][0].as_py() == row["group"], "the largest share of touchpoints"
    assert not explain_theme.is_theme(run, "nps")
    told = CliRunner().invoke(app, ["explain", "own: Refunds", str(run.path.parents[2])])
    assert (told.exit_code, "Your own list, [[voice.themes]]" in " ".join(told.output.split())) == (0, True)
    assert "Treasury" in told.output
    missed = CliRunner().invoke(app, ["explain", "own: Refund", str(run.path.parents[2])])
    assert missed.exit_code == 1
    assert "no figure, metric, effect or theme" in str(missed.exception)


def test_few_scores_make_no_average_in_a_sentence_and_hidden_is_called_hidden():
    row = {"label": "Refunds", "volume": 16, "customers": 16, "score": 7.0, "score_n": 9, "score_low": None}
    row |= {"sentiment": -0.39, "margin_at_risk": None, "alarm_says": None}
    few = "Refunds: 16 comments by 16 customers in the last 12 months. Average sentiment -0.39 (-1 to 1)."
    assert sentence(row, "EUR", "nps") == few
    assert "Average NPS score 7.0 (10 answers)." in sentence(row | {"score_n": 10}, "EUR", "nps")


def test_explain_of_a_theme_of_few_tells_nothing_that_is_hidden(run, monkeypatch):
    from worthline.reports import voice

    themes = voice.themes
    few = {"customers": None, "sentiment": None, "sentence": "Hidden: fewer than 10."}
    monkeypatch.setattr(voice, "themes", lambda run: [row | few for row in themes(run)])
    explained = explain_theme.explain(run, "Refunds")
    assert explained.queries == ()
    facts = dict(voice.facts(run, explained.row))
    assert {facts["Customers who wrote"], facts["Sentiment"]} == {"hidden, fewer than 10"}
    assert "hidden, fewer than 10" in str(explain_theme.page(run, explained).blocks)


def test_the_terminal_lists_themes_in_80_columns(run):
    from typer.testing import CliRunner

    from worthline.app.cli import app

    shown = CliRunner().invoke(app, ["show", str(run.path.parents[2]), "themes"], env={"COLUMNS": "80"})
    assert shown.exit_code == 0
    assert max(map(len, shown.stdout.splitlines())) <= 80
    assert "label" in shown.stdout


def test_why_no_group_owns_a_theme():
    from worthline.voice.theme_rows import _owner

    assert _owner(["A"] * 4 + ["B"] * 3 + ["C"] * 3, 10) == ("A", None)  # 4 of 10 are 40%
    group, why = _owner(["A"] * 3 + ["B"] * 3 + ["C"] * 3, 9)
    assert group is None
    assert why.startswith("A owns the largest part of what its comments are about, 33.3%; an owner needs 40%.")
    assert _owner([None] * 5, 5)[1].startswith("No group owns the touchpoints of its comments")
    assert _owner([None] * 5, 0)[1].startswith("None of its 5 comments names a touchpoint")
    assert _owner([], 0)[1].startswith("No comment in the last 12 months")


def test_each_theme_has_a_group_or_says_why_and_how_many_bear_a_sentiment(run):
    rows = run.table("themes").to_pylist()
    assert all((row["group"] is None) != (row["group_reason"] is None) for row in rows)
    counted = run.sql(
        "select theme, count(distinct item) as n from theme_items where kind = 'comment' and respondent = 'customer' "
        "and sentiment is not null and day > '2025-06-30' and day <= '2026-06-30' and theme is not null group by theme"
    ).to_pylist()
    known = {row["theme"]: row["n"] for row in counted}
    assert {row["theme"]: row["sentiment_n"] for row in rows} == {
        row["theme"]: known.get(row["theme"], 0) for row in rows
    }


RULES = """
[[routing]]
name = "Angry about the network"
group = "Board"
when = "at once"
touchpoint = "Network"
score_at_most = 4
words = ["outage", "\\"dropped calls\\""]
"""


def test_what_customers_wrote_is_in_the_inboxes_of_their_groups_once_the_run_is_published(run):
    """Each comment of the last 31 days goes to the owner of its touchpoint, or where the rule says; once."""
    from worthline.app.routing import inbox, published
    from worthline.app.routing.office import Office
    from worthline.app.store import routings, snapshot

    folder = run.path.parents[2]
    (folder / "worthline.toml").write_text(TOML + RULES, encoding="utf-8")
    office = Office(folder)
    late = "kind = 'comment' and respondent = 'customer' and day > '2026-05-30' and day <= '2026-06-30'"
    angry = (
        f"{late} and touchpoint = 'Network' and score <= 4 and (text like '%outage%' or text like '%dropped calls%')"
    )
    [expected] = run.sql(f"select count(distinct item) as n from theme_items where {late}").to_pylist()
    board = run.sql(f"select distinct item from theme_items where {angry}")["item"].to_pylist()
    owned = run.sql(
        f'select distinct item, "group" from theme_items where {late} and touchpoint is not null'
    ).to_pylist()
    assert board
    assert published.route(office) == published.route(office) == (expected["n"], 5)
    entries = inbox.entries(office.store(), office.context(), most=10_000)
    assert len(entries) == expected["n"], "twice routed is routed once"
    assert {e.item for e in entries if e.group == "Board"} == set(board)
    ways = {(e.item, e.group) for e in entries if e.group != "Board"}
    assert ways == {(row["item"], row["group"]) for row in owned if row["item"] not in board}
    texts = dict(run.sql(f"select distinct item, text from theme_items where {late}").to_pandas().values)
    assert all(entry.text == texts[entry.item] for entry in entries), "masked as the run has it"
    assert all(e.reason for e in entries)

    # Nobody has read anything: the next run reads the same as this one. What somebody read is in the next run.
    assert snapshot.export(office.store(), folder) is None
    with office.store().writing() as tx:
        assert routings.mark(tx, board[0], "Board", "closed", by="R. Okafor", at=office.store().clock())
    assert snapshot.export(office.store(), folder) is not None
    published.route(office)
    states = {e.item: e.state for e in inbox.entries(office.store(), office.context(), "Board")}
    assert states[board[0]] == "closed"
    assert [group.group for group in inbox.groups(office.store(), ["Silent"])][-1] == "Silent"


def test_a_company_without_rules_and_owners_gets_no_store_by_a_run(tmp_path):
    from worthline.app import listening

    written(tmp_path / "feedback.csv", ["at", "score", "text"], [["2026-01-05", 9, "fine"]])
    toml = '[company]\nname = "Few"\n[tables.feedback]\nfile = "feedback.csv"\nconstants = { metric = "nps" }\n'
    (tmp_path / "worthline.toml").write_text(toml, encoding="utf-8")
    wl.open(tmp_path).run()
    assert listening.route_comments(tmp_path) == ()
    assert not (tmp_path / ".worthline" / "store").exists()
