"""Each figure reads the same in the terminal, on the overview, on its own page and in JSON."""

import re
from html import unescape

import pytest

from worthline.company import open as open_company
from worthline.reports import overview, terminal
from worthline.reports.words import known_by, span, value


def plain(html):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.fixture(scope="module")
def run(small):
    return open_company(small).published()


def test_every_figure(app, run):
    page = plain(app.get("/").text)
    listed = plain(app.get("/figures").text)
    shown = " ".join(terminal.text(overview.page(run), width=200).split())
    of_json = {f["name"]: f for f in app.get("/api/figures").json()}
    currency, settings = run.about["currency"], run.about["settings"]
    assert len(run.figures) >= 8
    for figure in run.figures:
        said = {"unit": figure.unit, "currency": currency, "name": figure.name}
        number = value(figure.value, **said)
        likely = span(figure.low, figure.high, **said)
        known = known_by(figure, settings)
        for place in (page, listed, shown):
            assert f"{figure.label} {number}" in place, figure.name
            assert likely in place, figure.name
            assert known in place, figure.name
        own = plain(app.get(f"/figures/{figure.name}").text)
        one = " ".join(terminal.text(overview.one(run, figure), width=400).split())
        exact = value(figure.value, exact=True, **said)
        for place in (own, one):
            assert figure.sentence in place, figure.name
            assert f"value {exact}" in place, figure.name
            assert known in place, figure.name
        assert number in own
        assert figure.method.split(". ")[0] in own
        assert of_json[figure.name]["sentence"] == figure.sentence
        assert of_json[figure.name]["value"] == figure.value
        if figure.name in ("customers_active", "nps", "retention_12m"):
            assert figure.sentence in page
