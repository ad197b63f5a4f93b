"""The short version of `make chaos`: a few trials of each kind; nothing may be lost."""

import pytest

from tests.chaos import company
from tests.chaos.__main__ import tried
from tests.chaos.jobs import JOBS


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return company.published(tmp_path_factory.mktemp("chaos") / "home")


@pytest.mark.slow
@pytest.mark.parametrize("job", [job for job in JOBS if job.short], ids=lambda job: job.name)
def test_nothing_is_lost(job, home, tmp_path, capsys):
    found = tried(job, home, tmp_path, list(range(job.short)))
    lost = [said for _, said in found if said is not None]
    with capsys.disabled():
        print(f"\n{job.name}: tried {len(found)}, held {len(found) - len(lost)}, lost {len(lost)}", end=" ")  # noqa: T201
    assert lost == []
