"""Commands about what customers say: searching in it, and what each group has to read.

Reads     arguments, the company's folder.
Gives     `register`, which adds the commands to the command line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worthline.app import output
from worthline.errors import BadSetting

if TYPE_CHECKING:
    from worthline.run import Run

HERE = Path()
Dir = Annotated[Path, typer.Argument(metavar="[DIR]", show_default=False, help="the company's folder")]
Json = Annotated[bool, typer.Option("--json", help="as JSON")]


class _Opening:
    """How the command line opens what is published: set once by `register`."""

    published: Callable[[Path], Run]


def register(app: typer.Typer, published: Callable[[Path], Run]) -> None:
    """Add the commands; `published` opens the run of a folder."""
    _Opening.published = published
    app.command()(search)


def search(
    words: Annotated[str, typer.Argument(metavar='"WORDS"', help='words, a "phrase", a beginning*, -without')],
    folder: Dir = HERE,
    theme: Annotated[list[str] | None, typer.Option("--theme", help="only comments of this theme")] = None,
    segment: Annotated[list[str] | None, typer.Option("--segment", help="only customers of this segment")] = None,
    touchpoint: Annotated[list[str] | None, typer.Option("--touchpoint", help="only about this touchpoint")] = None,
    channel: Annotated[list[str] | None, typer.Option("--channel", help="only by this channel")] = None,
    language: Annotated[list[str] | None, typer.Option("--language", help="only in this language")] = None,
    score: Annotated[str | None, typer.Option("--score", metavar="LOW-HIGH", help="such as 0-6, or 3")] = None,
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="from this day on")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="until this day")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=2000, help="at most this many")] = 20,
    as_json: Json = False,
) -> None:
    """Search in what customers wrote: ranked, filtered, with names and numbers masked."""
    from worthline.app.search import find, index, show
    from worthline.reports import overview, page

    low, high = _scores(score)
    filters = {"theme": theme, "segment": segment, "touchpoint": touchpoint, "channel": channel, "language": language}
    wanted = find.Wanted(
        words,
        {name: values for name, values in filters.items() if values},
        score_low=low,
        score_high=high,
        first=_day(first, "--from"),
        last=_day(last, "--to"),
        limit=limit,
    )
    published = _Opening.published(folder)
    with index.ready(published, folder) as opened:
        found = find.find(opened, wanted)
    if as_json:
        output.write_json(overview.labelled(published, show.as_json(found)))
    else:
        output.show(show.page(page.header(published), found))


def _scores(text: str | None) -> tuple[float | None, float | None]:
    if text is None:
        return None, None
    found = re.fullmatch(r"(-?\d+(?:\.\d+)?)(?:\s*(?:-|–|\.\.|to)\s*(-?\d+(?:\.\d+)?))?", text.strip())
    if not found:
        raise BadSetting("--score", f"found {text!r}", "Write a score or a range: 3, or 0-6.")
    low = float(found[1])
    high = float(found[2]) if found[2] else low
    if low > high:
        raise BadSetting("--score", f"found {text!r}", f"Write the lower score first: {high:g}-{low:g}.")
    return low, high


def _day(text: str | None, option: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadSetting(option, f"found {text!r}", "Write a day as 2026-09-30.") from None
