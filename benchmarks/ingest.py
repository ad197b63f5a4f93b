"""Ten million event rows, CSV to checked canonical table, against a bare typed read.

    python -m benchmarks.ingest --rows 10000000 --runs 5

Each run of each side is a process of its own, threads pinned to 2, sides alternating; medians, ratios and peak
memory. Worthline's side is the real code: scan and fingerprint, dialect, one checked pass, counts by rule; every
value is checked, keeps its line, and is shown to be unchanged by counts and sums equal to the bare read's.
Variants: the company in another time zone than UTC; one row in a thousand bad; a file that an earlier run proved
clean (the first run of that side reads it whole, untimed, and its memory counts).
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
from pathlib import Path

SIDES = {
    "bare": "bare typed create table as read_csv",
    "checked": "Worthline, checked, UTC",
    "zoned": "Worthline, checked, company in New York",
    "dirty": "Worthline, checked, 1 row in 1,000 bad",
    "proved": "Worthline, proved clean by an earlier run",
}


def make(path: Path, rows: int, *, dirty: bool) -> None:
    """Events of rows / 20 customers over two years: ISO times, 40 names, amounts to the cent."""
    import duckdb

    amount = "printf('%.2f', (hash(i * 17 + 7) % 1000000) / 1e4)"
    if dirty:
        amount = f"case when i % 1000 = 500 then '12.34567' else {amount} end"
    duckdb.connect().execute(
        f"""copy (select 'C' || lpad((hash(i * 7 + 1) % {max(rows // 20, 1)})::varchar, 8, '0') as customer_id,
        strftime(timestamp '2024-01-01' + to_seconds((hash(i * 11 + 3) % 63072000)::bigint), '%Y-%m-%dT%H:%M:%S') as ts,
        'event_' || lpad((hash(i * 13 + 5) % 40)::varchar, 2, '0') as event, {amount} as value
        from range({rows}) t(i)) to '{path}' (header, delimiter ',')"""
    )


def bare(path: Path, scratch: Path) -> dict:
    """What the engine does unasked: typed, unchecked, without lines, rounding silently."""
    import duckdb

    con = duckdb.connect(str(scratch / "bare.duckdb"))
    con.execute("set threads = 2")
    began = time.perf_counter()
    con.execute(
        f"create table e as from read_csv('{path}', header = true, columns = {{'customer_id': 'varchar', "
        "'ts': 'timestamp', 'event': 'varchar', 'value': 'decimal(18,4)'})"
    )
    seconds = time.perf_counter() - began
    rows, total = con.execute("select count(*), sum(value)::varchar from e").fetchone()
    return {"seconds": seconds, "rows": rows, "total": total, "set_aside": 0}


def worthline(path: Path, scratch: Path, zone: str, *, before: bool = False) -> dict:
    """The first pass of ingest over one source of `interactions`; `before`: an earlier run kept what it proved."""
    from worthline import config
    from worthline.engine import open_engine
    from worthline.ingest.clean_cache import Proved
    from worthline.ingest.files.scan import scan_file
    from worthline.ingest.source_parts import read_all
    from worthline.results import no_progress
    from worthline.tables import TABLES

    (scratch / "worthline.toml").write_text(
        f'[company]\ntimezone = "{zone}"\ndata = "{path.parent}"\n[tables.interactions]\nfile = "{path.name}"\n'
        'columns = { at = "ts", touchpoint = "event", cost = "value" }\n'
    )
    settings = config.load(scratch, {name: spec.names for name, spec in TABLES.items()})
    proved = Proved(path.parent / "checked", "benchmark") if before else None
    if proved and not proved.folder.exists():
        first = open_engine("duckdb", scratch / "first", threads=2)
        read_all(first, settings, (), scratch, no_progress, proved)
        first.close()
    engine = open_engine("duckdb", scratch / "engine", threads=2)
    began = time.perf_counter()
    piece = read_all(engine, settings, (), scratch, no_progress, proved).tables["interactions"][0]
    seconds = time.perf_counter() - began
    good = piece.rows.filter(piece.rows._bad.isnull())
    found = engine.fetch(good.agg(rows=good.count(), total=good.cost.sum(), lines=good._line.max())).to_pylist()[0]
    began = time.perf_counter()
    scan_file(path)
    scanned = time.perf_counter() - began
    engine.close()
    return {
        "seconds": seconds,
        "of which scan": scanned,
        "rows": found["rows"],
        "total": str(found["total"]),
        "set_aside": piece.set_aside,
    }


def one(side: str, path: Path) -> None:
    """One run, in this process; prints a line of JSON."""
    with tempfile.TemporaryDirectory(dir=path.parent) as place:
        zone = "America/New_York" if side == "zoned" else "UTC"
        found = (
            bare(path, Path(place)) if side == "bare" else worthline(path, Path(place), zone, before=side == "proved")
        )
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(found))


def main(arguments: list[str] | None = None) -> int:
    """Run all sides in turn and print the table of medians."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--one", choices=SIDES)
    parser.add_argument("--file", type=Path)
    options = parser.parse_args(arguments)
    if options.one:
        one(options.one, options.file)
        return 0
    with tempfile.TemporaryDirectory() as place:
        clean, dirty = Path(place) / "events.csv", Path(place) / "dirty.csv"
        make(clean, options.rows, dirty=False)
        make(dirty, options.rows, dirty=True)
        runs: dict[str, list[dict]] = {side: [] for side in SIDES}
        for turn in range(options.runs):
            for side, words in SIDES.items():
                print(f"run {turn + 1} of {options.runs}: {words}", file=sys.stderr)
                file = dirty if side == "dirty" else clean
                command = [sys.executable, "-m", "benchmarks.ingest", "--one", side, "--file", str(file)]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                runs[side].append(json.loads(done.stdout.splitlines()[-1]))
    return _report(options.rows, runs)


def _report(rows: int, runs: dict[str, list[dict]]) -> int:
    print(f"CSV to checked canonical table, {rows:,} rows, 2 threads, medians of {len(runs['bare'])}")
    base = statistics.median(run["seconds"] for run in runs["bare"])
    for side, words in SIDES.items():
        seconds = statistics.median(run["seconds"] for run in runs[side])
        peak = max(run["peak_mb"] for run in runs[side])
        last = runs[side][-1]
        scan = f", of which scan {last['of which scan']:.1f} s" if side != "bare" else ""
        print(
            f"  {words:42} {seconds:6.2f} s  ratio {seconds / base:4.2f}  peak {peak:,} MB  "
            f"rows {last['rows']:,} + {last['set_aside']:,} set aside{scan}"
        )
    same = (
        runs["bare"][-1]["total"]
        == runs["checked"][-1]["total"]
        == runs["zoned"][-1]["total"]
        == runs["proved"][-1]["total"]
    )
    print(f"  sums equal the bare read's: {'yes' if same else 'NO'}; bars: ratio 2.5 (clean files 1.5), peak 2,048 MB")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
