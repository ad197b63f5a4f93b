"""Search: what is found and in which order, held against SQLite's own bm25 and against arithmetic; what cannot break it."""

import random
import sqlite3
import string
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from worthline.app.search import find as finding
from worthline.app.search import index
from worthline.app.search.find import Wanted
from worthline.app.search.folding import Part, folded, query, spans, tokens
from worthline.app.search.items import Item
from worthline.errors import NoSuchName, UsageError

DAY = date(2026, 9, 1)


def items(*texts, **more):
    return [Item(f"i{n}", DAY + timedelta(n), text, **more) for n, text in enumerate(texts)]


@pytest.fixture
def over(tmp_path, monkeypatch):
    """An open index over items."""

    @contextmanager
    def opened(batch, run_id="run1"):
        monkeypatch.setattr(index.reading, "batches", lambda run: iter([batch]) if batch else iter([]))
        with index.ready(SimpleNamespace(run_id=run_id), tmp_path) as connection:
            yield connection

    return opened


def found(connection, typed="", **more):
    return [hit.item for hit in finding.find(connection, Wanted(typed, **more)).hits]


TEXTS = (
    "The bill was wrong again",  # 0
    "Wrong again: the third bill this year is a wrong bill",  # 1
    "Billing is fine, billing is good",  # 2
    "Café service très bien",  # 3
    "الخِدْمَة سيئة جدا",  # 4
    "服务很差，等了两个小时",  # 5
    "บริการแย่มาก",  # 6
    "Wow 😀😀",  # 7
    "<script>alert('x')</script> =HYPERLINK(\"http://x\")",  # 8
    "zero\u200bwidth and null\ufffdbyte",  # 9
    "",  # 10
)


@pytest.mark.parametrize(
    ("typed", "hits"),
    [
        ("bill", {0, 1}),
        ("BILL", {0, 1}),
        ("bill*", {0, 1, 2}),
        ('"wrong bill"', {1}),
        ('"wrong again" bill', {0, 1}),
        ("bill -third", {0}),
        ("bill wrong again year", {1}),
        ("cafe TRES", {3}),
        ("Café", {3}),
        ("الخدمة", {4}),
        ("服务", {5}),
        ("差", {5}),
        ("很差", {5}),
        ("差服", set()),
        ("แย่", {6}),
        ("😀", {7}),
        ("script", {8}),
        ("hyperlink", {8}),
        ("zerowidth", {9}),
        ("“wrong bill”", {1}),
        ("nothing here", set()),
    ],
)
def test_what_is_found(over, typed, hits):
    with over(items(*TEXTS)) as connection:
        assert set(found(connection, typed)) == {f"i{n}" for n in hits}


HOSTILE = (
    '"', '""', '"""', "'", "' or 1=1 --", "\"; drop table items; --", "text:bill", "{text} : bill", "bill^", "^bill",
    "NEAR(bill wrong, 2)", "bill AND", "OR bill", "NOT", "bill NOT", "(bill", "bill)", "bill* *", "*", "**", "- -", "-",
    "col:\"bill\"", "\0", "bill\0wrong", "%", "_", "\\", "\\\"", "a" * 100_000, "\ud800", "bill + wrong", "marks:x1",
    "x0", "rank", "\u202ebill", "‘bill’", "bill\n\twrong", "🏴‍☠️", "=1+1", "@bill", ";", "/* */", "bill--", "words match 'x'",
)  # fmt: skip


