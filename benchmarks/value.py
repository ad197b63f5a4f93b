"""What customers are worth, against lifetimes: weekly summary, BG/NBD and Gamma-Gamma fits, prediction, value.

    python -m benchmarks.value --customers 1000000 --runs 3
    python -m benchmarks.value --customers 10000000 --alone
    python -m benchmarks.value --pymc ~/peers/bin/python     # fit against pymc-marketing's MAP, in its own environment

Each run of each side is a process of its own, threads pinned, sides alternating, on the same simulated purchases. Both
give the summary in weeks, P(alive), purchases expected in 52 weeks, and 12 months' discounted spend of every customer.
Medians, the ratios and peak memory are printed once both have found the same likelihood and the same sums. `--alone`
runs Worthline's side only, for sizes at which the other takes too long. pymc-marketing's priors move its optimum a
little, so its likelihood may be below ours by 1e-4; it brings its own versions of what we use, so it needs an
interpreter of its own, which is named.
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
from datetime import date, timedelta
from pathlib import Path

AS_OF = date(2026, 9, 27)
"""A Sunday: weeks back from it are the calendar's."""
WEEKS = 104
TRUE = (0.7, 7.0, 0.8, 2.6)
MONTHLY = 0.01
YEAR = 52
PENALTY = 1e-3
"""For the other side's Gamma-Gamma, where it does not converge without one."""
STAGES = ("summary", "fit", "spend", "predict", "value")


def make(customers: int, folder: Path, seed: int = 12) -> Path:
    """Purchases of customers who follow BG/NBD and Gamma-Gamma: customer_id, at, amount."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    luck = np.random.default_rng(seed)
    r, alpha, a, b = TRUE
    path, writer, block = folder / f"purchases_{customers}.parquet", None, 500_000
    for first in range(0, customers, block):
        n = min(block, customers - first)
        rate, leaves = luck.gamma(r, 1 / alpha, n), luck.beta(a, b, n)
        days = luck.integers(7 * WEEKS // 2, 7 * WEEKS, n).astype(np.float64)
        basket = 1.0 / luck.gamma(4.0, 1 / 20.0, n)
        who, parts = np.arange(n), []
        while who.size:
            amount = np.maximum(np.round(luck.gamma(6.0, basket[who]), 2), 0.01)
            parts.append((who + first, days[who].astype(np.int32), amount))
            days[who] -= 7 * luck.exponential(1.0, who.size) / rate[who]
            who = (
                who[(luck.random(who.size) >= leaves[who]) & (days[who] >= 0)]
                if len(parts) > 1
                else who[days[who] >= 0]
            )
        ids, back, amounts = (np.concatenate(column) for column in zip(*parts, strict=True))
        at = np.datetime64(AS_OF, "D") - back.astype("timedelta64[D]")
        table = pa.table({"customer_id": ids, "at": at.astype("datetime64[s]"), "amount": amounts})
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    writer.close()
    return path


class _Clock:
    """Seconds by stage, and seconds of processor, which other work on the machine disturbs less."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.cpu: dict[str, float] = {}
        self._since = time.perf_counter(), time.process_time()

    def lap(self, stage: str) -> None:
        """The stage ends here."""
        now = time.perf_counter(), time.process_time()
        self.seconds[stage], self.cpu[stage] = (n - s for n, s in zip(now, self._since, strict=True))
        self._since = now


def by_lifetimes(path: Path, threads: int, scratch: Path) -> dict:
    """The functions of lifetimes itself, no penalty."""
    import lifetimes
    import numpy as np
    import pandas as pd
    from lifetimes.utils import summary_data_from_transaction_data as summary

    rows = pd.read_parquet(path)
    clock = _Clock()
    s = summary(rows, "customer_id", "at", "amount", observation_period_end=AS_OF + timedelta(0), freq="W")
    clock.lap("summary")
    fitter = lifetimes.BetaGeoFitter(penalizer_coef=0.0)
    fitter.fit(s.frequency, s.recency, s["T"])
    clock.lap("fit")
    again = s[(s.frequency > 0) & (s.monetary_value > 0)]
    spend = lifetimes.GammaGammaFitter(penalizer_coef=0.0)
    try:
        spend.fit(again.frequency, again.monetary_value)
    except lifetimes.utils.ConvergenceError:  # as it advises
        spend = lifetimes.GammaGammaFitter(penalizer_coef=PENALTY)
        spend.fit(again.frequency, again.monetary_value)
    clock.lap("spend")
    expected = fitter.conditional_expected_number_of_purchases_up_to_time(YEAR, s.frequency, s.recency, s["T"])
    alive = fitter.conditional_probability_alive(s.frequency, s.recency, s["T"])
    clock.lap("predict")
    value = spend.customer_lifetime_value(
        fitter, s.frequency, s.recency, s["T"], s.monetary_value, time=12, freq="W", discount_rate=MONTHLY
    )
    clock.lap("value")
    x, t_x, age = (s[c].to_numpy(np.float64) for c in ("frequency", "recency", "T"))
    return _told(clock, fitter.params_.to_numpy(), (x, t_x, age), expected, alive, value)


