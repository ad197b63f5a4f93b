"""docs/reference says what the code says."""

from pathlib import Path

import pytest

from scripts.reference import PAGES

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"


@pytest.mark.parametrize("page", PAGES)
def test_page_is_what_the_code_says(page):
    assert (FOLDER / page).read_text("utf-8") == PAGES[page](), "out of date: make reference"
