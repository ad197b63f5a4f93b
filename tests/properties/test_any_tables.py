"""README says that any one table is enough: any tables, of any number of rows, answer everything that can be asked.

A sample here; all of them by `make any-tables`. What is asked: check, run, show, explain of every figure, each page.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.properties.any_tables import Company, asked, everything, write
from worthline.tables import TABLES

ALL = tuple(TABLES)
SURE = (
    Company(("feedback",), 1, "plain"),
    Company(("feedback", "interactions", "customers"), 50, "fractions"),
    Company(ALL, 9, "constant"),
    Company(ALL, 50, "blank"),
    Company(("needs",), 2, "plain"),
    Company(("customers",), 50, "required"),
    Company(("feedback", "customers", "interactions"), 300, "constant"),
    Company(("subscriptions",), 0, "plain"),
)
"""Once a fault each, or likely to be one again."""
TRIED = os.environ.get("WORTHLINE_ANY_TABLES", "4")


def sample() -> list[Company]:
    """The sure ones and a few others; all where WORTHLINE_ANY_TABLES is `all`."""
    companies = list(everything())
    return [*SURE, *(companies if TRIED == "all" else random.Random(7).sample(companies, int(TRIED)))]


@pytest.mark.slow
@pytest.mark.parametrize("company", sample(), ids=str)
def test_any_tables_answer_everything(tmp_path: Path, company: Company) -> None:
    said = asked(write(tmp_path / "company", company))
    if company.rows and said != "published":
        # Nothing is published only where no row may be used, with the reason.
        assert "No table holds a usable row" in said


def test_a_run_without_a_figure_is_published_and_says_what_would_switch_more_on(tmp_path: Path) -> None:
    from worthline import company as companies
    from worthline.reports import overview, terminal

    folder = write(tmp_path / "company", Company(("needs",), 2, "plain"))
    assert asked(folder) == "published"
    run = companies.open(folder).published()
    assert run.figures == []
    shown = terminal.text(overview.page(run), width=200)
    assert "No figure can be calculated from these tables yet." in shown
    assert "Bring feedback with metric and score." in shown
