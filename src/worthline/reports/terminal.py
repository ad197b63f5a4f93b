"""Draws a page as text for a terminal of any width.

Reads     a Page and the width.
Gives     text; with colour only where asked, and nothing is said by colour alone.
Method    rich measures and wraps; a grid that does not fit becomes a few lines a row. Characters that would
          move the cursor or colour the screen are shown as "?", so that data cannot write on a terminal.
"""

from __future__ import annotations

import io
import textwrap
import unicodedata

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Styled

from worthline.reports.page import Block, Code, Facts, Grid, Header, Next, Page, Text

LEAST = 20
"""No narrower than this, whatever the terminal says."""
GAP = 2
LAST = 12
FIRST = 22
"""Columns that the first column keeps at least."""
NEXT = "Next: "
_HARMLESS = {"\n", "\t"}


def text(page: Page, *, width: int = 80, colour: bool = False) -> str:
    """The page as lines of at most `width` columns, without blanks at their ends."""
    width = max(width, LEAST)
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=colour,
        color_system="auto" if colour else None,
        no_color=None if colour else True,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    draw(page, console, width)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def draw(page: Page, console: Console, width: int) -> None:
    """The page on a console of this width."""
    console.print(_header(page.header, width))
    for block in page.blocks:
        if not _empty(block):
            console.print()
            console.print(_block(block, width))


def needs(page: Page) -> int:
    """Columns that the widest grid takes with nothing wrapped."""
    grids = [block for block in page.blocks if isinstance(block, Grid) and block.rows]
    return max((sum(_widths(grid)) + GAP * len(grid.columns) for grid in grids), default=LEAST)


def plain(value: str) -> str:
    """`value` without what a terminal would obey."""
    return "".join(c if c in _HARMLESS or unicodedata.category(c) not in ("Cc", "Cf", "Cs") else "?" for c in value)


def _header(header: Header, width: int) -> Styled:
    parts = [header.company, "SIMULATED" if header.simulated else "", header.as_of, header.run]
    line = Styled("\n".join(_packed([plain(p) for p in parts if p], width)), style="bold", overflow="fold")
    if header.simulated:
        line.highlight_words(["SIMULATED"], "reverse")
    return line


def _empty(block: Block) -> bool:
    match block:
        case Grid():
            return not block.rows
        case Text():
            return not block.lines
        case Facts():
            return not block.pairs
        case Next():
            return not block.commands
        case Code():
            return not block.text


def _block(block: Block, width: int) -> RenderableType:
    body: RenderableType
    match block:
        case Grid():
            body = _grid(block, width) if _least_width(block) <= width else _stacked(block)
        case Text():
            style = "dim" if block.dim else ""
            body = Group(*(_marked(line, block.mark, style) for line in block.lines))
        case Facts():
            body = _facts(block, width)
        case Code():
            body = Padding(Styled(plain(block.text), overflow="fold"), (0, 0, 0, 2))
        case Next():
            return _next(block, width)
    return Group(Styled(plain(block.title), style="bold"), body) if block.title else body


def _marked(line: str, mark: str, style: str) -> RenderableType:
    if not mark:
        return Styled(plain(line), style=style)
    row = Table.grid(padding=(0, 2, 0, 0))
    row.add_column(no_wrap=True)
    row.add_column(overflow="fold")
    row.add_row(Styled(mark, style="bold"), Styled(plain(line), style=style))
    return row


def _widths(grid: Grid) -> list[int]:
    """Columns that each cell needs, so that nothing is wrapped."""
    return [
        max(cell_len(plain(cell)) for cell in (column.heading, *(row[i] for row in grid.rows)))
        for i, column in enumerate(grid.columns)
    ]


def _least_width(grid: Grid) -> int:
    """What the grid needs: headings wrap between words, and the first and last column, where they are text."""
    words = [_longest_word(column.heading) for column in grid.columns]
    widths = [max(pair) for pair in zip(_cell_widths(grid), words, strict=True)]
    if not grid.columns[0].number:
        widths[0] = min(widths[0], FIRST)
    return _side_by_side(grid, widths)


def _side_by_side(grid: Grid, widths: list[int]) -> int:
    """Columns of the whole grid; the last column, where it is text, may be wrapped down to LAST columns."""
    if _last_wraps(grid):
        widths = [*widths[:-1], min(widths[-1], LAST)]
    return sum(widths) + GAP * (len(widths) - 1)


def _last_wraps(grid: Grid) -> bool:
    return len(grid.columns) > 1 and not grid.columns[-1].number


def _cell_widths(grid: Grid) -> list[int]:
    """Columns that the cells need, the headings aside."""
    return [max((cell_len(plain(row[i])) for row in grid.rows), default=0) for i in range(len(grid.columns))]


def _longest_word(text: str) -> int:
    return max((cell_len(word) for word in plain(text).split()), default=0)


def _wrapped(heading: str, columns: int) -> str:
    """The heading on lines of at most so many columns, or of its longest word."""
    return "\n".join(textwrap.wrap(heading, max(columns, _longest_word(heading), 1))) or heading


def _grid(grid: Grid, width: int) -> Table:
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="dim", show_edge=False)
    is_tight = _side_by_side(grid, _widths(grid)) > width
    for column, cells in zip(grid.columns, _cell_widths(grid), strict=True):
        wraps = column is grid.columns[-1] and _last_wraps(grid)
        last = wraps or (is_tight and column is grid.columns[0])
        heading = Styled(_wrapped(plain(column.heading), cells) if is_tight else plain(column.heading))
        if column.number:
            table.add_column(heading, justify="right", no_wrap=True)
        else:
            table.add_column(heading, no_wrap=not last, overflow="fold")
    for row in grid.rows:
        table.add_row(*(Styled(plain(cell)) for cell in row))
    return table


def _stacked(grid: Grid) -> Group:
    """Each row as its first cell, then the others with their headings, indented."""
    lines: list[RenderableType] = []
    if grid.columns[0].heading:
        lines.append(Styled(plain(grid.columns[0].heading), style="dim"))
    for row in grid.rows:
        said = (
            (f"{column.heading}: {cell}" if column.heading else cell)
            for column, cell in zip(grid.columns[1:], row[1:], strict=True)
            if cell
        )
        lines.append(Styled(plain(row[0].strip())))
        lines.append(Padding(Styled(plain("; ".join(said)), overflow="fold"), (0, 0, 0, 4)))
    return Group(*lines)


def _facts(facts: Facts, width: int) -> RenderableType:
    widest = max(cell_len(name) for name, _ in facts.pairs)
    if widest > width // 3:
        return Group(*(Styled(plain(f"{name}: {value}"), overflow="fold") for name, value in facts.pairs))
    table = Table.grid(padding=(0, GAP, 0, 0))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for name, value in facts.pairs:
        table.add_row(Styled(plain(name)), Styled(plain(value)))
    return table


def _next(block: Next, width: int) -> Styled:
    lines = _packed([plain(command) for command in block.commands], width - len(NEXT))
    return Styled("\n".join(f"{NEXT if i == 0 else ' ' * len(NEXT)}{line}" for i, line in enumerate(lines)))


def _packed(parts: list[str], width: int) -> list[str]:
    """Parts side by side as far as they fit; none is broken in two unless it is wider than the page."""
    lines: list[str] = []
    for part in parts:
        if lines and cell_len(f"{lines[-1]}   {part}") <= width:
            lines[-1] += f"   {part}"
        else:
            lines.append(part)
    return lines
