"""Webhooks over a server that is killed again and again: what was acknowledged is there, once, and the end is the same.

    python -m tests.chaos.webhooks [--deliveries 10000] [--kills 30] [--seed 0]

Each delivery is sent one to five times, shuffled, by eight senders that send again whatever was not acknowledged. The
server is a process of its own, killed (SIGKILL) at random moments and started again on the same folder. Prints tried,
held, lost. Held: every delivery is stored once, none besides, and answers, ways and rows for the next run are those of
the same deliveries sent once, in order, without a kill.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import http.client
import os
import queue
import random
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

from tests.app.inbound.senders import SECRET, signed
from tests.app.inbound.test_any_order import deliver, end_state, messages
from worthline.app.store import deliveries
from worthline.app.store.opening import Store, _sqlite

SETTINGS = """
[inbound.own]
channel = ""
[inbound.delighted]
kind = "delighted"
channel = ""
[inbound.formbricks]
kind = "formbricks"
channel = ""
[[routing]]
name = "angry"
group = "Care"
when = "at once"
score_at_most = 6
[[routing]]
name = "bills"
group = "Billing"
when = "weekly"
words = ["bill*"]
"""
SERVER = """
import asyncio, socket, sys
import uvicorn
from pathlib import Path
from worthline.app.routing.office import Office
from worthline.app.web.guard import Guard

async def nothing(scope, receive, send):
    raise AssertionError

office = Office(Path(sys.argv[1]))
office.start()
listening = socket.socket()
listening.bind(("127.0.0.1", 0))
listening.listen(128)
print(listening.getsockname()[1], flush=True)
config = uvicorn.Config(Guard(nothing, office.receiver), log_level="error", access_log=False, lifespan="off")
asyncio.run(uvicorn.Server(config).serve(sockets=[listening]))
"""
KEY = "delighted-key"
ENVIRONMENT = {
    "WORTHLINE_INBOUND_OWN": SECRET,
    "WORTHLINE_INBOUND_FORMBRICKS": SECRET,
    "WORTHLINE_INBOUND_DELIGHTED": KEY,
}


class Server:
    """The server's process, and where it answers now."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(self.folder)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **ENVIRONMENT},
        )
        self.port = int(self.process.stdout.readline())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def headers_of(kind, name, body):
    if kind == "delighted":
        signature = hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()
        return {"content-type": "application/json", "x-delighted-webhook-signature": f"sha256={signature}"}
    return signed(body, name, sent=time.time())[1]


def send(server, todo, acknowledged, wrong):
    """One sender: until nothing is left, sends, and sends again what was not acknowledged."""
    connection = None
    while True:
        try:
            kind, name, body = todo.get_nowait()
        except queue.Empty:
            return
        try:
            connection = connection or http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
            connection.request("POST", f"/inbound/{kind}", body, headers_of(kind, name, body))
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            connection = None
            todo.put((kind, name, body))
            time.sleep(0.05)
            continue
        if answer.status == 200:
            acknowledged.add((kind, name))
        elif answer.status == 503:
            todo.put((kind, name, body))
        else:
            wrong.append((answer.status, kind, name))


def suffer(count, kills, seed, say=print):
    """(held, what is wrong): everything under kills, against the same once, in order."""
    rng = random.Random(seed)
    made = messages(count, seed)
    often = [one for one in made for _ in range(rng.randint(1, 5))]
    rng.shuffle(often)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "company"
        folder.mkdir()
        (folder / "worthline.toml").write_text(SETTINGS)
        server = Server(folder)
        todo, acknowledged, wrong = queue.SimpleQueue(), set(), []
        for one in often:
            todo.put(one)
        senders = [threading.Thread(target=send, args=(server, todo, acknowledged, wrong)) for _ in range(8)]
        for sender in senders:
            sender.start()
        killed = 0
        while any(sender.is_alive() for sender in senders):
            time.sleep(rng.uniform(0.2, 1.0) * count / 3000 + 0.1)
            if killed < kills:
                server.kill()
                killed += 1
                server.start()
        database = folder / ".worthline" / "store" / "store.db"
        with closing(Store(_sqlite(database), "chaos")) as store:
            while _waiting(store):
                time.sleep(0.05)
            server.kill()
            found = end_state(store)
        expected = end_state(deliver(Path(place) / "once.db", made, random.Random(0)))
    lost = sum(expected[0].values()) - len(acknowledged)
    parts = ("deliveries", "answers", "ways", "rows for the next run")
    faults = [part for part, a, b in zip(parts, expected, found, strict=True) if a != b]
    faults += [f"refused: {wrong[:3]}"] if wrong else []
    faults += [f"{lost} never acknowledged"] if lost else []
    say(f"{len(often):,} sent of {count:,}, {killed} kills: {'held' if not faults else ', '.join(faults)}; lost {lost}")
    return not faults


def _waiting(store):
    with store.reading() as tx:
        return deliveries.waiting(tx, 1)


def main(arguments):
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.webhooks")
    parser.add_argument("--deliveries", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    return 0 if suffer(given.deliveries, given.kills, given.seed) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
