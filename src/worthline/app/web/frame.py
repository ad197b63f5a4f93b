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
from worthline.app.web.navigation import Place, menu, places
from worthline.reports.page import Block, Next, Text, header
from worthline.run.view import RunView

ONWARD: dict[str, tuple[tuple[str, str], ...]] = {
    "/": (
        ("/chain", "What each poor experience costs"),
        ("/drivers", "What goes with a higher score"),
        ("/figures", "Every figure and its method"),
    ),
    "/changes": (("/figures", "Every figure and its method"),),
    "/worklist": (("/initiatives", "What such contacts returned before"),),
    "/voice": (("/voice/search", "Read the comments themselves"),),
    "/voice/": (("/voice", "All themes"),),
    "/voice/search": (("/voice", "What these comments are about"),),
    "/inbox": (("/voice", "What customers write of, in themes"),),
    "/figures": (("/bridges", "How revenue came from one year to the next"),),
    "/figures/": (("/figures", "Every figure and its method"),),
    "/chain": (("/initiatives", "What is being done about it, and what it returned"),),
    "/effects": (("/chain", "What these effects cost"),),
    "/effects/": (("/chain", "What this and other experiences cost"),),
    "/drivers": (("/effects", "What each experience does to behaviour"),),
    "/initiatives": (("/register", "What was approved beside what was measured"),),
    "/initiatives/": (("/initiatives", "All initiatives"),),
    "/register": (("/initiatives", "How each initiative was measured"),),
    "/actions": (("/chain", "What each poor experience costs"), ("/register", "What was approved")),
    "/customers": (("/customer-list", "Customers by plan, permission, score and value"),),
    "/customers/": (("/worklist", "Whom to contact this week"), ("/customer-list", "All customers")),
    "/customer-list": (("/worklist", "Whom to contact this week"), ("/customers", "How many are expected to leave")),
    "/engagement": (("/customer-list", "Customers by plan, permission, score and value"),),
    "/profit": (("/customers", "Which customers are at risk"),),
    "/leavers": (("/effects", "What each experience does to retention"), ("/customers", "Who is at risk now")),
    "/calibration": (("/customers", "Which customers are at risk"),),
    "/bridges": (("/profit", "Which customers generate profit"),),
    "/health": (("/tables", "The rows themselves"),),
    "/tables": (("/figures", "Every figure and its method"),),
    "/tables/": (("/tables", "All tables"),),
}
"""Where a reader goes next, and what is there, by path, or by what a path begins with: the first that the run has."""
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
    below = [prefix for prefix in ONWARD if prefix.endswith("/") and prefix != "/" and path.startswith(prefix)]
    longest = max(below, key=len, default="")
    wanted = (*ONWARD.get(path, ONWARD.get(longest, ())), *ELSE)
    return next(((to, words) for to, words in wanted if to in paths and to != path), None)
