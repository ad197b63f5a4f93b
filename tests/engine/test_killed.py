"""A run that is killed at any moment loses nothing and publishes nothing half; two runs do not meet."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest

import worthline
from tests.bad_input.test_last_run_survives import digests

KILLS = 8
"""A short version: make chaos kills 600 times, at every stage."""


def lay(folder, customers: int = 40) -> None:
    """A small company with sales, answers and contacts."""
    chance = random.Random(5)

    def rows(n: int, tail) -> str:
        lines = (
            f"C{chance.randrange(customers)},2026-{1 + i % 9:02d}-{1 + chance.randrange(28):02d},{tail(i)}\n"
            for i in range(n)
        )
        return "".join(lines)

    (folder / "sales.csv").write_text(
        "customer_id,at,amount\n" + rows(2000, lambda i: f"{chance.randrange(9999) / 100:.2f}")
    )
    (folder / "answers.csv").write_text("customer_id,at,metric,score\n" + rows(300, lambda i: f"nps,{i % 11}"))
    (folder / "contacts.csv").write_text("customer_id,at,touchpoint,cost\n" + rows(300, lambda i: f"t{i % 4},2.50"))
    settings(folder, 1)


def settings(folder, number: int) -> None:
    """Settings whose run has a name of its own."""
    tables = {"transactions": "sales", "feedback": "answers", "interactions": "contacts"}
    lines = ["[company]", 'as_of = "2026-09-30"', f"margin = 0.{number:03d}", "keep_runs = 3"]
    for table, file in tables.items():
        lines += [f"[tables.{table}]", f'file = "{file}.csv"']
    (folder / "worthline.toml").write_text("\n".join(lines) + "\n")


WAITING = """
import sys
import worthline
from worthline.metrics import compute
print("ready", flush=True)
sys.stdin.readline()
worthline.open(sys.argv[1]).run(threads=1)
"""


def waiting(folder) -> subprocess.Popen:
    """A process that has all it needs and runs when it is told to."""
    command = [sys.executable, "-W", "ignore", "-c", WAITING, str(folder)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def go(process: subprocess.Popen) -> None:
    """Tell it to run."""
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("go\n")
    process.stdin.flush()


@pytest.fixture
def company(tmp_path):
    lay(tmp_path)
    worthline.open(tmp_path).run(threads=1)
    return tmp_path


@pytest.mark.slow
def test_killed_at_eight_moments(company):
    settings(company, 2)
    process, following = waiting(company), waiting(company)
    go(process)
    began = time.perf_counter()
    assert process.wait() == 0, process.stderr.read()
    length = time.perf_counter() - began
    home, chance, killed = company / ".worthline", random.Random(11), 0
    moments = sorted(length * chance.random() for _ in range(KILLS))
    for number, moment in enumerate(moments, 3):
        before = worthline.open(company).published()
        held = digests(before.path)
        settings(company, number)
        process, following = following, waiting(company)
        go(process)
        try:
            process.wait(timeout=moment)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
        after = worthline.open(company).published()
        assert after.about["run_id"] == after.run_id
        if after.run_id == before.run_id:
            assert digests(after.path) == held
        for run in (home / "runs").iterdir():
            assert {p.name for p in run.iterdir()} == {p.name for p in before.path.iterdir()}
    following.kill()
    assert killed >= KILLS // 2
    settings(company, 99)
    made = worthline.open(company).run(threads=1)
    again = digests(made.path)
    assert not (home / "building").exists()
    assert len(list((home / "runs").iterdir())) <= 3
    assert digests(worthline.open(company).run(threads=2).path) == again


def test_two_runs_at_once(company):
    from worthline.engine import publish

    command = [sys.executable, "-m", "worthline", "run", str(company)]
    with publish.writing(company):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    said = done.stderr
    assert "Another run is being made" in said
    assert "Traceback" not in said
    assert worthline.open(company).run(threads=1).path.exists()


def test_readers_while_five_runs_publish(company):
    faults, seen, stop = [], set(), threading.Event()

    def read():
        while not stop.is_set():
            try:
                run = worthline.open(company).published()
                seen.add(run.run_id)
                if run.about["run_id"] != run.run_id or not run.figures:
                    faults.append(run.run_id)
                rows = run.sql("select count(*) as n from panel").to_pylist()[0]["n"]
                if rows != run.about["rows"]["panel"]:
                    faults.append((run.run_id, rows))
            except Exception as error:
                faults.append(repr(error))
            time.sleep(0.02)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(5):
        # Settings are read by both: written aside and swapped, as an editor does.
        aside = company / "aside"
        aside.mkdir(exist_ok=True)
        settings(aside, 10 + number)
        (aside / "worthline.toml").replace(company / "worthline.toml")
        worthline.open(company).run(threads=1)
    stop.set()
    reader.join()
    assert not faults
    assert len(seen) >= 3
    assert len(list((company / ".worthline" / "runs").iterdir())) == 3
