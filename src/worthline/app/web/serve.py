"""Serves a company's folder to a browser on this machine, until stopped.

Reads     a company's folder.
Gives     `serve`; raises UsageError before anything is served.
Method    the port is taken before the server starts, so that a second server on it says so at once.
Assumes   there is no sign-in yet, so nobody beyond this machine may ask.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worthline.errors import UsageError

if TYPE_CHECKING:
    import uvicorn

PORT = 8765
HOST = "127.0.0.1"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
NEEDED = ("fastapi", "uvicorn", "jinja2")
"""What the extra `web` brings."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """That a folder's files are mapped in the browser before anything is shown."""

    force: bool = False
    """Whether a worthline.toml that is there may be written over."""


def serve(
    directory: Path | str,
    host: str = HOST,
    port: int | None = PORT,
    open_browser: bool = True,
    ready: Callable[[str], None] | None = None,
    mapping: Mapping | None = None,
    *,
    with_names: bool = False,
) -> None:
    """Serve until stopped (Ctrl-C); `ready` hears the address once it answers; `with_names`: show who customers are.

    Port 0 takes any free one; None the usual one, or any free one where that is taken. With `mapping` the folder may
    be new: its files are mapped first.
    Raises UsageError.
    """
    folder = Path(directory)
    _needs()
    if mapping is None:
        _folder(folder)
    elif not folder.is_dir():
        raise UsageError(f"There is no folder {folder}. Make it, or name the folder that holds your files.")
    listening = _bound(host, port) if port is not None else _usual(host)
    where = address(host, listening.getsockname()[1])
    with listening, contextlib.suppress(KeyboardInterrupt):
        _server(folder, where, open_browser, ready, mapping, with_names=with_names).run(sockets=[listening])


def address(host: str, port: int) -> str:
    """What to type into a browser."""
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _needs() -> None:
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise UsageError(
            f"The web app needs {', '.join(missing)}, which is not installed. Get it with: pip install 'worthline[web]'"
        )


def _folder(folder: Path) -> None:
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}. Name the folder that holds worthline.toml.")
    if not (folder / "worthline.toml").is_file() and not (folder / ".worthline").is_dir():
        raise UsageError(f"{folder} is no company's folder: it has no worthline.toml. Name the folder that has one.")


def _usual(host: str) -> socket.socket:
    try:
        return _bound(host, PORT)
    except UsageError:
        return _bound(host, 0)


def _bound(host: str, port: int) -> socket.socket:
    """A socket that already listens; raises UsageError."""
    if host not in LOOPBACK:
        raise UsageError(
            f"--host {host}: there is no sign-in yet, so Worthline serves this machine alone "
            f"({', '.join(LOOPBACK)}). From elsewhere, use a tunnel: ssh -L {port}:127.0.0.1:{port} this-machine"
        )
    family = socket.AF_INET6 if host == "::1" else socket.AF_INET
    # Named as TCP, so that asyncio lets small answers go at once: else each waits 40 ms for the reader's receipt.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(
            f"Port {port} on {host} cannot be taken ({reason.lower()}); perhaps another worthline serve runs there. "
            f"Choose another one: --port {port + 1 if port < 65_535 else PORT}"
        ) from None
    return listener


def _server(
    folder: Path,
    where: str,
    open_browser: bool,
    ready: Callable[[str], None] | None,
    mapping: Mapping | None,
    *,
    with_names: bool,
) -> uvicorn.Server:
    import uvicorn

    from worthline.app import output
    from worthline.app.routing.office import Office
    from worthline.app.web import site
    from worthline.app.web.alive import AccessLog

    class Telling(uvicorn.Server):
        """A server that says when it answers."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            """Start, then tell."""
            await super().startup(sockets=sockets)
            if self.started and ready is not None:
                ready(where)
            if self.started and open_browser:
                threading.Thread(target=_browse, args=(where,), daemon=True).start()

    settings: dict[str, Any] = {"log_level": "warning", "access_log": False, "lifespan": "off", "server_header": False}
    office = Office(folder, lambda error: output.keep_traceback(folder, error))
    office.start()
    app: Any = site.make(folder, office, with_names=with_names)
    if mapping is not None:
        from worthline.app.web.mapping import wrap

        app = wrap(folder, app, force=mapping.force)
    return Telling(uvicorn.Config(AccessLog(app, folder), timeout_graceful_shutdown=3, **settings))


def _browse(where: str) -> None:
    import webbrowser

    with contextlib.suppress(webbrowser.Error):
        webbrowser.open(where)
