"""Whole customers laid out as months: the passes that a panel is made of. numpy only.

Reads     facts of customers as (customer, month, value).
Gives     dense arrays [customers, months], rolling sums, last-known values, and rows of published months.
Method    each customer's months stand side by side, `lead` unpublished ones first; a rolling sum is a sum at
          fixed offsets of months, and what an offset borrows from the customer before falls on unpublished
          months only. Money is int64 ten-thousandths, so every sum is exact.
Assumes   no window is longer than lead + 1 months.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Index = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
Cells = npt.NDArray[Any]
"""Shape (customers, width)."""

MONEY = pa.decimal128(18, 4)
NEVER = np.int32(2**30)
"""A month that does not come."""
BEFORE = np.int32(-(2**30))
"""A month so long ago that it never was."""
PART_CELLS = 65_536
"""Cells that are computed at once: half a mebibyte of int64."""
CHUNK_ROWS = 122_880
"""Rows of the result that are handed over together: a row group of DuckDB; other sizes took 1.1 to 1.6x its time."""


def _one(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def units(column: pa.ChunkedArray | pa.Array) -> Ints:
    """DECIMAL(18, 4) as int64 ten-thousandths, nulls as 0: the low word of each 128-bit value; raises TypeError."""
    array = _one(column)
    if array.type != MONEY:
        raise TypeError(f"money is {MONEY} here, not {array.type}")
    words = np.frombuffer(array.buffers()[1] or b"", dtype="<i8")
    low = words[2 * array.offset : 2 * (array.offset + len(array)) : 2].astype(np.int64, copy=False)
    return np.where(present(array), low, 0) if array.null_count else low


def money(ten_thousandths: Ints, missing: Bools | None = None) -> pa.Array:
    """int64 ten-thousandths as DECIMAL(18, 4), null where `missing`."""
    words = np.empty((len(ten_thousandths), 2), dtype="<i8")
    words[:, 0] = ten_thousandths
    np.right_shift(words[:, 0], 63, out=words[:, 1])
    return pa.Array.from_buffers(MONEY, len(words), [_validity(missing), pa.py_buffer(words)])


def integers(column: pa.ChunkedArray | pa.Array, null: int = 0) -> Ints:
    """Whole numbers as int64, nulls as `null`.

    Shapes: `column` (n,); gives (n,).
    """
    array = _one(column)
    if array.null_count:
        array = array.fill_null(null)
    whole: Ints = array.to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
    return whole


def present(column: pa.ChunkedArray | pa.Array) -> Bools:
    """Where a column is not null.

    Shapes: `column` (n,); gives (n,).
    """
    flags: Bools = _one(column).is_valid().to_numpy(zero_copy_only=False)
    return flags


def nullable(values: npt.NDArray[Any], missing: Bools) -> pa.Array:
    """An Arrow array of numbers, null where `missing`.

    Shapes: `values`, `missing` (n,); gives (n,).
    """
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [_validity(missing), pa.py_buffer(np.ascontiguousarray(values))])


def _validity(missing: Bools | None) -> pa.Buffer | None:
    if missing is None or not missing.any():
        return None
    return pa.py_buffer(np.packbits(~missing, bitorder="little"))


@dataclass(frozen=True, slots=True)
class Grid:
    """`customers` x (`lead` + `months`) cells; months are numbered from 0, the first `lead` are not published."""

    customers: int
    lead: int
    months: int

    @property
    def width(self) -> int:
        """Months of one customer, the unpublished ones included."""
        return self.lead + self.months

    @property
    def numbers(self) -> Index:
        """The months' numbers, shape (width,)."""
        return np.arange(self.width, dtype=np.int32)

    def place(self, at: Ints, values: npt.NDArray[Any], dtype: npt.DTypeLike = np.int64) -> Cells:
        """`values` in the cells `at` (customer x width + month, each at most once), 0 elsewhere.

        Shapes: `at`, `values` (k,); gives (customers, months).
        """
        cells = np.zeros((self.customers, self.width), dtype=dtype)
        cells.reshape(-1)[at] = values
        return cells

    def rolling(self, cells: Cells, months: int) -> Cells:
        """Sum of each month and the `months` - 1 before it; right in published months; raises ValueError."""
        if not 1 <= months <= self.lead + 1:
            raise ValueError(f"a window of {months} months needs {months - 1} of lead; there are {self.lead}")
        power, size = cells.reshape(-1), 1
        total, covered = None, 0
        while True:
            if months & size:
                total = power if total is None else _added(total, power, covered)
                covered += size
            if total is not None and covered == months:
                return total.reshape(cells.shape)
            power, size = _added(power, power, size), size * 2

    def latest(self, marked: Bools, before: Index | None = None) -> Index:
        """The latest month up to each one that is `marked`; `before`: those that happened before month 0.

        Shapes: `marked` (customers, months); gives (customers, months), months as numbers.
        """
        last_marked = np.where(marked, self.numbers, BEFORE)
        if before is not None and self.width:
            np.maximum(last_marked[:, 0], before, out=last_marked[:, 0])
        latest: Index = np.maximum.accumulate(last_marked, axis=1, out=last_marked)
        return latest

    def known(self, values: Cells, latest: Index) -> Cells:
        """For each cell the value of its customer in the month `latest` (month 0 where there is none)."""
        first = np.arange(self.customers, dtype=np.int64)[:, None] * self.width
        return values.reshape(-1).take(first + np.maximum(latest, 0))

    def rows(self, starts: Index, ends: Index | None = None) -> Rows:
        """Published cells from month `starts` of each customer to `ends`, that one included."""
        wanted = self.numbers >= np.maximum(starts, self.lead)[:, None]
        if ends is not None:
            wanted &= self.numbers <= ends[:, None]
        cells = np.flatnonzero(wanted)
        owner = np.repeat(np.arange(self.customers), wanted.sum(axis=1))
        return Rows(at=cells, owner=owner, month=cells - owner * self.width)


