"""Which encoding a text file is in, and what to tell a person when the bytes do not say.

Reads     what scan found, and what worthline.toml declares.
Gives     a codec name and the reason for it, or UnreadableFile with how the bytes would read elsewhere.
"""

from __future__ import annotations

import codecs
import encodings.aliases
import unicodedata
from pathlib import Path

from worthline.errors import UnreadableFile, nearest
from worthline.ingest.files.opening import show_marks
from worthline.ingest.files.scan import FileScan

# In the order in which a tie goes to the first.
_LIKELY = ("cp1252", "cp1250", "cp1251", "shift_jis", "gb18030", "euc_kr", "big5", "mac_roman", "latin-1")
_NOT_TEXT = {"idna", "punycode", "raw_unicode_escape", "unicode_escape", "undefined", "utf_7"}


def settle_encoding(path: Path, scan: FileScan, declared: str | None) -> tuple[str, str]:
    """(codec name, why); a declared encoding wins. Raises UnreadableFile."""
    if declared is not None:
        return _known(path, declared), f"encoding {declared}, as declared"
    if scan.encoding is None:
        raise _not_utf8(path, scan)
    if scan.bom is not None:
        return scan.encoding, f"encoding {scan.encoding}, by its byte order mark"
    if scan.encoding != "utf-8":
        return scan.encoding, f"encoding {scan.encoding}, by its NUL bytes"
    return "utf-8", "encoding utf-8"


def _known(path: Path, declared: str) -> str:
    """The codec that a declared name means; utf-8-sig is utf-8, since the mark is dropped anyway."""
    try:
        codec = codecs.lookup(declared)
        if codec.name.replace("-", "_") not in _NOT_TEXT:
            "a".encode(declared)  # refuses codecs that are not text, such as hex
            return "utf-8" if codec.name == "utf-8-sig" else codec.name
    except (LookupError, ValueError):
        pass
    names = {*encodings.aliases.aliases.values(), "utf-8", "cp1252", "latin-1", "shift_jis"}
    close = nearest(declared, sorted(names - _NOT_TEXT))
    hint = f"the nearest known are {', '.join(close)}" if close else 'for instance "utf-8" or "cp1252"'
    raise UnreadableFile(
        path, f'encoding = "{declared}", as declared', "no encoding of that name", f"name a known one: {hint}"
    )


def _not_utf8(path: Path, scan: FileScan) -> UnreadableFile:
    line, raw = scan.utf8_error or (1, b"")
    readings = _readings(raw)
    wrong = show_marks(raw.decode("utf-8", "surrogateescape"))
    shown = "; ".join(f"{name}: {text[:80]!r}" for name, text in readings.items())
    best = likeliest(scan)
    return UnreadableFile(
        path,
        "UTF-8 and, by byte order mark, UTF-16 and UTF-32",
        f"bytes that are not UTF-8 at line {line}: {wrong[:120]}. It would read as {shown or 'nothing known'}",
        f'set encoding = "{best}" for this table in worthline.toml, or whichever reading above is right',
    )


def likeliest(scan: FileScan) -> str:
    """The encoding in which the first bytes that are not UTF-8 read best; a guess, never taken unasked for a key."""
    readings = _readings((scan.utf8_error or (1, b""))[1])
    return max(readings, key=lambda name: _plausible(readings[name]), default="cp1252")


def _readings(raw: bytes) -> dict[str, str]:
    readings: dict[str, str] = {}
    for name in _LIKELY:
        try:
            text = raw.decode(name)
        except UnicodeDecodeError:
            continue
        if text not in readings.values():
            readings[name] = text
    return readings


def _plausible(text: str) -> float:
    """Share of the characters beyond ASCII that are letters, currency signs or typographic quotes."""
    beyond = [c for c in text if ord(c) > 127]
    likely = [c for c in beyond if c.isalpha() or unicodedata.category(c) in {"Sc", "Pi", "Pf", "Pd"}]
    return len(likely) / len(beyond) if beyond else 0.0