def by_worthline(path: Path, threads: int, scratch: Path) -> dict:
    """Worthline's engine for the summary, its fits, and value by distinct histories."""
    import numpy as np
    import scipy.optimize
    import scipy.special  # noqa: F401  the other side's import brings both

    from worthline.customers.value.purchases import Histories, fit_purchases
    from worthline.customers.value.spend import fit_spend
    from worthline.engine import open_engine

    engine = open_engine("duckdb", scratch / "engine", threads=threads)
    clock = _Clock()
    found = engine.fetch(_summary(engine.parquet([path])))
    x, t_x, age, mean = (found.column(c).to_numpy() for c in ("x", "t_x", "age", "mean"))
    clock.lap("summary")
    histories, at = Histories.of(x, t_x, age)
    rates = fit_purchases(histories)
    clock.lap("fit")
    again = x > 0
    spend = fit_spend(x[again], mean[again])
    clock.lap("spend")
    one = (histories.x, histories.t_x, histories.age)
    expected, alive = rates.expected(YEAR, *one), rates.alive(*one)
    clock.lap("predict")
    months = np.array([rates.expected(m * YEAR / 12, *one) for m in range(1, 12)] + [expected])
    worth = (1 + MONTHLY) ** -np.arange(1.0, 13) @ np.diff(months, axis=0, prepend=0.0)
    value = worth[at] * spend.expected(x, mean)
    clock.lap("value")
    engine.close()
    return _told(clock, rates.parameters, (x, t_x, age), expected[at], alive[at], value)


PYMC = """
import json, sys, time
import numpy as np, pandas as pd
from pymc_marketing import clv
x, t_x, age = np.load(sys.argv[1])
s = pd.DataFrame({"customer_id": np.arange(x.size), "frequency": x, "recency": t_x, "T": age})
cpu, began = time.process_time(), time.perf_counter()
model = clv.BetaGeoModel(data=s)
model.fit(method="map", progressbar=False)
took = time.perf_counter() - began, time.process_time() - cpu
mode = (model.posterior if hasattr(model, "posterior") else model.idata.posterior)[["r", "alpha", "a", "b"]]
print(json.dumps({"took": took, "parameters": [float(mode[k].mean()) for k in ("r", "alpha", "a", "b")]}))
"""
"""The other side's fit, in the interpreter that has it: a file of x, t_x, age in; seconds, parameters out."""


def against_pymc(path: Path, python: str, runs: int, threads: int, scratch: Path) -> int:
    """The fit alone, in turn on the same histories; 1 where the optima differ."""
    import numpy as np

    from worthline.customers.value.purchases import Histories, fit_purchases, log_likelihood
    from worthline.engine import open_engine

    engine = open_engine("duckdb", scratch / "engine", threads=threads)
    found = engine.fetch(_summary(engine.parquet([path])))
    engine.close()
    history = [found.column(c).to_numpy() for c in ("x", "t_x", "age")]
    kept = scratch / "histories.npy"
    np.save(kept, np.array(history))
    ours, theirs = [], []
    for _ in range(runs):
        done = subprocess.run([python, "-c", PYMC, str(kept)], capture_output=True, text=True, check=True)
        told = json.loads(done.stdout.splitlines()[-1])
        theirs.append(told["took"][0])
        began = time.perf_counter()
        rates = fit_purchases(Histories.count(*history))
        ours.append(time.perf_counter() - began)
    likelihood, _ = log_likelihood(np.asarray(told["parameters"]), Histories.count(*history))
    print(f"Fit of {len(history[0]):,} customers, medians of {runs}: log-likelihood of Worthline's optimum")
    print(f"  {rates.log_likelihood:,.2f}, of pymc-marketing's (MAP) {likelihood:,.2f}")
    one, two = statistics.median(ours), statistics.median(theirs)
    print(f"  worthline {one:.2f} s, pymc-marketing {two:.2f} s: {two / one:.1f} times as fast (aim: 12)")
    return int(likelihood > rates.log_likelihood or likelihood < rates.log_likelihood * (1 + 1e-4))


