"""Columns that many tables share, and short names of kinds of column.

Gives     KNOWN_AT, CURRENCY, EARNED, BOUGHT, `customer`, `at`.
"""

from __future__ import annotations

from worthline.tables.spec import Column, Kind

ID, TEXT, CATEGORY = Kind.ID, Kind.TEXT, Kind.CATEGORY
INSTANT, DAY, MONEY, NUMBER = Kind.INSTANT, Kind.DAY, Kind.MONEY, Kind.NUMBER
COUNT, RATE, FLAG = Kind.COUNT, Kind.RATE, Kind.FLAG

KNOWN_AT = Column(
    "known_at",
    INSTANT,
    "when the company came to know this row; decides whether it exists as of a date",
    also_called=("recorded_at", "snapshot_date", "loaded_at"),
)
"""Every table may bring it; without it a row is known when it happened."""

CURRENCY = Column("currency", CATEGORY, "ISO 4217 code of the row's money; blank: the company's currency")

EARNED, BOUGHT = ("referral", "organic"), ("paid", "partner")
"""acquired_through of customers whom nobody paid for, and of those who were paid for."""

CUSTOMER = ("customer", "cust id", "custid", "client id", "account holder id", "user id")


def customer(meaning: str = "whose row it is", blank_means: str | None = None) -> Column:
    """customer_id, required."""
    return Column("customer_id", ID, meaning, required=True, blank_means=blank_means, also_called=CUSTOMER)


def at(meaning: str = "when it happened") -> Column:
    """The instant of a row, required."""
    return Column("at", INSTANT, meaning, required=True, also_called=("date", "timestamp", "datetime", "created at"))
