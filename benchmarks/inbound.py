"""Webhooks: how long a sender waits for its acknowledgement, and how long until a comment stands in an inbox.

    python -m benchmarks inbound [--rate 500] [--seconds 60]

Gives     p50, p99 and worst of acknowledgements, each from the moment at which its message was due (a sender that falls
          behind does not hide it), how many were stored, and the time from sending to routed. Bars: p99 250 ms, none
          lost, 5 s. Exit code 1 where one is missed.
Assumes   sender and server share this machine's processors.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import math
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from worthline.app.inbound.signatures import decoded, sign

P99, ROUTED = 250.0, 5.0
SECRET = "whsec_" + base64.b64encode(b"benchmark-secret-24-bytes").decode()
SETTINGS = """
[company]
name = "Benchmark"
[inbound.own]
metric = "nps"
scales = { nps = "0-10" }
[[routing]]
group = "Care"
when = "at once"
score_at_most = 6
[[routing]]
group = "Billing"
words = ["bill*", "invoice"]
"""
CONNECTIONS = 64


def main(arguments: list[str]) -> int:
    """Serve, send, count."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks inbound")
    parser.add_argument("--rate", type=int, default=500, help="messages a second")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--runs", type=int, default=1)
    given = parser.parse_args(arguments)
    return max(_once(given.rate, given.seconds) for _ in range(given.runs))


def _once(rate: int, seconds: int) -> int:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "worthline.toml").write_text(SETTINGS)
        command = [sys.executable, "-u", "-m", "worthline", "serve", str(folder), "--no-open", "--port", "0"]
        environment = {**os.environ, "WORTHLINE_INBOUND_OWN": SECRET}
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        try:
            told = server.stdout.readline() if server.stdout else ""
            port = urlsplit(told.split(" at ")[1].split()[0]).port or 0
            database = folder / ".worthline" / "store" / "store.db"
            asyncio.run(_send(port, 20, 1, "warm"))
            begun = _spent(server.pid)
            mine = time.process_time()
            waits, statuses = asyncio.run(_send(port, rate, seconds, "m"))
            own = (time.process_time() - mine) * 1000 / (rate * seconds)
            left = _until(database, "select count(*) from deliveries where state = 'waiting'", 0)
            each = (_spent(server.pid) - begun) * 1000 / (rate * seconds)
            alone = max(_routed(port, database, n) for n in range(5))
            stored = _ask(database, "select count(*) from deliveries where delivery like 'm-%'")
        finally:
            server.terminate()
            server.wait(10)
    waits.sort()
    p50, p99 = (waits[min(int(len(waits) * share), len(waits) - 1)] for share in (0.5, 0.99))
    print(
        f"{rate} webhooks a second for {seconds} s: p50 {p50:.1f} ms, p99 {p99:.1f} ms (bar {P99:.0f}), "
        f"worst {waits[-1]:.1f} ms; acknowledged {statuses.get(200, 0):,} of {rate * seconds:,}, stored {stored:,}; "
        f"all routed {left:.1f} s after the last; alone, a comment is routed after {alone:.2f} s (bar {ROUTED:.0f}); "
        f"processor time a webhook, with routing: the server's {each:.2f} ms, the sender's {own:.2f} ms"
    )
    return int(p99 > P99 or stored != rate * seconds or alone > ROUTED)


def _spent(process: int) -> float:
    """Processor seconds of a process so far; nan where the system does not say."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return math.nan
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _send(port: int, rate: int, seconds: int, prefix: str) -> tuple[list[float], dict[int, int]]:
    """Milliseconds of each acknowledgement, and statuses."""
    todo: asyncio.Queue[tuple[int, float]] = asyncio.Queue()
    waits: list[float] = []
    statuses: dict[int, int] = {}
    began = time.perf_counter() + 0.2
    for n in range(rate * seconds):
        todo.put_nowait((n, began + n / rate))

    async def sender() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while not todo.empty():
            n, due = todo.get_nowait()
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            writer.write(_message(f"{prefix}-{n}", n))
            status = await _status(reader)
            waits.append((time.perf_counter() - due) * 1000)
            statuses[status] = statuses.get(status, 0) + 1
        writer.close()

    await asyncio.gather(*(sender() for _ in range(CONNECTIONS)))
    return waits, statuses


def _message(name: str, n: int) -> bytes:
    words = ("The bill was wrong again", "Nobody answers the telephone", "All good, thank you", "Invoice twice")[n % 4]
    body = json.dumps({"data": {"text": f"{words} {n}", "score": n % 11, "customer_id": f"C{n % 5000}"}}).encode()
    sent = int(time.time())
    head = (
        f"POST /inbound/own HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\nwebhook-id: {name}\r\n"
        f"webhook-timestamp: {sent}\r\nwebhook-signature: {sign(decoded(SECRET), name, sent, body)}\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _status(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = int(head.split("content-length:")[1].split("\r\n")[0])
    await reader.readexactly(length)
    return int(head.split()[1])


def _routed(port: int, database: Path, n: int) -> float:
    """Seconds from sending one message to its row in an inbox."""
    began = time.perf_counter()
    asyncio.run(_send(port, 1, 1, f"alone{n}"))
    _until(database, f"select min(count(*), 1) from routings where item like 'own-alone{n}-0:%'", 1)
    return time.perf_counter() - began - 0.2


def _until(database: Path, query: str, wanted: int) -> float:
    began = time.perf_counter()
    while _ask(database, query) != wanted and time.perf_counter() - began < 300:
        time.sleep(0.02)
    return time.perf_counter() - began


def _ask(database: Path, query: str) -> int:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20)) as connection:
        return int(connection.execute(query).fetchone()[0])
