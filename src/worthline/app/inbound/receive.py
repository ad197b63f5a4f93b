"""The address of webhooks, POST /inbound/NAME: verified, stored, then acknowledged.

Reads     requests to /inbound/.
Gives     Receiver, an ASGI application: 200 once the delivery is on disk (again 200 where it was before), 401 for a bad
          or expired signature, 403 from a browser, 404, 405, 409 (another body under a known id), 413, 415, and 503
          where it could not be stored: then the sender tries again.
Method    nothing is parsed before the signature holds. Browsers are refused: no page elsewhere can send one for its
          reader, whatever is signed in.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from worthline.app.inbound.settings import Source
from worthline.app.inbound.signatures import Key
from worthline.app.inbound.writer import Writer
from worthline.app.store.deliveries import CONFLICT, KNOWN, Arrival
from worthline.errors import WorthlineError

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

PATH = "/inbound/"
LARGEST = 8 << 20
"""Bytes of a body: a million characters, escaped."""
IN_FLIGHT = 64 << 20
"""Bytes of all bodies that are being received or stored."""
PATIENCE = 15.0
"""Seconds that a sender waits for the disk, and that a body may take to arrive."""
FRESH = 0.25
"""Seconds for which settings and secrets that were looked up are taken as they were."""
_BROWSER = ("sec-fetch-site", "sec-fetch-mode", "origin", "cookie")


class Acknowledged:
    """Outcomes of the writer's thread, handed to the thread that answers: once for all that finish meanwhile.

    Each waking costs both threads a call of the system, and each such call may cost the turn to the other thread.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._outcomes = _Outcomes()

    async def of(self, promised: Future[str]) -> str:
        """What a promise of the writer comes to; raises what it raises."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:  # what an earlier loop waited for has ended with it
            self._loop, self._outcomes = loop, _Outcomes()
        outcomes = self._outcomes
        answer: asyncio.Future[str] = loop.create_future()

        def hand_on(done: Future[str]) -> None:
            outcomes.waiting.append((answer, done))
            if not outcomes.is_waking:
                outcomes.is_waking = True
                with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                    loop.call_soon_threadsafe(outcomes.hand_over)

        promised.add_done_callback(hand_on)
        return await answer


class _Outcomes:
    """What the writer finished and is not handed over yet, to one loop."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[asyncio.Future[str], Future[str]]] = deque()
        self.is_waking = False

    def hand_over(self) -> None:
        """Give each waiting request its outcome."""
        self.is_waking = False  # before anything is taken: what is finished from now on wakes again
        while self.waiting:
            answer, done = self.waiting.popleft()
            if not answer.done():
                error = done.exception()
                answer.set_result(done.result()) if error is None else answer.set_exception(error)


class Receiver:
    """Receives a company's webhooks."""

    def __init__(
        self, sources: Callable[[], Mapping[str, Source]], writer: Writer, now: Callable[[], float] = time.time
    ) -> None:
        self._sources, self._writer, self._now = sources, writer, now
        self._in_flight = 0
        self._looked_up: dict[str, tuple[float, Source | None, list[Key]]] = {}
        self._acknowledged = Acknowledged()

    def hosts(self) -> tuple[str, ...]:
        """Names under which proxies pass webhooks on."""
        try:
            return tuple(host for source in self._sources().values() for host in source.hosts)
        except WorthlineError:
            return ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        status, said = await self._answer(scope, receive)
        body = json.dumps(said).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        headers += [(b"retry-after", b"5")] if status == 503 else [(b"allow", b"POST")] if status == 405 else []
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, dict[str, Any]]:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = _refused(scope["method"], headers)
        if refusal:
            return refusal
        try:
            source, keys = self._source(scope["path"].removeprefix(PATH))
        except WorthlineError:
            return 503, _error("The settings of this source cannot be read. worthline inbox --sources says why.")
        if source is None:
            return 404, _error("No source of webhooks has this address: see [inbound.NAME] in worthline.toml.")
        if not keys:
            return 503, _error(f"This source has no secret yet: set {source.secret_env} and start the app again.")
        size = _length(headers)
        if size is None:
            return 411, _error("Send the body's length: content-length.")
        if size > LARGEST:
            return 413, _error(f"The body may have at most {LARGEST} bytes.")
        if self._in_flight + size > IN_FLIGHT:
            return 503, _error("Too much is being received at this moment. Send it again.")
        self._in_flight += size
        try:
            return await self._store(source, keys, headers, receive, size)
        finally:
            self._in_flight -= size

    def _source(self, name: str) -> tuple[Source | None, list[Key]]:
        """A source and its keys, looked up at most a few times a second; raises BadSetting."""
        at = time.monotonic()
        known = self._looked_up.get(name)
        if known is None or at - known[0] > FRESH:
            source = self._sources().get(name)
            known = at, source, source.keys() if source else []
            self._looked_up = {**self._looked_up, name: known} if source else self._looked_up
        return known[1:]

    async def _store(
        self, source: Source, keys: list[Key], headers: dict[str, str], receive: Receive, size: int
    ) -> tuple[int, dict[str, Any]]:
        try:
            async with asyncio.timeout(PATIENCE):
                body = await _body(receive, size)
        except (TimeoutError, ConnectionError):
            return 408, _error("The body did not arrive.")
        now = self._now()
        verdict = source.verify(headers, body, keys, now)
        if not verdict.is_valid:
            return 401, _error(f"Refused: {verdict.refusal}.")
        arrival = Arrival(source.rules.name, verdict.delivery_id, body, datetime.fromtimestamp(now, UTC))
        try:
            async with asyncio.timeout(PATIENCE):
                outcome = await self._acknowledged.of(self._writer.submit(arrival))
        except Exception:  # noqa: BLE001 - nothing was acknowledged; the writer keeps what went wrong
            return 503, _error("The message could not be stored. Send it again.")
        if outcome == CONFLICT:
            return 409, _error("Another message was stored under this id. It stays as it is.")
        return 200, {"id": verdict.delivery_id, "status": "stored before" if outcome == KNOWN else "stored"}


def _refused(method: str, headers: Mapping[str, str]) -> tuple[int, dict[str, Any]] | None:
    """Why a request is refused before anything of it is read."""
    if method != "POST":
        return 405, _error("Webhooks are sent by POST.")
    if any(name in headers for name in _BROWSER):
        return 403, _error("Webhooks come from servers, not from browsers.")
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json" or headers.get("content-encoding", "identity") != "identity":
        return 415, _error("Send application/json, not compressed.")
    return None


def _length(headers: Mapping[str, str]) -> int | None:
    given = headers.get("content-length", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 12 else None


async def _body(receive: Receive, size: int) -> bytes:
    """The body as it came; raises ConnectionError where the sender hung up."""
    parts: list[bytes] = []
    left = size
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ConnectionError
        parts.append(message.get("body", b""))
        left -= len(parts[-1])
        if left < 0:
            raise ConnectionError
        if not message.get("more_body"):
            return b"".join(parts)


def _error(said: str) -> dict[str, str]:
    return {"error": said}
