"""A published run: what it says of itself, how it is written, how it is opened."""

from __future__ import annotations

from worthline.run.opened import OpenRun, Run

__all__ = ["OpenRun", "Run"]