@dataclass(frozen=True, slots=True)
class Rows:
    """Cells that become rows, in order of customer and month."""

    at: Ints
    """Number of the cell: customer x width + month."""
    owner: Ints
    """Its customer, from 0."""
    month: Ints
    """Its month."""

    def of(self, cells: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The values of these cells.

        Shapes: `cells` (customers, months); gives (cells kept,).
        """
        return cells.reshape(-1).take(self.at)


def _added(to: npt.NDArray[Any], cells: npt.NDArray[Any], later: int) -> npt.NDArray[Any]:
    """`to` plus what stood `later` months before."""
    total = np.empty_like(to)
    total[:later] = to[:later]
    np.add(to[later:], cells[: len(cells) - later], out=total[later:])
    return total


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything laid out for some customers: `cells` by customer and month, `one` value a customer."""

    grid: Grid
    cells: Mapping[str, Cells]
    one: Mapping[str, npt.NDArray[Any]]

    def each(self, rows_of: Callable[[Sheet], pa.Table]) -> pa.Table:
        """`rows_of` the same customers, a few at a time, laid end to end.

        What is computed from a part stays in the processor's cache. Parts share Arrow's number of threads;
        the result does not depend on it.
        """
        with ThreadPoolExecutor(max_workers=pa.cpu_count()) as pool:
            whole = pa.concat_tables(pool.map(rows_of, self.parts())).combine_chunks()
        return pa.Table.from_batches(whole.to_batches(max_chunksize=CHUNK_ROWS), whole.schema)

    def parts(self) -> Iterator[Sheet]:
        """The same customers in parts of PART_CELLS, about; one empty part where there are none."""
        step = max(PART_CELLS // max(self.grid.width, 1), 1)
        for first in range(0, max(self.grid.customers, 1), step):
            last = min(first + step, self.grid.customers)
            yield Sheet(
                grid=replace(self.grid, customers=last - first),
                cells={name: cells[first:last] for name, cells in self.cells.items()},
                one={name: values[first:last] for name, values in self.one.items()},
            )
