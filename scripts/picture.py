"""Draws the overview of a published run as the README's picture, docs/img/show.svg.

python -m scripts.picture [FOLDER]     FOLDER holds a published run; build/small-company unless given

The same run gives the same bytes: the picture has no dates, no paths and no links of its own.
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme

from worthline import company
from worthline.reports import overview, terminal
from worthline.reports.page import Page

HOME = Path(__file__).resolve().parent.parent
PICTURE = HOME / "docs" / "img" / "show.svg"
WIDTH = 80
_INK, _PAPER = (36, 41, 47), (250, 250, 250)
_COLOURS = [_INK, (207, 34, 46), (17, 99, 41), (77, 45, 0), (9, 105, 218), (130, 80, 223), (27, 124, 131), _PAPER]
LIGHT = TerminalTheme(_PAPER, _INK, _COLOURS, _COLOURS)


def picture(page: Page) -> str:
    """The page as SVG."""
    console = Console(
        record=True,
        file=io.StringIO(),
        width=WIDTH,
        force_terminal=True,
        color_system="truecolor",
        highlight=False,
        legacy_windows=False,
    )
    terminal.draw(page, console, WIDTH)
    drawn = console.export_svg(title="worthline show", theme=LIGHT, unique_id="worthline")
    # A picture that fetches fonts from elsewhere is not shown everywhere; the reader's own will do.
    drawn = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
    # The frame of the window is drawn in white, for dark pages.
    drawn = drawn.replace("rgba(255,255,255,0.35)", "rgba(36,41,47,0.25)")
    return "\n".join(line.rstrip() for line in drawn.splitlines()).rstrip() + "\n"


def main(arguments: list[str]) -> None:
    """Write the picture."""
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(arguments[0]) if arguments else HOME / "build" / "small-company"
    PICTURE.write_text(picture(overview.page(company.open(folder).published())), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