@pytest.mark.parametrize("typed", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_typed_is_a_syntax_error_or_reaches_beyond_the_texts(over, typed):
    with over(items(*TEXTS, metric="nps")) as connection:
        if typed.strip() and not query(typed).wanted:
            with pytest.raises(UsageError, match="Nothing to search for"):
                found(connection, typed)
        else:
            assert set(found(connection, typed)) == {f"i{n}" for n, t in enumerate(TEXTS) if query(typed).matches(t)}
        assert len(found(connection, "bill")) == 2, "the index is as it was"


def test_random_queries_find_what_reading_every_text_finds(over):
    """An oracle that knows no index: each text, read."""
    rng = random.Random(7)
    words = ["bill", "bills", "wrong", "wrongly", "café", "服", "务", "差", "the", "a", "😀", "x-y", "O'Neil", "straße"]
    texts = [" ".join(rng.choices(words, k=rng.randint(0, 9))) for _ in range(300)]
    with over(items(*texts)) as connection:
        for _ in range(300):
            picked = rng.choices(words, k=rng.randint(1, 4))
            shapes = ["{}", '"{}"', "{}*", "-{}", '"{} ' + rng.choice(words) + '"']
            typed = " ".join(rng.choice(shapes).format(word) for word in picked)
            sought = query(typed)
            if not sought.wanted:
                continue
            expected = {f"i{n}" for n, text in enumerate(texts) if sought.matches(text)}
            answer = finding.find(connection, Wanted(typed, limit=1000))
            assert {hit.item for hit in answer.hits} == expected, typed
            assert (answer.matches, answer.is_counted) == (len(expected), True)


def test_noise_never_raises_anything_but_words(over):
    rng = random.Random(8)
    with over(items(*TEXTS)) as connection:
        for _ in range(500):
            typed = "".join(rng.choices(string.printable + '"*-():^{}+' + "\u202e\0服😀", k=rng.randint(0, 30)))
            with suppress(UsageError):
                found(connection, typed)


def test_rank_is_that_of_sqlites_own_bm25(over):
    """The peer: SQLite's bm25() over the same words, of single words (its phrases count their own texts)."""
    rng = random.Random(9)
    words = [f"w{n}" for n in range(40)]
    texts = [" ".join(rng.choices(words, weights=range(40, 0, -1), k=rng.randint(1, 30))) for _ in range(400)]
    peer = sqlite3.connect(":memory:")
    peer.execute("create virtual table t using fts5(text)")
    peer.executemany("insert into t (rowid, text) values (?, ?)", [(n + 1, text) for n, text in enumerate(texts)])
    with over(items(*texts)) as connection:
        for typed in ("w1", "w30", "w3 w20", "w0 w1 w2"):
            expected = dict(peer.execute("select rowid, -bm25(t) from t where t match ?", (typed,)).fetchall())
            got = {int(h.item[1:]) + 1: h.rank for h in finding.find(connection, Wanted(typed, limit=1000)).hits}
            assert got == pytest.approx(expected, rel=1e-9)


def test_better_fits_come_first_and_newer_ones_among_equals(over):
    with over(
        items("a bill and much else besides", "bill bill bill", "other", "a bill and much else besides")
    ) as connection:
        assert found(connection, "bill") == ["i1", "i3", "i0"]


def test_filters_narrow_and_know_their_values(over):
    batch = [
        Item("a", DAY, "slow bill", score=2.0, segment="Home", touchpoint="Wrong bill", themes=("t1", "t2")),
        Item("b", DAY + timedelta(1), "slow bill", score=9.0, segment="Home"),
        Item("b2", DAY + timedelta(1), "bill", themes=("t2",), labels=("Slow bills",), respondent="observer"),
        Item("c", DAY + timedelta(2), "slow bill", score=None, segment="Business", language="es"),
        Item("d", None, "slow bill", score=6.5),
    ]
    with over([batch[-1], *batch[:-1]]) as connection:
        assert set(found(connection, "bill", filters={"theme": ["t2"]})) == {"a", "b2"}
        assert found(connection, "bill", filters={"theme": ["t2"], "segment": ["home"]}, score_high=6) == ["a"]
        assert set(found(connection, "bill", score_low=6.5, score_high=9)) == {"b", "d"}
        assert found(connection, "bill", score_low=20) == []
        assert found(connection, "slow", first=DAY + timedelta(1), last=DAY + timedelta(1)) == ["b"]
        assert set(found(connection, "slow", last=DAY + timedelta(1))) == {"a", "b"}, "without a day: in no period"
        assert found(connection, "bill", filters={"theme": ["slow BILLS"]}) == ["b2"], "a theme by what it is called"
        assert found(connection, "bill", first=date(2030, 1, 1)) == found(connection, "", last=date(2000, 1, 1)) == []
        assert found(connection, "", filters={"language": ["es"]}) == ["c"]
        assert found(connection) == ["c", "b2", "b", "a", "d"], "newest first where no words are asked for"
        assert finding.choices(connection, "theme") == ["t2", "t1"]
        with pytest.raises(NoSuchName, match="Did you mean Home"):
            found(connection, "bill", filters={"segment": ["Hom"]})
        with pytest.raises(NoSuchName):
            found(connection, "bill", filters={"segment": ["x' or 1=1"]})
        with pytest.raises(NoSuchName):
            found(connection, "bill", filters={"text": ["bill"]})


def test_pages_follow_each_other(over):
    with over(items(*["bill"] * 50)) as connection:
        pages = [found(connection, "bill", limit=20, offset=at) for at in (0, 20, 40, 60)]
        assert [len(page) for page in pages] == [20, 20, 10, 0]
        assert len({item for page in pages for item in page}) == 50


def test_many_matches_are_counted_to_a_limit_that_is_said(over, monkeypatch):
    monkeypatch.setattr(finding, "COUNTED", 10)
    with over(items(*["bill"] * 11)) as connection:
        answer = finding.find(connection, Wanted("bill", limit=3))
        assert (answer.matches, answer.is_counted, len(answer.hits)) == (10, False, 3)


def test_index_is_made_again_where_it_is_missing_damaged_or_of_another_form(over, tmp_path, monkeypatch):
    with over(items("bill")) as connection:
        assert found(connection, "bill") == ["i0"]
    path = tmp_path / ".worthline" / "search" / "run1.db"
    before = path.stat().st_mtime_ns
    with over(items("changed")) as connection:
        assert found(connection, "bill") == ["i0"], "one of the same run is kept"
    assert path.stat().st_mtime_ns == before
    for damage in (b"", b"not a database" * 1000):
        path.write_bytes(damage)
        with over(items("bill")) as connection:
            assert found(connection, "bill") == ["i0"]
    monkeypatch.setattr(index, "FORM", 999)
    with over(items("changed")) as connection:
        assert found(connection, "changed") == ["i0"]
    assert not list(path.parent.glob("*.building*"))
    assert path.stat().st_mode & 0o077 == 0, "nobody else reads it"


def test_indexes_of_earlier_runs_go(over, tmp_path):
    for number in range(5):
        with over(items("bill"), run_id=f"run{number}"):
            pass
    kept = sorted(p.name for p in (tmp_path / ".worthline" / "search").glob("*.db"))
    assert len(kept) == index.KEPT + 1
    assert "run4.db" in kept


def test_a_text_of_a_million_characters_is_found(over):
    with over(items("needle " + "hay " * 250_000, "x")) as connection:
        assert found(connection, "needle") == ["i0"]


def test_empty_company_finds_nothing(over):
    with over([]) as connection:
        assert found(connection, "bill") == found(connection) == []


def test_folding_by_hand():
    assert tokens("Straße CAFÉ ﬁne Ⅷ") == ["strasse", "cafe", "fine", "viii"]
    assert tokens("don't wi-fi") == ["don", "t", "wi", "fi"]
    assert folded("  ") == ""
    assert query('a "b c" d* -e').parts == (
        Part(("a",)), Part(("b", "c")), Part(("d",), is_prefix=True), Part(("e",), is_excluded=True),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "typed", "marked"),
    [
        ("The Bill's wrong bill, café.", "bill cafe", ["Bill", "bill", "café"]),
        ("a wrong bill", '"wrong bill"', ["wrong bill"]),
        ("billing bills", "bill*", ["billing", "bills"]),
        ("服务很差", "很差", ["很差"]),
        ("nothing", "bill", []),
    ],
)
def test_matches_are_marked_in_the_text_as_written(text, typed, marked):
    assert [text[start:end] for start, end in spans(text, query(typed))] == marked


def test_employees_words_are_found_only_where_they_are_asked_for(over):
    with over([Item("a", DAY, "slow bill"), Item("b", DAY, "slow bill", respondent="employee")]) as connection:
        assert found(connection, "bill") == found(connection) == ["a"]
        assert found(connection, "bill", filters={"respondent": ["employee"]}) == ["b"]
        assert set(found(connection, "bill", filters={"respondent": ["employee", "customer"]})) == {"a", "b"}
