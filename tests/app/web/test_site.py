"""What the app answers: pages, JSON, and words where something is wrong."""

import hashlib
import json
import re
import shutil
from html.parser import HTMLParser

import pytest

from tests.app.web.conftest import ask
from worthline.app.web.navigation import PLACES
from worthline.company import open as open_company
from worthline.engine import seal

PAGES = [
    "/",
    "/figures",
    "/customers",
    "/bridges",
    "/health",
    "/tables",
    "/tables/metrics",
    "/tables/source.customers?page=2",
]


class Words(HTMLParser):
    """The text of a page, and what a strict content policy would refuse."""

    def __init__(self):
        super().__init__()
        self.text, self.inline, self.links = "", [], []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.inline += [f"<{tag} {name}>" for name in given if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        if "href" in given:
            self.links.append(given["href"])

    def handle_data(self, data):
        self.text += data


def read(answer):
    words = Words()
    words.feed(answer.text)
    return words


@pytest.mark.parametrize("path", PAGES)
def test_pages_stand(app, path):
    answer = app.get(path)
    assert answer.status_code == 200
    assert "SIMULATED" in answer.text
    assert read(answer).inline == []


def test_headers_of_every_answer(app):
    for path in ("/", "/api/figures", "/nowhere", "/static/0/none.css"):
        headers = app.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"


def test_static_files_may_be_kept(app):
    links = [link for link in read(app.get("/")).links if link.startswith("/static/")]
    assert len(links) == 2
    for link in links:
        answer = app.get(link)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


def test_verdict_stands_first(app):
    text = app.get("/").text
    assert re.search(r'<h1 class="answer">[^<]+Return on initiatives: not measured yet', text)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "", "localhost.", "[::2]"]
)
def test_other_names_of_this_machine_are_refused(app, host):
    assert app.get("/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:8765", "127.0.0.1", "[::1]:9000", "LOCALHOST"])
def test_loopback_names_are_served(app, host):
    assert app.get("/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "options"])
def test_reading_only(app, method):
    answer = getattr(app, method)("/")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


def test_head_is_a_get_without_a_body(app):
    answer = app.head("/health")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/figures/npz", 404, "Did you mean nps"),
        ("/tables/metric", 404, "Did you mean metrics"),
        ("/drivers", 404, "key_drivers"),
        ("/helth", 404, "Did you mean /health?"),
        ("/tables/metrics?page=x", 400, "wants a whole number"),
        ("/tables/metrics?page=99999", 400, "there is no page 99999"),
        ("/find?q=zzzz", 404, "zzzz"),
    ],
)
def test_what_is_not_there_is_told(app, path, status, said):
    answer = app.get(path)
    assert answer.status_code == status
    assert said in read(answer).text
    assert "Traceback" not in answer.text


def test_find_leads_on(app, small):
    customer = open_company(small).published().sql("select min(customer_id) as c from customer_scores")["c"][0].as_py()
    for asked, path in (
        ("nps", "/figures/nps"),
        ("Data health", "/health"),
        ("metrics", "/tables/metrics"),
        ("NPS", "/figures/nps"),
        ("", "/figures"),
        (customer, f"/customers/{customer}"),
    ):
        answer = app.get("/find", params={"q": asked})
        assert (answer.status_code, answer.headers["location"]) == (303, path)


def test_json(app, small):
    run = open_company(small).published()
    assert app.get("/api/figures").json() == json.loads((run.path / "figures.json").read_text("utf-8"))
    one = app.get("/api/figures/nps")
    assert one.json()["name"] == "nps"
    assert one.json()["simulated"] is True
    for path in ("/api/figures", "/api/overview", "/api/tables", "/api/tables/panel?limit=1"):
        assert app.get(path).headers["x-simulated"] == "true"
    rows = app.get("/api/tables/bridges").json()
    assert len(rows) == run.about["rows"]["bridges"]
    assert len(app.get("/api/tables/panel?limit=7").json()) == 7
    assert "metrics" in app.get("/api/tables").json()
    wrong = app.get("/api/figures/npz")
    assert wrong.status_code == 404
    assert "nps" in wrong.json()["error"]


@pytest.mark.slow
def test_every_link_of_every_page_leads_somewhere(app, small):
    seen, ahead = set(), ["/"]
    while ahead:
        path = ahead.pop()
        if path in seen or not path.startswith("/"):
            continue
        seen.add(path)
        answer = app.get(path)
        assert answer.status_code == 200, path
        if answer.headers["content-type"].startswith("text/html") and "/tables/" not in path:
            ahead += [link.partition("#")[0] or path for link in read(answer).links]
    assert {place.path for place in PLACES if place.table in ("", "bridges") and not place.needs} <= seen
    assert {"/figures/nps", "/figures/retention_12m", "/tables/panel"} <= seen


