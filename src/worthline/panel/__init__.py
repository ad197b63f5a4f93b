"""Tables -> one row per customer and month, nothing from the future."""

from __future__ import annotations

from worthline.panel.build import build
from worthline.panel.lapse import Lapse, lapse_months, with_lapse

__all__ = ["Lapse", "build", "lapse_months", "with_lapse"]
