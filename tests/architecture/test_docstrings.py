"""At least 95% of public functions that take arrays give shapes and units; of those that raise, their errors."""

from pathlib import Path

import pytest

from scripts import docstrings

SRC = Path(__file__).resolve().parents[2] / "src" / "worthline"
FUNCTION = '''
def f(x: np.ndarray) -> float:
    """{doc}"""
    raise NotEnoughData("x")
'''


def test_functions_say_what_they_take_and_raise():
    for what, (said, of, missing) in docstrings.shares(docstrings.functions(SRC)).items():
        assert of > 100, what
        assert said >= docstrings.LEAST * of, (what, missing)


@pytest.mark.parametrize(
    ("doc", "shape", "unit", "errors"),
    [
        ("The mean of x, shape (n,), in money; raises NotEnoughData.", True, True, True),
        ("Sums by month, of x (customers, months).", True, True, False),
        ("As x does (see below, please: it is quick).", False, False, False),
        ("Raises what it must.", False, False, True),
    ],
)
def test_what_is_missing_is_found(tmp_path, doc, shape, unit, errors):
    (tmp_path / "a.py").write_text(FUNCTION.format(doc=doc))
    [found] = docstrings.functions(tmp_path)
    assert found.takes_arrays
    assert (found.has_shape, found.has_unit, found.has_errors) == (shape, unit, errors)
