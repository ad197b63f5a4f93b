"""A PostgreSQL server of the tests' own: started from the system's program as an unprivileged user, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

PLACES = ("/usr/lib/postgresql", "/usr/local/lib/postgresql", "/opt/homebrew/opt/postgresql@15")


def programs() -> Path | None:
    """The folder with initdb and postgres, version 15 or newer; None where there is none."""
    found = [path for place in PLACES for path in Path(place).glob("*/bin/initdb")]
    on_path = shutil.which("initdb")
    found += [Path(on_path)] if on_path else []
    usable = [path.parent for path in found if _version(path) >= 15]
    return max(usable, key=lambda folder: _version(folder / "initdb")) if usable else None


def _version(initdb: Path) -> int:
    said = subprocess.run([initdb, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(found[1]) if found else 0


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The address of a new, empty server; skips where there is no program, and says so."""
    bin_ = programs()
    if bin_ is None:
        pytest.skip("needs PostgreSQL 15 or newer (Debian: apt-get install postgresql)")
    with tempfile.TemporaryDirectory(prefix="worthline-pg-", dir="/tmp", ignore_cleanup_errors=True) as name:
        place = Path(name)
        as_user = _unprivileged(place)
        data = place / "data"
        init = [bin_ / "initdb", "-D", data, "-U", "worthline", "--auth=trust", "--encoding=UTF8", "--no-sync"]
        subprocess.run([*as_user, *init], check=True, capture_output=True, cwd=place)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={place} -c fsync=off"
        run = [*as_user, bin_ / "pg_ctl", "-D", data, "-w"]
        subprocess.run([*run, "-o", options, "-l", place / "log", "start"], check=True, capture_output=True, cwd=place)
        try:
            yield f"postgresql+psycopg://worthline@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*run, "-m", "immediate", "stop"], check=False, capture_output=True, cwd=place)


def _unprivileged(place: Path) -> list[str]:
    """initdb refuses root: what stands before a command so that it runs as nobody."""
    if os.geteuid() != 0:
        return []
    import pwd

    nobody = pwd.getpwnam("nobody")
    os.chown(place, nobody.pw_uid, nobody.pw_gid)
    return ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]


def fresh_database(address: str, name: str, template: str = "template0") -> str:
    """A new database on the server, like `template`; its address."""
    import sqlalchemy as sa

    engine = sa.create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f'create database "{name}" template "{template}"'))
    engine.dispose()
    return address.rpartition("/")[0] + "/" + name
