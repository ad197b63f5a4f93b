"""Sixty canaries, planted wherever a person may be told of: none stands in any byte that is published, logged or sent.

Where they may stand: the company's own files, `personal/` of a run, the store and its snapshots until they are erased.
"""

from __future__ import annotations

import re
import tempfile
import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

import worthline
from tests.privacy import company
from tests.privacy.canaries import CANARIES, as_json, standing
from worthline.app import output
from worthline.app.cli import app
from worthline.app.routing import digest
from worthline.app.routing.notify import Notifier
from worthline.app.routing.office import Office
from worthline.app.store import deliveries
from worthline.app.web import site
from worthline.app.web.alive import AccessLog
from worthline.engine import kept_sql

HERE = "http://127.0.0.1:8765"
SAME = {"sec-fetch-site": "same-origin", "origin": HERE, "content-type": "application/x-www-form-urlencoded"}
LINK = re.compile(r'href="((?:/(?!static)|\?)[^"#]*)"')
MOST_PAGES = 150
TYPED = [canary.value for canary in CANARIES[:: len(CANARIES) // 12]]


def ran(*arguments: str) -> str:
    """What a command writes to its two outputs."""
    done = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})
    assert done.exit_code in (0, 1, 2), (arguments, done.output)
    return done.output


@pytest.fixture(scope="module")
def aviary(tmp_path_factory):
    """(folder, scratch, client, office): the company run, its webhooks received, run again with them, all pages asked for."""
    base = tmp_path_factory.mktemp("aviary")
    folder, scratch = base / "company", base / "scratch"
    for place in (folder, scratch):
        place.mkdir()
    company.lay(folder)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (*company.ENVIRONMENT.items(), ("TMPDIR", str(scratch)), (kept_sql.VARIABLE, str(scratch))):
            patch.setenv(name, value)
        patch.setattr(tempfile, "tempdir", str(scratch))
        told = ran("run", str(folder))
        assert "set aside" in told
        office = Office(folder, lambda error: output.keep_traceback(folder, error))
        client = TestClient(AccessLog(site.make(folder, office), folder), base_url=HERE, follow_redirects=False)
        for source, body, headers in company.messages():
            answer = client.post(f"/inbound/{source}", content=body, headers=headers)
            assert (answer.status_code, standing(answer.text + str(answer.headers))) == (200, []), body
        for source, body, headers in company.refused():
            answer = client.post(f"/inbound/{source}", content=body, headers=headers)
            assert answer.status_code in (401, 404)
            assert standing(answer.text + str(answer.headers)) == []
        _routed(office)
        told += ran("run", str(folder))
        assert standing(told) == []
        yield folder, scratch, client, office
        office.writer.stop()


def _routed(office: Office) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with office.store().reading() as tx:
            if not deliveries.waiting(tx, 1):
                return
        time.sleep(0.05)
    raise AssertionError("not routed within 30 s")


def test_there_are_sixty_and_each_is_found_in_every_form():
    import gzip
    import html
    import io
    import json
    import zipfile
    from urllib.parse import quote

    import pyarrow as pa
    import pyarrow.parquet as pq

    assert len(set(CANARIES)) == 60
    for canary in CANARIES:
        cells, archive = io.BytesIO(), io.BytesIO()
        pq.write_table(pa.table({"a": [f"x {canary.value} y"]}), cells, compression="zstd")
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as pack:
            pack.writestr("cells.parquet", cells.getvalue())
        forms = (canary.value.upper(), html.escape(canary.value), quote(canary.value), json.dumps(canary.value))
        raw = (archive.getvalue(), gzip.compress(canary.value.encode()), canary.value.encode("utf-16-le"))
        assert all(canary in standing(form) for form in (*forms, *raw)), canary
    assert standing("Nothing of anybody, 2026-09-30, 1,234.56") == []


