"""What a sheet's XML says that the Excel reader leaves out: error cells, lost formulas, size before loading.

Reads     the parts of an .xlsx archive, streaming; document types and entities are refused.
Gives     SheetFacts a sheet: cells that would wrongly come out blank, and how large the sheet claims to be.
Not for   the values themselves: see excel.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO
from xml.etree import ElementTree as ET
from xml.parsers import expat

_CHUNK = 1 << 20
_COLUMN = re.compile(rb'\br=["\']([A-Z]{1,3})\d')
_ROW = re.compile(rb'\br=["\'](?:[A-Z]{1,3})?(\d+)')
_SUSPECT = re.compile(rb'\bt=["\']e["\']|<(?:\w+:)?f[\s>/]')
_FORBIDDEN = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_REFERENCE = re.compile(r"([A-Z]+)(\d+)")


class NotASheet(Exception):
    """The archive's parts are not those of a workbook, or hold what no workbook needs."""


@dataclass(slots=True)
class SheetFacts:
    """Rows and columns count from 1, as in the sheet."""

    rows: int = 0
    columns: int = 0
    lost: dict[int, list[tuple[int, str]]] = field(default_factory=dict)  # row -> (column, what is wrong)


def sheet_facts(archive: zipfile.ZipFile, sheet: str) -> SheetFacts:
    """Look through one sheet; raises NotASheet, zipfile.BadZipFile, KeyError, expat or ElementTree errors."""
    part = _part_of(archive, sheet)
    facts = SheetFacts()
    suspect = False
    letters: set[bytes] = set()
    for piece in _pieces(archive, part):
        if _FORBIDDEN.search(piece):
            raise NotASheet("a document type declaration, which no workbook needs")
        suspect = suspect or _SUSPECT.search(piece) is not None
        letters.update(_COLUMN.findall(piece))
        numbers = _ROW.findall(piece)
        facts.rows = max(facts.rows, max(map(int, set(numbers)), default=0))
    facts.columns = max((column_number(found.decode()) for found in letters), default=0)
    if suspect:
        with archive.open(part) as file:
            _find_lost(file, facts)
    return facts


def column_number(letters: str) -> int:
    """A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _pieces(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The part in chunks that begin at a tag."""
    rest = b""
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            whole, tag, after = (rest + chunk).rpartition(b"<")
            yield whole
            rest = tag + after
    yield rest


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """The archive's part that holds the sheet of that name."""
    target = None
    for element in _tree(archive, "xl/workbook.xml").iter():
        if _local(element.tag) == "sheet" and element.get("name") == sheet:
            target = next((value for key, value in element.items() if key.endswith("}id")), None)
    for element in _tree(archive, "xl/_rels/workbook.xml.rels").iter():
        if target is not None and element.get("Id") == target:
            path = element.get("Target", "")
            return path.lstrip("/") if path.startswith("/") else str(PurePosixPath("xl") / path)
    raise NotASheet(f"no part for sheet {sheet!r}")


def _tree(archive: zipfile.ZipFile, part: str) -> ET.Element:
    content = archive.read(part)
    if _FORBIDDEN.search(content):
        raise NotASheet("a document type declaration, which no workbook needs")
    return ET.fromstring(content)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2].rpartition(":")[2]


def _find_lost(file: IO[bytes], facts: SheetFacts) -> None:
    """Cells that hold an error, or a formula without a stored result."""
    row = column = 0
    kind = value = ""
    formula = has_value = in_value = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, kind, value, formula, has_value, in_value
        name = _local(tag)
        if name == "row":
            row, column = int(attributes.get("r", row + 1)), 0
        elif name == "c":
            found = _REFERENCE.match(attributes.get("r", ""))
            column = column_number(found[1]) if found else column + 1
            kind, value, formula, has_value = attributes.get("t", "n"), "", False, False
        elif name == "f":
            formula = True
        elif name in {"v", "is"}:
            has_value = in_value = True

    def text(data: str) -> None:
        nonlocal value
        if in_value and kind == "e":
            value += data

    def end(tag: str) -> None:
        nonlocal in_value
        name = _local(tag)
        if name in {"v", "is"}:
            in_value = False
        elif name == "c" and kind == "e":
            facts.lost.setdefault(row, []).append((column, value or "an error"))
        elif name == "c" and formula and not has_value:
            facts.lost.setdefault(row, []).append((column, "a formula without a stored result"))

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    parser.EndElementHandler = end
    parser.ParseFile(file)
