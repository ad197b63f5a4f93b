"""Nothing damaged is served, and nothing damaged stands in the way: faults 1, 2, 3 and 5, as kinds."""

from __future__ import annotations

import json
import os
import random
import shutil
import stat
import subprocess
import sys
from datetime import date

import pyarrow.parquet as pq
import pytest

import worthline
from tests.chaos.damage import KINDS, rot
from worthline.app import doctoring
from worthline.engine import publish, seal
from worthline.errors import CorruptRun
from worthline.run import OpenRun, small_groups

FLIPS = int(os.environ.get("WORTHLINE_FLIPS", "60"))
"""`make chaos` asks for 1,000."""


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


@pytest.mark.parametrize("content", [b"", b"PAR1 and more", b"\xf2"])
def test_a_table_that_is_no_table_is_said_whatever_is_asked(shop, content, monkeypatch):
    """Columns of some tables decide which groups are hidden: one that cannot be read asks for nothing else."""
    monkeypatch.setitem(small_groups.GROUPS, "bridges", ("n", ("amount",), ""))
    names = worthline.open(shop).published().tables()
    for name in names:
        file = worthline.open(shop).published().path / f"{name}.parquet"
        before = file.read_bytes()
        changed = content.ljust(len(before), b"x")  # its size is looked at first
        if content == b"\xf2":  # a column's name that is no UTF-8
            at = before.rfind(b"amount" if name == "bridges" else pq.read_schema(file).names[0].encode())
            changed = before[:at] + content + before[at + 1 :]
        file.write_bytes(changed)
        with pytest.raises(CorruptRun, match=name):
            OpenRun(worthline.open(shop).published().folder).table(name)
        file.write_bytes(before)


def resealed(shop, **files):
    """A run.json that names these files too, its seal and the pointer being right: as somebody would who means it."""
    run = worthline.open(shop).published()
    content = {**run.about, "files": {**run.about["files"], **files}}
    content["seal"] = seal.seal({key: value for key, value in content.items() if key != "seal"})
    (run.path / "run.json").write_text(json.dumps(content))
    publish.point(shop / ".worthline", run.path)


@pytest.mark.parametrize(
    "name",
    ["../../../../etc/passwd", "/etc/passwd", "source/../../../x.parquet", "..\\x.parquet", "C:x.parquet", "a//b", "."],
)
def test_a_run_that_names_files_outside_it_is_refused(shop, name):
    resealed(shop)
    assert worthline.open(shop).published().about["seal"], "resealed alone it is read: a seal is no signature"
    resealed(shop, **{name: {"bytes": 3, "sha256": "0" * 64}})
    with pytest.raises(CorruptRun, match="not the run's own"):
        _ = worthline.open(shop).published().about


@pytest.mark.parametrize("is_sealed", [True, False])
def test_links_within_a_run_are_not_followed(shop, tmp_path, is_sealed):
    """A folder from somebody else, its run with a link to a file of this machine, under the right hash or none."""
    run = worthline.open(shop).published()
    table = run.path / "panel.parquet"
    table.rename(tmp_path / "secret.parquet")
    table.symlink_to(tmp_path / "secret.parquet")
    if not is_sealed:
        (run.path / "run.json").write_text(
            json.dumps({key: value for key, value in run.about.items() if key not in ("files", "seal")})
        )
        (shop / ".worthline" / "current.json").unlink()
    for ask in (lambda r: r.table("panel"), lambda r: r.sql("select * from panel")):
        with pytest.raises(CorruptRun, match="is a link"):
            ask(worthline.open(shop).published())


def test_files_of_another_run_are_told_from_its_own(shop):
    runs = sorted((shop / ".worthline" / "runs").iterdir())
    published = worthline.open(shop).published().path
    [other] = [run for run in runs if run != published]
    for name in ("panel.parquet", "metrics.parquet", "figures.json", "source/transactions.parquet", "run.json"):
        before = (published / name).read_bytes()
        if before == (other / name).read_bytes():
            continue
        (published / name).write_bytes((other / name).read_bytes())
        with pytest.raises(CorruptRun):
            everything(shop)
        (published / name).write_bytes(before)


