"""What people write: approvals, proofs, assignments, actions, routings. SQLite by default, PostgreSQL where named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from worthline.app.store.presence import exists

if TYPE_CHECKING:
    from worthline.app.store.opening import Store, open_store

__all__ = ["Store", "exists", "open_store"]


def __getattr__(name: str) -> Any:
    """`Store` and `open_store`, whose libraries a run without a store does not need."""
    if name not in ("Store", "open_store"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from worthline.app.store import opening

    return getattr(opening, name)