@pytest.mark.slow
def test_every_canary_was_brought(aviary):
    folder, *_ = aviary
    kept = (folder / ".worthline" / "store" / "store.db", folder / ".worthline" / "store" / "store.db-wal")
    raw = b"".join(path.read_bytes() for path in kept if path.is_file())
    assert set(standing(raw)) == set(CANARIES), "the store keeps raw messages until a person is erased"
    personal = worthline.open(folder).published().path / "personal"
    assert {c for path in personal.iterdir() for c in standing(path.read_bytes())} == set(CANARIES)


def test_no_byte_below_worthline_but_where_it_may_stand(aviary):
    folder, scratch, *_ = aviary
    assert _found(folder / ".worthline", besides=("personal", "store")) == {}
    assert _found(scratch, besides=_models(scratch)) == {}


def _models(scratch: Path) -> tuple[str, ...]:
    """The unpacked model of languages: 68 MB that lingua published, the same for everybody."""
    return tuple(path.name for path in scratch.glob("languages-*"))


def _found(place: Path, besides: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Canaries by file, outside folders of these names; names of files are looked at, too."""
    found = {}
    for path in sorted(place.rglob("*")):
        inner = path.relative_to(place)
        if set(inner.parts) & set(besides) or not path.is_file():
            continue
        if here := standing(path.read_bytes()) + standing(str(inner)):
            found[str(inner)] = [canary.value for canary in here]
    return found


def test_no_page_download_or_answer_of_the_api(aviary):
    _, _, client, _ = aviary
    waiting, seen = (
        ["/", "/voice", "/inbox", "/customer-list", "/health", "/worklist", "/voice/search?q=invoice"],
        set(),
    )
    waiting += [f"/inbox/group?group={group}" for group in ("Care", "Billing", "Finance")]
    waiting += [f"/customers/{company.who(*person)}" for person in company.PEOPLE]
    waiting += [f"/api/tables/{name}" for name in _tables(client)] + ["/api/figures", "/api/overview"]
    run = worthline.open(aviary[0]).published()
    items = run.sql("select distinct item from theme_items where text like '%[%' order by item limit 20")
    waiting += [f"/voice/items/{item}" for item in items["item"].to_pylist()]
    told: dict[str, list[str]] = {}
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop(0).replace("&amp;", "&")
        if path in seen:
            continue
        seen.add(path)
        answer = client.get(path)
        if here := standing(answer.content) + standing(str(answer.headers)):
            told[path] = [canary.value for canary in here]
        if "html" in answer.headers.get("content-type", ""):
            page = path.partition("?")[0]
            links = [f"{page}{link}" if link[0] == "?" else link for link in LINK.findall(answer.text)]
            links = [link for link in links if "/customers/" not in link or link.startswith(page)]
            downloads = [link for link in links if "as=" in link]
            waiting = downloads[:2] + waiting + [link for link in links if "as=" not in link]
    assert told == {}
    assert len(seen) == MOST_PAGES or not waiting
    assert any("as=xlsx" in path for path in seen)


def _tables(client: TestClient) -> list[str]:
    return re.findall(r'"name": ?"([^"]+)"', client.get("/api/tables").text)


def test_no_output_of_a_command(aviary, tmp_path):
    folder, *_ = aviary
    run = worthline.open(folder).published()
    names = [*run.tables(), *(f"source.{path.stem}" for path in (run.path / "source").iterdir())]
    said = {name: ran("sql", f"select * from {name}", str(folder), "--csv") for name in names}
    said |= {f"show {name}": ran("show", str(folder), name, "--json") for name in run.tables()}
    for one in ("show", "check", "explain", "measure", "register", "worklist", "inbox"):
        said[one] = ran(one, *(["verdict"] if one == "explain" else []), str(folder))
    for group in ("Care", "Billing", "Finance"):
        said[f"inbox {group}"] = ran("inbox", group, str(folder), "--limit", "500")
        said[f"digest {group}"] = ran("digest", group, str(folder), "--json")
    said["sources"] = ran("inbox", "--sources", "", str(folder))
    said["search"] = ran("search", "invoice OR factura", str(folder), "--json", "--limit", "500")
    said["doctor"] = ran("doctor", str(folder), "--json") + ran("doctor", str(folder))
    said["pack"] = ran("pack", str(folder), "--out", str(tmp_path / "proof.zip"))
    assert {name: [c.value for c in found] for name, text in said.items() if (found := standing(text))} == {}
    assert "[e-mail]" in said["inbox Care"]
    assert standing((tmp_path / "proof.zip").read_bytes()) == []


def test_init_shows_nobody_and_writes_nobody_but_in_names_of_files(tmp_path):
    company.lay(tmp_path)
    (tmp_path / "worthline.toml").unlink()
    assert standing(ran("init", str(tmp_path))) == []
    assert standing(ran("init", str(tmp_path), "--yes")) == []
    written = (tmp_path / "worthline.toml").read_text("utf-8")
    names = [line for line in written.splitlines() if line.removeprefix("# ").startswith("file = ")]
    assert any(standing(line) for line in names), "only the company's own mapping calls a file by its name"
    assert standing("\n".join(line for line in written.splitlines() if line not in names)) == []


def test_nothing_that_is_sent_or_shown_in_a_notebook(aviary):
    folder, _, _, office = aviary
    sent: list[str] = []

    def send(_address: str, due: digest.Digest) -> bool:
        sent.append(due.title + digest.text(due))
        return True

    config, listening = office.config()
    notifier = Notifier(office.store(), listening.notify, office.context, config.timezone, send)
    many = notifier.at_once()
    assert many >= 60
    assert standing("\n".join(sent)) == []
    run = worthline.open(folder).published()
    parts = [run._repr_html_(), run.figures._repr_html_(), as_json(run.about), repr(run)]
    parts += [table.to_pandas().to_html() for table in (run.table("themes"), run.table("theme_items"))]
    assert standing("\n".join(parts)) == []


def test_what_somebody_types_stands_in_no_log(aviary):
    folder, scratch, client, _ = aviary
    for typed in TYPED:
        for path in (f"/customers/{typed}", f"/{typed}", f"/api/tables/{typed}", f"/voice/themes/{typed}"):
            client.get(path, headers={"user-agent": typed.encode(), "referer": f"{HERE}/{typed}".encode()})
        client.get("/find", params={"q": typed})
        client.get("/voice/search", params={"q": typed, "theme": typed})
        client.get("/api/tables/customers", params={"where": f"name = '{typed}'", "customer_id": typed})
        client.post("/inbox/mark", content=f"item={typed}&group={typed}&state=read", headers=SAME)
        client.post("/inbound/own", content=typed.encode(), headers={"webhook-id": "x"})
        client.get("/", headers={"host": typed.split()[0].encode("ascii", "ignore").decode() + ".example"})
        ran("sql", f"select '{typed}' as a from customers", str(folder))
        ran("explain", typed, str(folder))
        ran("search", typed, str(folder))
    assert _found(folder / ".worthline" / "logs") == {}
    assert _found(scratch, besides=_models(scratch)) == {}


def test_a_fault_keeps_its_traceback_and_nobody_in_it(aviary):
    folder, *_ = aviary
    for canary in CANARIES:
        try:
            try:
                int(canary.value)
            except ValueError as error:
                raise RuntimeError(f"cell '{canary.value}' of column amount") from error
        except RuntimeError as error:
            first = output.keep_traceback(folder, error)
        assert standing(first.read_bytes()) == []
        assert "in test_a_fault_keeps_its_traceback" in first.read_text("utf-8")
        if canary.kind != "name":  # a name is told by its quotes alone
            bare = output.keep_traceback(
                folder, RuntimeError(f"row C1,2026-03-01,{canary.value},purchase cannot be read")
            )
            assert standing(bare.read_bytes()) == []


def test_who_is_erased_is_in_no_byte_of_the_store(aviary):
    folder, *_ = aviary
    for person in company.PEOPLE:
        ran("store", "erase", str(folder), "--customer", company.who(*person), "--by", "R. Okafor")
    told = ran("store", "erase", str(folder), "--unanswered", "--by", "R. Okafor")
    assert told.startswith("Erased: 15 messages without an answer.")  # one broken body a person: nobody knows whose
    assert _found(folder / ".worthline" / "store") == {}
