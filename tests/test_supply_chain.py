"""What is shipped: a wheel of the same bytes twice, which works where it alone is installed; a bill of materials; licences."""

import json
import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from scripts import licences, sbom

ROOT = Path(__file__).resolve().parents[1]


def built(place, **env):
    """A wheel, without a network."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env={**os.environ, **env})
    [wheel] = place.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return built(tmp_path_factory.mktemp("one"))


def test_the_wheel_has_the_same_bytes_twice(wheel, tmp_path):
    again = built(tmp_path, TZ="Asia/Tokyo", LC_ALL="C", PYTHONHASHSEED="7")
    assert again.name == wheel.name
    assert again.read_bytes() == wheel.read_bytes()


def test_the_wheel_holds_every_file_of_the_house(wheel):
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("worthline/")}
    there = {p.relative_to(ROOT / "src").as_posix() for p in (ROOT / "src" / "worthline").rglob("*") if p.is_file()}
    assert {name for name in there if "__pycache__" not in name and not name.endswith(".pyc")} == packed


def test_the_wheel_works_where_it_alone_is_installed(wheel, tmp_path):
    """A clean environment: the locked packages are lent to it, the source folder is not."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "env")], check=True)
    bin_ = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin")
    python = bin_ / "python"
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PIP_"))}

    def ran(*command):
        done = subprocess.run(
            [*map(str, command)], cwd=tmp_path, env=clean, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    install = ("install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check")
    ran(sys.executable, "-m", "pip", "--python", python, *install, wheel)
    site = Path(ran(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"))
    (site / "lent.pth").write_text(sysconfig.get_path("purelib"))
    where = Path(ran(python, "-c", "import worthline; print(worthline.__file__)"))
    assert where.is_relative_to(site)
    assert ran(bin_ / "worthline", "--version") == f"worthline {wheel.name.split('-')[1]}"
    (tmp_path / "worthline.toml").write_text('[company]\nname = "Acme"\n[tables.transactions]\nfile = "sales.csv"\n')
    (tmp_path / "sales.csv").write_text("customer_id,at,amount\na,2025-01-05,10\nb,2025-02-07,20\n")
    assert "transactions" in ran(bin_ / "worthline", "check")
    assert "nothing is wrong" in ran(bin_ / "worthline", "doctor")


def test_the_bill_of_materials_names_every_locked_package_with_licence_and_hashes():
    bill = sbom.document(sbom.LOCK)
    assert bill == sbom.document(sbom.LOCK)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    pins = {
        sbom.canonical(m[1]) for m in re.finditer(r"(?m)^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", sbom.LOCK.read_text())
    }
    assert {c["name"] for c in bill["components"]} == pins
    for component in bill["components"]:
        assert component["properties"], component["name"]
        assert "licenses" in component or component["name"] == "colorama", component["name"]
    refs = {c["bom-ref"] for c in bill["components"]} | {bill["metadata"]["component"]["bom-ref"]}
    assert {d["ref"] for d in bill["dependencies"]} == refs
    assert all(set(d["dependsOn"]) <= refs for d in bill["dependencies"])
    json.dumps(bill)


def test_every_locked_package_has_a_licence_that_is_allowed():
    assert licences.main() == 0


def test_a_licence_that_is_not_on_the_list_is_refused():
    names, own = licences.allowed()
    said = {"one": "AGPL-3.0-only", "two": None, "three": "MIT AND AGPL-3.0-only", "four": "GPL-3.0-only OR MIT"}
    assert licences.refused({**said, "psycopg": "LGPL-3.0-only"}, names, own) == [
        "one has the licence 'AGPL-3.0-only', which is not on the list",
        "three has the licence 'MIT AND AGPL-3.0-only', which is not on the list",
        "two states no licence",
    ]
    assert licences.refused({"psycopg": "AGPL-3.0-only"}, names, own)
