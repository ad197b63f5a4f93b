"""Units of time that a header names: `First reply time in minutes`, `Bearbeitungszeit (Std.)`, `wait_ms`.

Reads     the header behind a column that is measured in seconds.
Gives     by how many seconds a plain number of it is multiplied; 1 where no unit, or seconds, are named.
Not for   durations (h:mm:ss, 5m 30s): they say their units themselves.
"""

from __future__ import annotations

import re

_SECONDS: dict[float, frozenset[str]] = {
    0.001: frozenset(("ms", "msec", "millis", "millisecond", "milliseconds", "millisekunden")),
    60.0: frozenset(("m", "min", "mins", "minute", "minutes", "minuten", "minutos", "minuti", "minuut")),
    3600.0: frozenset(("h", "hr", "hrs", "hour", "hours", "stunde", "stunden", "std", "horas", "heures", "ore", "uur")),
    86400.0: frozenset(("day", "days", "tage", "días", "dias", "jours", "giorni", "dagen")),
}
_NAMES = {word: seconds for seconds, words in _SECONDS.items() for word in words}
_OWN = frozenset(("s", "sec", "secs", "second", "seconds", "sekunden", "sek", "segundos", "secondes", "secondi"))


def seconds_in(header: str) -> float:
    """Seconds in one unit of the column: of its last word that names a unit."""
    words = re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-zß-ÿ])(?=[A-Z])", " ", header))
    for word in reversed([w.casefold() for w in words]):
        if word in _OWN:
            return 1.0
        if word in _NAMES:
            return _NAMES[word]
    return 1.0
