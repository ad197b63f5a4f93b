"""Files are mapped in the browser: dropped, answered, chosen, undone, written and run; nothing for other sites."""

import html
import json
import re
import tomllib

import pytest
from starlette.testclient import TestClient

import worthline as wl
from tests.app.test_first_board import company
from tests.app.web.conftest import HERE
from worthline.app.web import mapping, site
from worthline.config import FILE

OWN = {"sec-fetch-site": "same-origin", "origin": HERE}
SALES = b"customer_id,date,amount\nC1,2026-03-01,5.00\nC2,2026-03-02,6.00\n"
OPEN = b"customer_id,date,quantity,price\nC1,2026-03-01,2,9.50\nC2,2026-03-02,1,3.00\n"


@pytest.fixture
def browser(tmp_path):
    return TestClient(mapping.wrap(tmp_path, site.make(tmp_path), force=False), base_url=HERE, follow_redirects=True)


def drop(browser, **files):
    sent = [("files", (f"{name}.csv", content)) for name, content in files.items()]
    return browser.post("/mapping/files", files=sent, headers=OWN)


def words(answer):
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.text))


def answered(browser, page, number, choice):
    """Answer a question by the number of a choice, as the form would."""
    key = html.unescape(re.search(rf'name="asked:{number}" value="([^"]*)"', page.text)[1])
    return browser.post("/mapping/answers", data={f"asked:{number}": key, f"choice:{number}": str(choice)}, headers=OWN)


def test_drop_write_run_and_the_board(browser, tmp_path):
    company(tmp_path)
    three = {path.stem: path.read_bytes() for path in sorted(tmp_path.glob("*.csv"))}
    for path in tmp_path.glob("*.csv"):
        path.unlink()
    assert "Map your files" in browser.get("/").text
    page = drop(browser, **three)
    while "Questions (" in page.text:
        page = answered(browser, page, 0, 0)
    board = browser.post("/mapping/write", data={"run": "1"}, headers=OWN)
    assert board.status_code == 200
    assert "+25" in board.text
    assert {t.table for t in wl.open(tmp_path).published().health().tables} == {
        "customers",
        "transactions",
        "feedback",
    }


def test_columns_are_chosen_and_undone(browser, tmp_path):
    page = drop(browser, sales=OPEN)
    assert "not sure" in page.text
    headers = ["", *OPEN.decode().splitlines()[0].split(",")]
    chosen = {
        "columns": json.dumps(["sales.csv", "transactions"]),
        "column:amount": str(headers.index("price")),
        "column:quantity": "0",
    }
    page = browser.post("/mapping/answers", data=chosen, headers=OWN)
    browser.post("/mapping/write", data={"run": ""}, headers=OWN)
    written = tomllib.loads((tmp_path / FILE).read_text())
    assert written["tables"]["transactions"]["columns"]["amount"] == "price"
    page = browser.post("/mapping/undo", headers=OWN)
    assert "not sure" in page.text
    assert "Undo the file sales.csv" in page.text
    page = browser.post("/mapping/undo", headers=OWN)
    assert not (tmp_path / "sales.csv").exists()
    assert "Undo" not in words(page)


def test_a_file_that_is_there_and_one_that_is_no_table_are_not_taken(browser, tmp_path):
    drop(browser, sales=SALES)
    assert "was not written over" in drop(browser, sales=OPEN).text
    assert (tmp_path / "sales.csv").read_bytes() == SALES
    page = browser.post("/mapping/files", files=[("files", ("../../evil.exe", b"x"))], headers=OWN)
    assert "bring CSV, TSV, Excel, Parquet or JSON" in words(page)
    browser.post("/mapping/files", files=[("files", ("../../up.csv", SALES))], headers=OWN)
    assert (tmp_path / "up.csv").exists()
    assert not (tmp_path.parent.parent / "up.csv").exists()


def test_a_mapping_that_is_there_is_written_over_only_on_purpose(browser, tmp_path):
    (tmp_path / FILE).write_text("# mine\n")
    drop(browser, sales=SALES)
    assert "Tick the box" in browser.post("/mapping/write", data={}, headers=OWN).text
    assert (tmp_path / FILE).read_text() == "# mine\n"
    browser.post("/mapping/write", data={"replace": "1"}, headers=OWN)
    assert "[tables.transactions]" in (tmp_path / FILE).read_text()


@pytest.mark.parametrize(
    "headers",
    [{}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "http://evil.example"}],
)
@pytest.mark.parametrize("path", ["files", "answers", "undo", "write"])
def test_forms_of_other_sites_change_nothing(browser, tmp_path, headers, path):
    (tmp_path / "sales.csv").write_bytes(SALES)
    answer = browser.post(f"/mapping/{path}", data={"run": "1"}, headers=headers)
    assert answer.status_code == 403
    assert sorted(p.name for p in tmp_path.iterdir() if not p.name.startswith(".")) == ["sales.csv"]


def test_the_board_itself_takes_no_forms(browser):
    assert browser.post("/health", headers=OWN).status_code == 405


def test_personal_samples_are_masked_and_names_are_text(browser):
    rows = "".join(f"C{n},Ann Lee{n},ann{n}@example.org,2026-03-0{n},<b>x</b>\n" for n in range(1, 9))
    page = drop(browser, customers=("customer_id,name,email,joined_on,<script>alert(1)</script>\n" + rows).encode())
    assert "Ann Lee" not in page.text
    assert "ann1@" not in page.text
    assert "<script>alert" not in page.text
    assert "C1" in page.text
