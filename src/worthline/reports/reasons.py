"""Why a default setting is what it is, and how far the data reach.

Reads     `because` of a run or of its Health; the settings as decided, where they are known.
Gives     pairs of a setting and its reason, and a sentence for each table that stops early.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from worthline.metrics import formatting
from worthline.tables.time import month_end

if TYPE_CHECKING:
    from worthline.ingest.health import Health

TITLE = "Defaults used (override in worthline.toml)"
SETTINGS = ("currency", "setting", "lapse_months", "revenue_from", "score_metric", "ended_on")
NAMES = {
    "currency": "Currency",
    "setting": "Kind of business",
    "lapse_months": "Months until lapsed",
    "revenue_from": "Revenue from",
    "score_metric": "Main score",
    "ended_on": "End of a subscription",
}
"""What each setting is called on pages."""
AS_SET = "as set"
FLOWING = ("transactions", "interactions", "feedback", "invitations")
"""Tables that go on as long as the company does; the dates of others say when something was agreed."""
_NUMBERS = ("", "a", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def decided(health: Health, because: Mapping[str, str], settings: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Each setting that the data decided, with what it is and why; `settings` is empty where that is not known."""
    out = []
    reason = because.get("as_of", AS_SET)
    if health.as_of and reason != AS_SET:
        later = f"; {waits(health, 'later row')}" if health.waiting else ""
        out.append(("As of", f"{formatting.day(health.as_of)}: {reason}{later}"))
    for name in SETTINGS:
        reason = because.get(name, AS_SET)
        if reason == AS_SET:
            continue
        setting = settings.get(name)
        is_ = "" if name not in settings else f"{'none' if setting is None else setting}: "
        out.append((NAMES[name], f"{is_}{reason.removesuffix('.')}"))
    return tuple(out)


def waits(health: Health, row: str = "") -> str:
    """How many rows wait: "1 is dated after the reporting date"; "" where none does."""
    later = health.waiting
    if not later:
        return ""
    many = formatting.how_many(later, row) if row else formatting.count(later)
    return f"{many} {'is' if later == 1 else 'are'} dated after the reporting date"


def stopping(health: Health) -> tuple[str, ...]:
    """A sentence for each table of what happens that ends more than a month before the as-of date."""
    if not health.as_of:
        return ()
    as_of = date.fromisoformat(health.as_of)
    out = []
    for table in health.tables:
        if table.table not in FLOWING or not table.last:
            continue
        last = date.fromisoformat(table.last[:10])
        months = _whole_months(last, as_of)
        if months < 1 or _same_day(last, as_of):
            continue
        ends = "end" if table.table.endswith("s") else "ends"
        number_word = _NUMBERS[months] if months < len(_NUMBERS) else formatting.count(months)
        long = f"{number_word} month{'s' if months > 1 else ''}"
        out.append(f"{table.table} {ends} {formatting.day(table.last)}, {long} before the as-of date")
    return tuple(out)


def _whole_months(first: date, last: date) -> int:
    """Months that fit between two days; the last day of a month ends one."""
    months = (last.year - first.year) * 12 + last.month - first.month
    return months if last.day >= first.day or last == month_end(last) else months - 1


def _same_day(first: date, last: date) -> bool:
    """Exactly one month apart, which is not more than a month."""
    between = (last.year - first.year) * 12 + last.month - first.month
    return between == 1 and (first.day == last.day or (first == month_end(first) and last == month_end(last)))
