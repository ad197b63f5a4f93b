"""Writing on pages: only from a page of this server; the second of two editors sees the first's change; nothing is lost."""

import re
import shutil
from contextlib import closing

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from tests.app.web.conftest import HERE
from worthline import company
from worthline.app.store import open_store, schema
from worthline.app.web import listening, site, worklist, writing

SAME = {"origin": HERE, "sec-fetch-site": "same-origin"}
APPROVAL = {"initiative": "promises", "benefit": "1,200.50", "cost": "300", "proof_on": "2099-06-30", "by": "A. Owner"}
APPROVAL |= {
    "finance": "",
    "cites": "",
    "shares": "",
    "note": "",
    "name": "Promises kept",
    "group": "Care",
    "owner": "A",
}


@pytest.fixture
def folder(small, tmp_path):
    """The small company, to be written to."""
    made = tmp_path / "small"
    shutil.copytree(small, made, symlinks=True)
    return made


@pytest.fixture
def app(folder):
    """The site, asked from a page of its own."""
    return TestClient(site.make(folder), base_url=HERE, headers=SAME, follow_redirects=False)


def rows(folder, table):
    with closing(open_store(folder, company.open(folder).config)) as store, store.reading() as tx:
        return [dict(row) for row in tx.execute(sa.select(table)).mappings()]


@pytest.mark.slow
def test_an_approval_is_written_and_stands_on_the_page(app, folder):
    answer = app.post("/register/approve", data=APPROVAL)
    assert (answer.status_code, answer.headers["location"]) == (303, "/register")
    (row,) = rows(folder, schema.approvals)
    assert (row["initiative"], str(row["benefit"]), row["signed_in"]) == ("promises", "1200.5000", False)
    page = app.get("/register").text
    assert "Approved since this run" in page
    assert "A. Owner (not signed in)" in page
    assert app.post("/register/sign-off", data={"initiative": "promises", "by": "F. Partner"}).status_code == 303
    assert "F. Partner (not signed in)" in app.get("/register").text