def test_a_damaged_kept_run_is_passed_over_and_said(shop):
    runs = shop / ".worthline" / "runs"
    published = worthline.open(shop).published().path
    [earlier] = [run for run in runs.iterdir() if run != published]
    for number, damage in enumerate(KINDS.values()):
        copy = runs / f"damaged{number:02d}"
        shutil.copytree(earlier, copy)
        damage(copy)
    KINDS["customer_scores.parquet flipped"](earlier)
    KINDS["customer_scores.parquet flipped"](published)
    (shop / "worthline.toml").write_text((shop / "worthline.toml").read_text().replace("0.5", "0.5\nkeep_runs = 90"))
    run = worthline.open(shop).run(as_of=date(2025, 3, 31), threads=1)
    assert run.about["earlier_run"] is None
    said = " ".join(run.remarks)
    for kept in (earlier.name, published.name, *(f"damaged{number:02d}" for number in range(len(KINDS)))):
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


AS_ELSEWHERE = """
import os, pathlib, sys
sys.modules["fcntl"] = sys.modules["resource"] = sys.modules["pwd"] = sys.modules["grp"] = None
real_open, real_rename, real_replace = os.open, os.rename, os.replace

def no_folder(path, *arguments, **more):
    if os.path.isdir(path):
        raise PermissionError(13, "Permission denied")
    return real_open(path, *arguments, **more)

def no_link(*_, **__):
    raise OSError(1314, "A required privilege is not held by the client")

def not_onto(real):
    def moved(source, target, *arguments, **more):
        if os.path.islink(target) or os.path.isdir(target) or "panel.parquet" in os.listdir(os.path.dirname(target) or "."):
            raise PermissionError(5, "Access is denied")  # onto a folder, or beside what somebody holds open
        return real(source, target, *arguments, **more)
    return moved

os.open, os.symlink = no_folder, no_link
os.rename, os.replace = not_onto(real_rename), not_onto(real_replace)
pathlib.Path.symlink_to = no_link
for name in ("fork", "getuid", "mkfifo", "sysconf", "getpgid", "killpg"):
    if hasattr(os, name) and name != "sysconf":
        delattr(os, name)

from worthline.app import cli
home = sys.argv[1]
approval = "approve calls --benefit 100 --cost 5 --proof-on 2099-06-30 --note agreed --name Calls --group Care"
for command in (["check"], [*approval.split(), "--by", "A. Owner", "--owner", "B. Lead"], ["run", "--as-of", "2025-03-31"], ["show"], ["show", "themes"],
                ["sql", "select count(*) from panel"], ["explain", "revenue_12m"], ["register"], ["store", "backup", home + "/copy.db"],
                ["store", "restore", home + "/copy.db"], ["store", "check"], ["doctor"], ["doctor", "--mend"], ["pack", "--out", home + "/proof.zip"],
                ["init", "--yes", "--force"], ["worklist"]):
    os.chdir(home)
    try:
        cli.main(command)
    except SystemExit as end:
        print(command[0], "ends with", end.code, flush=True)
from starlette.testclient import TestClient
from worthline.app.web import site
pages = TestClient(site.make(pathlib.Path(home)), base_url="http://127.0.0.1:8765", raise_server_exceptions=False)
for path in ("/", "/voice", "/api/figures"):
    print(path, "ends with", 200 - pages.get(path).status_code, flush=True)
"""


def test_without_what_only_posix_has_every_command_works(shop):
    """As on Windows: no fcntl, no links, no syncing of folders, nothing is moved onto a folder or a link."""
    (shop / ".worthline" / "current").unlink()
    os.utime(shop / ".worthline" / "lock", (1, 1))  # empty, as a system that has locks leaves it
    (shop / "answers.csv").write_text(
        "customer_id,at,metric,score,text\na,2025-03-05,nps,9,quick and kind\nb,2025-03-06,nps,2,too slow\n"
    )
    with (shop / "worthline.toml").open("a") as settings:
        settings.write('[tables.feedback]\nfile = "answers.csv"\n')
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", AS_ELSEWHERE, str(shop)], capture_output=True, text=True, check=False
    )
    ends = [line.split(" ends with ") for line in ran.stdout.splitlines() if " ends with " in line]
    assert len(ends) == 19
    failed = [command for command, code in ends if code != "0"]
    assert failed == ["worklist"], (ends, ran.stdout[-900:], ran.stderr[-900:])  # that shop has no action, and says so
    assert worthline.open(shop).published().about["as_of"] == "2025-03-31"
    assert not (shop / ".worthline" / "current").exists(), "no link is better than one to an earlier run"


