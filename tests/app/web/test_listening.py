"""The pages of search and inboxes over a company that listens: what is typed and what arrives is shown as text."""

import base64
import json
import shutil

import pytest
from starlette.testclient import TestClient

from tests.app.inbound.senders import signed
from worthline.app.routing.office import Office
from worthline.app.store import deliveries
from worthline.app.web import site

HERE = "http://127.0.0.1:8765"
SETTINGS = """
[inbound.own]
metric = "csat"
scales = { csat = "1-5" }

[[routing]]
name = "Angry"
group = "Care & <b>more</b>"
when = "at once"
score_at_most = 2
"""
SECRET = "whsec_" + base64.b64encode(b"s" * 24).decode()
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> =1+1 \u202e {{7*7}} jo@example.com"


@pytest.fixture(scope="module")
def listening(small, tmp_path_factory):
    """(folder, client) of a company to which something arrived."""
    folder = tmp_path_factory.mktemp("listening") / "small"
    shutil.copytree(small, folder, symlinks=True)
    with (folder / "worthline.toml").open("a") as file:
        file.write(SETTINGS)
    office = Office(folder)
    client = TestClient(site.make(folder, office), base_url=HERE, follow_redirects=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORTHLINE_INBOUND_OWN", SECRET)
        import time

        for name, text in (("a", HOSTILE), ("b", "plain words")):
            body, headers = signed({"data": {"text": text, "score": 1}}, name, sent=time.time(), secret=SECRET)
            assert client.post("/inbound/own", content=body, headers=headers).status_code == 200
        until = time.monotonic() + 5
        while waiting(office) and time.monotonic() < until:
            time.sleep(0.05)
        assert not waiting(office), "routed within 5 seconds"
    yield folder, client
    office.writer.stop()


def waiting(office):
    with office.store().reading() as tx:
        return deliveries.waiting(tx, 1)


def test_inbox_shows_groups_and_sources(listening):
    _, client = listening
    page = client.get("/inbox").text
    assert "2 comments unread in 1 group." in page
    assert "Care &amp; &lt;b&gt;more&lt;/b&gt;" in page
    assert SECRET not in page


def test_what_arrived_is_shown_as_text_and_masked(listening):
    _, client = listening
    group = client.get("/inbox/group", params={"group": "Care & <b>more</b>"}).text
    item = client.get("/inbox/item", params={"item": "own-a:csat"}).text
    for page in (group, item):
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "{{7*7}}" in page
        assert "jo@example.com" not in page


OWN = {"origin": HERE, "sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}
MARK = {"item": "own-a:csat", "group": "Care & <b>more</b>", "state": "read", "by": "R. Okafor"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "same-origin", "origin": "https://evil.example"},
        {"sec-fetch-site": "same-origin", "origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "http://localhost:8765"},
    ],
)
def test_pages_elsewhere_cannot_mark(listening, headers):
    _, client = listening
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/inbox/mark", data=MARK, headers={**kind, **headers}).status_code == 403
    assert "Read" not in client.get("/inbox/group", params={"group": MARK["group"]}).text


def test_marking_goes_back_to_the_item_and_is_kept(listening):
    _, client = listening
    answer = client.post("/inbox/mark", data={**MARK, "item": "own-b:csat"}, headers=OWN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/inbox/item?item=own-b%3Acsat")
    assert "Read" in client.get(answer.headers["location"]).text
    for wrong in ({"item": "nothing"}, {"state": "eaten"}, {"group": "x"}):
        assert client.post("/inbox/mark", data={**MARK, **wrong}, headers=OWN).status_code in (400, 404)
    assert client.post("/inbox/mark", content=b"x" * 100_000, headers=OWN).status_code == 413


@pytest.mark.parametrize("typed", ["", "a", '"', "<script>alert(1)</script>", "' or 1=1 --", "*", "\u202e", "a" * 3000])
def test_search_page_answers_whatever_is_typed(listening, typed):
    _, client = listening
    answer = client.get("/voice/search", params={"q": typed})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    "wrong", [{"page": "0"}, {"page": "x"}, {"score": "x"}, {"from": "31.2."}, {"segment": "none"}]
)
def test_wrong_filters_are_said(listening, wrong):
    _, client = listening
    assert client.get("/voice/search", params={"q": "a", **wrong}).status_code in (200, 400, 404)


def test_unknown_items_and_groups_are_said(listening):
    _, client = listening
    assert client.get("/inbox/item", params={"item": "x"}).status_code == 404
    assert client.get("/inbox/group").status_code == 400
    assert "has nothing open" in client.get("/inbox/group", params={"group": "x"}).text


def test_a_secret_in_worthline_toml_is_refused(small, tmp_path):
    folder = tmp_path / "small"
    shutil.copytree(small, folder, symlinks=True)
    with (folder / "worthline.toml").open("a") as file:
        file.write('\n[inbound.own]\nsecret = "whsec_hunter2"\n')
    from worthline.errors import BadSetting

    with pytest.raises(BadSetting, match="would be readable in every run") as caught:
        Office(folder).sources()
    assert "hunter2" not in str(caught.value)


def test_a_copied_folder_answers_without_a_store(small):
    client = TestClient(site.make(small), base_url=HERE)
    assert "Nothing has arrived here yet" in client.get("/inbox").text
    assert json.loads(client.get("/api/overview").text)
