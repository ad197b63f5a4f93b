"""Who will leave: learning from a weighted sample and scoring everybody, against bare LightGBM on every row.

    python -m benchmarks.risk --customers 200000 --runs 3

Both sides get the same rows in memory: customers x months with a dozen features, whether each left within three months.
Ours draws leavers and a share of the others, learns, judges and calibrates (risk.model.fit) and scores the last month;
the other trains on every row and scores the last month. Each run is a process of its own, sides in turn; seconds, their
ratio, and both areas on the last month, whose truth neither has seen, are printed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
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

    from worthline.customers.risk.concepts import PANEL
    from worthline.customers.risk.judge import area
    from worthline.customers.risk.landmarks import FOLDS, MOST_EVENTS, MOST_OTHERS
    from worthline.customers.risk.model import fit

    x, y, who, month = make(customers)
    features = tuple(f for name in NAMES for f in PANEL if f.column == name)
    begun = time.perf_counter()
    past = month < MONTHS - HORIZON
    events, others = int(y[past].sum()), int((past & (y == 0)).sum())
    step = np.where(y == 1, max(-(-events // MOST_EVENTS), 1), max(-(-others // MOST_OTHERS), 1))
    some = np.flatnonzero(past & ((who // FOLDS + month) % step == 0))
    columns = {name: x[some, i] for i, name in enumerate(NAMES)}
    rows = pa.table({"rank": who[some], "at": month[some], "y": y[some], "weight": step[some].astype(float), **columns})
    found = fit(rows, features, HORIZON, rule="-tenure_months")
    last = month == MONTHS - 1
    assert found.learnt is not None
    told = found.learnt.chances(pa.table({name: x[last, i] for i, name in enumerate(NAMES)}))
    seconds = time.perf_counter() - begun
    return {"seconds": seconds, "area": area(y[last].astype(float), told, np.ones(int(last.sum())))}


def bare(customers: int) -> dict[str, float]:
    """LightGBM on every row."""
    import lightgbm as lgb
    import numpy as np

    from worthline.customers.risk.judge import area

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
    given = parser.parse_args(arguments)
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
