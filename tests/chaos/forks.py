"""Work in processes that need no start: a warm process, which has made a run once, forks one for each.

    python -m tests.chaos.forks        reads a list of works a line, answers with a list of ends a line

A work names a function of `_works` and what it gets. It may be killed: at a stage's share of its processor time (the kernel ends
it there, whatever it does and however busy the machine is), or at the n-th file event (open for writing, rename, make, remove)
of that stage, by SIGKILL. Works of one line run at once.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RUNS = ("run", "run, replayed", "broken disk", "record")
LONGEST = 900.0
"""Seconds after which a work that has not ended is taken to hang; a few of its own, on a machine that is busy."""
FILE_EVENTS = frozenset(
    ("open", "os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.symlink", "os.truncate", "os.chmod")
)


@dataclass(frozen=True, slots=True)
class End:
    """How a work ended: "done", "error", "fault", "killed" or "hung"; what it said; its last stage.

    `stages`: by stage its seconds of processor time and its file events.
    """

    kind: str
    said: Any
    stage: str
    stages: dict[str, tuple[float, int]]


def record(folder: Path) -> None:
    """Make a run of this folder in the warm process itself, whose predictions works named "replayed" take over."""
    ends({"work": "record", "arguments": [str(folder)]})


def ends(*works: dict[str, Any]) -> list[End]:
    """Do works at once, each in a process of its own; {"work": name, "arguments": [...], "kill": [stage, kind, share]}."""
    process = _warm(os.getpid(), any(work["work"] in RUNS for work in works))
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(works) + "\n")
    process.stdin.flush()
    return [End(**end) for end in json.loads(process.stdout.readline())]


@cache
def _warm(_parent: int, runs: bool) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "ignore", "-m", "tests.chaos.forks", *(["runs"] if runs else [])]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, cwd=ROOT)


class _Watch:
    """Within the work: says each stage as it begins, and has the process end where it was told to."""

    def __init__(self, says: Callable[[dict[str, Any]], None], kill: list[Any] | None) -> None:
        self.says, self.kill, self.stage, self.events = says, kill, "", 0
        self.began = time.process_time()
        if kill is None or kill[1] == "event":
            sys.addaudithook(self._counted)

    def __call__(self, stage: str, _done: int = 0, _of: int = 0) -> None:
        first = stage_of(stage) if stage not in ("Approved", "Ended") else stage
        if first == self.stage:
            return
        now = time.process_time()
        self.says({"stage": first, "before": [self.stage, now - self.began, self.events]})
        self.stage, self.began, self.events = first, now, 0
        if self.kill is not None and self.kill[:2] == [first, "time"]:
            signal.setitimer(signal.ITIMER_PROF, max(self.kill[2], 1e-6))

    def _counted(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in FILE_EVENTS or (event == "open" and not (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR)):
            return
        self.events += 1
        if self.kill is not None and self.stage == self.kill[0] and self.events >= self.kill[2]:
            os.kill(os.getpid(), signal.SIGKILL)


STAGES = {
    "Opening": ("Opening",),
    "Reading": ("Reading",),
    "Checking": ("Checking",),
    "Laying": ("Laying",),
    "Counting": ("Counting", "what", "how", "finance", "metrics"),
    "Writing": ("Writing",),
    "Publishing": ("Publishing",),
}
"""Stage -> the first words by which a run's progress names it; whatever else it names is of the models."""
MODELS = "Models"
ALL_STAGES = (*list(STAGES)[:5], MODELS, *list(STAGES)[5:])


def stage_of(said: str) -> str:
    """The stage that a run's progress names."""
    first = said.split(" ", maxsplit=1)[0]
    return next((stage for stage, words in STAGES.items() if first in words), MODELS)


def _run(watch: _Watch, folder: str) -> str:
    import worthline

    watch("Opening")
    return worthline.open(folder).run(threads=1, progress=watch).run_id


