"""Fifty readers of pages and of the API at once, over HTTP on loopback: how long they wait, and what fails.

    python -m tests.chaos.load DIR [--seconds 20] [--readers 50]

Reads     a published company's folder.
Gives     p50, p95 and the errors, of pages, of pages filtered by attributes of customers, and of the API apart.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import worthline
from worthline.reports.filters import BY_ATTRIBUTE

PAGES = (
    "/",
    "/figures",
    "/tables",
    "/tables/metrics",
    "/customer-list",
    "/health",
    "/bridges",
    "/figures/customers_active",
)
FILTERED = ("/customers", "/profit", "/voice", "/leavers")
MOST_VALUES = 4
"""Values of an attribute that readers filter by: those of most customers."""
API = ("/api/figures", "/api/overview", "/api/tables", "/api/tables/metrics?limit=1000", "/api/tables/panel?limit=1000")
SERVE = "import sys; from worthline.app.web.serve import serve; serve(sys.argv[1], port=0, open_browser=False, ready=lambda a: print(a, flush=True))"


@dataclass
class Waits:
    """Seconds that each answer took."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def at(self, share: float) -> float:
        """The wait that this share of the answers stayed below, in milliseconds."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else float("nan")


def measure(folder: Path, seconds: float = 20, readers: int = 50) -> dict[str, dict[str, object]]:
    """Serve the folder and read it; by kind: answers, p50, p95 in milliseconds, errors."""
    server = subprocess.Popen([sys.executable, "-c", SERVE, str(folder)], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    host = server.stdout.readline().strip().removeprefix("http://").rstrip("/")
    paths = {"pages": PAGES, "filtered": _filtered(folder) or PAGES, "API": API}
    waits = {kind: Waits() for kind in paths}
    for path in (path for each in paths.values() for path in each):
        _ask(host, path)  # the first reader of a run waits for its pages to be made
    end = time.monotonic() + seconds
    threads = [threading.Thread(target=_read, args=(host, paths, waits, end, number)) for number in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    server.terminate()
    server.wait()
    return {
        kind: {
            "answers": len(w.seconds),
            "p50_ms": round(w.at(0.5), 1),
            "p95_ms": round(w.at(0.95), 1),
            "errors": len(w.errors),
            "first_error": w.errors[0] if w.errors else None,
        }
        for kind, w in waits.items()
    }


def _ask(host: str, path: str, connection: http.client.HTTPConnection | None = None) -> int:
    one = connection or http.client.HTTPConnection(host, timeout=60)
    one.request("GET", path)
    answer = one.getresponse()
    answer.read()
    if connection is None:
        one.close()
    return answer.status


def _filtered(folder: Path) -> tuple[str, ...]:
    """Pages of the customers of one segment, region or the like, by every attribute that the company has."""
    run = worthline.open(folder).published()
    there = run.sql("select * from source.customers limit 0").column_names
    asked = (
        "select {0} as value from source.customers where {0} is not null group by 1 order by count(*) desc limit {1}"
    )
    chosen = {
        name: run.sql(asked.format(column, MOST_VALUES))["value"].to_pylist()
        for name, (column, _) in BY_ATTRIBUTE.items()
        if column in there
    }
    return tuple(
        f"{page}?{urlencode({name: value})}" for page in FILTERED for name, values in chosen.items() for value in values
    )


def _read(host: str, paths: dict[str, tuple[str, ...]], waits: dict[str, Waits], end: float, number: int) -> None:
    """A reader: a page, a moment of reading, the next; every fifth request asks the API, every fourth page is filtered."""
    chance = random.Random(number)
    connection = http.client.HTTPConnection(host, timeout=60)
    while time.monotonic() < end:
        kind = chance.choices(("API", "filtered", "pages"), (0.2, 0.2, 0.6))[0]
        path = chance.choice(paths[kind])
        began = time.monotonic()
        try:
            status = _ask(host, path, connection)
            if status != 200:
                waits[kind].errors.append(f"{path}: {status}")
        except OSError as error:
            waits[kind].errors.append(f"{path}: {error!r}")
            connection = http.client.HTTPConnection(host, timeout=60)
        waits[kind].seconds.append(time.monotonic() - began)
        time.sleep(chance.random() * 2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--readers", type=int, default=50)
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.folder, chosen.seconds, chosen.readers), indent=1))  # noqa: T201
