"""Answers in words and smileys: which number of which scale each stands for.

Reads     the cells of one column.
Gives     InWords: cell -> number, the ends of the scale, what is asked.
Method    a column is in words where every cell is a step of one scale. Of several that hold all its words those count
          that tell the most apart; if these differ in a number or in their ends, each is a reading.
Not for   words beside numbers (`10 - Extremely likely`): see profile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

_NPS_WORDS = (
    *("detractor/detractors/détracteur/détracteurs/detracteur/detracteurs/detraktor/detraktoren/kritiker/detractores",),
    *("passive/passives/passif/passifs/passiv/passive kunden/pasivo/pasivos/neutral/neutrals/neutre/indifferent",),
    *("promoter/promoters/promoteur/promoteurs/promotor/promotoren/promotores",),
)
_NEITHER = (
    "neutral/neither/neither satisfied nor dissatisfied/neither satisfied nor unsatisfied/okay/ok/average/fair/"
    "neither agree nor disagree/neither easy nor difficult/neither happy nor unhappy/mixed/unsure"
)
_GERMAN_NEITHER = "neutral/teils teils/teils-teils/teils/weder noch/weder-noch/mittel/mittelmäßig"
_ADJECTIVES = (
    ("satisfied/dissatisfied/unsatisfied/not satisfied", "csat"),
    ("happy/unhappy/not happy", "csat"),
    ("easy/difficult/hard", "ces"),
)
"""An adjective, its opposites, and what is asked."""

_FIVE = (
    ("", ("strongly disagree/disagree strongly", "disagree/somewhat disagree", _NEITHER, "agree/somewhat agree",
          "strongly agree/agree strongly")),
    ("", ("very poor/terrible/very bad/awful/horrible", "poor/bad", _NEITHER, "good", "excellent/very good/great")),
    ("csat", ("sehr unzufrieden", "unzufrieden/eher unzufrieden", _GERMAN_NEITHER, "zufrieden/eher zufrieden",
              "sehr zufrieden")),
    ("csat", ("muy insatisfecho/muy insatisfecha", "insatisfecho/insatisfecha",
              "neutral/indiferente/ni satisfecho ni insatisfecho", "satisfecho/satisfecha",
              "muy satisfecho/muy satisfecha")),
    ("csat", ("très insatisfait/pas du tout satisfait", "insatisfait/plutôt insatisfait/peu satisfait",
              "neutre/ni satisfait ni insatisfait", "satisfait/plutôt satisfait", "très satisfait")),
    ("csat", ("molto insoddisfatto", "insoddisfatto", "neutrale/neutro", "soddisfatto", "molto soddisfatto")),
    ("csat", ("zeer ontevreden", "ontevreden", "neutraal", "tevreden", "zeer tevreden")),
    ("csat", ("muito insatisfeito", "insatisfeito", "neutro", "satisfeito", "muito satisfeito")),
)  # fmt: skip
_SMILEYS = (
    "😡/😠/🤬/😤/😭/💔",
    "🙁/☹/😞/😟/😕/😒/😢/😦/👎",
    "😐/😑/😶/🫤",
    "🙂/😊/☺/😌/👍",
    "😀/😄/😃/😁/😍/🤩/😆/🥰/❤",
)
_ALIKE = str.maketrans({"\ufe0f": None, "\u200d": None, **{chr(tone): None for tone in range(0x1F3FB, 0x1F400)}})
"""Variants of a smiley that mean the same: how it is drawn, and the colour of its skin."""
_OFFERED = frozenset(("offered", "unoffered", "not offered", "not rated", "unrated", "requested", "pending"))
"""What a help desk writes where a rating was asked for, or was not, and none was given."""


@dataclass(frozen=True, slots=True)
class InWords:
    """What the cells of a column stand for on one scale."""

    numbers: dict[str, str]
    low: int
    high: int
    asks: str = ""
    """csat, ces or nps, where the words say what was asked."""

    @property
    def scale(self) -> str:
        """Its ends: 1-5."""
        return f"{self.low}-{self.high}"


@dataclass(frozen=True, slots=True)
class _Scale:
    """Word -> number of its step."""

    steps: dict[str, int]
    asks: str = ""
    low: int = 1
    is_finer: bool = False
    """Whether it is meant only where it tells more words apart than another."""


def no_answer(cell: str) -> bool:
    """Whether a cell says that a rating was asked for, or was not, and that none was given."""
    return cell.casefold().strip() in _OFFERED


def in_words(cells: Collection[str]) -> tuple[InWords, ...]:
    """The readings of a column all of whose cells are steps of one scale, two steps at least; several are in doubt."""
    words = {cell: _plain(cell) for cell in cells}
    fitting = [scale for scale in _SCALES if all(word in scale.steps for word in words.values())]
    apart = [len({scale.steps[word] for word in words.values()}) for scale in fitting]
    if max(apart, default=0) < 2:
        return ()
    best = [scale for scale, n in zip(fitting, apart, strict=True) if n == max(apart)]
    best = [scale for scale in best if not scale.is_finer] or best
    readings: dict[tuple[str, int], InWords] = {}
    for scale in best:
        numbers = {cell: str(scale.steps[word]) for cell, word in words.items()}
        reading = InWords(numbers, scale.low, max(scale.steps.values()), scale.asks)
        readings.setdefault((repr(numbers), reading.high), reading)
    return tuple(readings.values())


def _plain(cell: str) -> str:
    """Words without case, commas and smileys beside them; a smiley alone without its variants."""
    text = " ".join(cell.casefold().replace(",", " ").split())
    words = " ".join("".join(c if c.isalnum() or c in "-'’/" else " " for c in text).split())
    return words if any(map(str.isalpha, words)) else text.translate(_ALIKE).strip()


def _numbered(steps: Collection[str], numbers: Collection[int]) -> dict[str, int]:
    """Word -> number of its step; words of one step are kept apart by /."""
    return {word: n for step, n in zip(steps, numbers, strict=True) for word in step.split("/")}


def _of_adjective(words: str, asks: str) -> Iterator[_Scale]:
    """Scales made of an adjective and its opposites: of two sides in five and seven steps, of one in four and five."""
    good, *bad = words.split("/")

    def both(*degrees: str) -> tuple[str, str]:
        negative = (f"{degree} {word}" for degree in degrees for word in bad)
        texts = "/".join(negative), "/".join(f"{degree} {good}" for degree in degrees)
        return " ".join(texts[0].split()), " ".join(texts[1].split())

    def sided(*degrees: tuple[str, ...]) -> dict[str, int]:
        sides = [both(*d) for d in degrees]
        steps = [*(side[0] for side in sides), _NEITHER, *(side[1] for side in reversed(sides))]
        return _numbered([step.replace("/ ", "/") for step in steps], range(1, len(steps) + 1))

    yield _Scale(sided(("very", "extremely", "completely", "totally"), ("", "somewhat", "rather", "fairly")), asks)
    yield _Scale(sided(("extremely",), ("moderately",), ("slightly",)), asks)
    yield _Scale(sided(("very", "extremely"), ("",), ("somewhat", "slightly")), asks, is_finer=True)
    of_four = (
        f"not at all {good}",
        f"not very {good}/not too {good}",
        f"somewhat {good}/fairly {good}",
        f"very {good}",
    )
    yield _Scale(_numbered(of_four, range(1, 5)), asks)
    of_five = (f"not at all {good}", f"slightly {good}/not so {good}", f"moderately {good}/somewhat {good}",
               f"very {good}", f"extremely {good}/completely {good}")  # fmt: skip
    yield _Scale(_numbered(of_five, range(1, 6)), asks)


_SCALES = (
    _Scale(_numbered(_NPS_WORDS, (0, 7, 10)), "nps", 0),
    *(scale for words, asks in _ADJECTIVES for scale in _of_adjective(words, asks)),
    *(_Scale(_numbered(steps, range(1, 6)), asks) for asks, steps in _FIVE),
    _Scale(_numbered(_SMILEYS, range(1, 6))),
)
