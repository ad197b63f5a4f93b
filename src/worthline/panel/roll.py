"""Hands whole customers to an array function, so many at a time that a block stays small in memory.

Reads     facts with `customer`, a number from 0 to customers - 1 by which the result is ordered.
Gives     a kept table, the blocks laid end to end.
Method    the engine cuts blocks by `key`; the longer the histories, the fewer customers are in a block.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from worthline.results import Compute

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

BLOCK_ROWS = 1_572_864
"""Rows of the result that stand in memory at once, about."""

Block = Callable[["pa.Table", int, int], "pa.Table"]
"""block(facts, first, last) -> the rows of customers first <= customer < last, in order."""


def roll(
    rooms: Compute,
    name: str,
    facts: ir.Table,
    customers: int,
    months: int,
    block: Block,
    schema: pa.Schema,
    *,
    block_rows: int = BLOCK_ROWS,
) -> ir.Table:
    """Keep what `block` makes of each customer's facts, `months` rows a customer at most, as `name`."""
    keyed = facts.mutate(key=facts.customer)  # not cast: the engine skips what lies outside a block
    together = max(block_rows // max(months, 1), 1)
    return rooms.map_customers(name, keyed, customers, block, schema, block=together)
