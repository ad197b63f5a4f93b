"""The one registry of metrics: what is counted, its unit, grain, and when it is undefined.

Reads     the declarations of registry_soft and registry_hard.
Gives     METRICS by name, and `metric` for the names that a company's own feedback brings.
"""

from __future__ import annotations

from worthline.metrics.registry_hard import HARD
from worthline.metrics.registry_soft import (
    OWN_RESPONSE_RATE,
    SOFT,
    WEIGHTED_TWIN,
    own_mean,
    own_response_rate,
    own_weighted,
)
from worthline.metrics.values import Metric

METRICS: dict[str, Metric] = {m.name: m for m in (*SOFT, *HARD)}
"""Every metric that Worthline itself defines."""


def metric(name: str) -> Metric:
    """The metric called `name`; a name that Worthline does not define is a score of the company's own."""
    if name in METRICS:
        return METRICS[name]
    if name.endswith(OWN_RESPONSE_RATE):
        return own_response_rate(name)
    if name.endswith(WEIGHTED_TWIN):
        return own_weighted(name)
    return own_mean(name)
