"""Records in JSON as a CSV file: an array of objects, one object after another (JSON lines), or one list in an object.

Reads     a file, some bytes at a time; numbers stay as they are written, to the digit.
Gives     a CSV file in UTF-8: a column for each name, those of an object in an object as `customer.id`.
Method    read twice: for the names, then for the rows. Lists and what lies deeper stay JSON, as text.
Not for   arrays of arrays; documents without records: UnreadableFile.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from worthline.errors import UnreadableFile
from worthline.ingest.files.opening import open_bytes

_BLOCK = 1 << 20
_LARGEST_RECORD = 64 << 20
"""Characters of one record, or of a document that is one object."""
_BETWEEN = re.compile(r"[\s,]*")
_FIX = "save it as CSV UTF-8, or as JSON lines: an object on each line"
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


def write_csv(source: Path, target: Path, named: Path) -> None:
    """Write the records of `source` to `target`; raises UnreadableFile, which calls the file `named`."""
    header: dict[str, None] = {}
    count = 0
    for record in _records(source, named):
        header.update(dict.fromkeys(record))
        count += 1
    if not header:
        found = "no objects with names" if count else "no records"
        raise UnreadableFile(named, "reading it as records in JSON", found, _FIX)
    # What cannot be written as UTF-8, half of a pair of surrogates, is written as JSON writes it.
    with target.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.DictWriter(file, list(header), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(_records(source, named))


def _records(source: Path, named: Path) -> Iterator[dict[str, str]]:
    for number, value in enumerate(_values(source, named), 1):
        if not isinstance(value, dict):
            kind = "a list" if isinstance(value, list) else "a value"
            found = f"{kind} where record {number:,} should be an object"
            raise UnreadableFile(named, "reading it as records in JSON", found, _FIX)
        yield _flat(value)


def _flat(record: dict[str, Any]) -> dict[str, str]:
    """Its cells by name; an object in it gives a cell for each of its names."""
    cells: dict[str, str] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            cells |= {f"{name}.{inner}": _text(deeper) for inner, deeper in value.items()}
        else:
            cells[name] = _text(value)
    return cells


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _values(source: Path, named: Path) -> Iterator[Any]:
    """Each record of the document."""
    with open_bytes(source) as file:
        try:
            values = _decoded(_characters(file))
            first = next(values, None)
            held = list(first.values()) if isinstance(first, dict) else []
            lists = [v for v in held if isinstance(v, list) and v and all(isinstance(one, dict) for one in v)]
            second = next(values, _NONE)
            if second is _NONE and len(lists) == 1 and isinstance(first, dict):
                yield from lists[0]
                return
            if first is not None:
                yield first
            if second is not _NONE:
                yield second
            yield from values
        except (ValueError, RecursionError) as error:
            says = str(error).splitlines()[0][:200]
            raise UnreadableFile(named, "reading it as records in JSON", f"broken JSON ({says})", _FIX) from None


_NONE = object()


def _characters(file: IO[bytes]) -> Iterator[str]:
    """The text, block by block, in the encoding that its first bytes tell."""
    import codecs

    start = file.read(_BLOCK)
    decoder = codecs.getincrementaldecoder(json.detect_encoding(start))()
    text = decoder.decode(start)
    yield text.removeprefix("\ufeff")
    while block := file.read(_BLOCK):
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def _decoded(blocks: Iterator[str]) -> Iterator[Any]:
    """Each value of an array, or of values that follow each other; raises ValueError."""
    text, place, is_array, is_over, more = next(blocks, ""), 0, False, False, True
    begun = _BETWEEN.match(text).end()  # type: ignore[union-attr]  # it always matches
    if text[begun : begun + 1] == "[":
        is_array, place = True, begun + 1
    while True:
        place = _BETWEEN.match(text, place).end()  # type: ignore[union-attr]
        if place < len(text) and not is_over:
            if is_array and text[place] == "]":
                is_over, place = True, place + 1
                continue
            try:
                value, end = _DECODER.raw_decode(text, place)
            except json.JSONDecodeError as error:
                if not more or len(text) - place > _LARGEST_RECORD:
                    raise ValueError(f"{error.msg}, {text[place : place + 60]!r}") from None
            else:
                # A number at the end of a block may go on in the next.
                if end < len(text) or not more:
                    yield value
                    place = end
                    continue
        elif place < len(text):
            raise ValueError(f"more behind its end: {text[place : place + 60]!r}")
        if not more:
            break
        block = next(blocks, None)
        more = block is not None
        text, place = text[place:] + (block or ""), 0
    if is_array and not is_over:
        raise ValueError("the list does not end")
