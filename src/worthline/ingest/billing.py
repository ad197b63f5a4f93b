"""How companies write what a fee pays for: `Monthly`, `2-Year`, `P3M`, `one-time`.

Reads     one cell's words.
Gives     Billed: how many of which unit; None where the words are not known.
Method    a number and a unit, else one of the words below. Words with two meanings (biannual, bimonthly, biweekly)
          are not known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORDS: dict[tuple[int, str], str] = {
    (1, "day"): "daily day perday täglich",
    (1, "week"): "weekly week perweek w wöchentlich hebdomadaire semanal",
    (2, "week"): "fortnightly fortnight everyotherweek",
    (1, "month"): "monthly month permonth months m mo mth mon pm everymonth monatlich monat mensuel mensual mensile "
    "maandelijks monthtomonth",
    (3, "month"): "quarterly quarter quarters q qtr perquarter everyquarter vierteljährlich quartalsweise quartal "
    "trimestriel trimestral",
    (6, "month"): "halfyearly halfyear semiannual semiannually semiyearly halbjährlich semestriel semestral",
    (1, "year"): "yearly year years y yr yrs annual annually annum perannum peryear pa everyyear jährlich jahr annuel "
    "anual annuale jaarlijks",
    (2, "year"): "biennial biennially twoyear twoyears twoyearly",
    (3, "year"): "triennial triennially threeyear threeyears",
    (1, "once"): "once onetime onetimepayment oneoff single lifetime einmalig unique",
}
_MEANING = {word: meaning for meaning, words in _WORDS.items() for word in words.split()}
_UNITS = {"d": "day", "w": "week", "m": "month", "y": "year"}
_COUNTED = re.compile(
    r"(?:p|every)?(\d{1,3})(d|days?|w|wk|weeks?|weekly|m|mo|mon|mth|months?|monthly|y|yrs?|years?|yearly)"
)
_A_YEAR = {"day": 365, "week": 52, "month": 12, "year": 1}


@dataclass(frozen=True, slots=True)
class Billed:
    """What a fee pays for: `number` x `unit` (day, week, month, year, once)."""

    number: int
    unit: str

    @property
    def period(self) -> str:
        """The canonical period that the fee is brought to: month, year or once."""
        return self.unit if (self.number, self.unit) in ((1, "month"), (1, "once")) else "year"

    @property
    def factor(self) -> tuple[int, int]:
        """By what fraction the fee is multiplied to be that of the canonical period."""
        return (1, 1) if self.period in ("month", "once") else (_A_YEAR[self.unit], self.number)


def billed(words: str) -> Billed | None:
    """What the words mean, or None."""
    plain = re.sub(r"[\W_]+", "", words.casefold())
    if plain in _MEANING:
        return Billed(*_MEANING[plain])
    counted = _COUNTED.fullmatch(plain)
    if counted is None or not int(counted[1]):
        return None
    return Billed(int(counted[1]), _UNITS[counted[2][0]])
