"""What people wrote: themes, sentiment, trend, and what they are worth."""

from __future__ import annotations

from worthline.voice.analyse import label, worth

__all__ = ["label", "worth"]
