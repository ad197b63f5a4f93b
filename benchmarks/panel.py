"""The panel against the same panel by SQL windows: 1 million customers x 24 months, rolling features.

    python -m benchmarks.panel --customers 1000000 --runs 5
    python -m benchmarks.panel --facts panel_1000000.parquet --who panelcust_1000000.parquet

Each run of each side is a process of its own, threads pinned, sides alternating; both end with a kept table
(the windows' in memory, Worthline's on disk), with money as decimal(18, 4). Medians, the ratio and peak memory
are printed once rows and sums are shown to be equal. Without files it makes its own in a temporary folder.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MONTHS = 24
COUNTS = "count(*), sum(tenure), sum(orders_3m), sum(spend_3m), sum(spend_6m), sum(complaints_3m)"
CHECKS = f"select {COUNTS}, sum(nps_last::bigint), sum(since_order), sum(y), sum(month * segment) from p"

WINDOWS = """
create table p as
with grid as (
    select customer_id, m::smallint as month, (tenure0 + m)::smallint as tenure, segment, churn_month
    from '{who}', range({months}) r(m) where m <= churn_month),
facts as (
    select customer_id, month, orders, spend::decimal(18, 4) as spend, complaints, nps
    from '{facts}' where orders > 0 or complaints > 0 or nps is not null),
joined as (
    select g.*, coalesce(orders, 0) as orders, coalesce(spend, 0) as spend,
        coalesce(complaints, 0) as complaints, nps
    from grid g left join facts using (customer_id, month))
select customer_id, month, tenure, segment,
    sum(orders) over three as orders_3m, sum(spend) over three as spend_3m, sum(spend) over six as spend_6m,
    sum(complaints) over three as complaints_3m, last_value(nps ignore nulls) over past as nps_last,
    month - max(case when orders > 0 then month end) over past as since_order,
    (churn_month between month + 1 and month + 3)::tinyint as y
from joined
window past as (partition by customer_id order by month rows unbounded preceding),
    three as (partition by customer_id order by month rows 2 preceding),
    six as (partition by customer_id order by month rows 5 preceding)
"""


def by_windows(facts: Path, who: Path, threads: int, scratch: Path) -> dict:
    """One statement in DuckDB, the table kept in memory."""
    import duckdb

    con = duckdb.connect()
    con.execute(f"set threads = {threads}; set memory_limit = '10GB'; set preserve_insertion_order = false")
    con.execute(f"set temp_directory = '{scratch / 'spill'}'")
    began = time.perf_counter()
    con.execute(WINDOWS.format(facts=facts, who=who, months=MONTHS))
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "checks": con.execute(CHECKS).fetchone()}


def by_worthline(facts: Path, who: Path, threads: int, scratch: Path) -> dict:
    """Worthline's door, blocks and array passes, with the features of the windows."""
    from worthline.engine import open_engine, rooms
    from worthline.panel.roll import roll

    engine = open_engine("duckdb", scratch / "engine", threads=threads)
    began = time.perf_counter()
    people = engine.parquet([who])
    happened = engine.parquet([facts])
    n = engine.fetch(people.count()).column(0)[0].as_py()
    roll(rooms(engine), "p", _rows(happened, people), n, MONTHS, _block, _schema(), block_rows=BLOCK_ROWS)
    seconds = time.perf_counter() - began
    checks = engine.raw.execute(CHECKS).fetchone()
    engine.close()
    return {"seconds": seconds, "checks": checks}


BLOCK_ROWS = 393_216 * MONTHS
"""Customers of a block x months: peak memory stays under 3 GiB."""


def _rows(happened, people):
    """Facts, and one row per customer: orders is then tenure, complaints the segment, month that of leaving."""
    facts = happened.filter((happened.orders > 0) | (happened.complaints > 0) | happened.nps.notnull())
    facts = facts.select(
        customer=facts.customer_id,
        month=facts.month.cast("int16"),
        orders=facts.orders.cast("int16"),
        spend=facts.spend.cast("decimal(18, 4)"),
        complaints=facts.complaints.cast("int16"),
        score=facts.nps.cast("int16"),
        person=False,
    )
    who = people.select(
        customer=people.customer_id,
        month=people.churn_month.cast("int16"),
        orders=people.tenure0.cast("int16"),
        spend=_nothing(),
        complaints=people.segment.cast("int16"),
        score=people.segment.cast("int16"),
        person=True,
    )
    return facts.union(who)


