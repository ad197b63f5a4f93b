"""What changed between two runs of one small shop: every part is added up by hand from the rows that were written."""

from datetime import date, timedelta

import pytest

from worthline.company import open as open_company
from worthline.reports import changes, terminal
from worthline.results import Figure
from worthline.run.earlier import before
from worthline.run.questions.changes import PARTS, _window, between

TOML = """[company]
name = "Corner Shop"
currency = "USD"
setting = "non-contractual"
as_of = "{as_of}"
margin = {margin}
[tables.transactions]
file = "transactions.csv"
"""
HEAD = "transaction_id,customer_id,at,amount\n"


def rows(last, months, *, of=20):
    """A sale of $10 of each of twenty customers on the 5th of each month."""
    year, month = last
    out = []
    for back in range(months):
        at = date(year, month, 5) - timedelta(days=30.44 * back)
        out += [f"{at:%Y%m}-{c},C{c},{at:%Y-%m}-05,10.00" for c in range(of)]
    return out


def write(folder, lines, as_of, margin="0.5"):
    folder.mkdir(exist_ok=True)
    (folder / "worthline.toml").write_text(TOML.format(as_of=as_of, margin=margin))
    (folder / "transactions.csv").write_text(HEAD + "\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    """A run to August, then one to September: with $300 of late rows of July, and one sale of August taken back."""
    folder = tmp_path_factory.mktemp("changes") / "shop"
    august = rows((2026, 8), 20)
    write(folder, august, "2026-08-31")
    open_company(folder).run()
    september = [*august, *(f"{line[:4]}09{line[6:]}".replace("-08-05", "-09-05") for line in august[:20])]
    september = [line.replace(",10.00", ",12.00") if "2026-09-05" in line else line for line in september]
    september.remove("202608-3,C3,2026-08-05,10.00")
    september += [f"late-{i},C{i},2026-07-06,100.00" for i in range(3)]
    write(folder, september, "2026-09-30")
    return folder, open_company(folder).run()


def by_name(run):
    last = before(run.path)
    return {one.figure.name: one for one in between(last, run)}


def test_revenue_in_parts(twice):
    """September 20 x $12 comes, September 2025 20 x $10 goes: +$40. Late $300; taken back $10. Together +$330."""
    _, run = twice
    revenue = by_name(run)["revenue_12m"]
    assert revenue.then == 2400
    assert revenue.figure.value == 2730
    assert revenue.real == pytest.approx(40)
    assert revenue.late == pytest.approx(300)
    assert revenue.corrected == pytest.approx(-10)
    assert revenue.method is None
    assert revenue.mixed is None


def test_the_parts_of_every_figure_add_up(twice):
    _, run = twice
    for one in by_name(run).values():
        parts = [part for name in PARTS if (part := getattr(one, name)) is not None]
        assert sum(parts) == pytest.approx(one.total, abs=0.01), one.figure.name


def test_the_page_says_it_in_words(twice):
    _, run = twice
    text = " ".join(terminal.text(changes.page(run), width=200).split())
    assert "changed since the last run (as of 31 Aug 2026" in text
    assert "Changed files: transactions.csv" in text
    assert "Settings: the same." not in text or "as of" in text
    assert "+$330" in text


def test_another_margin_is_method(twice):
    folder, before_ = twice
    lines = (folder / "transactions.csv").read_text().splitlines()[1:]
    write(folder, lines, "2026-09-30", margin="0.4")
    run = open_company(folder).run()
    assert before(run.path).run_id == before_.run_id
    margin = by_name(run)["margin_12m"]
    assert margin.method == pytest.approx(-273)  # a tenth of $2,730
    assert margin.real is None
    assert by_name(run)["revenue_12m"].total == 0


def test_a_first_run_has_nothing_before_it(tmp_path):
    write(tmp_path / "one", rows((2026, 8), 14), "2026-08-31")
    run = open_company(tmp_path / "one").run()
    assert not changes.there(run)
    assert changes.NONE_BEFORE in " ".join(terminal.text(changes.page(run), width=400).split())


@pytest.mark.parametrize(
    ("period", "first", "months"),
    [("12m:2026-09", "2025-10", 12), ("9m:2026-09", "2026-01", 9), ("1m:2026-05", "2026-05", 1), ("", "2026-09", 1)],
)
def test_a_figure_of_a_short_company_is_of_its_own_months(period, first, months):
    """Nine months of data were read as the month 9m:2026-, which is none."""
    figure = Figure(
        "revenue_12m", "Revenue", 1.0, "money", "counted", "2026-09-30", "x", "", details={"period": period}
    )
    window = _window(figure)
    assert (window[0], len(window)) == (first, months)
    assert window[-1] == (period[-7:] or "2026-09")
