"""What CI is held to: a reference test that skips fails, and real data are found through one name."""

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def test_a_reference_test_that_skips_fails(tmp_path):
    folder = tmp_path / "reference"
    folder.mkdir()
    (folder / "conftest.py").write_text((TESTS / "reference/conftest.py").read_text("utf-8"), "utf-8")
    skips = "import pytest\n\ndef test_by_call():\n    pytest.skip('no data')\n\n"
    skips += (
        "@pytest.mark.skipif(True, reason='no data')\ndef test_by_mark():\n    pass\n\ndef test_runs():\n    pass\n"
    )
    (folder / "test_planted.py").write_text(skips, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False, env={**os.environ})
    assert "1 failed, 1 passed, 1 error" in done.stdout
    assert done.stdout.count("A reference test must not skip") >= 2
    assert done.returncode == 1


def test_real_data_are_found_through_one_name():
    """Every test that reads the shared data asks tests/shared_data.py, which honours WORTHLINE_SHARED."""
    planted = f'"{"share" + "d"}"'
    found = [path.name for path in TESTS.rglob("*.py") if planted in path.read_text("utf-8")]
    assert sorted(found) == ["shared_data.py", "test_names_and_sizes.py"]
