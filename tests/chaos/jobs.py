"""What may go wrong, each kind as a job: what was tried, what held, what was lost.

A job makes one trial from a number: the same number, the same trial. `lost` is a sentence that says what was lost.
"""

from __future__ import annotations

import errno
import os
import random
import shutil
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import worthline
from tests.chaos import apart, company, forks, further, mending, store_jobs
from tests.chaos.attacks import attack
from tests.chaos.bombs import BOMBS
from tests.chaos.damage import KINDS
from tests.chaos.ground import NEVER, ground, harm, held, next_run
from tests.chaos.mutations import mutation
from worthline.errors import CorruptRun

Trial = Callable[[Path, Path, int], str | None]
"""(the published company, an empty folder, the trial's number) -> what was lost, or None."""


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of chaos."""

    name: str
    says: str
    trial: Trial
    sample: int
    full: int
    short: int = 2
    """Trials in `make test`; 0: other tests there make them."""


MANY_EVENTS = 20


def killed(home: Path, place: Path, number: int) -> str | None:
    """The end at some moment of a stage: the run before or the new one is whole, and the next run works.

    Half the trials end at a moment of the stage's processor time, half at one of its file events, where it has any; of a stage that
    does little but write, three in four.
    """
    on, stages = ground(home), forks.ALL_STAGES
    chance, stage = random.Random(number), stages[number % len(stages)]
    folder = company.copied(on.folder, place / "company")
    replayed = stages.index(stage) > stages.index(forks.MODELS)
    seconds, events = on.stages[replayed][stage]
    turn = number // len(stages)
    at_event = events > 0 and bool(turn % 4 if events > MANY_EVENTS else turn % 2)
    for attempt in range(5):
        kill = (
            [stage, "event", 1 + chance.randrange(events)]
            if at_event or (events and attempt == 4)  # too short a stage for the clock: at one of its events, then
            else [stage, "time", chance.random() * seconds / 2**attempt]
        )
        work = "run, replayed" if replayed else "run"
        (end,) = forks.ends({"work": work, "arguments": [str(folder)], "kill": kill})
        if end.kind in ("fault", "error", "hung"):
            return f"the run was not killed but ended as {end.kind}: {end.said}"
        if lost := harm(on, folder, f"after a kill at {kill}"):
            return lost
        if end.kind == "killed" and end.stage == stage:
            break
        shutil.rmtree(folder)
        company.copied(on.folder, folder)
    else:
        return f"five times not killed within {stage}"
    return next_run(on, folder, number, f"after a kill at {kill}")


ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT, errno.EACCES)
WRITES = 85
"""So often a run of this company syncs, makes, renames, or opens for writing."""


def broken_disk(home: Path, place: Path, number: int) -> str | None:
    """From some write on the disk fails: the command says so as somebody else's fault, and the last run stays."""
    on = ground(home)
    turn, kind = divmod(number, len(ERRORS))
    number_of, at = ERRORS[kind], 1 + (turn * WRITES // 40 + kind * WRITES // len(ERRORS)) % WRITES
    folder = company.copied(on.folder, place / "company")
    (end,) = forks.ends({"work": "broken disk", "arguments": [str(folder), number_of, at], "kill": NEVER})
    when = f"{errno.errorcode[number_of]} at write {at}"
    if end.kind not in ("done", "error"):
        return f"{when} ends as {end.kind}: {end.said}"
    return harm(on, folder, when) or next_run(on, folder, number, f"after {when}")


def flipped(home: Path, place: Path, number: int) -> str | None:
    """One bit of one published file, or of the pointer, is flipped: an error, or what was published."""
    folder, good, files = _looked_at(home)

    def work() -> str | None:
        chance, file = random.Random(number), files[number % len(files)]
        before = file.read_bytes()
        content = bytearray(before)
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        name = _table(file)
        try:
            file.write_bytes(bytes(content))
            same = company.everything(folder, [name] if name else None) == good[name]
            return None if same else f"a flipped bit of {file.name} was served"
        except CorruptRun:
            return None
        finally:
            file.write_bytes(before)

    return _of(apart.outcome(work))


@cache
def _looked_at(home: Path) -> tuple[Path, dict[str | None, list[object]], list[Path]]:
    """A copy whose bits are flipped and set back, what is read of it by table (None: of all), and its files."""
    folder = company.copied(home, home.with_name("flipped"))
    run = worthline.open(folder).published().path
    files = [folder / ".worthline" / "current.json", *sorted(p for p in run.rglob("*") if p.is_file())]
    names = {_table(file) for file in files}
    return folder, {name: company.everything(folder, [name] if name else None) for name in names}, files


def _table(file: Path) -> str | None:
    """The table whose rows a file holds; None where it is no table's, or one that people may not ask for."""
    if file.suffix != ".parquet" or file.parent.name == "personal":
        return None
    return f"source.{file.stem}" if file.parent.name == "source" else file.stem


def _of(result: tuple[str, object]) -> str | None:
    kind, said = result
    return said if kind == "done" and (said is None or isinstance(said, str)) else f"{kind}: {said}"


def damaged(home: Path, place: Path, number: int) -> str | None:
    """A kept run is damaged in one of fifty ways: the next run works and says which."""
    kind = list(KINDS)[number % len(KINDS)]
    folder = company.copied(home, place / "company")
    run = worthline_runs(folder)
    KINDS[kind](run)
    company.settings(folder, 7, as_of=date(2026, 10, 31))

    def work() -> str | None:
        made = worthline.open(folder).run(threads=1)
        return None if run.name in " ".join(made.remarks) else f"{kind}: the next run does not say so"

    return _of(apart.outcome(work))


def worthline_runs(folder: Path) -> Path:
    """The published run, which a later run looks back to."""
    import json

    pointer = json.loads((folder / ".worthline" / "current.json").read_text())
    return folder / ".worthline" / "runs" / str(pointer["run"])


def two_writers(home: Path, place: Path, number: int) -> str | None:
    """Two runs at once: one is refused in words or waits, both leave whole runs."""
    folder = company.copied(home, place / "company")
    company.settings(folder, 1 + number % 998)

    work = {"work": "run", "arguments": [str(folder)], "kill": NEVER}
    kinds = sorted(end.kind for end in forks.ends(dict(work), dict(work)))
    if kinds not in (["done", "done"], ["done", "error"]):
        return f"two writers end as {kinds}"
    return _of(apart.outcome(lambda: None if held(folder) else "nothing is published"))


CLOCKS = (0, 315_532_800, 4_102_444_800)
"""1970, 1980, 2100."""
ZONES = ("Pacific/Kiritimati", "America/St_Johns", "Asia/Kathmandu", "UTC")


def clock(home: Path, place: Path, number: int) -> str | None:
    """Times of files, time zone and the moment are others: the same run, byte for byte."""
    folder = company.copied(home, place / "company")
    before = apart.outcome(lambda: held(folder))[1]
    at = CLOCKS[number % len(CLOCKS)]
    for path in folder.rglob("*"):
        if not path.is_symlink():
            os.utime(path, (at + 1, at + 1))
    shutil.rmtree(folder / ".worthline" / "runs" / before[0])

    zone = os.environ.get("TZ")
    os.environ["TZ"] = ZONES[number % len(ZONES)]
    time.tzset()
    try:
        kind, said = apart.outcome(apart.run(folder))
    finally:
        os.environ.pop("TZ")
        if zone is not None:
            os.environ["TZ"] = zone
        time.tzset()
    after = apart.outcome(lambda: held(folder))[1]
    return None if after == before else f"{kind} {said}: other bytes with the clock at {at}"


def restored(home: Path, place: Path, number: int) -> str | None:
    """A copy by one of several ways is read, and run again, to equal bytes."""
    before = apart.outcome(lambda: held(home))[1]
    to = place / "restored"
    match number % 3:
        case 0:
            shutil.copytree(home, to, symlinks=True)
        case 1:
            shutil.copytree(home, to, symlinks=False)
        case _:
            archive = place / "backup.zip"
            with zipfile.ZipFile(archive, "w") as pack:
                for path in sorted(p for p in home.rglob("*") if p.is_file()):
                    pack.write(path, path.relative_to(home))
            zipfile.ZipFile(archive).extractall(to)
    after = apart.outcome(lambda: held(to))[1]
    if after != before:
        return "the restored run has other bytes"
    kind, said = apart.outcome(apart.run(to))
    again = apart.outcome(lambda: held(to))[1]
    return None if (kind, again) == ("done", before) else f"run again where it was restored: {kind} {said}"


def mutated(home: Path, place: Path, number: int) -> str | None:
    """Mutated files, settings and queries: no traceback, no fault of ours."""
    return mutation(home, place, number)


def attacked(home: Path, place: Path, number: int) -> str | None:
    """Hostile requests to the app: refused or answered, nothing of theirs runs, nothing fails."""
    return attack(home, place, number)


JOBS = (
    Job("kills", "the end at a random moment, or file event, of each of eight stages of a run", killed, 24, 800, 1),
    Job("broken disk", "ENOSPC, EIO, EROFS, EDQUOT, EACCES from the n-th write on", broken_disk, 20, 200, 2),
    Job("bit flips", "one bit of any published file", flipped, 60, 1_000, 3),
    Job("damaged kept runs", "fifty kinds of damage", damaged, 10, len(KINDS), 1),
    Job("doctor mends", "kinds of damage to runs and folder", mending.mended, 73, len(mending.ALL), 3),
    Job("two writers", "two runs of one folder at once", two_writers, 3, 30, 1),
    Job("clock", "times of files in 1970, 1980 and 2100, other time zones", clock, 4, 24, 1),
    Job("backup and restore", "cp -a, cp -rL, zip", restored, 3, 12, 1),
    Job("mutations", "files, worthline.toml and SQL texts, mutated", mutated, 400, 10_000, 20),
    Job("attacks", "XSS, SQL, CSRF, SSRF, host names, paths", attacked, 400, 4_000, 50),
    Job("bombs", "thirty queries that would take the machine", further.bomb, 30, len(BOMBS), 0),
    Job("readers at once", "fifty readers of pages and API", further.read_at_once, 1, 10, 0),
    Job("earlier Worthlines", "runs without pointer and seals", further.earlier_worthline, 2, 20, 1),
    Job("clock set back", "files of 2100 and 1970 before a run", further.clock_set_back, 2, 20, 0),
    Job("store: kills", "SIGKILL from approval to snapshot", store_jobs.killed_before_snapshot, 4, 400, 0),
    Job("store: two approve", "two to four people at once", store_jobs.two_approve, 3, 60, 1),
    Job("store: yesterday's", "an earlier copy taken back", store_jobs.yesterdays_store, 4, 40, 0),
    Job("store: migrations", "each earlier form, killed on the way", store_jobs.old_store_brought_up, 2, 40, 1),
)
