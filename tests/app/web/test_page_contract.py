"""Every page opens with one answer and ends with one next step; filters choose customers, one group or two."""

import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient

from tests.app.web.conftest import HERE, ask
from worthline.app.web import site, views
from worthline.app.web.current import Held
from worthline.app.web.navigation import PLACES, places
from worthline.company import open as open_company
from worthline.run import small_groups

ANSWER = re.compile(r'<(h1|p) class="answer">(.*?)</\1>', re.DOTALL)
ONWARD = re.compile(r'<p class="onward">.*?<a href="([^"]+)">([^<]+)</a></p>\s*</main>', re.DOTALL)
FILTERED = ("/customers", "/profit", "/leavers", "/voice")
MORE = ("/customer-list", "/tables/metrics", "/figures/nps", "/figures?period=12m:2026-09", "/inbox")


@pytest.fixture(scope="module")
def run(larkfield):
    return open_company(larkfield).published()


@pytest.fixture(scope="module")
def client(larkfield):
    return ask(larkfield)


@pytest.fixture(scope="module")
def paths(run, client):
    """Each place of the navigation, and one page of every kind that stands below them."""
    found = [place.path for place in places(run)]
    for path, kind in (("/effects", "/effects/"), ("/chain", "/effects/"), ("/initiatives", "/initiatives/")):
        links = re.findall(rf'href="({kind}[^"#?]+)"', client.get(path).text)
        found += [unescape(link) for link in (links if path == "/initiatives" else links[:2])]
    for kind in ("/customers/", "/voice/themes/", "/voice/touchpoints/", "/voice/items/"):
        for path in ("/customers", "/voice", found[-1]):
            links = re.findall(rf'href="({kind}[^"#?]+)"', client.get(path).text)
            if links:
                found.append(unescape(links[0]))
                break
    return list(dict.fromkeys((*found, *MORE)))


@pytest.mark.slow
def test_every_page_opens_with_one_answer_and_ends_with_one_next_step(client, paths, run):
    assert len(paths) >= len(places(run)) + 7
    wrong = []
    for path in paths:
        page = client.get(path)
        assert page.status_code == 200, path
        main = page.text[page.text.index("<main") :]
        answers = ANSWER.findall(main)
        if len(answers) != 1 or not re.sub(r"<[^>]+>", "", answers[0][1]).strip():
            wrong.append(f"{path}: {len(answers)} answers")
        elif "<table" in main[: main.index('class="answer"')] or main.count("<h1") != 1:
            wrong.append(f"{path}: the answer does not come first")
        onward = ONWARD.findall(main)
        if len(onward) != 1 or onward[0][0].split("?")[0] == path.split("?")[0]:
            wrong.append(f"{path}: leads on to {onward}")
        elif client.get(onward[0][0]).status_code != 200:
            wrong.append(f"{path}: {onward[0][0]} is not there")
    assert wrong == []


CODED = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")
NO_WORDS = re.compile(r"<(script|style|code|pre|select|datalist|textarea)\b.*?</\1>|<[^>]+>", re.DOTALL)
OF_FILES = ("/tables", "/health", "/inbox")
"""Pages that name tables, files and settings as they are called there."""


def test_no_page_shows_a_raw_code_or_a_grade_as_a_letter(client, paths):
    """Periods, rules, actions and evidence stand in words; code stands in <code>, and in downloads."""
    wrong = []
    for path in (*paths, "/tables/effects", "/tables/experience_money"):
        main = client.get(path).text.partition("<main")[2].partition("</main>")[0]
        text = unescape(NO_WORDS.sub(" ", main))
        if not path.startswith(OF_FILES):
            wrong += [f"{path}: {code}" for code in sorted(set(CODED.findall(text)))]
        wrong += [f"{path}: {code}" for code in set(re.findall(r"\b12m:\d{4}-\d{2}\b", text))]
        wrong += [f"{path}: grade {cell}" for cell in set(re.findall(r">\s*([A-E])\s*</(?:td|span|option)>", main))]
    assert wrong == []


RIDDLES = (
    r"\bwho had it\b",
    r"\bhad it,|\bhad not\b",
    r"\bof those who\b",
    r"\bOf it\b",
    r"\bof those\b",
    r"\bwhat befell\b",
    r"-\$[\d,.]+k? more than they",
)
"""Pronouns in the place of nouns, and amounts whose sign depends on the verb."""


