"""Initiatives without a control group: customers chosen by somebody, against comparable customers who were not.

Reads     a Dataset with treatments, its panel.
Gives     rows of initiative_results, graded C at best, D where the comparison does not hold.
Method    the effect on those treated by double machine learning (stats.double_ml), controlled for what the twelve
          months before and the customer's columns say; the others are customers active in the same months who were
          never assigned, of whom a seeded sample is drawn. The unadjusted difference stands beside.
Assumes   whoever chose looked at nothing that is not recorded: sensitivity says how strong it would have to be.
Not for   proof. A control group is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from worthline.effects import checks
from worthline.effects.checks import Check
from worthline.errors import NotEnoughData
from worthline.initiatives import experiment, queries
from worthline.initiatives.costs import Cost
from worthline.initiatives.experiment import COVARIATES, Trial, codes
from worthline.initiatives.outcomes import OUTCOMES, TO_DATE, Outcome
from worthline.initiatives.record_ends import RecordEnds
from worthline.initiatives.results import Row, formatter, money
from worthline.metrics import formatting
from worthline.results import Compute, Dataset
from worthline.stats.double_ml import on_the_exposed
from worthline.stats.experiments import Floats, Ints

if TYPE_CHECKING:
    import ibis.expr.types as ir

DRAWN = 4
"""Customers drawn for each one treated."""
MOST_DRAWN = 60_000
DIMENSIONS = ("segment", "region", "channel")
LEVELS = 8
"""Values of a customers column that are told apart."""
MEASURED = ("retention", "margin", TO_DATE)
DESIGN = "comparison with customers who were not chosen"


def rows(ds: Dataset, panel: ir.Table, rooms: Compute, name: str, cost: Cost, ends: RecordEnds) -> list[Row]:
    """Every arm on retention and margin."""
    there = rooms.fetch(queries.others_there(ds, panel, name)).to_pylist()[0]["n"]
    treated = rooms.fetch(queries.monthly(ds, name).count().name("n").as_table())["n"][0].as_py()
    share = min(1.0, min(DRAWN * treated, MOST_DRAWN) / there) if there else 0.0
    both = queries.with_others(ds, panel, name, share)
    fetched = rooms.fetch(queries.units(both, panel, ends=ends, is_first_only=False, outcomes=MEASURED))
    one = experiment.trial(name, fetched, ends=ends, is_first_only=False)
    dimensions = _dimensions(ds, rooms, one)
    arms = [arm for arm in one.arms if arm != queries.OTHERS]
    all_rows: list[Row] = []
    for arm in arms:
        for outcome in (OUTCOMES[n] for n in MEASURED):
            if outcome.name != "retention" and one.rows["margin_to_date"].null_count == one.rows.num_rows:
                continue
            horizons = queries.HORIZONS if outcome.has_horizon else (experiment.to_date(one, outcome),)
            made = (_row(one, arm, outcome, horizon, dimensions, cost, ds) for horizon in horizons)
            all_rows += [row for row in made if row is not None]
    return all_rows


def _row(
    one: Trial, arm: str, outcome: Outcome, horizon: int, dimensions: Floats, cost: Cost, ds: Dataset
) -> Row | None:
    complete = one.month + (horizon if outcome.has_horizon else 1) <= one.known_to(outcome)
    y = outcome.values(one.column, horizon)
    rows = np.flatnonzero(complete & (one.is_arm(arm) | one.is_arm(queries.OTHERS)) & ~np.isnan(y))
    treated = one.is_arm(arm)[rows].astype(np.float64)
    if not treated.any() or treated.all():
        return None
    y = y[rows]
    x, names = _covariates(one, rows, dimensions)
    months, until = formatting.how_many(horizon, "month"), one.ends.until(outcome.sources)
    row = Row(
        initiative=one.initiative,
        arm=arm,
        outcome=outcome.name,
        title=outcome.title,
        unit=outcome.unit,
        horizon_months=horizon,
        segment="all",
        design=DESIGN,
        estimand=(
            f"mean change in {outcome.estimand.format(months=months, until=until)} of customers who were chosen for "
            f"{arm}, against comparable customers who were not"
        ),
        treated=int(treated.sum()),
        control=int(len(treated) - treated.sum()),
        grade="D",
        checks=(_no_control(), *one.ends.checks()),
        raw=float(y[treated == 1].mean() - y[treated == 0].mean()),
        treated_mean=float(y[treated == 1].mean()),
        control_mean=float(y[treated == 0].mean()),
    )
    try:
        who = codes(one.rows["customer_id"])[rows]
        customer: Ints = np.asarray(np.unique(who, return_inverse=True)[1], dtype=np.int64)
        (estimate,), fit = on_the_exposed(y[:, None], treated, x, customer)
    except NotEnoughData as error:
        row.why = str(error)
        return row
    bias, strongest = checks.strongest(y, treated, x, names, estimate.scale)
    tell = formatter(outcome.unit, ds.settings.currency)
    evidence = (
        _no_control(),
        *one.ends.checks(),
        checks.overlap(treated, fit, estimate.dropped),
        checks.balance(x, names, treated, fit),
        checks.sensitivity(estimate, bias, strongest, tell),
    )
    row.estimate, row.low, row.high, row.p = estimate.estimate, estimate.low, estimate.high, estimate.p
    row.checks, row.grade = evidence, checks.grade("adjusted", evidence)
    if outcome.name in ("margin", TO_DATE):
        currency, count = ds.settings.currency, row.treated
        row.benefit = money(estimate.estimate * count, currency)
        row.benefit_low, row.benefit_high = (
            money(estimate.low * count, currency),
            money(estimate.high * count, currency),
        )
        if cost.total is not None and row.benefit is not None:
            row.cost, row.net = cost.total, row.benefit - cost.total
    return row


def _no_control() -> Check:
    says = (
        "There is no control group: customers were chosen. The estimate compares them with customers alike in what is "
        "recorded."
    )
    return Check("control group", "informs", None, says)


def _covariates(one: Trial, rows: Ints, dimensions: Floats) -> tuple[Floats, list[str]]:
    """What was known before, with the group that each column belongs to; blanks flagged and at their mean."""
    columns: list[Floats] = []
    names: list[str] = []
    for name in (*COVARIATES, "score_before"):
        value = one.column(name)[rows]
        blank = np.isnan(value)
        if blank.all():
            continue
        columns.append(np.where(blank, value[~blank].mean(), value))
        names.append(name.replace("_", " "))
        if blank.any():
            columns.append(blank.astype(np.float64))
            names.append(name.replace("_", " "))
    month = one.month[rows]
    for number in np.unique(month)[1:]:
        columns.append((month == number).astype(np.float64))
        names.append("season")
    for k in range(dimensions.shape[1]):
        columns.append(dimensions[rows, k])
        names.append("customer")
    x = np.column_stack(columns)
    varies = x.std(axis=0) > 0
    return np.asarray(x[:, varies]), [name for name, kept in zip(names, varies, strict=True) if kept]


def _dimensions(ds: Dataset, rooms: Compute, one: Trial) -> Floats:
    """Columns of the commonest values of the customers' dimensions, shape (units, k)."""
    named = [name for name in DIMENSIONS if ds.has("customers", name)]
    if not named:
        return np.zeros((one.rows.num_rows, 0))
    table = rooms.fetch(ds["customers"].select("customer_id", *named).order_by("customer_id"))
    columns: list[Floats] = []
    for name in named:
        common = table[name].value_counts().to_pylist()
        values = [v["values"] for v in sorted(common, key=lambda v: (-v["counts"], str(v["values"]))) if v["values"]]
        by_member = experiment.members(one, table["customer_id"], table[name])
        columns += [by_member[value].astype(np.float64) for value in values[1:LEVELS] if value in by_member]
    return np.column_stack(columns) if columns else np.zeros((one.rows.num_rows, 0))
