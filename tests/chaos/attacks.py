"""Hostile requests to the app: scripts, SQL, foreign pages that write, foreign host names, paths out of the folder."""

from __future__ import annotations

import random
import socket
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

SCRIPTS = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg onload=alert(1)>", "'><body onpageshow=alert(1)>",
    "javascript:alert(1)", "<iframe srcdoc='<script>alert(1)</script>'>", "<a href=javascript:alert(1)>x</a>", "</title><script>1</script>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", "<details open ontoggle=alert(1)>", "{{7*7}}", "${7*7}",
    "<style>@import'//evil.example'</style>", "<meta http-equiv=refresh content=0;url=//evil.example>", "<base href=//evil.example>",
    "\u003cscript\u003e", "%3Cscript%3Ealert(1)%3C/script%3E", "<form action=//evil.example><input type=submit>", "--><script>1</script>",
    "<xmp><p title=\"</xmp><svg/onload=alert(1)>\">",
)  # fmt: skip
SQL = (
    "' or 1=1 --", "'; drop table panel; --", "\" or \"\"=\"", "1; select * from read_csv('/etc/passwd')", "' union select 1,2,3 --",
    "x') or ('1'='1", "metrics; attach 'x.db'", "metrics where 1=0 union all select * from source.customers", "a\u0000b", "%' or '1'='1",
    "customer_id desc; copy panel to 'x'", "(select count(*) from panel)", "pg_sleep(9)", "'||(select 1)||'", "0 union select getenv('HOME')",
    "range(300000000)", "*/ select /*", "`metrics`", "[metrics]", "$1",
)  # fmt: skip
PATHS = (
    "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "....//....//etc/passwd", "%2e%2e/%2e%2e/worthline.toml", "/etc/passwd", "file:///etc/passwd",
    "..\\..\\worthline.toml", ".worthline/current.json", "http://169.254.169.254/latest/meta-data", "//evil.example/", "%00", "a" * 5_000,
)  # fmt: skip
OUTWARD = (
    "http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:1/", "http://[::1]:1/", "http://0x7f000001/", "http://2130706433/",
    "file:///etc/passwd", "gopher://127.0.0.1:1/_x", "dict://127.0.0.1:1/", "ftp://127.0.0.1/", "http://localtest.me/", "//169.254.169.254/",
    "http://evil.example@127.0.0.1/", "http://127.1/", "http://127.0.0.1.nip.io/", "jar:http://127.0.0.1!/", "http://%6c%6f%63%61%6c",
    "s3://bucket/x", "https://127.0.0.1:1/x.parquet", "\\\\127.0.0.1\\share", "http://metadata.google.internal/computeMetadata/v1/",
)  # fmt: skip
"""Addresses that a server which fetches what it is told would ask."""
HOSTS = (
    "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "169.254.169.254", "[::ffff:127.0.0.1]", "0", "2130706433",
    "127.1", "evil.example:8765", "127.0.0.1@evil.example", "", "localhost\x00.evil", "127.0.0.1, evil.example", "LOCALHOST.evil.example",
)  # fmt: skip
SINKS = (
    "/find?q={}", "/tables/{}", "/tables/metrics?sort={}", "/tables/metrics?page={}", "/tables/panel?filter={}", "/figures/{}",
    "/figures?before={}", "/customers/{}", "/customer-list?search={}", "/customer-list?segment={}", "/customer-list?page={}&as=csv",
    "/effects/{}", "/initiatives/{}", "/api/tables/{}", "/api/tables/metrics?limit={}", "/api/figures/{}", "/static/x/{}", "/{}",
)  # fmt: skip
ORIGINS = (
    {"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"},
    {"origin": "http://127.0.0.1:9"}, {"origin": "http://127.0.0.1.evil.example"}, {}, {"referer": "http://127.0.0.1:8765/"},
    {"sec-fetch-site": "none"}, {"origin": "http://127.0.0.1:8765.evil.example", "sec-fetch-site": "same-origin"},
)  # fmt: skip
METHODS = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND")
HERE = "http://127.0.0.1:8765"


@cache
def client(folder: Path) -> Any:
    """The app, asked in the process."""
    from starlette.testclient import TestClient

    from worthline.app.web import site

    return TestClient(site.make(folder), base_url=HERE, raise_server_exceptions=False, follow_redirects=False)


def attack(home: Path, _place: Path, number: int) -> str | None:
    """One hostile request; what it got out of the app, or None."""
    chance = random.Random(number)
    match number % 5:
        case 0 | 1:
            return _said(home, chance.choice((*SCRIPTS, *SQL, *PATHS)), chance.choice(SINKS))
        case 2:
            return _foreign(home, chance)
        case 3:
            return _fetched(home, chance)
        case _:
            host = chance.choice(HOSTS)
            answer = client(home).get(chance.choice(("/", "/api/figures", "/customers/C1")), headers={"host": host})
            return None if answer.status_code == 421 else f"host {host!r} is answered with {answer.status_code}"


def _said(home: Path, payload: str, sink: str) -> str | None:
    answer = client(home).get(sink.format(quote(payload, safe="")))
    what = f"{sink.format(payload)[:120]!r}"
    if answer.status_code >= 500:
        return f"{what} is answered with {answer.status_code}"
    if "script-src 'self'" not in answer.headers.get("content-security-policy", ""):
        return f"{what} is answered without a policy"
    html = "text/html" in answer.headers.get("content-type", "")
    if html and "<" in payload and payload in answer.text:
        return f"{what} stands in the page as it was sent"
    if html and "<img src=x onerror" in answer.text:
        return f"{what}: a segment's name stands in the page unescaped"
    if "root:" in answer.text or "evil.example" in answer.headers.get("location", ""):
        return f"{what} leads out"
    return None


def _foreign(home: Path, chance: random.Random) -> str | None:
    method, origin = chance.choice(METHODS), chance.choice(ORIGINS)
    path = chance.choice(("/", "/inbox/mark", "/api/tables/metrics", "/customer-list", "/inbound/x"))
    answer = client(home).request(method, path, headers=origin, content=b'{"a": 1}')
    if answer.status_code >= 500 or answer.status_code < 400:
        return f"{method} {path} with {origin} is answered with {answer.status_code}"
    return None


def _fetched(home: Path, chance: random.Random) -> str | None:
    """An address in a word, a heading or an SQL text: nothing is asked there, nor is its name looked up."""
    asked: list[object] = []
    real = socket.socket.connect, socket.getaddrinfo

    def connect(_self: socket.socket, address: object) -> None:
        asked.append(address)
        raise OSError("not in a trial")

    def look_up(*names: object, **_more: object) -> list[object]:
        asked.append(names[0])
        raise OSError("not in a trial")

    address, sink = chance.choice(OUTWARD), chance.choice(SINKS)
    headers = dict.fromkeys(chance.sample(("referer", "x-forwarded-for", "forwarded", "x-original-url"), 2), address)
    app = client(home)
    app.get("/healthz")  # the loop that answers has its own sockets
    socket.socket.connect, socket.getaddrinfo = connect, look_up  # type: ignore[assignment, method-assign]
    try:
        answer = app.get(sink.format(quote(address, safe="")), headers=headers)
    finally:
        socket.socket.connect, socket.getaddrinfo = real  # type: ignore[method-assign]
    if asked:
        return f"{sink!r} with {address!r} had {asked[0]!r} asked"
    return f"{sink!r} with {address!r} is answered with {answer.status_code}" if answer.status_code >= 500 else None
