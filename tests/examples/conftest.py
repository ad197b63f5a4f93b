from functools import cache

import pytest

from tests.examples.companies import SHARED, copied


@pytest.fixture(scope="session")
def companies(tmp_path_factory):
    """name -> (folder, published run), run on two threads the first time it is asked for."""
    import worthline

    @cache
    def run(name):
        folder = copied(name, tmp_path_factory.mktemp("companies"))
        return folder, worthline.open(folder).run(threads=2)

    return run


@pytest.fixture(scope="session")
def shared_data():
    """The folder of the raw files."""
    if not SHARED.is_dir():
        pytest.skip(f"there are no shared data in {SHARED} (WORTHLINE_SHARED names another folder)")
    return SHARED