def test_no_run_yet(tmp_path):
    (tmp_path / "worthline.toml").write_text("[company]\n", "utf-8")
    answer = ask(tmp_path).get("/")
    assert answer.status_code == 503
    assert "worthline run" in read(answer).text
    assert ask(tmp_path).get("/api/figures").status_code == 503


def test_run_removed_while_served(small, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(small, folder, symlinks=True)
    client = ask(folder)
    assert client.get("/").status_code == 200
    shutil.rmtree(folder / ".worthline" / "runs")
    answer = client.get("/")
    assert answer.status_code == 500
    assert "not a complete run" in read(answer).text
    assert "worthline run" in read(answer).text


def test_folder_removed_while_served(small, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(small, folder, symlinks=True)
    client = ask(folder)
    assert client.get("/").status_code == 200
    shutil.rmtree(folder)
    answer = client.get("/")
    assert answer.status_code == 503
    assert f"The folder {folder} is no longer there." in read(answer).text


DAMAGE = {
    "cut": lambda file: file.write_bytes(file.read_bytes()[:50]),
    "empty": lambda file: file.write_bytes(b""),
    "gone": lambda file: file.unlink(),
    "of another kind": lambda file: file.write_text("5"),
    "an object with nothing in it": lambda file: file.write_text("{}"),
    "a list with nothing in it": lambda file: file.write_text("[]"),
}
FILES = ("figures.json", "health.json", "run.json", "metrics.parquet", "effects.parquet", "source/customers.parquet")


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("how", DAMAGE)
def test_corrupt_run(small, tmp_path, how, file):
    """Every page says the same: which file is wrong, and what helps; none calls it a fault of ours, none is served."""
    folder = tmp_path / "copy"
    shutil.copytree(small, folder, symlinks=True)
    client = ask(folder)
    pages = sorted(set(re.findall(r'href="(/[a-z-]*)"', client.get("/").text)))
    assert {"/", "/effects", "/health"} <= set(pages)
    DAMAGE[how]((folder / ".worthline" / "current" / file).resolve())
    for path in (*pages, "/figures/nps", "/tables/panel", "/api/figures", "/api/tables/panel"):
        answer = client.get(path)
        assert answer.status_code == 500, path
        if not (file == "run.json" and how == "gone"):  # then it is no run at all: said as such
            assert f"damaged: {file} " in answer.text.replace("&#39;", "'"), (path, answer.text)
        assert f"worthline run {folder}" in answer.text, path
        assert "fault of Worthline" not in answer.text
    assert not (folder / ".worthline" / "logs").exists() or not list((folder / ".worthline" / "logs").glob("*fault*"))


def test_run_of_another_contract_is_not_served(small, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(small, folder, symlinks=True)
    file = folder / ".worthline" / "current" / "run.json"
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), "contract": 9}), "utf-8")
    answer = ask(folder).get("/")
    assert answer.status_code == 500
    assert "has contract 9, and this Worthline reads 1" in answer.text


def test_fault_is_told_without_a_traceback(small, tmp_path, monkeypatch):
    from worthline.app.web import views

    def broken(run, name):
        raise ZeroDivisionError("secret detail")

    folder = tmp_path / "copy"  # a fault leaves a file, and others read the company it was copied from
    shutil.copytree(small, folder, symlinks=True)
    monkeypatch.setattr(views, "figure_page", broken)
    answer = ask(folder).get("/figures/nps")
    assert answer.status_code == 500
    assert "fault of Worthline" in read(answer).text
    assert "secret detail" not in answer.text


def test_another_run_is_seen_at_once(small, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(small, folder, symlinks=True)
    client = ask(folder)
    before = client.get("/").text
    home = folder / ".worthline"
    now = (home / "current").resolve()
    shutil.copytree(now, home / "runs" / "another")
    about = json.loads((home / "runs" / "another" / "run.json").read_text("utf-8"))
    about["company"] = "Another name"
    made = json.dumps({**about, "seal": seal.seal(about)}).encode()
    (home / "runs" / "another" / "run.json").write_bytes(made)
    pointer = {"contract": 1, "run_id": "another", "run": "another", "sha256": hashlib.sha256(made).hexdigest()}
    (home / "current.json").write_text(json.dumps(pointer), "utf-8")
    after = client.get("/").text
    assert "Another name" in after
    assert "Another name" not in before
    assert client.get("/").text == after
