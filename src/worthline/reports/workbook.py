"""A table as an Excel workbook (Office Open XML), written here: text stays text, numbers stay numbers.

Reads     rows of text, numbers and blanks, as a page shows them; or what writes its rows itself (table_sheet.py).
Gives     `workbook`: the bytes of an .xlsx file; the same rows give the same bytes.
Method    text is written as inline strings, which a spreadsheet never calculates, so no cell can become a formula.
          ECMA-376 part 1, chapters 18.3 (sheets) and 18.8 (styles).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol
from xml.sax.saxutils import escape, quoteattr

Value = str | int | float | Decimal | None
Kind = Literal["", "count", "number", "share", "money"]
KINDS: tuple[Kind, ...] = ("", "count", "number", "share", "money")
"""How a number is shown; the position is the number of its style, after the plain and the bold one."""
_FORMATS = {"count": "#,##0", "number": "#,##0.00##", "share": "0.0%", "money": "#,##0.00"}
_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold."""
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
LONGEST_NAME, LONGEST_TEXT, MOST_ROWS = 31, 32_767, 1_048_575
"""Excel's own limits: characters of a sheet's name and of a cell, rows below the heading."""
SEEN = 200
"""Rows by which the widths of columns are chosen."""
BLANK = "<c/>"
_START = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Cell:
    """A value and how it is shown."""

    value: Value
    kind: Kind = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A name, headings and rows of cells."""

    name: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def many(self) -> int:
        """Rows below the heading."""
        return len(self.rows)

    def widths(self, most: int) -> list[int]:
        """The longest text of each column among its first rows."""
        some = self.rows[:most]
        return [
            max((len(str(row[i].value or "")) for row in some if i < len(row)), default=0)
            for i in range(len(self.headings))
        ]

    def row_blocks(self) -> Iterator[str]:
        """Its rows as XML, in blocks."""
        for row in self.rows:
            yield "<row>" + "".join(xml(cell) for cell in row) + "</row>"


class Rows(Protocol):
    """What a sheet is made of."""

    @property
    def name(self) -> str:
        """What the sheet is called."""
        ...

    @property
    def headings(self) -> tuple[str, ...]:
        """Names of its columns."""
        ...

    @property
    def many(self) -> int:
        """Rows below the heading."""
        ...

    def widths(self, most: int) -> list[int]:
        """The longest text of each column among its first rows."""
        ...

    def row_blocks(self) -> Iterator[str]:
        """Its rows as XML, in blocks."""
        ...


def workbook(sheets: Sequence[Rows]) -> bytes:
    """The file's bytes; raises ValueError where a sheet has more rows than Excel can hold."""
    names = _names(sheets)
    parts = {
        "[Content_Types].xml": _content_types(len(sheets)),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _book(names),
        "xl/_rels/workbook.xml.rels": _relations(
            [*(("worksheet", f"worksheets/sheet{i}.xml") for i in range(1, len(sheets) + 1)), ("styles", "styles.xml")]
        ),
        "xl/styles.xml": _styles(),
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            _part(file, name, (text,))
        for i, sheet in enumerate(sheets, 1):
            _part(file, f"xl/worksheets/sheet{i}.xml", _sheet(sheet))
    return held.getvalue()


def _part(file: zipfile.ZipFile, name: str, pieces: Iterable[str]) -> None:
    """Write a part without holding all of it."""
    about = zipfile.ZipInfo(name, _START)
    about.compress_type = zipfile.ZIP_DEFLATED
    with file.open(about, "w", force_zip64=True) as part:
        for piece in pieces:
            part.write(piece.encode())


def _names(sheets: Sequence[Rows]) -> list[str]:
    """Names that Excel takes: short, without its special characters, each once."""
    used: list[str] = []
    for sheet in sheets:
        clean = _NOT_IN_NAMES.sub(" ", _FORBIDDEN.sub("", sheet.name)).strip().strip("'")[:LONGEST_NAME] or "Sheet"
        name, number = clean, 2
        while name.lower() in (each.lower() for each in used):
            name = f"{clean[: LONGEST_NAME - 4]} {number}"
            number += 1
        used.append(name)
    return used


def _sheet(sheet: Rows) -> Iterator[str]:
    if sheet.many > MOST_ROWS:
        raise ValueError(f"Excel holds {MOST_ROWS} rows; {sheet.name} has {sheet.many}")
    head = "".join(_text(name, 1) for name in sheet.headings)
    widths = [max(len(name), width) for name, width in zip(sheet.headings, sheet.widths(SEEN), strict=True)]
    columns = "".join(
        f'<col min="{i}" max="{i}" width="{min(max(width, 8), 60) + 2}" customWidth="1"/>'
        for i, width in enumerate(widths, 1)
    )
    frozen = (
        '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" '
        'state="frozen"/></sheetView></sheetViews>'
    )
    yield (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><worksheet xmlns="{_NAMESPACE}">{frozen}'
        f"{f'<cols>{columns}</cols>' if columns else ''}<sheetData><row>{head}</row>"
    )
    yield from sheet.row_blocks()
    yield "</sheetData></worksheet>"


def xml(cell: Cell) -> str:
    """A cell as a sheet holds it."""
    match cell.value:
        case None | "":
            return BLANK
        case str() as text:
            return _text(text, 0)
        case value:
            style = KINDS.index(cell.kind) + 1 if cell.kind else 0
            return f'<c s="{style}"><v>{value:f}</v></c>' if isinstance(value, Decimal) else _number(value, style)


def _number(value: int | float, style: int) -> str:
    return f'<c s="{style}"><v>{value!r}</v></c>'


def _text(text: str, style: int) -> str:
    clean = escape(_FORBIDDEN.sub("", text)[:LONGEST_TEXT])
    return f'<c t="inlineStr" s="{style}"><is><t xml:space="preserve">{clean}</t></is></c>'


def _book(names: Sequence[str]) -> str:
    sheets = "".join(f'<sheet name={quoteattr(n)} sheetId="{i}" r:id="rId{i}"/>' for i, n in enumerate(names, 1))
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<workbook xmlns="{_NAMESPACE}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>'
    )


def _styles() -> str:
    formats = "".join(
        f"<numFmt numFmtId={quoteattr(str(164 + i))} formatCode={quoteattr(code)}/>"
        for i, code in enumerate(_FORMATS.values())
    )
    shown = "".join(
        f'<xf numFmtId="{164 + i}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        for i in range(len(_FORMATS))
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><styleSheet xmlns="{_NAMESPACE}">'
        f'<numFmts count="{len(_FORMATS)}">{formats}</numFmts>'
        '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        "<borders><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{2 + len(_FORMATS)}"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        f'<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>{shown}</cellXfs></styleSheet>'
    )


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    each = "".join(
        f'<Relationship Id="rId{i}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets, 1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<Relationships xmlns="{_PACKAGE}/relationships">{each}</Relationships>'
    )


def _content_types(sheets: int) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    each = "".join(
        f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="{kind}.worksheet+xml"/>'
        for i in range(1, sheets + 1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/>{each}</Types>'
    )
