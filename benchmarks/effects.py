"""Effects: key drivers against pingouin, one effect against DoubleML, and all effects of the simulated company.

    python -m benchmarks.effects --peers ~/peers/bin/python     # an interpreter that has pingouin and doubleml
    python -m benchmarks.effects                                # without peers: our seconds alone

Drivers: p questions, n sheets, a bootstrap of 200. pingouin gives the shares of one sample; its bootstrap is that call
again for each resample, so one call is timed and counted 201 times. One effect: the same LightGBM settings, five folds,
once; both must tell the same effect and error to a fifth of a standard error (folds and bins differ). Each side of each
run is a process of its own, threads pinned, sides alternating; medians are printed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RESAMPLES = 200
FOLDS = 5
COLUMNS = 20
TREES = {
    "n_estimators": 100,
    "num_leaves": 31,
    "learning_rate": 0.1,
    "min_child_samples": 20,
    "n_jobs": 2,
    "verbose": -1,
}
AIMS = {"drivers": 100.0, "partially linear": 1.3, "interactive": 1.0}
DEMO_AIM = 60.0
"""Seconds for all effects of 50,000 customers."""


def drivers_data(n: int, p: int, path: Path) -> None:
    """Correlated answers and a score."""
    import numpy as np

    draw = np.random.default_rng(1)
    x = draw.normal(size=(n, p)) @ (np.eye(p) + 0.3)
    y = x @ np.linspace(1, 0, p) + 2 * draw.normal(size=n)
    np.savez(path, x=x, y=y)


def effect_data(n: int, path: Path) -> None:
    """An exposure that hangs on what is recorded; its effect is .5."""
    import numpy as np

    draw = np.random.default_rng(2)
    x = draw.normal(size=(n, COLUMNS))
    d = (draw.random(n) < 1 / (1 + np.exp(-0.5 * x[:, 0] + 0.5 * np.sin(x[:, 1])))).astype(float)
    y = 0.5 * d + x[:, 0] + 0.5 * x[:, 1] ** 2 + draw.normal(size=n)
    np.savez(path, x=x, y=y, d=d)


def _ours(what: str, path: Path) -> dict:
    import numpy as np

    from worthline.effects.drivers import key_drivers
    from worthline.stats.cross_fitting import folds_of
    from worthline.stats.double_ml import on_the_exposed, per_unit

    data = np.load(path)
    x, y = data["x"], data["y"]
    began = time.perf_counter()
    if what == "drivers":
        found = key_drivers(x, y, resamples=RESAMPLES)
        return {"seconds": time.perf_counter() - began, "shares": found.shares.tolist()}
    who = np.arange(len(y))
    fold = folds_of(who, FOLDS, 0)
    if what == "interactive":
        (one,), _ = on_the_exposed(y[:, None], data["d"], x, who, learner="boosted", fold=fold)
    else:
        (one,) = per_unit(y[:, None], data["d"], x, who, learner="boosted", fold=fold)
    return {"seconds": time.perf_counter() - began, "estimate": one.estimate, "error": one.error}


PEER = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np
what, path, settings, folds = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), int(sys.argv[4])
data = np.load(path); x, y = data["x"], data["y"]
if what == "drivers":
    import pandas as pd, pingouin
    frame = pd.DataFrame(x, columns=[f"q{i}" for i in range(x.shape[1])])
    began = time.perf_counter()
    told = pingouin.linear_regression(frame, y, relimp=True)
    print(json.dumps({"seconds": time.perf_counter() - began, "shares": told["relimp"].dropna().tolist()}))
else:
    import doubleml
    from lightgbm import LGBMClassifier, LGBMRegressor
    began = time.perf_counter()
    held = doubleml.DoubleMLData.from_arrays(x, y, data["d"])
    if what == "interactive":
        learners = LGBMRegressor(**settings), LGBMClassifier(**settings)
        model = doubleml.DoubleMLIRM(held, *learners, n_folds=folds, score="ATTE")
    else:
        model = doubleml.DoubleMLPLR(held, LGBMRegressor(**settings), LGBMRegressor(**settings), n_folds=folds)
    model.fit()
    told = {"estimate": float(model.coef[0]), "error": float(model.se[0])}
    print(json.dumps({"seconds": time.perf_counter() - began, **told}))
"""


