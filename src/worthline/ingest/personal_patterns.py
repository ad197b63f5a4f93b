"""Patterns of what tells who somebody is within a text, read alike by every engine and by Python.

Gives     SEEN_IN_TEXT, LONG_NUMBER, and SHOWN, which stands in its place.
"""

from __future__ import annotations

SHOWN = "•••"
SEEN_IN_TEXT = (
    r"[^@\s,;:<>()'\"]+@[^@\s,;:<>()'\"]+\.[A-Za-z]{2,}",
    r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,4})?\b",
    r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b",
    r"\b[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{4}\b",
    r"\+[1-9][0-9 ()./-]{7,18}[0-9]",
)
"""Patterns that any engine reads: an address, an account, a card or a telephone within a cell."""
LONG_NUMBER = r"\(?[0-9](?:[ ()./-]{0,2}[0-9]){8,}"
"""Nine digits or more, however parted: a card or a telephone, and perhaps only a number."""
