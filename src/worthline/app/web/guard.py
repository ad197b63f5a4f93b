"""What every answer carries and every request must be: headers, the host it was meant for, reading only.

Gives     Guard, around the whole site.
Method    a page elsewhere that points its own name at this machine (DNS rebinding) sends that name as Host, and
          gets nothing. No inline style or script can run; nothing is fetched from anywhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS = ("127.0.0.1", "localhost", "[::1]")
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
FRESH = "no-store"
"""Pages and JSON: always of the run that is published now."""
_TO_READERS = tuple((name.encode(), value.encode()) for name, value in {**HEADERS, "cache-control": FRESH}.items())
_TO_SERVERS = ((b"x-content-type-options", b"nosniff"), (b"cache-control", FRESH.encode()))
"""Of answers to webhooks, which no browser gets: the receiver refuses whatever a browser sends."""


INBOUND = "/inbound/"
"""Where webhooks arrive: the one address that takes requests which no reader of the app has made."""


class Inbound(Protocol):
    """What takes webhooks."""

    def hosts(self) -> tuple[str, ...]:
        """Names, besides this machine's, under which it may be reached."""
        ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        ...


class Guard:
    """Stands before the site."""

    def __init__(self, site: ASGIApp, inbound: Inbound | None = None, *, writes: Collection[str] = ()) -> None:
        """`writes`: addresses to which the site's own pages post."""
        self._site, self._inbound, self._writes = site, inbound, frozenset(writes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on and add the headers."""
        if scope["type"] != "http":
            return

        is_inbound = self._inbound is not None and scope["path"].startswith(INBOUND)
        more = _TO_SERVERS if is_inbound else _TO_READERS

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                added = [pair for pair in more if pair[0] not in given]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if self._inbound is not None and is_inbound:
            # Signed messages between servers; the receiver refuses whatever a browser sends.
            if _name(host) in HOSTS or _name(host) in self._inbound.hosts():
                await self._inbound(scope, receive, sealed)
            else:
                await _refuse(sealed, 421, "No source of webhooks is reached by this name.")
        elif _name(host) not in HOSTS:
            sentence = f"This server answers to {', '.join(HOSTS)} only; the request was for another name."
            await _refuse(sealed, 421, sentence)
        elif scope["method"] == "POST" and scope["path"] in self._writes:
            sentence = _from_elsewhere(headers, scope.get("scheme", "http"), host)
            if sentence:
                await _refuse(sealed, 403, sentence)
            else:
                await self._site(scope, receive, sealed)
        elif scope["method"] not in ("GET", "HEAD"):
            sentence = "This server is for reading only: GET or HEAD."
            await _refuse(sealed, 405, sentence, (b"allow", b"GET, HEAD"))
        else:
            await self._site(scope, receive, sealed)


def _from_elsewhere(headers: Mapping[bytes, bytes], scheme: str, host: str) -> str:
    """Why a request that writes does not come from a page of this server; "" where it does.

    Both marks are looked at, on this machine too: any page that a browser shows can send a form to it.
    """
    origin = headers.get(b"origin", b"").decode("latin-1").lower()
    site = headers.get(b"sec-fetch-site", b"same-origin").decode("latin-1").lower()
    if site != "same-origin":
        return f"Writing is for pages of this server alone; this came from another site (Sec-Fetch-Site: {site})."
    if origin != f"{scheme}://{host}":
        sender = origin or "none"
        return f"Writing is for pages of this server alone; this came from elsewhere (Origin: {sender})."
    return ""


def _name(host: str) -> str:
    """The host without its port."""
    name, _, port = host.rpartition(":")
    return name if name and port.isdigit() else host


async def _refuse(send: Send, status: int, sentence: str, *more: tuple[bytes, bytes]) -> None:
    body = f"{sentence}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
