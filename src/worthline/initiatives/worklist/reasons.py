"""Why a customer is on the list, for the person who calls. Words only.

Reads     a row of gather.facts.
Gives     sentences: the last failure, the open case, the renewal date, the last words, the permitted offer; where
          nothing went wrong lately, the strongest risk factor, else the chance of leaving.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from worthline.metrics import formatting

MOST_WORDS = 200
"""Characters of the customer's words that are shown."""


DRAWN = "Drawn at random, to measure the effect."
"""Said of a customer whose expected gain did not put them on the list."""


def reason(row: Mapping[str, Any], offer_limit: Decimal | None, currency: str, *, is_random: bool = False) -> str:
    """All that is known, the most pressing first; never empty."""
    parts = []
    if row["last_failure"]:
        parts.append(f"{row['last_failure']} not resolved on {formatting.day(row['last_failure_on'])}.")
    elif row["risk_factor"]:
        factor = str(row["risk_factor"])
        parts.append(f"{formatting.capitalised(factor)}.")
    if row["open_case"]:
        parts.append(f"Case {row['open_case']} is open.")
    if row["renews_on"]:
        parts.append(f"Renews on {formatting.day(row['renews_on'])}.")
    if row["last_words"]:
        parts.append(f"Said on {formatting.day(row['last_words_on'])}: “{_cut(str(row['last_words']))}”")
    if offer_limit is not None:
        parts.append(f"May be offered up to {formatting.money_prose(offer_limit, currency)}.")
    if not parts:
        chance = row.get("p_leave_12m")
        parts += [f"Chance of leaving within 12 months: {formatting.share(chance)}."] if chance is not None else []
        parts.append("No recent failure, open case or comment.")
    return " ".join([DRAWN, *parts] if is_random else parts)


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= MOST_WORDS else f"{plain[: MOST_WORDS - 1].rstrip()}…"
