"""How positive English words are and which emotion they carry, by published lists. Plain Python.

Reads     texts, simplified; the lists of `lexicons/`.
Gives     `valence`: -1 to 1, None where no word of the list stands; `emotion`: one of seven, "none", or None.
Method    VADER (Hutto & Gilbert 2014, ICWSM): mean ratings of ten people, summed; a word is turned round (x -0.74) by a
          negation up to three words before it, strengthened or weakened by .293 by an adverb of degree, .95 and .9 of
          that two and three words away; before "but" halved, behind it raised by half; exclamation marks add .292 each,
          four at most; x / sqrt(x^2 + 15). Emotions: Empath's categories (Fast, Chen & Bernstein 2016); the one with
          most words of the text.
Not for   other languages than English, where nothing is said; a learnt model goes before it.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import numpy as np

LANGUAGE = "en"
TURNED, DEGREE, MARK = -0.74, 0.293, 0.292
_TOKEN = re.compile(
    r"[^\W\d_]+(?:[-'][^\W\d_]+)*|[:;=8xX][-'^o]?[)(DPp/\\|\]\[]+|<3|[\u2600-\u27bf\U0001f300-\U0001faff]"
)


def valence(text: str) -> float | None:
    """How positive an English text is, -1 to 1; None where nothing in it is rated."""
    words = _TOKEN.findall(text)[:400]
    bare = [word.replace("'", "") for word in words]
    rated, emoji, stronger = _words(), _emoji(), _rules()["stronger"]
    values: list[float] = []
    at_but = next((i for i, word in enumerate(bare) if word == "but"), None)
    for i, word in enumerate(words):
        value = rated.get(word, rated.get(bare[i], emoji.get(word)))
        if value is None or bare[i] in stronger or (bare[i] == "no" and i + 1 < len(bare) and bare[i + 1] in rated):
            continue
        value = _moved(value, bare, i)
        if at_but is not None:
            value *= 0.5 if i < at_but else 1.5
        values.append(value)
    if not values:
        return None
    total = sum(values)
    marks = min(text.count("!"), 4) * MARK
    total += np.sign(total) * marks
    return round(float(total / np.sqrt(total * total + 15)), 6)


def _moved(value: float, words: list[str], at: int) -> float:
    """A rating, as the three words before it turn or weigh it."""
    sign, rules = (1.0 if value > 0 else -1.0), _rules()
    for back, share in ((1, 1.0), (2, 0.95), (3, 0.9)):
        if at - back < 0:
            break
        before = words[at - back]
        if before in rules["stronger"]:
            value += sign * DEGREE * share
        elif before in rules["weaker"]:
            value -= sign * DEGREE * share
    if any(word in rules["negations"] for word in words[max(0, at - 3) : at]):
        value *= TURNED
    return value


def emotion(text: str) -> str | None:
    """The emotion that most words of an English text carry, of equals the first by name; "none" where none does."""
    lists = _emotions()
    count: dict[str, int] = {}
    for word in _TOKEN.findall(text)[:400]:
        for name in lists.get(word, ()):
            count[name] = count.get(name, 0) + 1
    return min(count, key=lambda name: (-count[name], name)) if count else "none"


def _lines(name: str) -> list[str]:
    text = (files("worthline.voice") / "lexicons" / name).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("# ")]


@cache
def _rules() -> dict[str, frozenset[str]]:
    lines = (line.split(": ", 1) for line in _lines("vader_rules.txt"))
    return {name: frozenset(words.split()) for name, words in lines}


@cache
def _words() -> dict[str, float]:
    pairs = (line.rsplit("\t", 1) for line in _lines("vader_words.tsv"))
    return {word.lower(): float(value) for word, value in pairs}


@cache
def _emoji() -> dict[str, float]:
    """An emoji is as positive as the words that describe it."""
    words = _words()
    out = {}
    for line in _lines("vader_emoji.tsv"):
        sign, described = line.split("\t", 1)
        rated = [words[word] for word in re.findall(r"[a-z]+", described) if word in words]
        if rated and len(sign) <= 2:
            out[sign[0]] = sum(rated)
    return out


@cache
def _emotions() -> dict[str, tuple[str, ...]]:
    emotions: dict[str, tuple[str, ...]] = {}
    for line in _lines("empath_emotions.txt"):
        name, words = line.split(": ", 1)
        for word in words.split():
            emotions[word] = (*emotions.get(word, ()), name)
    return emotions
