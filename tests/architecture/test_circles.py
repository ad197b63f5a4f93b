"""No files and no rooms import each other in a circle; what the check finds was drawn by hand."""

from pathlib import Path

from scripts import circles

SRC = Path(__file__).resolve().parents[2] / "src"


def test_no_circles_of_files_or_rooms():
    graph = circles.files(SRC)
    assert len(graph) > 300
    assert circles.circles(graph) == []
    assert circles.circles(circles.rooms(graph)) == []


def test_a_new_circle_is_found(tmp_path):
    """a -> b -> c -> a through a function; d needs b for its types alone; two rooms need each other."""
    texts = {
        "one/a.py": "from worthline.one import b",
        "one/b.py": "def f():\n    from worthline.two.c import g\n    return g",
        "two/c.py": "import worthline.one.a",
        "two/d.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from worthline.one.b import f",
    }
    for name, text in texts.items():
        path = tmp_path / "worthline" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    graph = circles.files(tmp_path)
    assert circles.circles(graph) == [["worthline.one.a", "worthline.one.b", "worthline.two.c"]]
    assert circles.circles(circles.rooms(graph)) == [["one", "two"]]
    assert graph["worthline.two.d"] == set()
