"""How facts of several sources travel in one sparse table: which slot means what. Names only.

Reads     nothing.
Gives     SLOTS, the columns of the facts table; LAYOUT, for each source the slot of each quantity.
Method    a source has at most one row per customer and month (scores: and scale); slots are shared
          between sources, so that the table stays narrow.
"""

from __future__ import annotations

LEAD = 11
"""Months before the first published one that windows of 12 months look back to."""

SLOTS: dict[str, str] = {
    "customer": "int32",
    "month": "int32",
    "source": "int8",
    "money_a": "decimal(18, 4)",
    "money_b": "decimal(18, 4)",
    "money_c": "decimal(18, 4)",
    "whole_a": "int32",
    "whole_b": "int32",
    "first": "int32",
    "last": "int32",
    "score": "float64",
    "text": "string",
}
"""Column -> type. `month` is the number of a month, 0 being the first of the grid, or -1 for all before."""

SOURCES: tuple[str, ...] = ("customers", "transactions", "subscriptions", "interactions", "feedback", "scores")

LAYOUT: dict[str, dict[str, str]] = {
    "customers": {
        "customer_id": "text",
        "starts": "whole_a",  # month of the first row
        "leaves": "whole_b",  # first month on whose last day left_on was reached and known
        "joins": "first",  # month in which joined_on was reached and known
        "since": "last",  # month of joined_on
    },
    "transactions": {
        "revenue": "money_a",
        "margin": "money_b",
        "refunds": "money_c",
        "orders": "whole_a",
        "unpriced": "whole_b",  # rows whose margin is not known
        "first": "first",  # month of the first and of the last purchase among these
        "last": "last",
    },
    "subscriptions": {
        "revenue": "money_a",
        "margin": "money_b",
        "runs": "whole_a",  # subscriptions running on the last day of the month
        "first": "first",  # first month on whose last day one ran; stands in month -1
    },
    "interactions": {
        "cost": "money_a",
        "wait": "money_b",
        "handle": "money_c",
        "contacts": "whole_a",
        "unresolved": "whole_b",
        "uncosted": "first",  # contacts whose cost is not known
        "last": "last",  # month of the last contact among these
    },
    "feedback": {"answers": "whole_a"},
    "scores": {"scale": "whole_a", "score": "score"},  # one row per customer, month and scale
}
"""Source -> quantity -> slot."""
