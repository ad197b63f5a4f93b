"""How long a reader waits for the overview, alone on the server.

    python -m benchmarks web [--customers 10000] [--requests 400]

Gives     milliseconds over HTTP from one reader: the first answer of a run (its page is made then), and median and
          p95 of the answers after it (bar: 50 ms at p95). Exit code 1 where the bar is missed.
Assumes   a page is made once a run, because a run never changes; so the first answer is told apart.
"""

from __future__ import annotations

import argparse
import http.client
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

BAR = 50.0
"""Milliseconds at p95."""
PAGES = ("/", "/figures/nps", "/health")


def main(arguments: list[str]) -> int:
    """Print what a reader waits; exit code 1 where the overview misses the bar."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks web")
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--runs", type=int, default=1, help="servers in turn; the worst p95 counts")
    parser.add_argument("--folder", type=Path, help="a company's folder with a published run, instead of a new one")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as place:
        folder = given.folder or _made(Path(place) / "company", given.customers)
        worst = max(_served(folder, given.requests) for _ in range(given.runs))
    return int(worst > BAR)


def _made(folder: Path, customers: int) -> Path:
    from worthline import company
    from worthline.demo.make import make
    from worthline.demo.world import World

    make(folder, World(customers=customers))
    company.open(folder).run(threads=2)
    return folder


def _served(folder: Path, requests: int) -> float:
    """Serve, ask, stop; p95 of the overview."""
    command = [sys.executable, "-u", "-m", "worthline", "serve", str(folder), "--no-open", "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        told = server.stdout.readline() if server.stdout else ""
        where = urlsplit(told.split(" at ")[1].split()[0])
        reader = http.client.HTTPConnection(str(where.hostname), where.port, timeout=60)
        overview = 0.0
        for path in PAGES:
            first = _asked(reader, path)
            times = sorted(_asked(reader, path) for _ in range(requests))
            p95 = times[max(0, -(-95 * requests // 100) - 1)]
            bar = f" (bar {BAR:.0f})" if path == "/" else ""
            print(
                f"{path}: p95 {p95:.1f} ms{bar}, median {statistics.median(times):.1f} ms, "
                f"worst {times[-1]:.1f} ms of {requests}; the first {first:.0f} ms"
            )
            overview = p95 if path == "/" else overview
        reader.close()
    finally:
        server.terminate()
        server.wait(10)
    return overview


def _asked(reader: http.client.HTTPConnection, path: str) -> float:
    """Milliseconds of one answer, read to its end."""
    began = time.perf_counter()
    reader.request("GET", path)
    answer = reader.getresponse()
    body = answer.read()
    took = (time.perf_counter() - began) * 1000
    if answer.status != 200 or not body:
        raise RuntimeError(f"{path} answered {answer.status}")
    return took
