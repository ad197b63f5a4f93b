"""A figure's number, range and evidence as text, one way for every page.

Reads     a number with its unit, or a Figure.
Gives     text; "" where there is nothing to say, "not known" where a number is undefined.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from worthline.metrics import formatting
from worthline.metrics.registry import METRICS, metric
from worthline.metrics.sentences import margin_source
from worthline.results import Figure

SIGNED = ("nps", "nps_weighted", "nps_response_weighted", "nps_predicted")
"""Scores that may fall below zero, and so carry a sign."""

_COUNTED_BY_FAMILY = {
    "customers": "customers",
    "scores": "responses",
    "answers": "responses",
    "service": "contacts",
    "money": "transactions",
    "purchases": "purchases",
    "growth": "customers",
    "relations": "customers",
}
"""What `n` counts, by family of metrics; then where one differs from its family."""
_COUNTED = {
    "nps_worst": "responses and invitations",
    "nps_best": "responses and invitations",
    "contacts_per_customer": "customer-months",
    "revenue_per_customer": "customers",
    "mrr": "subscriptions",
    "purchase_frequency": "customers",
    "refunds": "transactions",
    "credits": "transactions",
    "cost_of_poor_service_cash": "transactions",
    "cost_of_poor_service_capacity": "contacts",
    "poor_service_hours": "contacts",
    "referrals": "referrals",
    "switching": "statements",
    "customer_equity": "customers",
    "margin_next_12m": "customers",
    "margin_at_risk": "customers",
    "margin_at_risk_12m": "customers",
    "margin_at_risk_poor_experience": "customer-months",
    "cost_of_poor_experiences": "customer-months",
    "comments_12m": "comments",
    "savings_available": "customers",
}
_LOOKING_AHEAD = {
    "margin_at_risk": "leaving in the next 12 months",
    "margin_at_risk_12m": "next 12 months",
    "margin_next_12m": "next 12 months",
}
"""When a figure that looks ahead is of."""
_LAST_YEAR = (
    "margin_at_risk_poor_experience",
    "cost_of_poor_experiences",
    "comments_12m",
    "nps_response_weighted",
    "csat_response_weighted",
)
_TO_DATE = ("verdict", "proven_return", "approved_return")
_EARNED = ("revenue", "revenue_without_customer", "margin", "margin_share", "profit")

BASIS = {"counted": "actual", "forecast": "forecast"}
"""A figure's basis in words."""
_BETWEEN = re.compile(r"(?<=[.!?]) (?=[A-Z0-9$€£“])")
_UNIT_NAMES = {"months": "month", "days": "day", "hours": "hour", "seconds": "second"}


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, one by one."""
    return [part for part in _BETWEEN.split(text) if part]


def value(number: float | None, unit: str, *, currency: str, name: str = "", exact: bool = False) -> str:
    """The number in its unit: exact as published, or short enough for a column."""
    if number is None:
        return formatting.NOT_KNOWN
    match unit:
        case "money":
            return formatting.money(number, currency) if exact else formatting.money_short(number, currency)
        case "share" | "rate":
            return formatting.share(number, 2 if exact else 1)
        case "score":
            signed = name.startswith(SIGNED)
            return _score_exact(number, signed) if exact else formatting.points(number, signed=signed)
        case "count":
            return formatting.count(number)
        case "months" | "days" | "hours" | "seconds":
            text = formatting.decimal(number)
            return f"{text} {_UNIT_NAMES[unit]}" if text == "1.0" else f"{text} {unit}"
        case _:
            return formatting.decimal(number, 3 if exact else 2)


def span(
    low: float | None,
    high: float | None,
    unit: str,
    *,
    currency: str,
    name: str = "",
    exact: bool = False,
) -> str:
    """The 95% confidence interval: $7.2M-$8.3M, +10 to +14; "" where there is none."""
    if low is None or high is None:
        return ""
    ends = [value(end, unit, currency=currency, name=name, exact=exact) for end in (low, high)]
    if unit in _UNIT_NAMES:
        ends[0] = ends[0].rpartition(" ")[0]
    plainly = unit in ("money", "share", "count") and low >= 0 and not exact
    return ("-" if plainly else " to ").join(ends)


def evidence(figure: Figure, settings: Mapping[str, Any] | None = None) -> str:
    """How the number is known: actual, forecast, proven, estimated; "-" where it is undefined."""
    if figure.value is None:
        return "-"
    declared = (settings or {}).get("margin")
    if declared is not None and margin_source(declared, flat=True) in figure.sentence:
        return f"actual, margin set at {formatting.rate(declared)}"
    return figure.evidence


def period(figure: Figure) -> str:
    """Of which time the number is: 12 months to Sep 2026; 30 Sep 2026; next 12 months."""
    of_metric = figure.details.get("period")
    if of_metric is not None:
        return formatting.period(str(of_metric))
    if figure.name == "savings_available" and "weeks" in figure.details:
        return f"next {formatting.how_many(figure.details['weeks'], 'week')}"
    if figure.name in _LOOKING_AHEAD:
        return _LOOKING_AHEAD[figure.name]
    if figure.name in _LAST_YEAR:
        return formatting.period(f"12m:{figure.as_of[:7]}")
    return f"to {formatting.day(figure.as_of)}" if figure.name in _TO_DATE else formatting.day(figure.as_of)


def sample(figure: Figure, settings: Mapping[str, Any] | None = None) -> str:
    """The size of the sample: 14,079 transactions, 663 responses; "" where that is not counted."""
    if figure.n is None:
        return ""
    name = figure.details.get("metric", figure.name)
    counted = figure.details.get("counted") or _COUNTED.get(name)
    if counted is None and (name in METRICS or "metric" in figure.details):
        counted = "invitations" if name.endswith("response_rate") else _COUNTED_BY_FAMILY.get(metric(name).family)
    if counted == "transactions" and (settings or {}).get("revenue_from") == "subscriptions" and name in _EARNED:
        counted = "fees by subscription and month"
    if counted is None:
        return f"n = {formatting.count(figure.n)}"
    return formatting.how_many(figure.n, counted.removesuffix("s"), counted)


def _score_exact(number: float, signed: bool) -> str:
    text = formatting.decimal(number, 2)
    return f"+{text}" if signed and number > 0 else text
