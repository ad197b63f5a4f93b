"""/healthz and /readyz; a log of requests that tells nothing of anybody."""

import asyncio
import json
from types import SimpleNamespace

import pytest
from starlette.requests import ClientDisconnect
from starlette.testclient import TestClient

from worthline.app.web import site
from worthline.app.web.alive import AccessLog
from worthline.app.web.turns import Turns

HERE = "http://127.0.0.1:8765"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "worthline.toml").write_text('[company]\nname = "Acme"\n')
    (tmp_path / ".worthline" / "logs").mkdir(parents=True)
    return tmp_path


def test_alive_without_a_run_and_ready_only_with_one(folder, monkeypatch):
    client = TestClient(site.make(folder), base_url=HERE)
    assert client.get("/healthz").json() == {"status": "ok"}
    assert (client.get("/readyz").status_code, client.get("/readyz").json()["why"]) == (503, "NoRun")
    held = SimpleNamespace(run=SimpleNamespace(run_id="abc"))
    monkeypatch.setattr("worthline.app.web.current.Current.now", lambda _: held)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "run_id": "abc"})
    assert answer.headers["cache-control"] == "no-store"


def test_the_log_tells_nothing_of_a_customer_or_of_what_was_asked(folder):
    client = TestClient(AccessLog(site.make(folder), folder), base_url=HERE)
    for path in ("/customers/zebulon@canary.example", "/find?q=Zebulon", "/Zebulon", "/"):
        client.get(path)
    file = folder / ".worthline" / "logs" / "web.jsonl"
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [line["path"] for line in lines] == ["/customers/…", "/find", "/(other)", "/"]
    assert all(set(line) == {"at", "method", "path", "status", "ms"} for line in lines)
    assert "ebulon" not in file.read_text("utf-8")
    assert file.stat().st_mode & 0o077 == 0


def scope(path, query=b""):
    return {"type": "http", "method": "GET", "path": path, "query_string": query, "headers": []}


def test_twenty_who_ask_for_whole_tables_keep_no_page_waiting():
    """Four tables are read at a time; an answer that has begun has had its turn; one that fails gives it back."""

    async def site_(scope_, _receive, send):
        nonlocal reading, most
        if scope_["path"] == "/api/tables/broken":
            raise LookupError("broken")
        if scope_["path"].startswith("/api/tables/"):
            reading += 1
            most = max(most, reading)
            await go_on.wait()
            reading -= 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        seen.append(scope_["path"])
        if scope_["path"] == "/api/tables/slow":
            await asyncio.sleep(3600)  # a reader that takes nothing

    async def play():
        app = Turns(site_)

        async def sent(_message):
            return None

        for _ in range(5):
            with pytest.raises(LookupError, match="broken"):
                await app(scope("/api/tables/broken"), None, sent)
        asked = [asyncio.ensure_future(app(scope(f"/api/tables/{n}"), None, sent)) for n in ["slow"] * 6 + ["x"] * 14]
        await asyncio.sleep(0.01)
        await app(scope("/"), None, sent)
        assert seen == ["/"]
        go_on.set()
        await asyncio.wait(asked[6:], timeout=5)
        assert seen.count("/api/tables/x") == 14
        for each in asked:
            each.cancel()

    reading, most, seen, go_on = 0, 0, [], asyncio.Event()
    asyncio.run(play())
    assert most == 4


def test_whoever_goes_away_is_no_fault(folder):
    async def gone(_scope, _receive, _send):
        raise ClientDisconnect

    asyncio.run(AccessLog(gone, folder)(scope("/register"), None, None))
    assert '"status": 499' in (folder / ".worthline" / "logs" / "web.jsonl").read_text("utf-8")