ELSEWHERE = {
    "another site": {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    "another port": {"origin": "http://127.0.0.1:9999", "sec-fetch-site": "same-site"},
    "another scheme": {"origin": HERE.replace("http", "https"), "sec-fetch-site": "same-origin"},
    "no origin": {"sec-fetch-site": "same-origin"},
    "a null origin": {"origin": "null", "sec-fetch-site": "same-origin"},
    "neither": {},
    "a mark that does not fit": {"origin": HERE, "sec-fetch-site": "cross-site"},
    "typed in": {"origin": HERE, "sec-fetch-site": "none"},
}


@pytest.mark.parametrize("path", writing.WRITES)
@pytest.mark.parametrize("how", ELSEWHERE)
def test_every_writing_route_refuses_who_comes_from_elsewhere(folder, path, how):
    answer = TestClient(site.make(folder), base_url=HERE).post(path, data=APPROVAL, headers=ELSEWHERE[how])
    assert answer.status_code == 403
    assert not (folder / ".worthline/store").exists()


def routes_that_write(app):
    """Addresses of all routes of an app that take anything but GET and HEAD, found by going through what it is made of."""
    inside, found = [app], []
    while inside:
        part = inside.pop()
        for route in getattr(part, "routes", ()):
            if set(getattr(route, "methods", None) or ()) - {"GET", "HEAD"}:
                found.append(re.sub(r"{[^}]*}", "x", route.path))
            inside.append(getattr(route, "app", None))
        inside += [value for name, value in vars(part).items() if "site" in name or name == "app"] if part else []
    return sorted(set(found))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("how", ELSEWHERE)
def test_no_route_of_the_site_takes_what_comes_from_elsewhere(folder, method, how):
    """Whatever route is added later is in this crawl: nobody has to list it."""
    app = site.make(folder)
    paths = routes_that_write(app)
    assert set(writing.WRITES) | {listening.MARK, worklist.RECORD} <= set(paths)
    asked = TestClient(app, base_url=HERE)
    for path in paths:
        answer = asked.request(method, path, content=b"", headers=ELSEWHERE[how])
        assert answer.status_code == (403 if method == "POST" else 405), path
    assert not (folder / ".worthline/store").exists()


@pytest.mark.parametrize("path", ["/", "/register", "/actions", "/api/figures", "/register/approve/"])
def test_what_writes_nothing_takes_no_post(app, path):
    assert app.post(path, data={}).status_code == 405


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"cost": "-5"}, "Give an amount of 0 or more"),
        ({"benefit": "much"}, "Write an amount"),
        ({"proof_on": "2020-01-01"}, "must lie ahead"),
        ({"proof_on": "soon"}, "Write a day"),
        ({"by": ""}, "Say who writes this"),
        ({"initiative": "nobody knows", "group": ""}, "There is no initiative"),
        ({"cites": "no_such"}, "There is no figure"),
        ({"shares": "Service"}, "Write a department and its weight"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(app, folder, changed, said):
    answer = app.post("/register/approve", data={**APPROVAL, "note": "typed by hand", **changed})
    assert answer.status_code == 400
    assert said in answer.text
    assert 'value="typed by hand"' in answer.text
    assert rows(folder, schema.approvals) == []


def test_markup_in_a_field_is_text(app):
    page = app.post("/register/approve", data={**APPROVAL, "benefit": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in page


def test_two_editors_the_second_sees_the_firsts_change(app, folder):
    opened = {"kind": "touchpoint", "subject": "Delivery", "cause": "Late vans", "owner": "A", "by": "A. Owner"}
    assert app.post("/actions/open", data=opened).status_code == 303
    (row,) = rows(folder, schema.root_causes)
    change = {"root_cause": row["root_cause"], "version": "1", "fixed_on": "2025-05-01", "by": "A. Owner"}
    assert app.post("/actions/fix", data=change).status_code == 303
    second = app.post("/actions/fix", data={**change, "fixed_on": "2025-06-01", "by": "B. Other"})
    assert second.status_code == 409
    assert "fixed_on is now 2025-05-01" in second.text.replace("&#39;", "'")
    (row,) = rows(folder, schema.root_causes)
    assert (str(row["fixed_on"]), row["version"]) == ("2025-05-01", 2)


def test_steps_are_dated_and_done(app, folder):
    opened = {"kind": "need", "subject": "Clear bills", "cause": "Old form", "owner": "A", "by": "A. Owner"}
    app.post("/actions/open", data=opened)
    (row,) = rows(folder, schema.root_causes)
    step = {"root_cause": row["root_cause"], "what": "New form", "due_on": "2025-05-01", "by": "A. Owner"}
    assert app.post("/actions/step", data=step).status_code == 303
    page = app.get("/actions").text
    number = re.search(r'name="step" value="(\d+)"', page)[1]
    assert app.post("/actions/step-done", data={"step": number, "version": "1", "by": "A"}).status_code == 303
    assert rows(folder, schema.steps)[0]["done_on"] is not None
    assert app.post("/actions/close", data={**step, "version": "1"}).status_code == 400  # it is not fixed yet


def test_reading_goes_on_and_writing_says_so_where_the_store_does_not_answer(app, folder, monkeypatch):
    monkeypatch.setenv("WORTHLINE_STORE_URL", "postgresql+psycopg://someone:secret@127.0.0.1:1/none?connect_timeout=1")
    for path in ("/", "/register", "/actions"):
        assert app.get(path).status_code == 200
    assert "cannot be reached" in app.get("/register").text
    answer = app.post("/register/approve", data=APPROVAL)
    assert answer.status_code == 503
    assert "nothing was written" in answer.text
    assert 'value="promises"' in answer.text
    assert "secret" not in answer.text


def test_a_form_that_is_no_form_is_wrong_use(app):
    assert app.post("/actions/step-done", content=b"\xff" * 10).status_code == 400
    assert app.post("/register/approve", content=b"a=" + b"x" * 100_000).status_code == 400
