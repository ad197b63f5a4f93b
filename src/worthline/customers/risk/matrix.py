"""Features as numbers: words become codes of their commonest levels, and what cannot tell anything is left out.

Reads     rows of features.py.
Gives     a Coding, learnt from the sample that models learn from, and the matrix of any rows by it.
Method    a company's own column that reads as numbers is one; else its 30 commonest values are levels. A column
          whose levels cover under a fifth of the rows, that is blank or always the same, is left out and named.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from worthline.customers.risk.feature_groups import Feature

Floats = npt.NDArray[np.float64]

LEVELS = 30
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
COVERED = 0.2
"""Share of rows that a column's levels must cover."""


@dataclass(frozen=True)
class Coded:
    """One feature as the models see it."""

    feature: Feature
    levels: tuple[str, ...] | None
    """Values by code; None for numbers."""
    low: float = -np.inf
    high: float = np.inf
    """Of numbers, the least and the most that was learnt from: nothing is said of what lies beyond."""

    def column(self, rows: pa.Table) -> Floats:
        """The feature of `rows`; what is missing is NaN, a value of no level has the code after the last."""
        values = rows[self.feature.column]
        if self.levels is None:
            return np.asarray(np.clip(_in_reach(_numbers(values), self.feature), self.low, self.high))
        codes = pc.index_in(values, value_set=pa.array(self.levels, pa.string()))
        filled = pc.fill_null(codes, len(self.levels))
        code: Floats = np.array(filled.to_numpy(zero_copy_only=False), dtype=np.float64)
        code[pc.is_null(values).to_numpy(zero_copy_only=False)] = np.nan
        return code


@dataclass(frozen=True)
class Coding:
    """The features that are looked at, and those that cannot tell anything."""

    columns: tuple[Coded, ...]
    left_out: tuple[tuple[Feature, str], ...] = ()
    """Feature and why."""

    @property
    def features(self) -> tuple[Feature, ...]:
        """In the order of the matrix's columns."""
        return tuple(coded.feature for coded in self.columns)

    @property
    def categories(self) -> list[int]:
        """Columns that hold codes."""
        return [i for i, coded in enumerate(self.columns) if coded.levels is not None]

    def matrix(self, rows: pa.Table) -> Floats:
        """Shape (rows, columns)."""
        filled = np.empty((rows.num_rows, len(self.columns)))
        for i, coded in enumerate(self.columns):
            filled[:, i] = coded.column(rows)
        return filled

    def place(self, column: str) -> int | None:
        """Where a feature stands in the matrix; None where it is not looked at."""
        names = [coded.feature.column for coded in self.columns]
        return names.index(column) if column in names else None

    def without(self, columns: set[str]) -> Coding:
        """The same, some columns left out."""
        return Coding(tuple(c for c in self.columns if c.feature.column not in columns), self.left_out)


def coding(rows: pa.Table, features: tuple[Feature, ...]) -> Coding:
    """How the features of `rows` become numbers."""
    found: list[Coded] = []
    left_out: list[tuple[Feature, str]] = []
    for feature in features:
        coded = _coded(rows[feature.column], feature)
        if isinstance(coded, str):
            left_out.append((feature, coded))
        else:
            found.append(coded)
    return Coding(tuple(found), tuple(left_out))


def _coded(values: pa.ChunkedArray, feature: Feature) -> Coded | str:
    if values.null_count == len(values) and not (feature.open_ended and feature.cap is not None):
        return "it is always blank"
    if not feature.text or (feature.own and _reads_as_numbers(values)):
        numbers = _in_reach(_numbers(values), feature)
        known = numbers[~np.isnan(numbers)]
        same = known.size == numbers.size and (known == known[0]).all()
        return "it is always the same" if same else Coded(feature, None, float(known.min()), float(known.max()))
    counts = pc.value_counts(values.drop_null().combine_chunks()).to_pylist()
    ordered = sorted(((row["counts"], row["values"]) for row in counts), key=lambda pair: (-pair[0], pair[1]))
    levels = ordered[:LEVELS]
    if len(ordered) == 1 and values.null_count == 0:
        return "it is always the same"
    if sum(n for n, _ in levels) < COVERED * (len(values) - values.null_count):
        return f"it has {len(ordered):,} different values"
    return Coded(feature, tuple(value for _, value in levels))


def _in_reach(numbers: Floats, feature: Feature) -> Floats:
    """No further back than the records reach in every month that is learnt from."""
    if feature.cap is None:
        return numbers
    capped = np.minimum(numbers, feature.cap)
    return np.asarray(np.where(np.isnan(capped), feature.cap, capped) if feature.open_ended else capped)


def _reads_as_numbers(values: pa.ChunkedArray) -> bool:
    known = values.drop_null()
    numbers = _numbers(known)
    return bool(np.isnan(numbers).mean() <= 0.02) and len(np.unique(numbers)) > 2


def _numbers(values: pa.ChunkedArray) -> Floats:
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        text = pc.utf8_trim_whitespace(values)
        values = pc.if_else(pc.match_substring_regex(text, _NUMBER), text, pa.scalar(None, pa.string()))
    numbers = pc.cast(values, pa.float64())
    return np.array(pc.fill_null(numbers, float("nan")).to_numpy(zero_copy_only=False), dtype=np.float64)
