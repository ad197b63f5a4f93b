"""What people wrote, under chaos: killed on the way to a snapshot or within a migration, two at once, yesterday's copy.

Each trial gives what was lost, or None. The chain is verified after each.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from tests.chaos.test_store import HERE, KILLED, approve, kept
from worthline.app.store import backup, migrate, open_store, schema, snapshot, standing
from worthline.app.store.opening import Store, _sqlite, file_of, now

PLACES = ("within the approval", "before the snapshot", "between its files", "before it is named")
APPROVING = """
import sys
from contextlib import closing
from pathlib import Path
from tests.chaos.test_store import HERE, approve
from worthline.app.store import open_store
from worthline.errors import WorthlineError
print("ready", flush=True)
sys.stdin.readline()
with closing(open_store(Path(sys.argv[1]), HERE)) as store:
    for number in range(int(sys.argv[2])):
        try:
            with store.writing() as tx:
                approve(tx, store, f"initiative {number}")
            print("written", flush=True)
        except WorthlineError as error:
            print("refused", error, flush=True)
"""
MIGRATING = """
import os, signal, sys
from pathlib import Path
from tests.chaos.test_store import HERE
from worthline.app.store import migrate, open_store
real = migrate._upgrade
def half(connection):
    real(connection)
    os.kill(os.getpid(), signal.SIGKILL)
migrate._upgrade = half
open_store(Path(sys.argv[1]), HERE)
"""


def killed_before_snapshot(_home: Path, place: Path, number: int) -> str | None:
    """SIGKILL at one of four places between an approval and its snapshot; tried again, nothing is doubled."""
    where = PLACES[number % len(PLACES)]
    ran = subprocess.run([sys.executable, "-c", KILLED, place, where], capture_output=True, text=True, check=False)
    if ran.returncode != -signal.SIGKILL:
        return f"{where}: ended by itself: {ran.stderr[-300:]}"
    acknowledged = "approved" in ran.stdout
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
    command = [sys.executable, "-W", "ignore", "-c", APPROVING, str(place), "5"]
    pipe = subprocess.PIPE
    people = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(2 + number % 3)]
    for person in people:
        assert person.stdout is not None
        person.stdout.readline()
    for person in people:
        assert person.stdin is not None
        person.stdin.write("go\n")
        person.stdin.flush()
    said = [line for person in people for line in person.communicate()[0].splitlines()]
    with closing(open_store(place, HERE)) as store:
        there = kept(store)
    wanted = [f"initiative {n}" for n in range(5)]
    if sorted(there) != wanted or any(person.returncode for person in people):
        return f"approved {there}, said {said[:4]}"
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
        ran = subprocess.run([sys.executable, "-c", MIGRATING, place], capture_output=True, text=True, check=False)
        if ran.returncode != -signal.SIGKILL:
            return f"the migration was not killed: {ran.stderr[-300:]}"
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
