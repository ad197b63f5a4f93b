"""Publishing: complete or not at all, one at a time, old runs dropped, readers never between two runs."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import threading

import pytest

from worthline.engine import publish
from worthline.errors import Busy, CorruptRun, EngineFault, NoRun, Unwritable


def built(folder, name: str, content: str = "x"):
    """Build and publish a run of one file."""
    with publish.writing(folder) as site:
        run = site.building / "run"
        (run / "source").mkdir(parents=True)
        (run / "source" / "t.parquet").write_text(content)
        publish.write_json(run / "run.json", {"run_id": name})
        return publish.publish(folder, run, name, 3)


def test_nothing_published_says_how_to(tmp_path):
    with pytest.raises(NoRun, match="worthline run"):
        publish.current(tmp_path)


def test_published_run_is_current(tmp_path):
    assert built(tmp_path, "a").path == publish.current(tmp_path).path == tmp_path / ".worthline" / "runs" / "a"
    assert os.readlink(tmp_path / ".worthline" / "current") == "runs/a"
    pointer = json.loads((tmp_path / ".worthline" / "current.json").read_text())
    run_json = (tmp_path / ".worthline" / "runs" / "a" / "run.json").read_bytes()
    assert (pointer["run_id"], pointer["sha256"]) == ("a", hashlib.sha256(run_json).hexdigest())
    assert not (tmp_path / ".worthline" / "building").exists()


def test_the_folder_may_move(tmp_path):
    (tmp_path / "one").mkdir()
    built(tmp_path / "one", "a")
    (tmp_path / "one").rename(tmp_path / "two")
    assert publish.current(tmp_path / "two").json("run") == {"run_id": "a"}


def test_the_same_run_again_keeps_its_folder(tmp_path):
    first = built(tmp_path, "a").path.stat().st_ino
    assert built(tmp_path, "a").path.stat().st_ino == first


def test_damaged_run_of_the_same_name_is_not_overwritten(tmp_path):
    path = built(tmp_path, "a").path
    (path / "source" / "t.parquet").write_text("damaged")
    assert built(tmp_path, "a").path.name == "a.2"
    assert publish.current(tmp_path).path.name == "a.2"


def test_old_runs_are_dropped_the_current_one_never(tmp_path):
    for name in "abcde":
        built(tmp_path, name)
    runs = tmp_path / ".worthline" / "runs"
    assert {p.name for p in runs.iterdir()} == {"c", "d", "e"}
    built(tmp_path, "c")
    built(tmp_path, "f")
    assert len(list(runs.iterdir())) == 3
    assert publish.current(tmp_path).path.name == "f"


def test_killed_while_old_runs_are_dropped_leaves_whole_ones(tmp_path, monkeypatch):
    for name in "abc":
        built(tmp_path, name)

    def stop(path, **_):
        if path.name == "old.a":
            (path / "run.json").unlink()
            raise KeyboardInterrupt

    monkeypatch.setattr(publish.shutil, "rmtree", stop)
    with pytest.raises(KeyboardInterrupt):
        built(tmp_path, "d")
    assert all((p / "run.json").is_file() for p in (tmp_path / ".worthline" / "runs").iterdir())
    assert publish.current(tmp_path).path.name == "d"


def test_leftovers_of_a_killed_run_are_swept(tmp_path):
    left = tmp_path / ".worthline" / "building" / "run"
    left.mkdir(parents=True)
    (left / "panel.parquet").write_text("half")
    (tmp_path / ".worthline" / "current.next").symlink_to("runs/never")
    built(tmp_path, "a")
    assert not left.exists()
    assert publish.current(tmp_path).path.name == "a"


def test_an_error_while_building_changes_nothing(tmp_path):
    built(tmp_path, "a")
    with pytest.raises(ZeroDivisionError), publish.writing(tmp_path) as site:
        (site.building / "run").mkdir()
        raise ZeroDivisionError
    assert publish.current(tmp_path).path.name == "a"
    assert not (tmp_path / ".worthline" / "building").exists()


def test_a_second_writer_is_told(tmp_path):
    with publish.writing(tmp_path), pytest.raises(Busy, match="Another run is being made"), publish.writing(tmp_path):
        pass
    built(tmp_path, "a")


def test_folder_that_cannot_be_written_to(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.mkdir", refuse)
    says = r"Cannot write to .*Permission denied. Make the folder writable"
    with pytest.raises(Unwritable, match=says), publish.writing(tmp_path):
        pass
    assert Unwritable.exit_code == 1


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(errno.EROFS, os.strerror(errno.EROFS), "runs/x"), "Cannot write to runs/x: Read-only file system"),
        (OSError(errno.EIO, os.strerror(errno.EIO)), "The disk may be damaged"),
        (PermissionError(errno.EACCES, os.strerror(errno.EACCES)), "Make the folder writable"),
        (EngineFault("copy t to 'x'", "IO Error: Could not write file: Input/output error"), "The disk may be damaged"),
        (EngineFault("copy t to 'x'", "IO Error: No space left on device"), "Make room"),
    ],
)
def test_a_disk_that_fails_while_a_run_is_made_is_no_fault_of_ours(tmp_path, error, says):
    """A disk that became read-only, or failed, in the middle of a run ended with exit code 3."""
    built(tmp_path, "a")
    with pytest.raises(Unwritable, match=says), publish.writing(tmp_path):
        raise error
    assert publish.current(tmp_path).path.name == "a"


@pytest.mark.parametrize("error", [EngineFault("select 1", "Binder Error: Permission denied"), OSError("x")])
def test_what_is_ours_stays_ours(tmp_path, error):
    with pytest.raises(type(error)), publish.writing(tmp_path):
        raise error


def test_pointer_to_nothing_is_told(tmp_path):
    path = built(tmp_path, "a").path
    (path / "run.json").unlink()
    with pytest.raises(CorruptRun, match="not a complete run"):
        publish.current(tmp_path)


def test_damaged_json_is_told(tmp_path):
    run = built(tmp_path, "a")
    (run.path / "figures.json").write_text("{")
    with pytest.raises(CorruptRun, match=r"figures\.json"):
        run.json("figures")


def test_name_of_a_run_depends_on_content_alone():
    assert publish.run_id({"a": 1, "b": 2}) == publish.run_id({"b": 2, "a": 1})
    assert publish.run_id({"a": 1}) != publish.run_id({"a": 2})


def test_json_has_no_nan(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        publish.write_json(tmp_path / "x.json", {"value": float("nan")})


@pytest.mark.parametrize("keep", [1, 5])
def test_readers_see_whole_runs_only(tmp_path, keep):
    """Readers hammer while others publish; the folder's name and its content always agree."""
    seen, faults, stop = set(), [], threading.Event()

    def publish_one(number: int):
        with publish.writing(tmp_path) as site:
            run = site.building / "run"
            run.mkdir()
            for part in ("run", "figures"):
                publish.write_json(run / f"{part}.json", {"run_id": f"r{number}"})
            publish.publish(tmp_path, run, f"r{number}", keep)

    def read():
        while not stop.is_set():
            try:
                run = publish.current(tmp_path)
                seen.add(run.run_id)
                if keep > 1 and run.json("run")["run_id"] != run.run_id:
                    faults.append(run.run_id)
            except Exception as error:
                faults.append(repr(error))

    publish_one(0)
    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(1, 60):
        publish_one(number % 7)
    stop.set()
    for reader in readers:
        reader.join()
    assert not faults
    assert len(seen) > 3
    assert json.loads((publish.current(tmp_path).path / "run.json").read_text())


def test_what_a_killed_check_left_is_in_its_folder_and_gone_with_the_next(tmp_path):
    """Fault 10: rows stayed in the temporary folder, three times of three."""
    import signal
    import subprocess
    import sys

    killed = """
import os, signal, sys
from pathlib import Path
from worthline.engine import publish
with publish.scratch(Path(sys.argv[1])) as place:
    (place / "rows.parquet").write_text("Ada Byron")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    (tmp_path / "company").mkdir()
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    (tmp_path / "tmp").mkdir()
    command = [sys.executable, "-c", killed, str(tmp_path / "company")]
    assert subprocess.run(command, env=environment, check=False).returncode == -signal.SIGKILL
    assert list((tmp_path / "tmp").iterdir()) == [], "nothing outside the company's folder"
    left = list((tmp_path / "company").rglob("rows.parquet"))
    assert [path.relative_to(tmp_path / "company").parts[:2] for path in left] == [(".worthline", "checking")]
    with publish.scratch(tmp_path / "company"):
        assert list((tmp_path / "company").rglob("rows.parquet")) == []