def _nothing():
    import ibis

    return ibis.null("decimal(18, 4)")


def _schema():
    import pyarrow as pa

    money = pa.decimal128(18, 4)
    whole = {"customer_id": pa.int32(), "month": pa.int16(), "tenure": pa.int16(), "segment": pa.int8()}
    features = {"orders_3m": pa.int16(), "spend_3m": money, "spend_6m": money, "complaints_3m": pa.int16()}
    known = {"nps_last": pa.int16(), "since_order": pa.int16(), "y": pa.int8()}
    return pa.schema(list((whole | features | known).items()))


def _block(rows, first: int, last: int):
    import numpy as np

    from worthline.panel.arrays import Grid, Sheet, integers, units

    grid = Grid(customers=last - first, lead=5, months=MONTHS)
    person = rows.column("person").to_numpy()
    customer, month = integers(rows.column("customer")) - first, integers(rows.column("month"))
    at = (customer * grid.width + month + grid.lead)[~person]

    def of_person(name: str, dtype: type) -> np.ndarray:
        found = np.zeros(grid.customers, dtype)
        found[customer[person]] = integers(rows.column(name))[person]
        return found

    cells = {
        "orders": grid.place(at, integers(rows.column("orders"))[~person], np.int16),
        "spend": grid.place(at, units(rows.column("spend"))[~person]),
        "complaints": grid.place(at, integers(rows.column("complaints"))[~person], np.int16),
        "score": grid.place(at, integers(rows.column("score"), -1)[~person] + 1, np.int16),
    }
    one = {
        "number": np.arange(first, last, dtype=np.int32),
        "left": of_person("month", np.int16),
        "tenure": of_person("orders", np.int16),
        "segment": of_person("complaints", np.int8),
    }
    return Sheet(grid, cells, one).each(_part)


def _part(sheet):
    import numpy as np
    import pyarrow as pa

    from worthline.panel.arrays import money, nullable

    grid, cells, one = sheet.grid, sheet.cells, sheet.one
    rows = grid.rows(np.full(grid.customers, grid.lead), one["left"] + grid.lead)
    month = (rows.month - grid.lead).astype(np.int16)
    score = rows.of(grid.known(cells["score"], grid.latest(cells["score"] > 0))) - 1
    since = rows.month - rows.of(grid.latest(cells["orders"] > 0))
    leaving = one["left"][rows.owner] - month
    return pa.table(
        {
            "customer_id": one["number"][rows.owner],
            "month": month,
            "tenure": one["tenure"][rows.owner] + month,
            "segment": one["segment"][rows.owner],
            "orders_3m": rows.of(grid.rolling(cells["orders"], 3)),
            "spend_3m": money(rows.of(grid.rolling(cells["spend"], 3))),
            "spend_6m": money(rows.of(grid.rolling(cells["spend"], 6))),
            "complaints_3m": rows.of(grid.rolling(cells["complaints"], 3)),
            "nps_last": nullable(score, score < 0),
            "since_order": nullable(since.astype(np.int16), since > MONTHS + grid.lead),
            "y": ((leaving >= 1) & (leaving <= 3)).astype(np.int8),
        },
        schema=_schema(),
    )


SIDES = {"windows": by_windows, "worthline": by_worthline}


