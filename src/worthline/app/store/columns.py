"""Types of the store's columns that SQLite and PostgreSQL keep alike: money, and moments.

Gives     Money, Moment.
Method    SQLite has no decimal, so money is an integer of ten-thousandths on both; a moment is text in UTC that sorts.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Dialect, String
from sqlalchemy.types import TypeDecorator

from worthline.tables.spec import MONEY_SCALE

UNIT = Decimal(1).scaleb(-MONEY_SCALE)
MOST = Decimal("99999999999999.9999")
"""The largest amount of DECIMAL(18, 4)."""
MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"


class Money(TypeDecorator[Decimal]):
    """Decimal in the company's currency, kept as an integer of ten-thousandths; ValueError where that would round."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """As it is kept."""
        return None if value is None else ten_thousandths(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """As it is read."""
        return None if value is None else Decimal(int(value)) * UNIT


class Moment(TypeDecorator[datetime]):
    """An instant in UTC to the microsecond."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """As it is kept."""
        return None if value is None else moment_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """As it is read."""
        return None if value is None else datetime.strptime(value, MOMENT).replace(tzinfo=UTC)


def ten_thousandths(value: Decimal) -> int:
    """An amount as an integer of ten-thousandths; ValueError for more decimals, or more than DECIMAL(18, 4) holds."""
    scaled = value / UNIT
    if scaled != scaled.to_integral_value() or abs(value) > MOST:
        raise ValueError(f"{value} is no amount with at most {MONEY_SCALE} decimals")
    return int(scaled)


def moment_text(value: datetime) -> str:
    """An instant as text in UTC; ValueError where it brings no zone."""
    if value.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return value.astimezone(UTC).strftime(MOMENT)
