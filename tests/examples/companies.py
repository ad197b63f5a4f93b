"""The real companies, run once a test session: a copy of each folder's mapping, with the data where they are."""

import re
import shutil

import pytest

from examples.run_all import HERE
from tests.shared_data import DATA as SHARED

NAMES = ("online_retail", "completejourney", "cdnow_sample", "sfo_survey", "iranian_churn", "skytrax_lounge_seat")
ONLY_SCORES = ("sfo_survey", "skytrax_lounge_seat")
NO_MONEY = (*ONLY_SCORES, "iranian_churn")


def copied(name, place):
    """The company's folder in `place`, without runs, reading the shared data."""
    data = SHARED / name
    if not data.is_dir():
        pytest.skip(f"the data of {name} are not here: there is no folder {data} (WORTHLINE_SHARED names another)")
    text, count = re.subn(r'(?m)^data = ".*"$', f'data = "{data}"', (HERE / name / "worthline.toml").read_text("utf-8"))
    assert count == 1
    folder = place / name
    folder.mkdir(parents=True)
    (folder / "worthline.toml").write_text(text, encoding="utf-8")
    for query in ("proof.sql", "published.sql"):
        shutil.copyfile(HERE / name / query, folder / query)
    return folder
