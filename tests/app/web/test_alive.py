"""/healthz and /readyz; a log of requests that tells nothing of anybody."""

import json
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from worthline.app.web import site
from worthline.app.web.alive import AccessLog

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
