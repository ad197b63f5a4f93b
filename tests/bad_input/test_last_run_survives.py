"""Whatever bad input a run meets: it ends in words, and what was published before still reads, byte for byte."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

import worthline
from tests.bad_input.corpus import CASES
from tests.bad_input.test_bad_input import lay

# All that end in an error; of those that end in a run, which test_bad_input reads, some.
TRIED = [n for i, (n, case) in enumerate(CASES.items()) if case.error is not None or i % 8 == 0]


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
        with pytest.raises(case.error) as caught:
            worthline.open(folder).run(threads=2)
        for word in case.says:
            assert word in str(caught.value)
        assert (folder / ".worthline" / "current").resolve() == published
    else:
        made = worthline.open(folder).run(threads=2)
        assert made.path != published
        assert json.loads((made.path / "run.json").read_text())["run_id"] == made.path.name
    assert digests(published) == before
    building = folder / ".worthline" / "building"
    assert not building.exists() or not any(building.iterdir())
