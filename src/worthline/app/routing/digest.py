"""What a group is told at once, daily, weekly or monthly: which items, for which period, in which words.

Reads     entries of a group's inbox.
Gives     Digest; `periods_due`, which periods have ended; `text`, masked and free of markup, for a mail or a chat.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from worthline.app.routing.inbox import Entry
from worthline.metrics import formatting

EXCERPT = 240
"""Characters of a comment that leave the app."""
LISTED = 20
"""Comments that one message lists; how many more there are is said."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What a group is told."""

    group: str
    cadence: str
    """at once, daily, weekly, monthly; "" for everything that waits."""
    entries: tuple[Entry, ...]

    @property
    def title(self) -> str:
        """One line."""
        many = formatting.count(len(self.entries))
        when = f" ({self.cadence})" if self.cadence else ""
        return f"{many} new comment{'' if len(self.entries) == 1 else 's'} for {self.group}{when}"


def period(cadence: str, at: datetime, zone: str) -> tuple[str, datetime]:
    """The period that ended last: its name (2026-09-29, 2026-W39, 2026-08), and the moment at which it ended.

    Raises ValueError.
    """
    local_zone = ZoneInfo(zone)
    today = at.astimezone(local_zone).date()
    if cadence == "daily":
        first = today
        name = (first - timedelta(days=1)).isoformat()
    elif cadence == "weekly":
        first = today - timedelta(days=today.weekday())
        year, week, _ = (first - timedelta(days=1)).isocalendar()
        name = f"{year}-W{week:02}"
    elif cadence == "monthly":
        first = today.replace(day=1)
        name = (first - timedelta(days=1)).strftime("%Y-%m")
    else:
        raise ValueError(f"{cadence} has no period")
    return name, datetime.combine(first, time(), local_zone)


def text(digest: Digest) -> str:
    """The message: one comment a line with what it is about, and where to go on."""
    lines = [_line(entry) for entry in digest.entries[:LISTED]]
    more = len(digest.entries) - len(lines)
    if more > 0:
        lines.append(f"… and {formatting.count(more)} more.")
    lines += ["", f"Read, act, close: worthline inbox {_quoted(digest.group)}, or the page Inbox of the app."]
    return "\n".join(lines)


def _line(entry: Entry) -> str:
    about = [part for part in (entry.touchpoint, _score(entry), entry.reason) if part]
    return f"• “{harmless(excerpt(entry.text))}” ({harmless('; '.join(about))})"


def _score(entry: Entry) -> str:
    return f"{entry.metric or 'score'} {entry.score}" if entry.score else ""


def excerpt(words: str, most: int = EXCERPT) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(words.split())
    return line if len(line) <= most else line[: most - 2].rstrip() + " …"


_MARKUP = str.maketrans(
    {"<": "‹", ">": "›", "@": "@\u2060", "`": "'", "*": "∗", "_": "\u2017", "[": "(", "]": ")", "|": "¦"}
)


def harmless(words: str) -> str:
    """Words that no chat or mail program reads as markup, mentions or links."""
    return words.translate(_MARKUP).replace("://", ":\u2060//").replace("www.", "www\u2060.")


def _quoted(group: str) -> str:
    return f'"{group}"' if " " in group else group
