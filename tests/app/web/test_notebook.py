"""The tutorial notebook, executed cell by cell on the demo; and what a run, a figure and an effect show."""

import ast
import importlib.util
import json
from pathlib import Path

import pytest

import worthline
from worthline.company import open as open_company
from worthline.errors import NoSuchName, UsageError

TUTORIAL = Path(__file__).resolve().parents[3] / "docs" / "tutorials" / "worthline-in-a-notebook.ipynb"


def executed(path):
    """Each code cell and the value of its last expression, in one namespace, as a notebook does it."""
    names = {}
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, str(path), "exec"), names)
        yield eval(compile(ast.Expression(last.value), str(path), "eval"), names) if last else None


@pytest.fixture(scope="module")
def run(larkfield):
    return open_company(larkfield).published()


def test_the_tutorial_runs(larkfield, monkeypatch):
    monkeypatch.chdir(larkfield.parent)
    shown = list(executed(TUTORIAL))
    run, nps, numbers, _, sums, effect, _, sql = shown
    assert "SIMULATED" in run._repr_html_()
    assert nps.sentence in run._repr_html_()
    assert numbers[0] == nps.value
    assert sums[0] == pytest.approx(sums[1], abs=0.01)
    assert effect.sentence in effect._repr_html_()
    assert "select count(*)" in sql


def test_figures_by_name_and_by_place(run):
    assert run.figures["nps"] is next(f for f in run.figures if f.name == "nps")
    assert run.figures[0].name == "verdict"
    assert [f.name for f in run.figures[:2]] == ["verdict", "customers_active"]
    with pytest.raises(NoSuchName, match="nps"):
        run.figures["npss"]


def test_a_figure_shows_its_own_sentence_escaped(run):
    figure = run.figures["customers_active"]
    assert figure.sentence in figure._repr_html_()
    assert str(figure) == figure.sentence
    hostile = type(figure)(**{**{n: getattr(figure, n) for n in figure.__dataclass_fields__}, "label": "<script>"})
    assert "<script>" not in hostile._repr_html_()


def test_tables_by_one_word(run):
    assert run.arrow("key_drivers").num_rows == len(run.pandas("key_drivers"))
    assert run.arrow("source.customers").num_rows == run.about["rows"]["source.customers"]
    if importlib.util.find_spec("polars") is None:
        with pytest.raises(UsageError, match="pip install polars"):
            run.polars("key_drivers")
    else:
        assert run.polars("key_drivers").height == run.arrow("key_drivers").num_rows


def test_effects_are_the_published_rows(run):
    rows = run.sql("select effect_id, estimate from effects").to_pylist()
    assert len(run.effects) == len(rows)
    assert {name: e.estimate for name, e in run.effects.items()} == {r["effect_id"]: r["estimate"] for r in rows}
    with pytest.raises(NoSuchName):
        run.effects["nothing"]


def test_what_is_public_is_named():
    assert {"open", "Figure", "WorthlineError"} <= set(worthline.__all__)
    assert all(hasattr(worthline, name) for name in worthline.__all__)
