"""Whatever bad input a run meets, what was published before still reads, byte for byte."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

import worthline
from tests.bad_input.corpus import CASES
from tests.bad_input.test_bad_input import lay

# Each fails before a run, in the same place as its neighbours, or costs a whole run that test_bad_input has read.
TRIED = [n for i, (n, case) in enumerate(CASES.items()) if case.error is not None or i % 4 == 0]


def digests(folder: Path) -> dict[str, str]:
    """sha256 of every file below a folder."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A company with a published run."""
    folder = tmp_path_factory.mktemp("good")
    lay(CASES["rows_after_as_of"], folder)
    worthline.open(folder).run(threads=2)
    return folder


@pytest.mark.parametrize("name", TRIED)
def test_the_last_run_survives(name, good, tmp_path):
    case, folder = CASES[name], tmp_path / "company"
    shutil.copytree(good, folder, symlinks=True)
    published = worthline.open(folder).published().path
    before = digests(published)
    (folder / "sales.csv").unlink()
    lay(case, folder)
    if case.error is not None:
        with pytest.raises(case.error):
            worthline.open(folder).run(threads=2)
        assert (folder / ".worthline" / "current").resolve() == published
    else:
        made = worthline.open(folder).run(threads=2)
        assert made.path != published
        assert json.loads((made.path / "run.json").read_text())["run_id"] == made.path.name
    assert digests(published) == before
    building = folder / ".worthline" / "building"
    assert not building.exists() or not any(building.iterdir())
