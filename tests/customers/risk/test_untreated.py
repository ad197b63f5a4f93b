"""Learning from those for whom nothing was done: success would erase the risk."""

from __future__ import annotations

import ibis
import numpy as np
import pyarrow as pa

from worthline.customers.risk import evaluation, landmarks
from worthline.customers.risk.evaluation import HeldOut
from worthline.customers.risk.landmarks import ScoringContext
from worthline.results import Compute

CUSTOMERS, MONTHS, HORIZON = 6_000, 14, 6
HAZARD, TREATED = 0.06, 0.10
"""A month's chance of leaving, and of something being done, which keeps a customer for good."""


def lived():
    """The panel and the treatments; whoever is treated never leaves again."""
    luck = np.random.default_rng(3)
    here, safe = np.ones(CUSTOMERS, bool), np.zeros(CUSTOMERS, bool)
    rows, treated = [], []
    for month in range(MONTHS):
        leaves = here & ~safe & (luck.random(CUSTOMERS) < HAZARD) & (month > 0)
        rows.append((np.arange(CUSTOMERS), np.full(CUSTOMERS, month), here & ~leaves, leaves))
        here = here & ~leaves
        done = here & (luck.random(CUSTOMERS) < TREATED)
        treated += [(i, month + 1) for i in np.flatnonzero(done) if month + 1 < MONTHS]
        safe |= done
    who, month, active, left = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    ids = np.array([f"c{i:05d}" for i in range(CUSTOMERS)])
    panel = pa.table({"customer_id": ids[who], "at": month.astype(np.int32), "active": active, "left": left})
    customers = pa.table({"customer_id": ids, "rank": np.arange(CUSTOMERS)})
    done = pa.table({"who": ids[[i for i, _ in treated]], "then": pa.array([t for _, t in treated], pa.int32())})
    active_in = np.bincount(month, active)
    done_in = np.bincount([t for _, t in treated], minlength=MONTHS)
    spared = {t: 1 - float(done_in[t]) / float(active_in[t]) for t in range(MONTHS)}
    return panel, customers, done, spared


def of_landmark(rows, at=0):
    rows = rows.filter(rows["at"] == at)
    return rows.agg(n=rows.count(), y=(rows.y * rows.stands).sum() / rows.stands.sum()).to_pyarrow().to_pylist()[0]


def test_untreated_risk_is_found_where_treatment_hides_it():
    panel, customers, done, spared = lived()
    machine = ibis.duckdb.connect()
    keep = [machine.create_table(name, table) for name, table in (("p", panel), ("c", customers), ("d", done))]
    on = ScoringContext(keep[0], keep[1], CUSTOMERS, 0, MONTHS - 1, MONTHS - 1, True, keep[2], spared)
    rows = machine.create_table("r", landmarks.labelled(on, HORIZON).to_pyarrow())
    truth = 1 - (1 - HAZARD) ** HORIZON
    plain = of_landmark(rows.mutate(stands=ibis.literal(1.0)))
    found = of_landmark(landmarks.untreated(on, rows))
    # Three standard errors of a share of some 4,000 rows: 2.2 points.
    assert plain["y"] < truth - 0.05, "treatment hides a part of the risk"
    assert abs(found["y"] - truth) < 0.022
    assert found["n"] < plain["n"]


def test_how_many_were_left_out_is_counted():
    panel, customers, done, spared = lived()
    machine = ibis.duckdb.connect()
    keep = [machine.create_table(name, table) for name, table in (("p", panel), ("c", customers), ("d", done))]
    on = ScoringContext(keep[0], keep[1], CUSTOMERS, 0, MONTHS - 1, MONTHS - 1, True, keep[2], spared)
    rooms = Compute(
        machine.to_pyarrow, lambda name, expr: machine.create_table(name, expr.to_pyarrow()), lambda *_, **__: None
    )
    found = landmarks.sampled(on, HORIZON, rooms)
    landmarks_there = landmarks.labelled(on, HORIZON).count().to_pyarrow().as_py()
    assert found.events + found.others + found.treated == landmarks_there
    assert found.treated > 0


def test_tenths_by_hand():
    # 100 rows, chances .005 to .995 in ten bins of ten; of each bin as many left as the bin's number, less one.
    p = (np.arange(100) + 0.5) / 100
    y = (np.arange(100) % 10 < np.arange(100) // 10).astype(float)
    found = evaluation.tenths(HeldOut(y, p, np.ones(100), np.arange(100)))
    assert [round(said, 9) for said, _ in found] == [round(0.05 + 0.1 * k, 9) for k in range(10)]
    assert [happened.value for _, happened in found] == [k / 10 for k in range(10)]
    assert all(one.low <= one.value <= one.high for _, one in found)
    assert found[0][1].high == 0.0, "nobody left, in any draw"