def test_no_page_speaks_in_riddles(client, paths):
    found = []
    for path in paths:
        main = client.get(path).text.partition("<main")[2].partition("</main>")[0]
        text = " ".join(unescape(NO_WORDS.sub(" ", main)).split())
        found += [f"{path}: {m[0]}" for shape in RIDDLES for m in re.finditer(shape, text)]
    assert found == []


def test_the_overview_asks_no_question_twice(run, monkeypatch):
    asked, sql = [], type(run).sql

    def kept(self, query, *rest):
        asked.append((query, *rest))
        return sql(self, query, *rest)

    monkeypatch.setattr(type(run), "sql", kept)
    views.overview_page(run)
    assert len(asked) >= 10
    assert [query for query, many in Counter(map(str, asked)).items() if many > 1] == []


def test_pages_stand_where_every_group_is_small(larkfield, paths, monkeypatch):
    """With every group hidden, nothing is shown of any, and no page breaks on what is blank."""
    monkeypatch.setattr(small_groups, "FEW", 10**9)
    hidden = ask(larkfield)
    assert [path for path in paths if hidden.get(path).status_code != 200] == []
    assert all(row["estimate"] is None for row in hidden.get("/api/tables/effects").json())


def test_every_place_has_a_next_step_of_its_own():
    assert [place.path for place in PLACES if not place.onward] == []


def counted(run, **by):
    """Active customers with these values, by SQL of this test's own."""
    where = " and ".join(f"{name} = '{value}'" for name, value in by.items())
    query = (
        "select count(*) as n from customer_scores join (select customer_id, any_value(segment) as segment, "
        "any_value(region) as region from source.customers group by 1) using (customer_id) "
        f"where active and {where}"
    )
    return run.sql(query).to_pylist()[0]["n"]


@pytest.mark.parametrize("path", FILTERED)
def test_a_filter_chooses_customers_and_says_how_many(client, run, path):
    n = counted(run, segment="Home", region="South")
    page = client.get(f"{path}?segment=Home&region=South").text
    assert f"<strong>Segment Home, Region South</strong>: {n:,} customers." in page
    assert '<option value="Home" selected>' in page
    assert page != client.get(path).text


def test_filtered_customers_add_up_to_all_of_them(client, run):
    """Deciles of each segment hold its customers: the sum over segments is the company."""
    total = 0
    for (segment,) in {tuple(r.values()) for r in run.sql("select distinct segment from source.customers").to_pylist()}:
        page = client.get(f"/customers?segment={segment}").text
        said = re.search(r"We expect [\d,]+ of ([\d,]+) customers", page)
        total += int(said[1].replace(",", ""))
        assert int(said[1].replace(",", "")) == counted(run, segment=segment)
    assert total == run.sql("select count(*) as n from customer_scores where active").to_pylist()[0]["n"]


def test_comments_of_groups_are_counted_anew(client, run):
    """Comments of the last 12 months on a theme by customers of a segment, by SQL of this test's own."""
    rows = run.sql(
        "select label, count(*) as n from theme_items join (select customer_id, any_value(segment) as segment from "
        "source.customers group by 1) using (customer_id) where segment = 'Home' and kind = 'comment' and label is not "
        f"null and respondent = 'customer' and day > date '{run.about['as_of']}' - interval 12 month "
        "group by 1 having count(distinct customer_id) >= 10 order by 2 desc"
    ).to_pylist()
    page = client.get("/voice?segment=Home").text
    for row in rows:
        cell = re.search(rf">{re.escape(row['label'])}</a></th><td[^>]*>([\d,]+)</td>", page)
        assert cell is not None, row
        assert int(cell[1].replace(",", "")) == row["n"]


@pytest.mark.parametrize("path", FILTERED)
def test_two_groups_stand_side_by_side(client, path):
    page = client.get(f"{path}?segment=Home&with_segment=Family").text
    assert page.count("<section aria-label=") == 2
    assert 'aria-label="Segment Home"' in page
    assert 'aria-label="Segment Family"' in page


