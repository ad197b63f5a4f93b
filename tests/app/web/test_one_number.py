"""One label, one number: a crawl over pages, terminal, API and exports fails on two values under one label."""

import csv
import gzip
import io
import re
from collections import defaultdict
from html import unescape

import pytest
import python_calamine

from tests.app.web.conftest import ask
from worthline.app.web import downloads
from worthline.app.web.navigation import places
from worthline.company import open as open_company
from worthline.reports import overview
from worthline.reports.explain import explain
from worthline.reports.figure_text import value
from worthline.reports.page import Grid

CARD = re.compile(r'<span class="label">([^<]+)</span>.*?<strong[^>]*>([^<]+)</strong>', re.DOTALL)
TITLE = re.compile(r"<h1>([^<]+)</h1>\s*<p class=\"big\"><strong>([^<]+)</strong>")
FACT = re.compile(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>")
LINK = re.compile(r'href="(/(?!static|api)[^"#]*)"')
OF_ROWS = {"theme_items", "benefits_register"}
"""Results that hold rows, not figures: comments as they were read, approvals as people wrote them."""
FIGURES = {"Figure", "Metric"}
VALUES = {"Now", "Value"}


@pytest.fixture(scope="module", params=["small", "larkfield"])
def folder(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def run(folder):
    return open_company(folder).published()


def pairs_of(page, labels):
    """Label and value of each card, of the figure that a page is about, and of each fact or row of a table of figures."""
    yield from CARD.findall(page)
    yield from TITLE.findall(page)
    yield from ((label, number) for label, number in FACT.findall(page) if unescape(label) in labels)
    reader = downloads._Reader()
    reader.feed(page)
    for table in reader.tables:
        if table.headings and table.headings[0] in FIGURES:
            at = next((i for i, heading in enumerate(table.headings) if heading in VALUES), None)
            for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if at is not None else ():
                cells = [unescape(re.sub(r"<[^>]+>", "", c)).strip() for c in re.findall(r"<t[hd].*?</t[hd]>", row)]
                if len(cells) == len(table.headings) and cells[0] not in FIGURES:
                    yield cells[0], cells[at]


def everywhere(app, run):
    """Pages of the navigation, of every figure, and those that they lead to, a few of each kind."""
    seen, todo, kinds = [], [place.path for place in places(run)], defaultdict(int)
    todo += [f"/figures/{figure.name}" for figure in run.figures]
    while todo:
        path = todo.pop(0)
        kind = path.split("/")[1]
        if path in seen or "?" in path or (kind != "figures" and kinds[kind] >= 6):
            continue
        kinds[kind] += 1
        page = app.get(path)
        if not page.headers.get("content-type", "").startswith("text/html"):
            continue
        seen.append(path)
        todo += [unescape(link) for link in LINK.findall(page.text)]
        yield path, page.text


def exported(app):
    """Label and value of each row of the Excel file of the headline figures."""
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(app.get("/figures?as=xlsx&table=1").content))
    heads, *rows = book.get_sheet_by_index(0).to_python()
    return [(row[0], row[heads.index("Now")]) for row in rows]


def test_no_label_has_two_values(folder, run):
    app = ask(folder)
    seen = defaultdict(lambda: defaultdict(set))
    labels = {figure.label for figure in run.figures}
    crawled = 0
    for path, text in everywhere(app, run):
        assert len(gzip.compress(text.encode())) <= 150_000, path
        crawled += 1
        if path.startswith("/customers/"):
            continue  # its facts are of one customer, who is named above them
        for label, number in pairs_of(text, labels):
            seen[unescape(label).strip()][unescape(number).strip()].add(path)
    currency = run.about["currency"]

    def told(figure):
        return value(figure["value"], figure["unit"], currency=currency, name=figure["name"])

    for figure in app.get("/api/overview").json()["figures"] + app.get("/api/figures").json():
        seen[figure["label"]][told(figure)].add("api")
        assert told(app.get(f"/api/figures/{figure['name']}").json()) == told(figure)
    for row in overview.as_rows(run):
        seen[row["label"]][told(row)].add("csv")
    for grid in (block for block in overview.page(run).blocks if isinstance(block, Grid)):
        if grid.columns[0].heading in ("Figure", "More metrics", ""):
            for row in grid.rows:
                if row[0] in labels:
                    seen[row[0]][row[1]].add("terminal")
    by_label = {figure.label: figure for figure in run.figures}
    for label, number in exported(app):
        if by_label[label].value is not None and isinstance(number, float):
            assert number == pytest.approx(by_label[label].value), label
    assert crawled > 20 + len(run.figures)
    assert len(seen) > 20
    assert {label: dict(found) for label, found in seen.items() if len(found) > 1} == {}


def test_a_download_holds_the_figures_of_its_page(folder, run):
    app = ask(folder)
    rows = list(csv.reader(io.StringIO(app.get("/figures?as=csv&table=1").content.decode("utf-8-sig"))))
    by_label = {row[0]: row[rows[0].index("Now")] for row in rows[1:]}
    checked = 0
    for figure in run.figures:
        if figure.label in by_label and figure.value is not None:
            assert float(by_label[figure.label]) == pytest.approx(figure.value), figure.name
            checked += 1
    assert checked >= 6


def test_labels_of_figures_and_names_are_unique(run):
    labels = [figure.label for figure in run.figures]
    assert len(labels) == len(set(labels))
    assert len({figure.name for figure in run.figures}) == len(run.figures)


def test_what_is_counted_does_not_select_its_own_result(run):
    """SQL under a counted figure reads rows (source.*, the panel, the bridge), not the figure back from metrics."""
    for figure in run.figures:
        if figure.basis != "counted" or figure.value is None:
            continue
        counted = [query for query in explain(run, figure.name).queries if query.title == "Calculated from the rows"]
        assert counted, figure.name
        assert all(not re.search(r"\b(from|join)\s+metrics\b", query.sql) for query in counted), figure.name


def test_published_sql_of_a_counted_figure_reads_checked_tables_alone(run):
    """`sql` in a figure's details gives the figure again from source.*, and names no result of the run."""
    checked = 0
    for figure in run.figures:
        sql = figure.details.get("sql")
        if figure.basis != "counted" or figure.value is None or not sql:
            continue
        tables = set(re.findall(r"\b(?:from|join)\s+([a-z_.]+)", sql, re.IGNORECASE))
        assert tables & set(run.tables()) <= OF_ROWS, figure.name
        assert float(run.sql(sql).to_pylist()[0]["value"]) == pytest.approx(figure.value), figure.name
        checked += 1
    assert checked >= 5
