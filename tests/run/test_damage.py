"""Nothing damaged is served, and nothing damaged stands in the way: faults 1, 2, 3 and 5, as kinds."""

from __future__ import annotations

import json
import random
import shutil
import stat
from datetime import date

import pytest

import worthline
from worthline.errors import CorruptRun
from worthline.run import OpenRun

FLIPS = 300


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A shop with two runs, one a month before the other; its files readable by their owner alone."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "worthline.toml").write_text(
        '[company]\nname = "Shop"\nmargin = 0.5\n[tables.transactions]\nfile = "sales.csv"\n'
    )
    sales = folder / "sales.csv"
    sales.write_text("customer_id,at,amount\na,2025-01-05,10\nb,2025-02-07,20\na,2025-03-09,30\n")
    sales.chmod(0o600)
    worthline.open(folder).run(as_of=date(2025, 1, 31), threads=1)
    worthline.open(folder).run(as_of=date(2025, 2, 28), threads=1)
    return folder


@pytest.fixture
def shop(made, tmp_path):
    """A copy that a test may damage."""
    shutil.copytree(made, tmp_path / "shop", symlinks=True)
    return tmp_path / "shop"


def everything(folder) -> list[object]:
    """All that can be read of the published run."""
    run = OpenRun(worthline.open(folder).published().folder)
    names = [*run.tables(), *(f"source.{name}" for name in run.folder.sources())]
    return [run.about, run.figures, run.health(), {name: run.table(name).to_pylist() for name in names}]


def test_flipped_bits_are_never_served(shop):
    """Each flip in any file of the run, or in the pointer, is an error, or the answer is the one that was published."""
    good = everything(shop)
    home = shop / ".worthline"
    run = worthline.open(shop).published().path
    files = [home / "current.json", *sorted(p for p in run.rglob("*") if p.is_file())]
    chance, refused = random.Random(7), 0
    for number in range(FLIPS):
        file = files[number % len(files)]
        before = file.read_bytes()
        changed = bytearray(before)
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        file.write_bytes(bytes(changed))
        try:
            assert everything(shop) == good, file.name
        except CorruptRun:
            refused += 1
        file.write_bytes(before)
    assert everything(shop) == good
    assert refused >= 0.9 * FLIPS


def rot(file, chance) -> None:
    content = bytearray(file.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    file.write_bytes(bytes(content))


def edit(file, **changed) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **changed}))


def without(file, key) -> None:
    content = json.loads(file.read_text())
    del content[key]
    file.write_text(json.dumps(content))


DAMAGE = {
    "run.json flipped": lambda run: rot(run / "run.json", random.Random(1)),
    "run.json cut": lambda run: (run / "run.json").write_bytes((run / "run.json").read_bytes()[:100]),
    "run.json empty": lambda run: (run / "run.json").write_bytes(b""),
    "run.json a list": lambda run: (run / "run.json").write_text("[]"),
    "run.json no text": lambda run: (run / "run.json").write_bytes(b"\xff\xfe\x00"),
    "run.json without as_of": lambda run: without(run / "run.json", "as_of"),
    "run.json without contract": lambda run: without(run / "run.json", "contract"),
    "run.json without seal": lambda run: without(run / "run.json", "seal"),
    "run.json without files": lambda run: without(run / "run.json", "files"),
    "a bad date": lambda run: edit(run / "run.json", as_of="soon"),
    "a date that is a number": lambda run: edit(run / "run.json", as_of=7),
    "nested without end": lambda run: (run / "run.json").write_text("[" * 100_000),
    "scores cut": lambda run: (run / "customer_scores.parquet").write_bytes(b"PAR1"),
    "scores flipped": lambda run: rot(run / "customer_scores.parquet", random.Random(2)),
    "scores missing": lambda run: (run / "customer_scores.parquet").unlink(),
    "scores a folder": lambda run: (
        (run / "customer_scores.parquet").unlink(),
        (run / "customer_scores.parquet").mkdir(),
    ),
    "figures missing": lambda run: (run / "figures.json").unlink(),
    "health flipped": lambda run: rot(run / "health.json", random.Random(3)),
}


def test_a_damaged_kept_run_is_passed_over_and_said(shop):
    runs = shop / ".worthline" / "runs"
    published = worthline.open(shop).published().path
    [earlier] = [run for run in runs.iterdir() if run != published]
    for number, damage in enumerate(DAMAGE.values()):
        copy = runs / f"damaged{number:02d}"
        shutil.copytree(earlier, copy)
        damage(copy)
    DAMAGE["scores flipped"](earlier)
    DAMAGE["scores flipped"](published)
    (shop / "worthline.toml").write_text((shop / "worthline.toml").read_text().replace("0.5", "0.5\nkeep_runs = 50"))
    run = worthline.open(shop).run(as_of=date(2025, 3, 31), threads=1)
    assert run.about["earlier_run"] is None
    said = " ".join(run.remarks)
    for kept in (earlier.name, published.name, *(f"damaged{number:02d}" for number in range(len(DAMAGE)))):
        assert kept in said
    assert everything(shop)[0]["as_of"] == "2025-03-31"


