"""Whole tables take turns, so that pages are never waited for because many readers ask for tables at once.

Gives     Turns, around the site.
Method    a request that reads a whole table (the API's tables, downloads) waits until fewer than AT_ONCE others are
          being read. Its turn ends once the answer begins: a reader who takes long to receive it holds up nobody.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

AT_ONCE = 4
"""Whole tables that are read at the same time; of 40 threads that answer, the others are for pages."""


class Turns:
    """Stands around the site."""

    def __init__(self, site: ASGIApp) -> None:
        self._site = site
        self._free: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, when it is its turn."""
        if scope["type"] != "http" or not _whole(scope):
            await self._site(scope, receive, send)
            return
        turn = self._free.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))
        await turn.acquire()
        held = True

        async def begun(message: Message) -> None:
            nonlocal held
            if held:
                held = False
                turn.release()
            await send(message)

        try:
            await self._site(scope, receive, begun)
        finally:
            if held:
                turn.release()


def _whole(scope: Scope) -> bool:
    """Whether a whole table is asked for."""
    query = bytes(scope["query_string"])
    return str(scope["path"]).startswith("/api/tables/") or query.startswith(b"as=") or b"&as=" in query
