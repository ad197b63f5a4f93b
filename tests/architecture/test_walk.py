"""Following one customer's row through company.py stays short, and ARCHITECTURE.md draws it as it is."""

from scripts import walk

SOURCE = """
def _build(config):
    from worthline import customers
    from worthline.ingest.load import load
    from worthline.panel import build
    loaded = load(config)
    panel = build(loaded.dataset)
    found = customers.analyse(panel)
    found = found.with_something(build(found))
    return loaded.with_notes(found)
"""


def test_walk_lists_stays_and_counts_returns():
    """ingest, panel, customers, then panel and ingest again: five stays in three rooms, so two returns."""
    stays = walk.walk(SOURCE)
    assert [room for room, _ in stays] == ["ingest", "panel", "customers", "panel", "ingest"]
    assert walk.returns(stays) == 2


def test_walk_of_a_row_is_short():
    stays = walk.walk(walk.COMPANY.read_text("utf-8"))
    assert len({room for room, _ in stays}) <= walk.MOST_ROOMS
    assert walk.returns(stays) <= walk.MOST_RETURNS


def test_walk_is_drawn_as_it_is():
    house = (walk.COMPANY.parents[2] / "ARCHITECTURE.md").read_text("utf-8")
    assert walk.drawn(walk.walk(walk.COMPANY.read_text("utf-8"))) in house
