"""Whether the app answers (/healthz), whether it has a run to show (/readyz), and its log of requests.

Reads     the run that is published now.
Gives     the two routes; AccessLog, one JSON line per request in `.worthline/logs/web.jsonl`.
Method    a line holds the time, the method, the first part of the path, the status and the milliseconds: no query, no
          customer, no address. At 10 MB the file is put aside as web.jsonl.1.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from starlette.requests import ClientDisconnect

from worthline.engine import home as places
from worthline.errors import WorthlineError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from worthline.app.web.current import Current

READ = ["GET", "HEAD"]
GONE = 499
"""Status in the log of a request whose sender went away before it was answered."""
AGAIN = 1.0
"""Seconds for which the log stays open."""
LARGEST = 10 << 20
"""Bytes of the log before it is put aside."""
_OWN = (
    "api tables figures customers customer-list effects initiatives chain drivers health calibration bridges find "
    "static inbound inbox healthz readyz search worklist themes voice"
)
PARTS = frozenset(_OWN.split())
"""First parts of paths that are written as they are; of others it is only said that they were others."""


def routes(site: FastAPI, current: Current) -> None:
    """Add /healthz and /readyz."""

    @site.api_route("/healthz", methods=READ)
    def healthy() -> Response:
        return JSONResponse({"status": "ok"})

    @site.api_route("/readyz", methods=READ)
    def ready() -> Response:
        try:
            held = current.now()
        except WorthlineError as error:
            return JSONResponse({"status": "not ready", "why": type(error).__name__}, status_code=503)
        return JSONResponse({"status": "ready", "run_id": held.run.run_id})


class AccessLog:
    """Stands around an app and writes a line for each request it answers."""

    def __init__(self, app: ASGIApp, folder: Path) -> None:
        self._app, self._file = app, folder / places.HOME / places.LOGS / "web.jsonl"
        self._lock = threading.Lock()
        self._log: FileIO | None = None
        self._since = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and write how it was answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def heard(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, heard)
        except ClientDisconnect:
            status = GONE  # whoever asked is no longer there: nobody's fault, and nothing for the console
        finally:
            self._write(scope["method"], scope["path"], status, time.perf_counter() - began)

    def _write(self, method: str, path: str, status: int, seconds: float) -> None:
        line = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "method": method if method in ("GET", "HEAD", "POST") else "other",
            "path": plain(path),
            "status": status,
            "ms": round(1000 * seconds, 1),
        }
        with self._lock, contextlib.suppress(OSError):  # a log that cannot be written stops nobody's reading
            self._opened().write((json.dumps(line) + "\n").encode())

    def _opened(self) -> FileIO:
        """The log, opened anew each second: it may have been moved, or have become full, meanwhile.

        One call of the system a line: a line is written for each of some hundred webhooks a second.
        """
        at = time.monotonic()
        if self._log is None or at - self._since > AGAIN:
            if self._log is not None:
                is_full = os.fstat(self._log.fileno()).st_size > LARGEST
                self._log.close()
                if is_full:
                    self._file.replace(self._file.with_suffix(".jsonl.1"))
            handle = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, places.FILE_MODE)
            self._log, self._since = FileIO(handle, "w"), at
        return self._log


def plain(path: str) -> str:
    """The first part of a path, where it is one of the app's own."""
    parts = [part for part in path.split("/") if part]
    if not parts:
        return "/"
    first = parts[0] if parts[0] in PARTS else "(other)"
    return f"/{first}" + ("/…" if len(parts) > 1 else "")
