"""Who will leave: learning from a weighted sample and scoring everybody, against bare LightGBM on every row.

    python -m benchmarks.risk --customers 200000 --runs 3
    python -m benchmarks.risk --score 10000000            # scoring alone, block by block: seconds and peak memory

Both sides get the same rows in memory: customers x months with a dozen features, whether each left within three months.
Ours draws leavers and a share of the others, learns, judges and calibrates (risk.model.fit) and scores the last month;
the other trains on every row and scores the last month. Each run is a process of its own, sides in turn; seconds, their
ratio, and both areas on the last month, whose truth neither has seen, are printed.
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
from functools import partial
from pathlib import Path
from typing import Any

MONTHS, HORIZON = 24, 3
NAMES = ("tenure_months", "unresolved_3m", "contacts_3m", "wait_minutes", "revenue_3m", "revenue_12m", "margin_12m")
NAMES += ("orders_3m", "orders_12m", "months_since_contact", "last_score", "contacts_12m")


def make(customers: int, seed: int = 4) -> tuple[Any, Any, Any, Any]:
    """X (rows, features), y, customer, month: every customer in each month, the last one for scoring."""
    import numpy as np

    luck = np.random.default_rng(seed)
    n = customers * MONTHS
    x = luck.gamma(2.0, 1.0, (n, len(NAMES)))
    x[:, 1] = luck.poisson(0.25, n)
    x[:, 0] *= 12
    odds = -4.2 + 0.9 * np.minimum(x[:, 1], 2) - 0.02 * x[:, 0] + 0.25 * x[:, 3] - 0.3 * np.minimum(x[:, 4], 4)
    odds += 0.6 * ((x[:, 10] < 1) & (x[:, 2] > 2))
    y = (luck.random(n) < 1 / (1 + np.exp(-odds))).astype(np.int8)
    return x, y, np.tile(np.arange(customers), MONTHS), np.repeat(np.arange(MONTHS), customers)


def ours(customers: int) -> dict[str, float]:
    """The house's way."""
    import numpy as np
    import pyarrow as pa

    from worthline.customers.risk.evaluation import area

    x, y, who, month = make(customers)
    begun = time.perf_counter()
    learnt = learn(x, y, who, month)
    last = month == MONTHS - 1
    told = learnt.chances(pa.table({name: x[last, i] for i, name in enumerate(NAMES)}))
    seconds = time.perf_counter() - begun
    return {"seconds": seconds, "area": area(y[last].astype(float), told, np.ones(int(last.sum())))}


def learn(x: Any, y: Any, who: Any, month: Any) -> Any:
    """A model learnt from a weighted sample, as in a run."""
    import numpy as np
    import pyarrow as pa

    from worthline.customers.risk.feature_groups import PANEL
    from worthline.customers.risk.landmarks import FOLDS, MOST_EVENTS, MOST_OTHERS
    from worthline.customers.risk.model import fit

    features = tuple(f for name in NAMES for f in PANEL if f.column == name)
    past = month < MONTHS - HORIZON
    events, others = int(y[past].sum()), int((past & (y == 0)).sum())
    step = np.where(y == 1, max(-(-events // MOST_EVENTS), 1), max(-(-others // MOST_OTHERS), 1))
    some = np.flatnonzero(past & ((who // FOLDS + month) % step == 0))
    columns = {name: x[some, i] for i, name in enumerate(NAMES)}
    rows = pa.table({"rank": who[some], "at": month[some], "y": y[some], "weight": step[some].astype(float), **columns})
    found = fit(rows, features, HORIZON, rule="-tenure_months")
    assert found.learnt is not None
    return found.learnt


def scoring(customers: int, folder: Path) -> None:
    """Chances and reasons of so many customers, as a run scores them: from the engine, a block at a time."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from worthline.customers.risk.analyse import BLOCK, SCHEMA, score
    from worthline.engine import open_engine

    learnt = learn(*make(50_000))
    luck, paths = np.random.default_rng(5), []
    for first in range(0, customers, 1_000_000):
        n = min(1_000_000, customers - first)
        x = luck.gamma(2.0, 1.0, (n, len(NAMES)))
        key = np.arange(first, first + n)
        columns = {"customer_id": np.char.mod("C%08d", key), "key": key, **dict(zip(NAMES, x.T, strict=True))}
        paths.append(folder / f"{first}.parquet")
        pq.write_table(pa.table(columns), paths[-1])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    engine = open_engine("duckdb", folder / "engine", threads=2)
    begun = time.perf_counter()
    rows = engine.keep("now", engine.parquet(paths))
    block = partial(score, (learnt, learnt), "USD", True)
    done = engine.map_customers("scores", rows, customers, block, SCHEMA, block=BLOCK)
    count = engine.fetch(done.agg(n=done.p_leave.count()))["n"][0].as_py()
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    engine.close()
    print(f"scored {count:,} customers in {seconds:.0f} s, peak {peak:,.0f} MiB ({before:,.0f} before; bar 8,192)")


def bare(customers: int) -> dict[str, float]:
    """LightGBM on every row."""
    import lightgbm as lgb
    import numpy as np

    from worthline.customers.risk.evaluation import area

    x, y, _, month = make(customers)
    begun = time.perf_counter()
    past, last = month < MONTHS - HORIZON, month == MONTHS - 1
    settings = {"objective": "binary", "num_leaves": 31, "learning_rate": 0.1, "num_threads": 2, "verbosity": -1}
    model = lgb.train(settings, lgb.Dataset(x[past], y[past]), 100)
    told = np.asarray(model.predict(x[last], num_threads=2))
    seconds = time.perf_counter() - begun
    return {"seconds": seconds, "area": area(y[last].astype(float), told, np.ones(int(last.sum())))}


def main(arguments: list[str]) -> int:
    """Run both sides in turn and print medians."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.risk")
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--side", choices=("ours", "bare"))
    parser.add_argument("--score", type=int, metavar="CUSTOMERS", help="scoring alone")
    given = parser.parse_args(arguments)
    if given.score:
        with tempfile.TemporaryDirectory() as folder:
            scoring(given.score, Path(folder))
        return 0
    if given.side:
        print(json.dumps({"ours": ours, "bare": bare}[given.side](given.customers)))
        return 0
    found: dict[str, list[dict[str, float]]] = {"ours": [], "bare": []}
    for _ in range(given.runs):
        for side, results in found.items():
            command = [sys.executable, "-m", "benchmarks.risk", "--side", side, "--customers", str(given.customers)]
            results.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    seconds = {side: statistics.median(r["seconds"] for r in results) for side, results in found.items()}
    areas = {side: results[0]["area"] for side, results in found.items()}
    print(f"risk, {given.customers:,} customers x {MONTHS} months, medians of {given.runs}")
    for side in found:
        print(f"  {side:5} {seconds[side]:7.1f} s   area {areas[side]:.4f}")
    ratio, more = seconds["ours"] / seconds["bare"], areas["ours"] - areas["bare"]
    print(f"  ratio {ratio:.2f} (bar 0.4 at 1,000,000), area {more:+.4f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
