"""Where engines differ, each gap with a name; everything else in the house is engine-neutral.

Each was tried on DuckDB 1.5 and PySpark 4.0. A room that needs one of these asks for it here or does
without; tests/engine holds each statement to both engines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

DUCKDB_SETTINGS: dict[str, Any] = {
    "TimeZone": "UTC",
    "preserve_insertion_order": True,
    "default_null_order": "nulls_last",
}
"""Sessions live in UTC; rows keep the order in which they were read (line numbers come from it);
where an order says nothing of nulls they come last, up or down, which is what Ibis tells Spark."""

SPARK_SETTINGS: dict[str, str] = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
}
"""Sessions live in UTC; what overflows or cannot be cast raises, as on DuckDB; a product of decimals keeps every
digit of its scale (Spark's own way cuts it to six, then a cast rounds again: 0.33335000004 became 0.3334); an
instant has no zone; days before 1582 are written as they are."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One difference: what is not to be relied upon, what happens, and what to do instead."""

    name: str
    what: str
    instead: str


GAPS: tuple[Gap, ...] = (
    Gap(
        "latest_known",
        "asof_join is missing on Spark; last(include_null=False).over() drops IGNORE NULLS on DuckDB",
        "row_number over a descending order, keep 1; or array passes",
    ),
    Gap(
        "decimal_product",
        "decimal x float is DOUBLE on both, yet Ibis takes it for a decimal and rounds what comes back; decimal x "
        "decimal is inferred with the scale of the first; decimals of which neither holds the other raise in Ibis",
        "only + - sum min max on money; factors are DECIMAL too, and a product is cast at once",
    ),
    Gap(
        "decimal_scale",
        "Spark cuts the scale of a product of two 38-digit decimals to six, so that the cast to money rounds twice",
        "the session keeps every digit (SPARK_SETTINGS)",
    ),
    Gap(
        "cast_left_out",
        "Ibis leaves out a cast to the type that it infers, also where the engine's type differs: decimal(18, 4) x "
        "decimal(9, 4) is inferred as decimal(18, 4), and the cast to that is dropped",
        "multiply by a factor of a finer scale, decimal(18, 8), so that the cast is written",
    ),
    Gap(
        "decimal_overflow",
        "DuckDB keeps the product of two decimals of at most 18 digits in 18 digits, and raises beyond: "
        "decimal(18, 4) x decimal(18, 8) holds six digits before the point; Spark takes as many as are needed",
        "cast both factors to 28 digits first, and try_cast the product",
    ),
    Gap(
        "decimal_mean",
        "mean and quantile of a decimal come back cut to its scale",
        "sum and count on the engine, the quotient as DOUBLE afterwards",
    ),
    Gap(
        "float_aggregates",
        "sum, avg, var, stddev, corr of DOUBLE differ from run to run on two threads",
        "sum integers or DECIMAL; scores are summed as DECIMAL(18, 6)",
    ),
    Gap(
        "float_rounding",
        "DOUBLE 3.7 cast to an integer is 4 on DuckDB and 3 on Spark; 0.285 rounded to 2 digits is 0.28 and 0.29",
        "cast to DECIMAL, which rounds half up from the shortest text on both; or floor",
    ),
    Gap(
        "floor_division",
        "integers are divided by // as DOUBLE, on both: one off beyond 2 ** 53",
        "keep what is divided below 2 ** 53: ten-thousandths of 900 billion",
    ),
    Gap(
        "division_by_zero",
        "x / 0 is infinite on DuckDB and raises on Spark; log(0) raises on DuckDB and is null on Spark",
        "nullif before the division",
    ),
    Gap(
        "try_cast_integer",
        "try_cast('3.7' as int64) is 4 on DuckDB and null on Spark",
        "check the text by pattern before it is cast",
    ),
    Gap(
        "try_cast_instant",
        "both drop an offset in the text of an instant without a zone; zoned casts lie hours apart",
        "match the text, cast the local part, apply offsets by arithmetic",
    ),
    Gap(
        "float_text",
        "the text of a DOUBLE is 1e+20 on DuckDB and 1.0E20 on Spark",
        "make text of integers and DECIMAL only",
    ),
    Gap(
        "lower_case",
        "lower() of the dotted capital I and of a final capital sigma differs",
        "compare lower-case words of our own; names of the company's are kept as they are",
    ),
    Gap(
        "row_order",
        "Spark keeps no order of insertion",
        "lines are numbered while reading; map_customers keeps each row's place; write_parquet raises without an order",
    ),
    Gap(
        "rows_in_memory",
        "Ibis hands rows in memory to Spark, and what comes back, through pandas, where a whole number beside a null "
        "becomes a DOUBLE",
        "the engine hands them over as Parquet, and fetches as Arrow",
    ),
    Gap("hash", "hash() differs", "sha256 as hexadecimal text"),
    Gap("sample", "sample(seed) is missing on Spark", "keep the keys whose sha256 is smallest"),
    Gap("first_last", "ordered first/last/group_concat and mode are missing on Spark", "row_number"),
    Gap(
        "null_order",
        "DuckDB can sort nulls first or last by default, where an order says nothing; Ibis always tells Spark last",
        "the session sorts them last (DUCKDB_SETTINGS); say nulls_first where they are to come first",
    ),
)
