"""Worthline: what customer experience is worth, and the proof of each step.

import worthline as wl
wl.open("acme").run().figures["nps"]
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from worthline.errors import WorthlineError
from worthline.results import VERSION, Figure

if TYPE_CHECKING:
    from worthline.company import Company

__all__ = ["Figure", "WorthlineError", "__version__", "open"]
__version__ = VERSION


def open(folder: Path | str = ".") -> Company:  # noqa: A001  reads as wl.open
    """Open a company's folder; raises BadSetting."""
    from worthline.company import open as open_company

    return open_company(folder)