def test_what_is_written_has_names_that_every_system_allows(shop):
    home = shop / ".worthline"
    paths = [path.relative_to(shop).as_posix() for path in home.rglob("*")]
    reserved = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(10))}
    for path in paths:
        for part in path.split("/"):
            assert not set(part) & set('<>:"|?*\\'), path
            assert part.isprintable(), path
            assert part.isascii(), path
            assert not part.endswith((" ", ".")), path
            assert part.partition(".")[0].casefold() not in reserved, path
        assert len(path) <= 110, "with a folder of 150 letters it stays below Windows' 260"
    assert len({path.casefold() for path in paths}) == len(paths), "two names differ in their capitals alone"


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


# ------------------------------------------------------------------------------------------- worthline doctor


def faults(shop, **more):
    return [f.what for f in doctoring.examine(shop, **more) if f.is_fault and not f.is_mended]


def test_doctor_finds_nothing_in_a_sound_folder(shop):
    assert faults(shop) == []
    assert "".join(doctoring.report(shop, doctoring.examine(shop))).endswith(": nothing is wrong.\n")


@pytest.mark.parametrize("kind", KINDS)
def test_doctor_finds_each_damage_and_publishes_the_kept_run_again(shop, kind):
    before = {run.name for run in (shop / ".worthline" / "runs").iterdir()}
    published = worthline.open(shop).published().path
    KINDS[kind](published)
    assert faults(shop), kind
    assert faults(shop, mend=True) == [], kind
    assert faults(shop) == []
    assert worthline.open(shop).published().about["as_of"] == "2025-01-31", "the run before it"
    kept = {path.name for place in ("runs", "damaged") for path in (shop / ".worthline" / place).iterdir()}
    assert before <= kept, "nothing is thrown away"


def test_doctor_mends_rights_leftovers_the_pointer_and_the_link(shop):
    home = shop / ".worthline"
    good = worthline.open(shop).published().run_id
    (home / "runs").chmod(0o755)
    (home / "building").mkdir()
    (home / "building" / "rows.parquet").write_text("left")
    (home / "checking" / "abc").mkdir(parents=True)
    (home / "current.json.next").write_text("{")
    (home / "current").unlink()
    (home / "current").symlink_to("runs")
    (home / "current.json").write_text("{}")
    shutil.rmtree(home / "logs")
    (home / "logs").write_text("a file")
    found = doctoring.examine(shop)
    assert all(f.mend is not None for f in found if f.is_fault), "all of it can be mended"
    assert len([f for f in found if f.is_fault]) >= 5
    assert faults(shop, mend=True) == []
    assert faults(shop) == []
    assert worthline.open(shop).published().run_id == good
    assert (home / "current").resolve().name == good


def test_doctor_mends_nothing_while_a_run_is_made_and_says_so(shop):
    from filelock import FileLock

    (shop / ".worthline" / "runs").chmod(0o755)
    with FileLock(shop / ".worthline" / "lock"):
        found = doctoring.examine(shop, mend=True)
    assert not any(f.is_mended for f in found)
    assert any("at this moment" in f.what for f in found)


def test_doctor_says_what_is_wrong_with_settings_and_disk(shop, monkeypatch):
    (shop / "worthline.toml").write_text("[company]\nnmae = 1\n")
    full = shutil.disk_usage(shop)._replace(free=1 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    found = {f.part: f.what for f in doctoring.examine(shop)}
    assert "nmae" in found["settings"]
    assert found["disk"].startswith("1 MB are free on the disk")


def test_doctor_command_has_exit_codes_0_and_1(shop, capsys):
    from worthline.app import cli

    def asked(*more):
        with pytest.raises(SystemExit) as end:
            cli.main(["doctor", str(shop), *more])
        return end.value.code, capsys.readouterr().out

    assert asked()[0] == 0
    rot(worthline.open(shop).published().path / "figures.json", random.Random(3))
    code, out = asked("--json")
    assert (code, json.loads(out)["whole"]) == (1, False)
    code, out = asked("--mend")
    assert code == 0
    assert "mended" in out
