"""CSV and Excel of every table that a page shows, of whole ones Parquet, too: what is seen, in the order of the page.

Reads     the page that the site made, with its tables.
Gives     Downloads, around the site: under each table its links, and the files that they lead to.
Method    `?as=csv&table=2` is the second table of the very page that the rest of the address names, so filters and
          sorting are kept. A number that a page shortens ($145k) is downloaded exactly (data-v). Text that a
          spreadsheet would calculate is disarmed. A table that shows one page of many names its own route (data-whole).
Assumes   tables do not stand inside tables.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from html import escape, unescape
from html.parser import HTMLParser
from itertools import chain
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from worthline.errors import UsageError
from worthline.reports import tables
from worthline.reports.table_sheet import TableSheet
from worthline.reports.workbook import Cell, Kind, Sheet, workbook

if TYPE_CHECKING:
    import pyarrow as pa
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

FORMS = {"csv": "CSV", "xlsx": "Excel"}
WHOLE = {**FORMS, "parquet": "Parquet"}
"""Forms of a table that names its own route."""
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
MOST_CELLS = 10_000_000
"""Cells of one Excel file: written in some three seconds, opened by Excel in some minutes."""
PAGING = "page"
_END = re.compile(r"</table>\s*</div>")
_OPENING = re.compile(r'<div class="scroll"([^>]*)>')
_LABEL = re.compile(r'aria-label="([^"]*)"')
_TITLE = re.compile(r"<title>([^<]*)</title>")
_NUMBER = re.compile(r"[+-]?\d[\d,]*(\.\d+)?%?")
_SORT = re.compile(r"(\d{1,3})([ad])")
_ABOUT = re.compile(r'<meta name="about" content="([^"]*)">')


@dataclass
class Table:
    """A table of a page: its label, headings, and rows of cells."""

    label: str
    headings: list[str] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)


class Downloads:
    """Stands before the site, behind the guard."""

    def __init__(self, site: ASGIApp) -> None:
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the links to a page, or answer with one of its tables."""
        if scope["type"] != "http" or scope["path"].startswith(("/api/", "/static/")):
            await self._site(scope, receive, send)
            return
        query = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        parameters = dict(query)
        wanted = parameters.get("as") if parameters.get("as") in FORMS and "table" in parameters else None
        rest = [(name, value) for name, value in query if not wanted or name not in ("as", "table", "order")]
        start: Message = {}
        body = bytearray()

        async def kept(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
            elif _is_page(start):
                body.extend(message.get("body", b""))
                if not message.get("more_body"):
                    await _answer(send, start, bytes(body), wanted, parameters, rest)
            else:
                if start:
                    await send(start)
                    start = {}
                await send(message)

        await self._site({**scope, "query_string": urlencode(rest).encode()}, receive, kept)


async def _answer(
    send: Send, start: Message, body: bytes, wanted: str | None, parameters: dict[str, str], rest: list[tuple[str, str]]
) -> None:
    kind = None
    if not body:  # HEAD
        await send(start)
        await send({"type": "http.response.body", "body": b""})
        return
    if start["status"] == 200:
        if wanted:
            table = pick(body.decode(), parameters["table"], parameters.get("order", ""))
            if table is None:
                start, body, kind = {**start, "status": 404}, b"There is no such table on this page.\n", "text/plain"
            else:
                body, kind = made(table, wanted, about(body.decode())), TYPES[wanted]
                named_ = [(n.encode(), v.encode()) for n, v in named(table.label, wanted).items()]
                start = {**start, "headers": [*start["headers"], *named_]}
        else:
            body = with_links(body.decode(), rest).encode()
    headers = [
        (name, value)
        for name, value in start["headers"]
        if name.lower() != b"content-length" and not (kind and name.lower() == b"content-type")
    ]
    headers += [(b"content-length", str(len(body)).encode())] + ([(b"content-type", kind.encode())] if kind else [])
    await send({**start, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _is_page(start: Message) -> bool:
    return any(n.lower() == b"content-type" and v.startswith(b"text/html") for n, v in start.get("headers", ()))


def named(label: str, form: str) -> dict[str, str]:
    """The header that names the file after its table."""
    name = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")[:60] or "table"
    return {"content-disposition": f'attachment; filename="{name}.{form}"'}


def of_rows(table: pa.Table, name: str, form: str, whose: str) -> Iterable[bytes]:
    """A whole result table as a file, in pieces: numbers in full, lists as words (in Parquet as they are).

    Raises UsageError where Excel cannot hold it.
    """
    if form == "csv":
        return (text.encode() for text in chain(("\ufeff",), tables.csv_text(table)))
    if form == "parquet":
        import pyarrow.parquet as pq

        held = io.BytesIO()
        pq.write_table(table, held, compression="zstd")
        return (held.getvalue(),)
    many = table.num_rows * table.num_columns
    if many > MOST_CELLS:
        raise UsageError(
            f"{name} has {table.num_rows:,} rows of {table.num_columns} columns here, {many / 1e6:.1f} million cells; "
            f"an Excel file holds {MOST_CELLS // 1_000_000} million. Take it as CSV or Parquet, or filter it first."
        )
    facts = ((Cell("Table"), Cell(name)), (Cell("Data"), Cell(whose)))
    return (workbook([TableSheet(name, table), Sheet("About", ("What", "Which"), facts)]),)


def with_links(page: str, query: Iterable[tuple[str, str]] = ()) -> str:
    """The page with the links under each of its tables."""
    out, at = [], 0
    for number, end in enumerate(_END.finditer(page), 1):
        openings = list(_OPENING.finditer(page, at, end.start()))
        about_ = openings[-1][1] if openings else ""
        label = label_match[1] if (label_match := _LABEL.search(about_)) else f"table {number}"
        pairs = [(name, value) for name, value in query if name not in ("as", "table", "order")]
        if "data-whole" in about_:
            pairs = [pair for pair in pairs if pair[0] != PAGING]
        else:
            pairs.append(("table", str(number)))
        links = " ".join(
            f'<a href="?{escape(urlencode([*pairs, ("as", form)]))}" aria-label="{name}: {label}" download>{name}</a>'
            for form, name in (WHOLE if "data-whole" in about_ else FORMS).items()
        )
        out += [page[at : end.end()], f'<p class="take">{links}</p>']
        at = end.end()
    return "".join([*out, page[at:]])


def about(page: str) -> dict[str, str]:
    """What the page is of: its title, and whose data of which day and run."""
    title, header = _TITLE.search(page), _ABOUT.search(page)
    return {"Page": unescape(title[1]) if title else "", "Data": unescape(header[1]) if header else ""}


def pick(page: str, number: str, order: str = "") -> Table | None:
    """The table of this number on a page, its rows in this order (3d: third column, descending)."""
    reader = _Reader()
    reader.feed(page)
    if not number.isdigit() or not 1 <= int(number) <= len(reader.tables):
        return None
    table = reader.tables[int(number) - 1]
    wanted = _SORT.fullmatch(order)
    if wanted and 1 <= int(wanted[1]) <= len(table.headings):
        column = int(wanted[1]) - 1
        blank = [row for row in table.rows if _is_blank(row, column)]
        filled = [row for row in table.rows if not _is_blank(row, column)]
        filled.sort(key=lambda row: _key(row[column]), reverse=wanted[2] == "d")
        table.rows = filled + blank
    return table


def _is_blank(row: list[Cell], column: int) -> bool:
    return column >= len(row) or row[column].value in (None, "")


def _key(cell: Cell) -> tuple[bool, Decimal, str]:
    """Numbers before words."""
    if isinstance(cell.value, str) or cell.value is None:
        return True, Decimal(0), str(cell.value or "").lower()
    return False, Decimal(cell.value), ""


def made(table: Table, form: str, says: dict[str, str]) -> bytes:
    """The table as a file."""
    if form == "csv":
        return csv_bytes(table.headings, ([cell.value for cell in row] for row in table.rows))
    rows = tuple(tuple(row) for row in table.rows)
    cells = tuple((Cell(name), Cell(text)) for name, text in says.items() if text)
    sheets = [Sheet(table.label, tuple(table.headings), rows), Sheet("About", ("What", "Which"), cells)]
    return workbook(sheets)


def csv_bytes(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    """CSV with a byte-order mark, so that Excel reads it as UTF-8."""
    return ("\ufeff" + tables.csv_lines(headings, rows)).encode()


class _Reader(HTMLParser):
    """Collects the tables of a page, without what is said for screen readers only."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[Table] = []
        self._label = ""
        self._row: list[Cell] | None = None
        self._text: list[str] | None = None
        self._exact: str | None = None
        self._is_head = False
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a table, a row or a cell."""
        given = {name: value or "" for name, value in attrs}
        if self._silent:
            self._silent += tag in ("span", "svg")
        elif tag == "div" and given.get("class") == "scroll":
            self._label = given.get("aria-label", "")
        elif tag == "table":
            self.tables.append(Table(self._label or f"Table {len(self.tables) + 1}"))
            self._label = ""
        elif tag in ("thead", "tbody"):
            self._is_head = tag == "thead"
        elif tag == "tr":
            self._row = []
        elif tag in ("th", "td") and self._row is not None:
            self._text, self._exact = [], given.get("data-v")
        elif self._text is not None:
            if tag == "svg" or (tag == "span" and "away" in given.get("class", "").split()):
                self._silent = 1
            elif tag in ("span", "strong", "br", "p"):
                self._text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """End a cell or a row."""
        if self._silent:
            self._silent -= tag in ("span", "svg")
        elif tag in ("th", "td") and self._text is not None and self._row is not None:
            self._row.append(_cell(" ".join("".join(self._text).split()), self._exact))
            self._text = None
        elif tag == "tr" and self._row is not None and self.tables:
            if self._is_head:
                self.tables[-1].headings = [str(cell.value or "") for cell in self._row]
            else:
                self.tables[-1].rows.append(self._row)
            self._row = None

    def handle_data(self, data: str) -> None:
        """Keep the words of a cell."""
        if self._text is not None and not self._silent:
            self._text.append(data)


def _cell(text: str, exact: str | None) -> Cell:
    """A number where the page gives it exactly or its text is one; else the text."""
    if exact:
        return Cell(Decimal(exact), _kind(text))
    if _NUMBER.fullmatch(text):
        number = Decimal(text.replace(",", "").rstrip("%"))
        return Cell(number / 100 if text.endswith("%") else number, _kind(text))
    return Cell(text)


def _kind(text: str) -> Kind:
    """How a spreadsheet shows it: as the page did."""
    if text.endswith("%"):
        return "share"
    digits = text.lstrip("+-").replace(",", "")
    if digits.isdigit():
        return "count"
    return "number" if digits.replace(".", "", 1).isdigit() else "money"
