"""Seconds by stage, for the log beside the runs; nothing of it enters a published file."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

from worthline.results import Progress


class Stopwatch:
    """Times the stages of one run."""

    def __init__(self) -> None:
        self._started = datetime.now(UTC)
        self._stage: str | None = None
        self.stage = ""
        """What the run is at, in the words that its user sees."""
        self._since = time.perf_counter()
        self._seconds: dict[str, float] = {}

    def around(self, progress: Progress) -> Progress:
        """Times the stages that `progress` hears of."""

        def timed(stage: str, done: int, of: int) -> None:
            self.stage = stage
            self._turn(stage.split(" ", maxsplit=1)[0])
            progress(stage, done, of)

        return timed

    def _turn(self, stage: str | None) -> None:
        now = time.perf_counter()
        if self._stage is not None:
            self._seconds[self._stage] = self._seconds.get(self._stage, 0.0) + now - self._since
        self._stage, self._since = stage, now

    def write(self, logs: Path, run_id: str, rows: dict[str, int], remarks: tuple[str, ...] = ()) -> tuple[str, ...]:
        """One JSON file a run in `logs`; gives what to say where it cannot be written: the run is published by then."""
        self._turn(None)
        content = {
            "run_id": run_id,
            "started": self._started.isoformat(timespec="seconds"),
            "seconds": {stage: round(seconds, 3) for stage, seconds in self._seconds.items()},
            "rows": rows,
            "remarks": remarks,
            "process": os.getpid(),
        }
        stamp = self._started.strftime("%Y%m%dT%H%M%S")
        try:
            (logs / f"{stamp}-{run_id}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            return (f"The run is published; its timings could not be written to {logs} ({error.strerror}).",)
        return ()
