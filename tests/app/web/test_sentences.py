"""Every sentence that the demo and the small company produce is short, and names no model internals."""

import json

import pytest

from scripts.language import LONGEST, unreadable
from worthline.company import open as open_company
from worthline.reports import changes, customers, leavers, overview, profit
from worthline.reports.page import Text

COLUMNS = ("sentence", "method", "reason", "says", "meaning", "note")


@pytest.fixture(scope="module", params=["small", "larkfield"])
def run(request):
    return open_company(request.getfixturevalue(request.param)).published()


def texts_of_tables(run):
    for name in run.tables():
        schema = run.table(name, 0).schema
        for column in schema.names:
            if column in COLUMNS and str(schema.field(column).type) == "string":
                for text in run.sql(f'select distinct "{column}" as v from "{name}"')["v"].to_pylist():
                    yield f"{name}.{column}", text or ""
        if "checks" in schema.names:
            for row in run.sql(f"select distinct unnest(checks) as c from {name}").to_pylist():
                yield f"{name}.checks", row["c"].get("says") or ""


def strings(value, where):
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from strings(part, f"{where}.{key}")
    elif isinstance(value, list):
        for part in value:
            yield from strings(part, where)


def texts_of_pages(run):
    for module in (overview, changes, profit, leavers, customers):
        if module is overview or "customer_scores" in run.tables():
            for block in module.page(run).blocks:
                if isinstance(block, Text):
                    yield from ((module.__name__, line) for line in block.lines)


def test_sentences_are_short_and_plain(run):
    said = [(f"figure {f.name}", text) for f in run.figures for text in (f.sentence, f.method)]
    said += texts_of_tables(run)
    said += texts_of_pages(run)
    said += strings(json.loads((run.path / "health.json").read_text()), "health")
    found = sorted({(where, sentence) for where, text in said for sentence in unreadable(text)})
    assert len(said) > 100
    assert found == []


def test_what_is_too_long_is_found():
    assert unreadable(" ".join(["word"] * (LONGEST + 1)) + ".")
    assert not unreadable(" ".join(["word"] * LONGEST) + ". Next (" + "in brackets " * 30 + ").")
    assert unreadable("The gradient vanished.")
