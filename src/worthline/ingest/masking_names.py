"""Names within a text: those that the company holds of its author, and those that somebody gives as theirs.

Reads     a text, the names of the customer who wrote it.
Gives     `unnamed`: the text with them replaced.
Method    each part of a name of three letters or more, whatever its case, accents, apostrophes and endings (Anna's,
          Müllers, Mueller), and both in one word. A part that is also a common word (Mark, Rose, Klein) counts where it
          is written as a name. What follows "my name is" and a greeting at the end, in seven languages.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from worthline.ingest.masking_contacts import any_of

_CAPITAL = r"[^\W\d_a-z][\w'’-]{1,40}"
_WHO = rf"{_CAPITAL}(?:[ ](?:(?:von|van|de|del|della|da|di|du|la|le|der|den)[ ])*{_CAPITAL}){{0,3}}"
_INTRODUCTIONS = any_of(
    r"my name is, my name's, name:, mein name ist, ich hei(?:ß|ss)e, je m['’]appelle, mon nom est, me llamo",
    r"mi nombre es, mi chiamo, il mio nome è, meu nome é, me chamo, chamo-me, mijn naam is, ik heet",
)
_INTRODUCED = re.compile(rf"(?P<lead>\b(?i:{_INTRODUCTIONS})[ ]+)(?P<name>{_WHO})")
_GREETINGS = any_of(
    r"(?:kind |best |warm |many )?regards, sincerely, yours truly, cheers, mfg, viele gr(?:ü|ue)(?:ß|ss)e",
    r"(?:mit )?(?:freundlichen|besten|vielen|lieben) gr(?:ü|ue)(?:ß|ss)en, cordialement, bien à vous, salutations",
    r"(?:un )?saludos?(?: cordiales)?, atentamente, cordiali saluti, distinti saluti, atenciosamente, cumprimentos",
    r"met vriendelijke groet(?:en)?",
)
_SIGNED = re.compile(rf"(?P<lead>\b(?i:{_GREETINGS})[ ]*[,.!:\-–]?\s*)(?P<name>{_WHO})(?=\s*[.!]?\s*$)")
_LONG = 6
"""Letters of a part from which on it may have an ending of two letters that is not known here."""
_PARTICLES = frozenset(
    [
        "von",
        "van",
        "der",
        "den",
        "del",
        "della",
        "dos",
        "das",
        "the",
        "and",
        "mr",
        "mrs",
        "ms",
        "dr",
        "herr",
        "frau",
        "monsieur",
        "madame",
        "senor",
        "senora",
    ]
)
COMMON = frozenset(
    [
        "will",
        "mark",
        "rose",
        "may",
        "grace",
        "hope",
        "joy",
        "bill",
        "frank",
        "rich",
        "art",
        "pat",
        "sue",
        "jack",
        "dawn",
        "faith",
        "summer",
        "april",
        "june",
        "august",
        "page",
        "young",
        "long",
        "price",
        "brown",
        "white",
        "black",
        "green",
        "king",
        "park",
        "field",
        "wood",
        "hill",
        "stone",
        "best",
        "good",
        "day",
        "sunny",
        "chase",
        "drew",
        "dean",
        "grant",
        "miles",
        "max",
        "rob",
        "ray",
        "penny",
        "ruby",
        "olive",
        "basil",
        "carol",
        "case",
        "cash",
        "call",
        "mason",
        "hunter",
        "parker",
        "walker",
        "baker",
        "cook",
        "little",
        "strong",
        "sharp",
        "wise",
        "fair",
        "bright",
        "short",
        "small",
        "free",
        "new",
        "old",
        "small",
        "klein",
        "gross",
        "groß",
        "lang",
        "kurz",
        "jung",
        "neu",
        "schwarz",
        "weiß",
        "weiss",
        "braun",
        "könig",
        "richter",
        "bauer",
        "kaiser",
        "sommer",
        "winter",
        "herbst",
        "stark",
        "reich",
        "frei",
        "ernst",
        "wolf",
        "fuchs",
        "vogel",
        "koch",
        "petit",
        "grand",
        "blanc",
        "leblanc",
        "roux",
        "rouge",
        "noir",
        "marchand",
        "boucher",
        "fabre",
        "roi",
        "rosa",
        "sol",
        "luz",
        "franco",
        "leon",
        "cruz",
        "rey",
        "flores",
        "campos",
        "rubio",
        "blanco",
        "moreno",
        "delgado",
        "bravo",
        "bueno",
        "rossi",
        "bianchi",
        "neri",
        "verdi",
        "greco",
        "costa",
        "monti",
        "mare",
        "fiore",
        "luna",
        "marino",
        "gallo",
        "esposito",
    ]
)
"""Parts of names that are words, too."""
_SPELT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae"})
_APOSTROPHES = str.maketrans(dict.fromkeys("’ʼ`´‘", "'"))


def unnamed(text: str, names: Sequence[str], instead: str) -> str:
    """The text with `instead` for what somebody gives as their name, and for each part of these names."""
    text = _INTRODUCED.sub(lambda match: match["lead"] + instead, text)
    text = _SIGNED.sub(lambda match: match["lead"] + instead, text)
    if not names:
        return text
    pattern = _pattern(tuple(names))
    if pattern is None:
        return text
    looked = folded(text.translate(_APOSTROPHES))
    out: list[str] = []
    position = 0
    for match in pattern.finditer(looked):
        if _is_word(text, looked, match):
            continue
        out += [text[position : match.start()], instead]
        position = match.end()
    if not out:
        return text
    text = "".join([*out, text[position:]])
    return re.sub(rf"{re.escape(instead)}(?:[ ]{re.escape(instead)})+", instead, text)


@lru_cache(maxsize=50_000)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str] | None:
    """One pattern of all spellings of all parts, the longest first."""
    spellings = {spelling for name in names for part in parts(name) for spelling in _spellings(part)}
    ordered = sorted(spellings, key=lambda spelling: (-len(spelling), spelling))
    if not ordered:
        return None
    ended = [f"{re.escape(spelling)}(?:{_ending(spelling)})" for spelling in ordered]
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(ended)})(?=$|[\W_])")


def _ending(part: str) -> str:
    return "[^\\W\\d_]{0,2}" if len(part) >= _LONG and part not in COMMON else "|s|es|n"


def _spellings(part: str) -> Iterator[str]:
    plain = part.translate(_APOSTROPHES).lower()
    for spelling in (plain, plain.translate(_SPELT)):
        base = folded(spelling)
        yield base
        for mark in ("'", "-"):
            if mark in base:
                yield base.replace(mark, "")
                yield base.replace(mark, " ")


def _is_word(text: str, looked: str, match: re.Match[str]) -> bool:
    """Whether a part that is a common word is no name here: small, and not the last word; or first in its sentence."""
    if looked[match.start() : match.end()] not in COMMON:
        return False
    if text[match.start()].islower():
        return bool(looked[match.end() :].strip(" .!?"))
    return looked[: match.start()].rstrip()[-1:] in ("", ".", "!", "?", "¡", "¿") and match.end() != len(text)


def parts(name: str) -> list[str]:
    """What a name is called by: the whole, both in one word, each part of three letters, halves of double names."""
    words = [w for w in re.split(r"[\s,]+", name.strip()) if w]
    short = [w for w in words if len(w.strip(".'’-")) >= 3 and folded(w) not in _PARTICLES]
    halves = [half for w in short for half in w.split("-") if "-" in w and len(half) >= 5]
    joined = ["".join(words), " ".join(reversed(words))] if len(words) == 2 and len("".join(words)) >= 8 else []
    return list(dict.fromkeys([" ".join(words), *joined, *short, *halves] if len(words) > 1 else [*short, *halves]))


def folded(text: str) -> str:
    """Without case and accents, of the same length."""
    if text.isascii():
        return text.lower()
    return "".join(_letter(c) for c in text)


@lru_cache(maxsize=10_000)
def _letter(c: str) -> str:
    plain = unicodedata.normalize("NFD", c)[0].casefold()
    return plain if len(plain) == 1 else c.lower()[:1]
