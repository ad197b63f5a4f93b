"""One experiment from published tables: customers by month to effects, looks and returns; seconds and peak memory.

    python -m benchmarks.experiment --customers 1000000
    python -m benchmarks.experiment --customers 10000000

Customers with a year of panel, 70% of them assigned in April 2025 in two strata; more leave among the controls. What is
timed is what a run does with it: listing, gathering units on the engine, every outcome, horizon, look and quarter. Each
run is a process of its own; bars: 20 s and 2 GiB at 10 million.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

MONTHS, BLOCK = 12, 200_000
NAMES = ("customer_id", "month", "state", "active", "tenure_months", "revenue", "margin", "orders", "contacts")
NAMES += ("handle_seconds", "cost_to_serve", "answers", "last_score")
SECONDS, MIB = 20, 2048


def make(customers: int, folder: Path, seed: int = 3) -> None:
    """panel.parquet and treatments.parquet, in the columns that experiments read, in order of customer and month."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from worthline.panel.months import SCHEMA

    luck, schema = np.random.default_rng(seed), pa.schema([SCHEMA.field(name) for name in NAMES])
    months = np.arange("2025-01", "2026-01", dtype="datetime64[M]").astype("datetime64[D]")
    panel, assigned = pq.ParquetWriter(folder / "panel.parquet", schema), None
    for first in range(0, customers, BLOCK):
        n = min(BLOCK, customers - first)
        who, treated = np.char.mod("C%08d", np.arange(first, first + n)), luck.random(n) < 0.7
        left = np.where(luck.random(n) < np.where(treated, 0.10, 0.12), luck.integers(5, 12, n), 99)
        month, here = np.tile(np.arange(MONTHS), n), np.tile(np.arange(MONTHS), n) < np.repeat(left, MONTHS)
        spent = (np.repeat(luck.gamma(4.0, 5.0, n), MONTHS) * luck.gamma(5.0, 0.2, n * MONTHS) * here * 100).astype(int)
        columns = {
            "customer_id": np.repeat(who, MONTHS),
            "month": np.tile(months, n),
            "state": np.where(here, "active", "left"),
            "active": here,
            "tenure_months": np.where(here, month + np.repeat(luck.integers(1, 60, n), MONTHS), 0),
            "orders": luck.poisson(1.0, n * MONTHS) * here,
            "contacts": luck.poisson(0.3, n * MONTHS) * here,
            "handle_seconds": luck.integers(0, 600, n * MONTHS),
            "answers": luck.random(n * MONTHS) < 0.05,
            "last_score": luck.integers(0, 11, n * MONTHS).astype(float),
        }
        columns |= {"revenue": _money(2 * spent), "margin": _money(spent), "cost_to_serve": _money(spent // 10)}
        panel.write_table(pa.table([_typed(columns[f.name], f.type) for f in schema], schema=schema))
        rows = _treatments(who, treated, luck.random(n) < 0.5, first)
        assigned = assigned or pq.ParquetWriter(folder / "treatments.parquet", rows.schema)
        assigned.write_table(rows)
    panel.close()
    assert assigned is not None
    assigned.close()


def _treatments(who: Any, treated: Any, is_first: Any, line: int) -> Any:
    import numpy as np
    import pyarrow as pa

    n = len(who)
    return pa.table(
        {
            "customer_id": who,
            "initiative": pa.array(["calls"] * n),
            "arm": np.where(treated, "treated", "control"),
            "at_date": np.full(n, np.datetime64("2025-04-10")),
            "known_on": pa.nulls(n, pa.date32()),
            "cost": _money(np.where(treated, 150, 0)),
            "stratum": np.where(is_first, "A", "B"),
            "cluster": pa.nulls(n, pa.string()),
            "_file": pa.array(["t"] * n),
            "_line": np.arange(line, line + n),
        }
    )


def _money(cents: Any) -> Any:
    """Cents as DECIMAL(18, 4)."""
    import numpy as np
    import pyarrow as pa

    words = np.zeros((len(cents), 2), np.int64)
    words[:, 0] = np.asarray(cents, np.int64) * 100
    return pa.Array.from_buffers(pa.decimal128(18, 4), len(cents), [None, pa.py_buffer(words.tobytes())])


def _typed(values: Any, kind: Any) -> Any:
    import pyarrow as pa

    column = values if isinstance(values, pa.Array) else pa.array(values)
    return column if column.type == kind else column.cast(kind)


def measure(folder: Path) -> dict[str, float]:
    """Seconds, processor seconds and the peak memory of one experiment; and the effect on margin, which is checked."""
    from worthline.engine import open_engine, rooms
    from worthline.initiatives import costs, experiments
    from worthline.results import Dataset, Resolved

    engine = open_engine("duckdb", folder / "engine", threads=2, memory="1GB")
    run, panel = rooms(engine), engine.parquet([folder / "panel.parquet"])
    settings = _settings(Resolved)
    brought = frozenset({"customer_id", "at", "arm", "initiative", "cost", "stratum"})
    ds = Dataset({"treatments": engine.parquet([folder / "treatments.parquet"])}, {"treatments": brought}, settings)
    begun, used = time.perf_counter(), time.process_time()
    listed = experiments.listed(ds, run)
    by_name = costs.costs([], listed, {}, settings.as_of)
    found = experiments.measure(ds, panel, run, listed, by_name, usable_rows=experiments.rows_by_initiative(listed))
    seconds, processor = time.perf_counter() - begun, time.process_time() - used
    engine.close()
    (margin,) = (row for row in found.rows if row.outcome == "margin_to_date" and row.segment == "all")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert margin.estimate is not None
    return {"seconds": seconds, "processor": processor, "peak": peak, "effect": margin.estimate}


def _settings(kind: Any) -> Any:
    """What experiments read of a company's settings; all else stays as it is by default."""
    import dataclasses

    blank = {f.name: None for f in dataclasses.fields(kind) if f.default is f.default_factory is dataclasses.MISSING}
    usual = {"as_of": date(2025, 12, 31), "currency": "USD", "setting": "contractual", "revenue_from": "transactions"}
    return replace(kind(**blank), **usual, fiscal_year_start=1)


def main(arguments: list[str]) -> int:
    """Make the tables once, measure in processes of their own, print medians."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.experiment")
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the tables are kept, or are already")
    parser.add_argument("--alone", action="store_true", help="measure the tables of --folder in this process")
    given = parser.parse_args(arguments)
    if given.alone:
        print(json.dumps(measure(given.folder)))
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        if not (folder / "panel.parquet").exists():
            folder.mkdir(parents=True, exist_ok=True)
            make(given.customers, folder)
        command = [sys.executable, "-m", "benchmarks.experiment", "--alone", "--folder", str(folder)]
        runs = [
            json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            for _ in range(given.runs)
        ]
    middle = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    print(
        f"one experiment of {given.customers:,} customers x {MONTHS} months: {middle['seconds']:.1f} s, "
        f"{middle['processor']:.1f} s of processor, peak {middle['peak']:,.0f} MiB "
        f"(bars at 10,000,000: {SECONDS} s, {MIB:,} MiB); effect on margin {middle['effect']:.4f}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
