"""Words as they are compared: without case, diacritics and invisible characters, in every script.

Reads     a text, or what a person typed into a search field.
Gives     `tokens` of a text; Query, whose parts are matched as words, prefixes and phrases.
Method    Unicode case folding and compatibility decomposition; marks of Latin, Greek, Cyrillic, Hebrew and Arabic are
          dropped. Scripts that part no words by blanks (Chinese, Japanese, Thai, Lao, Khmer, Burmese) and emoji are
          one token a character, so that a word in them is a phrase: one and two characters are found too, which an
          index of trigrams cannot do.
Assumes   what is typed is never passed on as a query language: only tokens, each in quotes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

MOST_PARTS = 16
"""Words and phrases of a query that count; the rest is left out, and said."""
MOST_TYPED = 1_000
"""Characters of a query that are read."""
_DROPPED_MARKS = ((0x300, 0x36F), (0x591, 0x5C7), (0x610, 0x61A), (0x640, 0x640), (0x64B, 0x65F), (0x670, 0x670),
                  (0x6D6, 0x6ED), (0xFE00, 0xFE0F), (0x1F3FB, 0x1F3FF), (0xE0100, 0xE01EF))  # fmt: skip
_ALONE = ((0xE00, 0xEFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3041, 0x30FF),
          (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))  # fmt: skip


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= code <= high for low, high in ranges)


class _Characters(dict[int, str | None]):
    """What each character becomes; filled as characters come."""

    def __missing__(self, code: int) -> str | None:
        self[code] = folded = _becomes(code)
        return folded


def _becomes(code: int) -> str | None:
    category = unicodedata.category(chr(code))
    if category == "Cf" or _within(code, _DROPPED_MARKS):
        return None
    if code < 0x80:
        return chr(code) if chr(code).isalnum() else " "
    if category == "So" or (category[0] in "LMN" and _within(code, _ALONE)):
        return f" {chr(code)} "
    return chr(code) if category[0] in "LMN" else " "


_CHARACTERS = _Characters()
_ASCII = bytes(ord(chr(code).lower()) if code < 0x80 and chr(code).isalnum() else 0x20 for code in range(256))


def tokens(text: str) -> list[str]:
    """The text's words as they are compared."""
    if text.isascii():  # bytes by a table of 256: five times as fast
        return text.encode("ascii").translate(_ASCII).decode("ascii").split()
    return unicodedata.normalize("NFKD", text.casefold()).casefold().translate(_CHARACTERS).split()


def folded(text: str) -> str:
    """The text's tokens, parted by blanks."""
    return " ".join(tokens(text))


def countable(words: Sequence[str]) -> str:
    """Words as `Part.sought` is counted in them: blanks are doubled, so that neighbours can both be found."""
    return f" {'  '.join(words)} "


@dataclass(frozen=True, slots=True)
class Part:
    """A word, a prefix or a phrase that a text must hold (or must not)."""

    words: tuple[str, ...]
    is_prefix: bool = False
    """Whether the last word may go on."""
    is_excluded: bool = False

    def expression(self) -> str:
        """As FTS5 reads it."""
        return f'"{" ".join(self.words)}"' + (" *" if self.is_prefix else "")

    @property
    def sought(self) -> str:
        """What is counted in countable words."""
        return " " + "  ".join(self.words) + ("" if self.is_prefix else " ")


@dataclass(frozen=True, slots=True)
class Query:
    """What a person looks for."""

    parts: tuple[Part, ...]
    is_cut: bool = False
    """Whether more was typed than counts."""

    @property
    def wanted(self) -> tuple[Part, ...]:
        """What a text must hold."""
        return tuple(part for part in self.parts if not part.is_excluded)

    @property
    def excluded(self) -> tuple[Part, ...]:
        """What it must not hold."""
        return tuple(part for part in self.parts if part.is_excluded)

    def matches(self, text: str) -> bool:
        """Whether a text holds every wanted part and no excluded one; a query of nothing matches nothing."""
        words = countable(tokens(text))
        held = all(part.sought in words for part in self.wanted) and bool(self.wanted)
        return held and not any(part.sought in words for part in self.excluded)


_TYPED = re.compile(r'(-?)(?:"([^"]*)"?|(\S+?)(?=["\s]|$))')
_QUOTES = str.maketrans(dict.fromkeys("“”„«»‟", '"'))


def query(typed: str) -> Query:
    """Read what was typed: words, "phrases", beginnings*, and -words that must not be there. Never raises."""
    parts: list[Part] = []
    for minus, phrase, word in _TYPED.findall(typed[:MOST_TYPED].translate(_QUOTES)):
        text = phrase or word
        words = tuple(tokens(text))
        if words:
            part = Part(words, is_prefix=text.rstrip().endswith("*"), is_excluded=bool(minus))
            if part not in parts:
                parts.append(part)
    return Query(tuple(parts[:MOST_PARTS]), len(parts) > MOST_PARTS or len(typed) > MOST_TYPED)


def spans(text: str, sought: Query) -> list[tuple[int, int]]:
    """Where the wanted parts stand in a text as written, as (start, end), for marking them; overlaps are joined."""
    places: list[tuple[str, int, int]] = []
    for found in re.finditer(r"\S+", text):
        for offset, character in enumerate(found.group()):
            for token in tokens(character):
                at = found.start() + offset
                if places and places[-1][2] == at and not _stands_alone(token) and not _stands_alone(places[-1][0]):
                    places[-1] = (places[-1][0] + token, places[-1][1], at + 1)
                else:
                    places.append((token, at, at + 1))
            if places and not tokens(character) and unicodedata.category(character) in {"Mn", "Cf"}:
                places[-1] = (places[-1][0], places[-1][1], found.start() + offset + 1)
    marked: list[tuple[int, int]] = []
    for part in sought.wanted:
        size = len(part.words)
        for index in range(len(places) - size + 1):
            here = tuple(place[0] for place in places[index : index + size])
            last = here[-1].startswith(part.words[-1]) if part.is_prefix else here[-1] == part.words[-1]
            if here[:-1] == part.words[:-1] and last:
                marked.append((places[index][1], places[index + size - 1][2]))
    return _joined(sorted(marked))


def _stands_alone(token: str) -> bool:
    return len(token) == 1 and (_CHARACTERS[ord(token)] or "").startswith(" ")


def _joined(marked: list[tuple[int, int]]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for start, end in marked:
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out