def _replayed(watch: _Watch, folder: str) -> str:
    from tests.chaos import replay

    with replay.replayed():
        return _run(watch, folder)


def _broken(watch: _Watch, folder: str, number: int, at: int) -> str:
    from tests.chaos import apart

    return str(apart.failing(lambda: _replayed(watch, folder), number, at)())


def _works() -> dict[str, Callable[..., Any]]:
    from tests.chaos import store_jobs

    return {
        "run": _run,
        "run, replayed": _replayed,
        "broken disk": _broken,
        "approve": store_jobs.approve_several,
        "approve, killed": store_jobs.approve_killed,
        "migrate, killed": store_jobs.migrate_killed,
    }


def _child(work: dict[str, Any], to: int) -> None:
    """Do the work; what is said goes into the pipe `to`, a line each."""
    from tests.chaos import apart

    def says(what: dict[str, Any]) -> None:
        os.write(to, (json.dumps(what) + "\n").encode())

    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    watch = _Watch(says, work.get("kill"))
    kind, said = apart.outcome(lambda: _works()[work["work"]](watch, *work["arguments"]))
    signal.setitimer(signal.ITIMER_PROF, 0)
    watch("Ended")
    says({"kind": kind, "said": said if isinstance(said, str) else repr(said)})


def _all(works: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Fork one process for each work and hear them to their ends."""
    pipes: dict[int, int] = {}
    for number, work in enumerate(works):
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            with contextlib.suppress(BaseException):
                os.close(read)
                _child(work, write)
            os._exit(0)
        os.close(write)
        pipes[read] = number
        works[number]["pid"] = pid
    heard = [b"" for _ in works]
    hung, until = set(), time.monotonic() + LONGEST
    while pipes:
        ready = select.select(list(pipes), [], [], max(until - time.monotonic(), 0))[0]
        for pipe in ready or list(pipes):
            number = pipes[pipe]
            if not ready:
                hung.add(number)
                os.kill(works[number]["pid"], signal.SIGKILL)
            part = os.read(pipe, 1 << 16)
            heard[number] += part
            if not part:
                os.close(pipe)
                del pipes[pipe]
    return [
        _end(work["pid"], lines, number in hung) for number, (work, lines) in enumerate(zip(works, heard, strict=True))
    ]


def _end(pid: int, heard: bytes, hung: bool) -> dict[str, Any]:
    status = os.waitpid(pid, 0)[1]
    lines = [json.loads(line) for line in heard.decode().splitlines()]
    stages: dict[str, tuple[float, int]] = {}
    for line in lines:
        if "before" in line:
            name, seconds, events = line["before"]
            before = stages.get(name, (0.0, 0))
            stages[name] = (before[0] + seconds, before[1] + events)
    kind = "hung" if hung else "killed" if os.WIFSIGNALED(status) else "fault"
    said: Any = f"it ended with status {status}"
    if lines and "kind" in lines[-1] and kind == "fault":
        kind, said = lines[-1]["kind"], lines[-1]["said"]
    stage = next((line["stage"] for line in reversed(lines) if "stage" in line), "")
    return {"kind": kind, "said": said, "stage": stage, "stages": stages}


def main() -> None:
    """Be warm, by a run where works are runs, then answer."""
    import tempfile

    import worthline
    from tests.chaos import company, replay, store_jobs  # noqa: F401  forks find them imported
    from worthline.ingest import clean_cache

    if "runs" in sys.argv:
        clean_cache.SMALLEST = 0  # rows of files proved clean are kept of these small files too
        with tempfile.TemporaryDirectory() as name:
            worthline.open(company.lay(Path(name) / "warm")).run(threads=1)
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        works = json.loads(line)
        if works[0]["work"] == "record":
            with replay.recorded():
                worthline.open(*works.pop(0)["arguments"]).run(threads=1)
            gc.collect()
            gc.freeze()
        print(json.dumps(_all(works)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
