"""Where real data lie that are too large, or not free enough, to stand in the repository."""

from __future__ import annotations

import os
from pathlib import Path

DATA = Path(os.environ.get("WORTHLINE_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data"
"""Beside the project, or in the folder that WORTHLINE_SHARED names."""
