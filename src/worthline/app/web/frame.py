"""What stands around every page: whose data, the navigation, the answer first and one next step last.

Reads     a run, or none.
Gives     `framed`: a page as bytes; `opening`: the answer of a page of blocks; `onward`: where a reader goes next.
Assumes   the first untitled or titled text of a page of blocks is its answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from worthline.app.web import render
from worthline.app.web.navigation import PLACES, Place, menu, places
from worthline.reports.page import Block, Next, Text, header
from worthline.run.view import RunView

UNLISTED = {
    "/customer-list": (("/worklist", "Whom to contact this week"), ("/customers", "How many are expected to leave"))
}
"""The same as `Place.onward`, of a page that the navigation does not name."""
ELSE = (("/figures", "Every figure and its method"), ("/tables", "The rows themselves"))
ALWAYS = {"/figures", "/tables", "/", "/customer-list"}


def framed(run: RunView | None, template: str, path: str, title: str, *, answer: str = "", **context: Any) -> bytes:
    """A page in its frame; `answer` is its first sentence."""
    available = places(run) if run else []
    return render.page(
        template,
        header=header(run) if run else None,
        run_id=run.run_id if run else "",
        nav=available,
        menu=menu(available),
        onward=onward(path, available) if path else None,
        path=path,
        title=title,
        answer=answer,
        **context,
    )


def opening(blocks: Sequence[Block]) -> tuple[str, list[Block]]:
    """The answer of a page, which is the first line of its first text, and the blocks without it."""
    rest: list[Block] = [block for block in blocks if not isinstance(block, Next)]
    for place, block in enumerate(rest):
        if isinstance(block, Text) and block.lines and not block.mark and not block.dim:
            rest[place] = replace(block, lines=block.lines[1:], title="")
            return block.lines[0], rest
        if not isinstance(block, Text):
            break
    return "", rest


def onward(path: str, places: list[Place]) -> tuple[str, str] | None:
    """The next step from a page: of those that this run has, the first that is not the page itself."""
    paths = {place.path for place in places} | ALWAYS
    own = next((place.onward for place in PLACES if place.path == path), UNLISTED.get(path))
    heads = [place for place in PLACES if place.below and path.startswith(f"{place.path}/")]
    below = max(heads, key=lambda place: len(place.path)).below if heads else ()
    wanted = (*(below if own is None else own), *ELSE)
    return next(((to, words) for to, words in wanted if to in paths and to != path), None)
