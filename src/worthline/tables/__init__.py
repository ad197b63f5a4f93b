"""What a row means: the canonical tables, their keys, units, money and time."""

from worthline.tables.catalogue import TABLES
from worthline.tables.spec import MONEY_SCALE, Column, Kind, TableSpec

__all__ = ["MONEY_SCALE", "TABLES", "Column", "Kind", "TableSpec"]
