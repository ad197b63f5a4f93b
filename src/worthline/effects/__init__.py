"""What experience does to behaviour and to money, and how well that is known."""

from __future__ import annotations

from worthline.effects.analyse import analyse

__all__ = ["analyse"]
