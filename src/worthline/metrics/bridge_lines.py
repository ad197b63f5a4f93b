"""Lines of bridges, by name: what pages need of them without building a bridge. Names only."""

from __future__ import annotations

LINES = ("opening", "new", "returned", "expansion", "contraction", "lost", "without_customer", "currency", "closing")
"""Of the revenue bridge, in order."""
SUBTRACTED = frozenset({"contraction", "lost", "collected"})
"""Lines of any bridge that are published as positive amounts and taken away."""
