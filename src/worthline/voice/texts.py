"""Texts in one order, each of one kind: a comment, the same again, spam, or empty. Arrow and plain Python.

Reads     rows of gather.texts, in any order.
Gives     Texts: the rows in their published order, what each is, and every different comment once, ready for counting.
Method    two texts are the same when nothing but case, blanks, marks and width sets them apart. The same text of the
          same author is told once; the same text of different authors is told by each. Different texts are put in
          order of their sha256, so that neither a sample nor a half depends on the order of rows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import unescape

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from worthline.ingest.masking import MASKS

Ints = NDArray[np.int64]
LONGEST = 5_000
"""Characters of a text that themes and sentiment look at."""
COMMENT, DUPLICATE, SPAM, EMPTY = "comment", "duplicate", "spam", "empty"
KINDS = (COMMENT, DUPLICATE, SPAM, EMPTY)
ORDER = ("at", "source", "feedback_id", "customer_id", "metric", "touchpoint", "channel", "respondent", "score", "text")
NO_ANSWER = frozenset(
    [
        "n/a",
        "na",
        "none",
        "nil",
        "no",
        "nope",
        "nothing",
        "no",
        "comment",
        "no",
        "comments",
        "not",
        "applicable",
        "keine",
        "keiner",
        "nein",
        "nichts",
        "kein",
        "kommentar",
        "rien",
        "non",
        "aucun",
        "aucune",
        "pas",
        "de",
        "commentaire",
        "ninguno",
        "ninguna",
        "nada",
        "sin",
        "comentarios",
        "niente",
        "nessuno",
        "nessun",
        "commento",
        "geen",
        "nee",
        "niets",
        "nenhum",
        "nenhuma",
        "sem",
        "comentários",
        "ingen",
        "inget",
        "ei",
        "mitään",
        "brak",
        "nie",
    ]
) | {
    "no comment",
    "no comments",
    "not applicable",
    "kein kommentar",
    "pas de commentaire",
    "sin comentarios",
    "nessun commento",
    "nothing to add",
}
"""Words that fill a field which asks for words."""
_MASKED = re.compile("|".join(map(re.escape, MASKS)))
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu|dell|all|nell|sull|un)'(?=[^\W\d_])")
_SHORTENED = re.compile(r"(?<=\w)'(?:s|ve|ll|re|m|d)\b")
_TAG = re.compile(r"</?[a-z][^<>]{0,80}>", re.IGNORECASE)
_MARKS = re.compile(r"[\W_]+")
_UNSPACED = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff]+"
)
"""Scripts that set no blanks between words: read as pairs of characters."""
_EMOJI = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]")


@dataclass(frozen=True)
class Texts:
    """All texts of a company."""

    rows: pa.Table
    """As gathered, in order of ORDER."""
    kind: list[str]
    """One of KINDS for each row."""
    which: Ints
    """For each row the number of its different text, among `plain`."""
    plain: list[str]
    """Every different text once, in order of its sha256: small letters, no links, no masks."""
    key: NDArray[np.bytes_]
    """sha256 of each of them."""

    @property
    def is_comment(self) -> NDArray[np.bool_]:
        """Rows that say something, each once."""
        return np.asarray([kind == COMMENT for kind in self.kind], dtype=np.bool_)

    def of(self, respondents: Sequence[str]) -> NDArray[np.bool_]:
        """Comments of these respondents."""
        who = self.rows["respondent"].to_pylist()
        return self.is_comment & np.asarray([one in respondents for one in who], dtype=np.bool_)


def read(rows: pa.Table) -> Texts:
    """Put texts in order and tell them apart."""
    rows = rows.sort_by([(name, "ascending") for name in ORDER])
    numbers: dict[str, int] = {}
    which: list[int] = []
    seen: set[tuple[object, ...]] = set()
    kind: list[str] = []
    columns = zip(
        *(rows[name].to_pylist() for name in ("text", "customer_id", "source", "feedback_id", "at", "respondent")),
        strict=True,
    )
    for text, customer, source, _response, at, respondent in columns:
        plain = simplified(text)
        which.append(numbers.setdefault(plain, len(numbers)))
        author = (customer,) if customer is not None else (source, respondent, at if len(plain) < 40 else None)
        same = (which[-1], *author)
        kind.append(_kind(text, plain, again=same in seen))
        seen.add(same)
    plains = list(numbers)
    keys = np.array([sha256(plain.encode("utf-8", "surrogatepass")).digest() for plain in plains], dtype="S32")
    order = np.argsort(keys, kind="stable")
    place = np.empty(len(plains), dtype=np.int64)
    place[order] = np.arange(len(plains))
    return Texts(
        rows,
        kind,
        place[np.asarray(which, dtype=np.int64)] if which else np.zeros(0, np.int64),
        [plains[i] for i in order.tolist()],
        keys[order],
    )


def simplified(text: str) -> str:
    """A text as it is counted: small letters, single blanks, without links and masks."""
    text = text[:LONGEST]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = _UNSPACED.sub(_pairs, text)
    if "&" in text or "<" in text:
        text = _TAG.sub(" ", unescape(text))
    text = _LINK.sub(" ", _MASKED.sub(" ", text)).lower()
    if "'" in text or "’" in text:
        text = _SHORTENED.sub("", _ELISION.sub("", text.replace("’", "'")))
    return " ".join(text.split())


def _pairs(match: re.Match[str]) -> str:
    run = match[0]
    return " " + " ".join(run[i : i + 2] for i in range(max(len(run) - 1, 1))) + " "


def _kind(text: str, plain: str, *, again: bool) -> str:
    bare = _MARKS.sub(" ", plain).strip()
    if not bare and not _EMOJI.search(plain):
        return SPAM if _LINK.search(text) else EMPTY
    if plain.strip(" .,-!?") in NO_ANSWER:
        return EMPTY
    if _is_spam(text, bare):
        return SPAM
    return DUPLICATE if again else COMMENT


def _is_spam(text: str, bare: str) -> bool:
    """Links with next to nothing beside them, or one word or letter over and over."""
    words = bare.split()
    links = len(_LINK.findall(text[:LONGEST]))
    if links and (links >= 3 or len(words) < 4 * links):
        return True
    if len(words) >= 6 and max(map(words.count, set(words[:200]))) > 0.6 * len(words):
        return True
    letters = bare.replace(" ", "")
    return len(letters) >= 12 and len(set(letters)) <= 2
