"""Companies with nobody, one customer, or nothing but feedback: every page stands and says what is not known."""

import re

import pytest

from tests.app.web.conftest import ask
from tests.app.web.test_site import read
from worthline.app import cli
from worthline.app.web.navigation import PLACES, places
from worthline.company import open as open_company
from worthline.errors import NothingToRun

TOML = '[company]\nname = "Odd"\ncurrency = "USD"\nas_of = "2026-09-30"\n'
HEADS = {
    "customers": "customer_id,joined_on",
    "transactions": "customer_id,at,amount",
    "feedback": "customer_id,at,metric,score",
}
ONE = {
    "customers": ["a,2024-01-05"],
    "transactions": [f"a,2026-{month:02}-03,10.00" for month in range(1, 10)],
    "feedback": ["a,2026-05-01,nps,9"],
}


def company(folder, rows):
    for name, lines in rows.items():
        (folder / f"{name}.csv").write_text("\n".join([HEADS[name], *lines]) + "\n", "utf-8")
    tables = "".join(f'[tables.{name}]\nfile = "{name}.csv"\n' for name in rows)
    (folder / "worthline.toml").write_text(TOML + tables, "utf-8")
    open_company(folder).run()
    return folder


def test_a_company_without_a_row_has_no_run_and_the_page_says_so(tmp_path):
    with pytest.raises(NothingToRun, match=r"customers from customers\.csv: no rows"):
        company(tmp_path, {name: [] for name in HEADS})
    answer = ask(tmp_path).get("/")
    assert answer.status_code == 503
    assert "Nothing has been published in this folder yet." in read(answer).text


@pytest.mark.parametrize(
    "rows",
    [
        {"customers": [], "feedback": [",2026-05-01,nps,9"]},
        ONE,
        {"feedback": ["a,2026-05-01,nps,9", "b,2026-06-01,nps,2"]},
    ],
    ids=["nobody", "one customer", "feedback only"],
)
def test_every_page_of_an_odd_company_stands(tmp_path, rows):
    client = ask(company(tmp_path, rows))
    run = open_company(tmp_path).published()
    paths = [place.path for place in places(run)] + [f"/figures/{figure.name}" for figure in run.figures]
    paths += [f"/tables/{name}" for name in run.tables()]
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200, (path, read(answer).text[-600:])
        assert "SIMULATED" not in answer.text
        text = read(answer).text
        assert re.search(r"\b(None|nan|NaN|inf)\b", text) is None, path
    assert "not measured yet" in read(client.get("/")).text
    for place in PLACES:
        if place.table and not place.there(run):
            answer = client.get(place.path)
            assert answer.status_code == 404, place.path
            # the page that is off says why, or what it takes: a sentence of data health, never only that it is not there
            text = read(answer).text
            assert f"not in this run (no {place.table})" in text
            assert "It takes" in text or any(sentence in text for sentence in run.health().off), text


def test_a_figure_that_is_off_says_why(tmp_path, capsys):
    company(tmp_path, {"customers": ["a,2024-01-05"]})
    for command in ("explain", "show"):
        with pytest.raises(SystemExit) as end:
            cli.main([command, *(("nps", str(tmp_path)) if command == "explain" else (str(tmp_path), "nps"))])
        assert end.value.code == 2
        assert "no scored answers. Bring feedback with metric and score." in " ".join(capsys.readouterr().err.split())
