"""One thread setting: learning on one, waiting threads asleep, however the library is reached."""

from __future__ import annotations

import os
import re
from pathlib import Path

import worthline
from worthline.stats import threads

STATS = Path(worthline.__file__).parent / "stats"


def test_waiting_threads_sleep_unless_told_otherwise(monkeypatch):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    threads.lightgbm()
    assert os.environ["OMP_WAIT_POLICY"] == "passive"
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")
    threads.lightgbm()
    assert os.environ["OMP_WAIT_POLICY"] == "active"


def test_models_of_churn_and_scores_take_their_threads_from_there():
    for name in ("boosted_classification", "boosted_regression"):
        text = (STATS / f"{name}.py").read_text("utf-8")
        assert set(re.findall(r"num_threads\"?[=:] ?([\w.]+)", text)) == {"threads.LEARNING", "threads.PREDICTING"}
