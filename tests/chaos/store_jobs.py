"""What people wrote, under chaos: killed on the way to a snapshot or within a migration, two at once, yesterday's copy.

Each trial gives what was lost, or None. The chain is verified after each.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from tests.chaos import forks
from tests.chaos.test_store import HERE, approve, approve_until, kept
from worthline.app.store import backup, migrate, open_store, schema, snapshot, standing
from worthline.app.store.opening import Store, _sqlite, file_of, now
from worthline.errors import WorthlineError

PLACES = ("within the approval", "before the snapshot", "between its files", "before it is named")


def approve_several(_watch: object, folder: str, several: int) -> list[str]:
    """Approve so many initiatives, one after the other; what was said of each."""
    said = []
    with closing(open_store(Path(folder), HERE)) as store:
        for number in range(several):
            try:
                with store.writing() as tx:
                    approve(tx, store, f"initiative {number}")
                said.append("written")
            except WorthlineError as error:
                said.append(f"refused {error}")
    return said


def approve_killed(watch: Callable[[str], None], folder: str, where: str) -> None:
    """Approve and make the snapshot, killed at a place of it."""
    approve_until(Path(folder), where, lambda: watch("Approved"))


def migrate_killed(_watch: object, folder: str) -> None:
    """Open a store of an earlier form, killed within the migration."""
    real = migrate._upgrade

    def half(connection: sa.Connection) -> None:
        real(connection)
        os.kill(os.getpid(), signal.SIGKILL)

    migrate._upgrade = half
    open_store(Path(folder), HERE)


def killed_before_snapshot(_home: Path, place: Path, number: int) -> str | None:
    """SIGKILL at one of four places between an approval and its snapshot; tried again, nothing is doubled."""
    where = PLACES[number % len(PLACES)]
    (end,) = forks.ends({"work": "approve, killed", "arguments": [str(place), where], "kill": ["", "never", 0]})
    if end.kind != "killed":
        return f"{where}: {end.kind}: {end.said}"
    acknowledged = end.stage == "Approved"
    with closing(open_store(place, HERE)) as store:
        if kept(store) != (["calls"] if acknowledged else []):
            return f"{where}: acknowledged {acknowledged}, kept {kept(store)}"
        with store.writing() as tx:
            approve(tx, store, "calls")
        made = snapshot.export(store, place)
        if kept(store) != ["calls"] or snapshot.latest(place) != made:
            return f"{where}: written again, kept {kept(store)}"
    return None


def two_approve(_home: Path, place: Path, number: int) -> str | None:
    """Two people approve the same five initiatives at once: each is approved once, and the chain is whole."""
    with closing(open_store(place, HERE)):
        pass
    work = {"work": "approve", "arguments": [str(place), 5], "kill": ["", "never", 0]}
    people = forks.ends(*[dict(work) for _ in range(2 + number % 3)])
    with closing(open_store(place, HERE)) as store:
        there = kept(store)
    wanted = [f"initiative {n}" for n in range(5)]
    if sorted(there) != wanted or any(person.kind != "done" for person in people):
        return f"approved {there}, said {[person.said for person in people]}"
    return None


def yesterdays_store(_home: Path, place: Path, number: int) -> str | None:
    """A copy of yesterday is restored after a snapshot was made: said, and put back once."""
    several = 1 + number % 4
    with closing(open_store(place, HERE)) as store:
        with store.writing() as tx:
            approve(tx, store, "calls")
        copy = backup.backup(store, place / "yesterday.db")
        for each in range(several):
            with store.writing() as tx:
                approve(tx, store, f"text {each}", 10 + each)
        snapshot.export(store, place)
        backup.restore(store, copy)
        if "restored from an earlier copy" not in str(standing.behind(store, place)):
            return "the chain does not say that it is yesterday's"
        standing.bring_forward(store, place)
        standing.bring_forward(store, place)
        there = kept(store)
        return None if there == ["calls", *(f"text {n}" for n in range(several))] else f"put back as {there}"


def old_store_brought_up(_home: Path, place: Path, number: int) -> str | None:
    """A store of each earlier form, with an approval in it, is brought up, or killed on the way and brought up then."""
    forms = [f"{n:04d}" for n in range(1, int(migrate.HEAD))]
    _made_at(place, forms[number % len(forms)])
    if number % 2:
        (end,) = forks.ends({"work": "migrate, killed", "arguments": [str(place)], "kill": ["", "never", 0]})
        if end.kind != "killed":
            return f"the migration was not killed: {end.said}"
    with closing(open_store(place, HERE)) as store:
        with store.reading() as tx:
            form = migrate.form(tx)
        if form != migrate.HEAD or kept(store) != ["calls"]:
            return f"form {form}, kept {kept(store)}"
        with store.writing() as tx:
            approve(tx, store, "texts")
        if kept(store) != ["calls", "texts"]:
            return "nothing can be written after the migration"
    return None


def _made_at(folder: Path, form: str) -> None:
    """A store as the Worthline of an earlier form made it, with one approval."""
    from alembic import command
    from alembic.config import Config

    path = file_of(folder)
    path.parent.mkdir(parents=True)
    engine = _sqlite(path)
    config = Config()
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    with engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, form)
    store = Store(engine, str(path), now)
    with store.writing() as tx:
        approve(tx, store, "calls")
    with store.reading() as tx:
        names = set(sa.inspect(tx).get_table_names())
    assert schema.approvals.name in names
    store.close()
