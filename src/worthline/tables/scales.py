"""The scale of an answer, and which of several is a question's usual one.

Reads     nothing.
Gives     DEFAULT_SCALES, and usual_scale: nps is 0-10; any other question's is the scale with most answers.
"""

from __future__ import annotations

from collections.abc import Mapping

Scale = tuple[float | None, float | None]
"""Lowest and highest score; None where it is not known."""

DEFAULT_SCALES: dict[str, tuple[float, float]] = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "stars": (1, 5)}
"""The scale of answers that bring none."""


def usual_scale(metric: str, answers: Mapping[Scale, int]) -> Scale | None:
    """The scale on which `metric` is read, from its answers by scale; of equals the higher, an unknown one last."""
    if metric.lower() == "nps":
        return DEFAULT_SCALES["nps"]
    return max(answers, key=lambda scale: (answers[scale], *in_order(scale)), default=None)


def in_order(scale: Scale) -> tuple[float, float]:
    """For comparing; an unknown scale has the lowest low and the highest high."""
    low, high = scale
    return (-1e9 if low is None else low, 1e9 if high is None else high)
