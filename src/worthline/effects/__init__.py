"""What experience does to behaviour and to money, and how well that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from worthline.effects.all_effects import analyse

__all__ = ["analyse"]


def __getattr__(name: str) -> Any:
    """`analyse`, imported when it is asked for: pages read this room's words, not its methods."""
    if name != "analyse":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from worthline.effects.all_effects import analyse

    return analyse
