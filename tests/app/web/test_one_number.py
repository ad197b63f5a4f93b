"""One label, one number: a crawl over pages, terminal, API and exports fails on two values under one label."""

import csv
import gzip
import io
import re
from collections import defaultdict
from html import unescape

import pytest

from tests.app.web.conftest import ask
from worthline.app.web import downloads
from worthline.company import open as open_company
from worthline.reports import overview
from worthline.reports.explain import explain
from worthline.reports.figure_text import value

CARD = re.compile(r'<span class="label">([^<]+)</span>.*?<strong>([^<]+)</strong>', re.DOTALL)
TITLE = re.compile(r"<h1>([^<]+)</h1>\s*<p class=\"big\"><strong>([^<]+)</strong>")
FIGURES = {"Figure", "Metric"}
VALUES = {"Now", "Value"}


@pytest.fixture(scope="module", params=["small", "larkfield"])
def folder(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def run(folder):
    return open_company(folder).published()


def pairs_of(page):
    """Label and value of each card, of the figure that a page is about, and of each row of a table of figures."""
    yield from CARD.findall(page)
    yield from TITLE.findall(page)
    reader = downloads._Reader()
    reader.feed(page)
    for table in reader.tables:
        if table.headings and table.headings[0] in FIGURES:
            at = next((i for i, heading in enumerate(table.headings) if heading in VALUES), None)
            for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if at is not None else ():
                cells = [unescape(re.sub(r"<[^>]+>", "", c)).strip() for c in re.findall(r"<t[hd].*?</t[hd]>", row)]
                if len(cells) == len(table.headings) and cells[0] not in FIGURES:
                    yield cells[0], cells[at]


def test_no_label_has_two_values(folder, run):
    app = ask(folder)
    seen = defaultdict(lambda: defaultdict(set))
    pages = ["/", "/figures", *(f"/figures/{figure.name}" for figure in run.figures)]
    for path in pages:
        text = app.get(path).text
        assert len(gzip.compress(text.encode())) <= 150_000, path
        for label, number in pairs_of(text):
            seen[unescape(label).strip()][unescape(number).strip()].add(path)
    currency = run.about["currency"]

    def told(figure):
        return value(figure["value"], figure["unit"], currency=currency, name=figure["name"])

    for figure in app.get("/api/overview").json()["figures"] + app.get("/api/figures").json():
        seen[figure["label"]][told(figure)].add("api")
    for row in overview.as_rows(run):
        seen[row["label"]][told(row)].add("csv")
    grid = overview._headline(run)
    for row in grid.rows:
        seen[row[0]][row[1]].add("terminal")
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
