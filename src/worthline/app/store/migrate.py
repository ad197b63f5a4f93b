"""Brings a store to the form that this Worthline writes, by the migrations beside this file.

Reads     which form the database is in.
Gives     `bring_up`; raises StoreUnreachable where a newer Worthline has written it.
Method    Alembic, run in the process, within one transaction: killed on the way, the store is as before.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from worthline.errors import StoreUnreachable

SCRIPTS = Path(__file__).parent / "migrations"
HEAD = "0002"
"""The newest form; a test holds it to the scripts."""
_ONE_AT_A_TIME = 7_202_023
"""PostgreSQL's lock under which a database is brought up."""


def bring_up(engine: Engine, where: str) -> None:
    """Run the migrations that the store lacks; raises StoreUnreachable."""
    with engine.connect() as connection, connection.begin():
        if form(connection) == HEAD:
            return
    with engine.connect() as connection:
        connection.execution_options(worthline_writes=True)
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("select pg_advisory_xact_lock(:n)"), {"n": _ONE_AT_A_TIME})
            found = form(connection)
            if found == HEAD:
                return
            if found is not None and found > HEAD:
                fix = "Update Worthline: pip install --upgrade worthline."
                raise StoreUnreachable(where, f"a newer Worthline wrote it (form {found}, known {HEAD})", fix)
            _upgrade(connection)


def form(connection: Connection) -> str | None:
    """The form that the database is in; None where it is empty."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version = connection.execute(sa.text("select version_num from alembic_version")).scalar()
    return None if version is None else str(version)


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
