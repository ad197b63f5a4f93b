"""What was done for customers and what it returned: experiments, roll-outs, claims; whom to contact next."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from worthline.initiatives.concern_sentences import concerns
    from worthline.initiatives.measuring import analyse
    from worthline.initiatives.proof_plans import plans as prove
    from worthline.initiatives.worklist.analyse import analyse as plan
    from worthline.initiatives.worklist.control import default_key

__all__ = ["analyse", "concerns", "default_key", "plan", "prove"]

_WHERE = {
    "analyse": ("measuring", "analyse"),
    "concerns": ("concern_sentences", "concerns"),
    "default_key": ("worklist.control", "default_key"),
    "plan": ("worklist", "analyse"),
    "prove": ("proof_plans", "plans"),
}


def __getattr__(name: str) -> Any:
    """What the room gives, imported when it is asked for: pages read this room's words, not its methods."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, function = _WHERE[name]
    return getattr(import_module(f"{__name__}.{module}"), function)
