"""The scale of an answer, and which of several is a question's usual one.

Reads     nothing.
Gives     DEFAULT_SCALES; usual_scale: nps is 0-10, any other question's is the scale with most answers; satisfied_from:
          from which answer on somebody is satisfied (CSAT).
"""

from __future__ import annotations

from collections.abc import Mapping

Scale = tuple[float | None, float | None]
"""Lowest and highest score; None where it is not known."""

DEFAULT_SCALES: dict[str, tuple[float, float]] = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "stars": (1, 5)}
"""The scale of answers that bring none."""


SATISFIED: tuple[tuple[float, float, float], ...] = ((11, 0, 0.25), (3, 1, 0))
"""From which answer on somebody is satisfied: (span from low to high, at least; points below high; share of the span).

The top two points; on a shorter scale the top one; on a longer one than 0 to 10, a slider or percent, the top quarter,
which begins where 4 lies on 1 to 5."""


def satisfied_from(low: float, high: float) -> float:
    """The lowest answer of a scale that is satisfied, as CSAT counts."""
    span = high - low
    return next((high - points - share * span for least, points, share in SATISFIED if span >= least), high)


def usual_scale(metric: str, answers: Mapping[Scale, int]) -> Scale | None:
    """The scale on which `metric` is read, from its answers by scale; of equals the higher, an unknown one last."""
    if metric.lower() == "nps":
        return DEFAULT_SCALES["nps"]
    return max(answers, key=lambda scale: (answers[scale], *in_order(scale)), default=None)


def in_order(scale: Scale) -> tuple[float, float]:
    """For comparing; an unknown scale has the lowest low and the highest high."""
    low, high = scale
    return (-1e9 if low is None else low, 1e9 if high is None else high)