def make(customers: int, folder: Path, seed: int = 11) -> tuple[Path, Path]:
    """Customers with a chance of leaving each month; orders, spend, complaints and some scores while here."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    chance = np.random.default_rng(seed)
    facts, who = folder / "facts.parquet", folder / "who.parquet"
    mood, basket = chance.normal(0, 0.6, customers), chance.gamma(3, 10, customers)
    left = np.full(customers, 99, np.int16)
    writer = None
    for month in range(MONTHS):
        here = np.flatnonzero(left == 99)
        orders = chance.poisson(np.exp(0.3 - 0.25 * mood[here])).astype(np.int16)
        complaints = chance.poisson(0.12 * np.exp(0.5 * mood[here])).astype(np.int16)
        score = np.clip(np.round(7.5 - 1.2 * mood[here] - 1.5 * complaints + chance.normal(0, 1.5, len(here))), 0, 10)
        score[chance.random(len(here)) >= 0.15] = np.nan
        spend = np.round(orders * basket[here] * chance.lognormal(0, 0.3, len(here)), 2)
        table = pa.table(
            {
                "customer_id": here.astype(np.int64),
                "month": np.full(len(here), month, np.int16),
                "orders": orders,
                "spend": spend,
                "complaints": complaints,
                "nps": pa.array(score, from_pandas=True),
            }
        )
        writer = writer or pq.ParquetWriter(facts, table.schema)
        writer.write_table(table)
        left[here[chance.random(len(here)) < 1 / (1 + np.exp(4.2 - 0.45 * mood[here] - 0.55 * complaints))]] = month
    writer.close()
    people = {
        "customer_id": np.arange(customers),
        "tenure0": chance.integers(0, 60, customers).astype(np.int16),
        "segment": chance.integers(0, 5, customers).astype(np.int8),
        "churn_month": left,
    }
    pq.write_table(pa.table(people), who)
    return facts, who


def one_run(side: str, facts: Path, who: Path, threads: int) -> dict:
    """One side in a process of its own: seconds, peak MiB and checks."""
    pinned = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_NUM_THREADS"), str(threads))
    command = [sys.executable, "-m", "benchmarks.panel", "--side", side, "--facts", str(facts), "--who", str(who)]
    done = subprocess.run(
        [*command, "--threads", str(threads)], env=os.environ | pinned, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{side} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def compare(facts: Path, who: Path, runs: int, threads: int) -> dict:
    """Both sides alternating; medians, ratio, peak; raises where the panels differ."""
    found: dict[str, list[dict]] = {side: [] for side in SIDES}
    for number in range(runs):
        for side in SIDES:
            result = one_run(side, facts, who, threads)
            found[side].append(result)
            took = f"{result['seconds']:6.2f} s, {result['cpu']:6.2f} s of processor"
            print(f"  run {number + 1} {side:<10} {took}, {result['peak_mib']:6.0f} MiB", flush=True)
    checks = {tuple(r["checks"]) for results in found.values() for r in results}
    if len(checks) != 1:
        raise RuntimeError(f"the panels differ: {found}")
    medians = {side: statistics.median(r["seconds"] for r in results) for side, results in found.items()}
    peaks = {side: max(r["peak_mib"] for r in results) for side, results in found.items()}
    ratio = medians["worthline"] / medians["windows"]
    return {"rows": int(next(iter(checks))[0]), "seconds": medians, "peak_mib": peaks, "ratio": ratio}


def main(arguments: list[str] | None = None) -> int:
    """Print the comparison, or (with --side) one side's result as JSON; 1 where a side fails or they differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--facts", type=Path)
    parser.add_argument("--who", type=Path)
    parser.add_argument("--side", choices=SIDES)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="worthline-panel-") as name:
        folder = Path(name)
        if given.side:
            result = SIDES[given.side](given.facts, given.who, given.threads, folder)
            used = resource.getrusage(resource.RUSAGE_SELF)
            result["checks"] = [str(c) for c in result["checks"]]
            print(json.dumps({**result, "cpu": used.ru_utime + used.ru_stime, "peak_mib": used.ru_maxrss / 1024}))
            return 0
        facts, who = (given.facts, given.who) if given.facts else make(given.customers, folder)
        print(f"Panel with rolling features, {given.threads} threads, medians of {given.runs}")
        try:
            result = compare(facts, who, given.runs, given.threads)
        except RuntimeError as error:
            print(error, file=sys.stderr)
            return 1
        print(f"  {result['rows']:,} rows, rows and sums equal")
        for side in SIDES:
            print(f"  {side:<10} {result['seconds'][side]:6.2f} s, peak {result['peak_mib'][side]:,.0f} MiB")
        print(f"  ratio {result['ratio']:.2f} of the windows' time (aim: 0.50; peak at most 3,072 MiB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