def copied(place) -> None:
    """As cp -rL and archives leave a link."""
    target = place.resolve()
    place.unlink()
    shutil.copytree(target, place)


def file(place) -> None:
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)
    place.write_text("a file")


def folder(place) -> None:
    file(place)
    place.unlink()
    (place / "kept").mkdir(parents=True)


def link(place) -> None:
    file(place)
    place.unlink()
    elsewhere = place.parents[1] / "elsewhere"
    (elsewhere / "kept").mkdir(parents=True, exist_ok=True)
    place.symlink_to(elsewhere)


PLACES = ("current", "current.next", "current.json.next", "building", "logs", "checked", "lock", "current.json")


@pytest.mark.parametrize("kind", [file, folder, link, copied])
def test_whatever_stands_where_worthline_expects_its_own_is_healed(shop, kind):
    home = shop / ".worthline"
    before = worthline.open(shop).published().run_id
    for name in PLACES[:-1] if kind is not copied else ("current",):
        kind(home / name)
        assert worthline.open(shop).published().run_id == before, name
    if kind is not copied:
        kind(home / "current.json")
        with pytest.raises(CorruptRun, match="worthline run"):
            worthline.open(shop).published()
    run = worthline.open(shop).run(as_of=date(2025, 2, 28), threads=1)
    assert run.run_id == before
    assert worthline.open(shop).published().run_id == before
    assert (home / "current").resolve() == run.path.resolve()
    assert any("is kept as logs.aside-1" in remark for remark in run.remarks) == (kind in (file, link))
    assert kind is not link or (shop / "elsewhere" / "kept").is_dir(), "a link is never followed to be emptied"


@pytest.mark.parametrize("kind", [file, link])
def test_runs_that_are_no_folder_are_kept_aside_and_said(shop, kind):
    kind(shop / ".worthline" / "runs")
    run = worthline.open(shop).run(as_of=date(2025, 2, 28), threads=1)
    assert "is kept as runs.aside-1" in " ".join(run.remarks)
    assert worthline.open(shop).published().run_id == run.run_id


def test_modes_are_never_widened(shop):
    home = shop / ".worthline"
    home.chmod(0o755)
    worthline.open(shop).run(as_of=date(2025, 3, 31), threads=1)
    for path in (home, *home.rglob("*")):
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            assert mode & 0o077 == 0, (path, oct(mode))


def test_a_run_that_an_earlier_worthline_published_is_read(shop):
    """It has a link and no pointer file, and its run.json no seals."""
    home = shop / ".worthline"
    run = worthline.open(shop).published()
    content = {key: value for key, value in run.about.items() if key not in ("files", "seal")}
    (run.path / "run.json").write_text(json.dumps(content))
    (home / "current.json").unlink()
    assert worthline.open(shop).published().about["company"] == content["company"]
    copied(home / "current")
    assert worthline.open(shop).published().run_id == run.run_id


def test_without_links_locks_of_posix_and_syncing_of_folders(shop, monkeypatch):
    """As on Windows: no fcntl, no symbolic links, no fsync of a folder."""
    import os
    import sys
    from pathlib import Path

    real = os.open

    def no_folder(path, *arguments, **more):
        if os.path.isdir(path):
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **more)

    def no_link(self, *_, **__):
        raise OSError(1314, "A required privilege is not held by the client")

    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setattr(os, "open", no_folder)
    monkeypatch.setattr(Path, "symlink_to", no_link)
    run = worthline.open(shop).run(as_of=date(2025, 3, 31), threads=1)
    assert worthline.open(shop).published().run_id == run.run_id
    assert not (shop / ".worthline" / "current").exists(), "no link is better than one to an earlier run"


def test_nothing_that_is_used_imports_what_only_posix_has():
    import ast
    from pathlib import Path

    house = Path(worthline.__file__).parent
    posix = {"fcntl", "grp", "pwd", "termios", "resource"}
    found = []
    for path in sorted(house.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            found += [f"{path.name}: {name}" for name in names if name.split(".")[0] in posix]
    assert found == ["guarded_child.py: resource"]  # within suppress(ImportError): Linux alone has the limit