def _summary(t):
    """One row per customer: repeat weeks, weeks from first to last and to now, mean of the repeat weeks."""
    import ibis

    day = ibis.literal(AS_OF)
    t = t.mutate(week=(day.delta(t["at"].cast("date"), unit="day") // 7).cast("int32"), cents=(t.amount * 100).round())
    weeks = t.group_by("customer_id", "week").agg(cents=t.cents.cast("int64").sum().cast("int64"))
    by = weeks.group_by("customer_id").agg(
        first=weeks.week.max(),
        last=weeks.week.min(),
        weeks=weeks.count(),
        cents=weeks.cents.sum(),
        first_cents=weeks.cents.argmax(weeks.week),
    )
    x = by.weeks - 1
    return by.select(
        x=x.cast("float64"),
        t_x=(by["first"] - by["last"]).cast("float64"),
        age=by["first"].cast("float64"),
        mean=(by.cents - by.first_cents).cast("float64") / 100 / ibis.greatest(x, 1),
    )


def _told(clock: _Clock, parameters, history, expected, alive, value) -> dict:
    """Stages, and what both sides must agree on: log-likelihood by one formula, and sums."""
    import numpy as np

    from worthline.customers.value.purchases import Histories, log_likelihood

    likelihood, _ = log_likelihood(np.asarray(parameters), Histories.count(*history))
    sums = {"purchases": float(np.sum(expected)), "alive": float(np.sum(alive)), "value": float(np.nansum(value))}
    return {"stages": clock.seconds, "cpu": clock.cpu, "n": len(history[0]), "likelihood": likelihood, "sums": sums}


SIDES = {"lifetimes": by_lifetimes, "worthline": by_worthline}


def one_run(side: str, path: Path, threads: int) -> dict:
    """One side in a process of its own: seconds by stage, peak MiB, likelihood and sums."""
    pinned = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "ARROW_NUM_THREADS": str(threads)}
    command = [sys.executable, "-m", "benchmarks.value", "--side", side, "--purchases", str(path)]
    done = subprocess.run(
        [*command, "--threads", str(threads)], env=os.environ | pinned, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{side} failed:\n{done.stderr}")
    result: dict = json.loads(done.stdout.splitlines()[-1])
    return result


def compare(path: Path, runs: int, threads: int, sides: list[str]) -> dict[str, list[dict]]:
    """The sides alternating; raises where they disagree."""
    found: dict[str, list[dict]] = {side: [] for side in sides}
    for number in range(runs):
        for side in sides:
            result = one_run(side, path, threads)
            found[side].append(result)
            took = ", ".join(f"{stage} {result['stages'][stage]:.2f}" for stage in STAGES)
            print(f"  run {number + 1} {side:<10} {took} s, {result['peak_mib']:,.0f} MiB", flush=True)
    if len(sides) == 2:
        _same(*(found[side][0] for side in sides))
    return found


def _same(one: dict, two: dict) -> None:
    """Raise unless both saw the same customers and found the same optimum."""
    if one["n"] != two["n"] or abs(one["likelihood"] / two["likelihood"] - 1) > 1e-6:
        raise RuntimeError(f"the fits differ: {one} {two}")
    for name, amount in one["sums"].items():
        if abs(amount / two["sums"][name] - 1) > 0.01:
            raise RuntimeError(f"{name} differs: {one['sums']} {two['sums']}")


def main(arguments: list[str] | None = None) -> int:
    """Print the comparison, or (with --side) one side's result as JSON; 1 where a side fails or they differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--pymc", metavar="PYTHON", help="an interpreter that has pymc-marketing; fit only")
    parser.add_argument("--purchases", type=Path)
    parser.add_argument("--side", choices=SIDES)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="worthline-value-") as name:
        folder = Path(name)
        if given.side:
            result = SIDES[given.side](given.purchases, given.threads, folder)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(json.dumps({**result, "peak_mib": peak}))
            return 0
        path = given.purchases or make(given.customers, folder)
        if given.pymc:
            return against_pymc(path, given.pymc, given.runs, given.threads, folder)
        sides = ["worthline"] if given.alone else list(SIDES)
        print(f"Value of {given.customers:,} customers by week, {given.threads} threads, medians of {given.runs}")
        try:
            found = compare(path, given.runs, given.threads, sides)
        except RuntimeError as error:
            print(error, file=sys.stderr)
            return 1
        _report(found)
    return 0


def _report(found: dict[str, list[dict]]) -> None:
    medians: dict[tuple[str, str, str], float] = {}
    for side, results in found.items():
        for kind in ("stages", "cpu"):
            medians[side, kind, "all"] = statistics.median(sum(r[kind].values()) for r in results)
            medians[side, kind, "fit"] = statistics.median(r[kind]["fit"] for r in results)
        peak = max(r["peak_mib"] for r in results)
        wall, cpu = (
            f"all {medians[side, k, 'all']:6.2f} s, fit {medians[side, k, 'fit']:6.2f} s" for k in ("stages", "cpu")
        )
        print(f"  {side:<10} {wall}; of processor {cpu}; peak {peak:,.0f} MiB")
    if len(found) == 1:
        return
    for what, aim in (("all", 12), ("fit", 20)):
        wall, cpu = (medians["lifetimes", k, what] / medians["worthline", k, what] for k in ("stages", "cpu"))
        print(f"  {what} {wall:.1f} times as fast, {cpu:.1f} by processor (aim: {aim})")


if __name__ == "__main__":
    sys.exit(main())