def test_a_choice_of_few_customers_is_hidden_and_so_is_one_that_leaves_few(client, larkfield, run):
    stores = run.sql(
        "select location, segment, count(*) as n from customer_scores join (select customer_id, any_value(segment) as "
        "segment, any_value(location) as location from source.customers group by 1) using (customer_id) "
        "where active and location is not null group by all order by n, location, segment"
    ).to_pylist()
    small = stores[0]
    assert small["n"] < 10
    page = client.get(f"/profit?location={small['location']}&segment={small['segment']}").text
    assert "Hidden: this choice would tell of fewer than 10 customers" in page
    assert "<table" not in page[page.index("<main") : page.index("</main>")]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/customers?segment=Homes", "?segment= is one of"),
        ("/customers?with_region=Nowhere", "?with_region= is one of"),
        ("/bridges?period=1999", "?period= is one of"),
        ("/effects?segment=x", "?segment= is one of"),
        ("/worklist?segment=' or 1=1 --", "?segment= is one of"),
    ],
)
def test_what_is_not_there_is_said(client, path, says):
    page = client.get(path)
    assert page.status_code == 400
    assert says in page.text


def test_the_worklist_is_filtered_and_keeps_its_order(client, run):
    every = run.sql(
        "select place, customer_id from worklist join (select customer_id, any_value(segment) as segment from "
        "source.customers group by 1) using (customer_id) where segment = 'Family' order by place limit 50"
    ).to_pylist()
    page = client.get("/worklist?segment=Family").text
    assert re.findall(r'<tr id="([^"]+)">', page) == [row["customer_id"] for row in every]


def test_two_periods_of_the_bridge_stand_side_by_side(client):
    page = client.get("/bridges?period=2026-09&with_period=2026-08").text
    assert re.findall(r"<h2>(Revenue, [^<]+)</h2>", page) == [
        "Revenue, Sep 2026",
        "Revenue, Aug 2026",
    ]


def test_effects_of_a_slice_are_its_own(client, run):
    slices = run.sql("select distinct segment from effects where segment <> 'all' and grain = 'customer' order by 1")
    if not slices.num_rows:
        pytest.skip("no slice was estimated in this world")
    page = client.get("/effects", params={"segment": slices["segment"][0].as_py()}).text
    assert page.count('class="answer"') == 1
    assert "All contacts" in page


def test_names_are_shown_to_those_with_the_right_alone(larkfield, client, run):
    """The first customer of the list by name, on the list, the page, the worklist; never in downloads or to others."""
    with_names = TestClient(site.make(larkfield, with_names=True), base_url=HERE, follow_redirects=False)
    first = re.search(r'href="/customers/([^"]+)"', client.get("/customer-list").text)[1]
    [row] = (
        pq.read_table(run.path / "personal" / "customers.parquet").filter(pc.field("customer_id") == first).to_pylist()
    )
    called = run.sql("select customer_id from worklist order by place limit 1").to_pylist()[0]["customer_id"]
    for path in ("/customer-list", f"/customers/{first}", "/worklist"):
        plain, told = client.get(path).text, with_names.get(path).text
        assert plain != told, path
        assert row["email"] not in plain
        assert "example.com" not in plain, path
    assert row["name"] in with_names.get("/customer-list").text
    assert row["email"] in with_names.get(f"/customers/{first}").text
    assert called in with_names.get("/worklist").text
    assert row["name"] not in with_names.get("/customer-list?as=csv").text


def test_a_kept_page_is_of_one_viewer():
    held = Held(None, ())
    made = [held.page("/x", lambda who=who: who.encode(), viewer=who) for who in ("", "names", "", "names")]
    assert made == [b"", b"names", b"", b"names"]


def test_readers_of_one_page_wait_for_one_making_of_it_and_others_do_not_wait():
    held, begun, go_on, made = Held(None, ()), threading.Event(), threading.Event(), []

    def slow():
        made.append("slow")
        begun.set()
        assert go_on.wait(10)
        return b"slow"

    with ThreadPoolExecutor(8) as readers:
        answers = [readers.submit(held.page, "/slow", slow) for _ in range(7)]
        assert begun.wait(10)
        assert readers.submit(held.page, "/quick", lambda: b"quick").result(10) == b"quick"
        go_on.set()
        assert [answer.result(10) for answer in answers] == [b"slow"] * 7
    assert made == ["slow"]


def test_a_page_that_failed_is_made_again():
    held = Held(None, ())
    with pytest.raises(ZeroDivisionError):
        held.page("/x", lambda: bytes(1 // 0))
    assert held.page("/x", lambda: b"x") == b"x"