def _process(command: list[str]) -> dict:
    pinned = {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"}
    done = subprocess.run(command, env=os.environ | pinned, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:3])} failed:\n{done.stderr[-2000:]}")
    result: dict = json.loads(done.stdout.splitlines()[-1])
    return result


def compare(what: str, path: Path, runs: int, peers: str | None) -> None:
    """Medians of both sides, and their ratio; raises RuntimeError where they tell different things."""
    ours, theirs = [], []
    for _ in range(runs):
        ours.append(_process([sys.executable, "-m", "benchmarks.effects", "--side", what, "--data", str(path)]))
        if peers:
            theirs.append(_process([peers, "-c", PEER, what, str(path), json.dumps(TREES), str(FOLDS)]))
    seconds = statistics.median(one["seconds"] for one in ours)
    if not theirs:
        print(f"  {what}: {seconds:.2f} s (no peer: name an interpreter with --peers)")
        return
    peer = statistics.median(one["seconds"] for one in theirs) * (RESAMPLES + 1 if what == "drivers" else 1)
    _same(what, ours[0], theirs[0])
    print(f"  {what}: {seconds:.2f} s against {peer:.2f} s, {peer / seconds:.1f} times as fast (aim: {AIMS[what]:g})")


def _same(what: str, ours: dict, theirs: dict) -> None:
    if what == "drivers":
        apart = max(abs(a - b) for a, b in zip(ours["shares"], theirs["shares"], strict=True))
        if apart > 1e-6:
            raise RuntimeError(f"shares differ by {apart:.2g}")
        return
    told = [f"{one['estimate']:.5f} ({one['error']:.5f})" for one in (ours, theirs)]
    print(f"    {what}: {told[0]}, peer {told[1]}")
    apart = abs(ours["estimate"] - theirs["estimate"]) / theirs["error"]
    if apart > 0.2 or abs(ours["error"] / theirs["error"] - 1) > 0.05:
        raise RuntimeError(f"{what}: {ours} against {theirs}")


def demo(customers: int, folder: Path) -> float:
    """Seconds for all that the room of effects does in a run of the simulated company."""
    from worthline import effects
    from worthline.company import open as opened
    from worthline.demo.make import make
    from worthline.demo.world import World
    from worthline.stats.threads import linear_algebra_on_one

    make(folder, World(customers=customers))
    spent: list[float] = []
    real = effects.analyse

    def timed(*given, **named):  # type: ignore[no-untyped-def]
        began = time.perf_counter()
        found = real(*given, **named)
        spent.append(time.perf_counter() - began)
        return found

    effects.analyse = timed
    with linear_algebra_on_one():
        opened(folder).run(threads=2)
    effects.analyse = real
    return spent[0]


def main(arguments: list[str] | None = None) -> int:
    """Print the comparisons; 1 where both sides tell different things."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--sheets", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=14)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--customers", type=int, default=50_000, help="of the simulated company; 0: not at all")
    parser.add_argument("--peers", metavar="PYTHON", help="an interpreter that has pingouin, doubleml and lightgbm")
    parser.add_argument("--side", choices=AIMS)
    parser.add_argument("--data", type=Path)
    given = parser.parse_args(arguments)
    if given.side:
        print(json.dumps(_ours(given.side, given.data)))
        return 0
    with tempfile.TemporaryDirectory(prefix="worthline-effects-") as name:
        folder = Path(name)
        drivers_data(given.sheets, given.questions, folder / "drivers.npz")
        effect_data(given.rows, folder / "effect.npz")
        sizes = f"drivers {given.sheets:,} x {given.questions}, one effect {given.rows:,} rows"
        print(f"effects, medians of {given.runs}: {sizes}", flush=True)
        try:
            for what in AIMS:
                compare(what, folder / f"{'drivers' if what == 'drivers' else 'effect'}.npz", given.runs, given.peers)
        except RuntimeError as error:
            print(error, file=sys.stderr)
            return 1
        if given.customers:
            seconds = demo(given.customers, folder / "company")
            print(f"  all effects of {given.customers:,} customers: {seconds:.1f} s (aim: {DEMO_AIM:g} at 50,000)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
