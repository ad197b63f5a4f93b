"""What every customer is worth, with an interval, and how well the same model would have told the past.

Reads     a Dataset and its panel.
Gives     Findings: value, its interval and its split at month 12 by customer; back-tests; customer_equity.
Method    METHODS.md 3: fit on the past, choose by back-test, fit again on all, value who is a customer now. Where
          the risk of leaving is shown, its chance for the first twelve months stands in for the model's, since
          covariates know more of it; the model tells when within the year, and what comes after.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from worthline.customers.value import backtest, bridge, contract, customer_arrays, equity, gather, shopping
from worthline.customers.value.customer_value import YEAR, CustomerValue
from worthline.results import Compute, Dataset, Findings, Progress, no_progress
from worthline.tables.money import currency_digits

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

    from worthline.customers.value.backtest import Tested
    from worthline.customers.value.bridge import Bridge
    from worthline.customers.value.customer_arrays import CustomerArrays
    from worthline.customers.value.customer_value import Model
    from worthline.customers.value.gather import ValuationContext
    from worthline.stats.maximise import Floats

BLOCK = 100_000
WARM_UP = 6
"""Months of past that a back-test needs before its own, and the shortest back-test."""
MONEY = pa.decimal128(18, 4)
COLUMNS = ("value", "value_low", "value_high", "value_if_kept", "value_if_left")
SCHEMA = pa.schema([("customer_id", pa.string()), ("horizon_months", pa.int32()), *((name, MONEY) for name in COLUMNS)])


def analyse(
    ds: Dataset, panel: ir.Table, rooms: Compute, *, risk: Sequence[ir.Table] = (), progress: Progress = no_progress
) -> Findings:
    """Fit, judge, and value those who are customers now; `risk`: tables of customer_id and p_leave_12m."""
    progress("What customers are worth", 0, 3)
    on = gather.scene(ds, panel, rooms)
    why = _hopeless(ds, on)
    if on is None or why:
        return _undefined(ds, why)
    tested, notes = _tested(on, progress)
    progress("What customers are worth", 2, 3)
    rows = gather.customers(on, on.last)
    now = _read(on, rows, on.last)
    models, why_not = _models(on, now, on.complete, on.last, only=tested.best.name if tested else None)
    notes += [f"Value: {reason}" for reason in why_not]
    tested = tested.among([model.name for model in models]) if tested else None
    tables = {"backtests": pa.Table.from_pylist(tested.rows(), backtest.SCHEMA)} if tested else {}
    ids = rows["customer_id"].filter(pa.array(now.here))
    if not models or not len(ids):
        reason = "; ".join(why_not) or "nobody is a customer now"
        return Findings(tables, figures=(equity.unknown(ds.settings, reason),), notes=tuple(notes))
    kept = tested.best.name if tested else models[0].name
    model = next((m for m in models if m.name == kept), models[0])
    here = now.only(now.here)
    monthly = (1 + ds.settings.discount_rate) ** (-1 / 12)
    given = _given(rooms, risk, ids)
    worth = model.worth(here, ds.settings.horizon_months, monthly, given)
    scores = _published(on, ids, worth)
    built = _bridge(on, model, (ids, here, worth), monthly)
    if built is None:
        notes.append("Customer equity has no bridge: its year's start and end must lie within whole months of data.")
    else:
        tables["bridges"] = built.table
    figure = equity.figure(
        ds.settings,
        model,
        worth,
        tested,
        costed=here.costed,
        contractual=on.contractual,
        given=given is not None,
        bridge=built,
    )
    return Findings(tables, (scores,), (figure,), tuple(notes))


def _bridge(
    on: ValuationContext, model: Model, now: tuple[pa.ChunkedArray, CustomerArrays, CustomerValue], monthly: float
) -> Bridge | None:
    """From the customers of a year ago, valued as was known then, to those of today; None where that cannot be."""
    start = on.complete - YEAR
    year, month = divmod(on.complete, 12)
    period = f"12m:{year}-{month + 1:02d}"
    if on.last != on.complete or start - on.first < WARM_UP:
        return None
    rows = gather.customers(on, start)
    then = _read(on, rows, start)
    models, _ = _models(on, then, start, start, only=model.name)
    groups = gather.groups(on, period)
    if not models or groups is None or not then.here.any():
        return None
    old = next((m for m in models if m.name == model.name), models[0])
    s = on.ds.settings
    who = rows["customer_id"].filter(pa.array(then.here))
    opening = bridge.opening(who, then.only(then.here), old, s.horizon_months, monthly)
    ids, here, worth = now
    digits = currency_digits(s.currency)
    before = old.worth(here, s.horizon_months, monthly).value
    return bridge.build(period, opening, ids, before, worth.value, groups, digits)


def _hopeless(ds: Dataset, on: ValuationContext | None) -> str | None:
    """Why there can be no value at all."""
    if on is None:
        return "no revenue by customer was brought"
    if not on.contractual and "transactions" not in ds.tables:
        return "customers are not under contract, and no purchases were brought"
    if ds.settings.margin is None and not ds.has("transactions", "margin"):
        return "margin is not known: bring transactions.margin, or set [company] margin, its share of revenue"
    return None


def _undefined(ds: Dataset, why: str | None) -> Findings:
    reason = why or "nothing is known"
    figures = () if ds.settings.revenue_from == "none" else (equity.unknown(ds.settings, reason),)
    return Findings(figures=figures, notes=(f"No value of customers: {reason}.",))


def _tested(on: ValuationContext, progress: Progress) -> tuple[Tested | None, list[str]]:
    """The longest back-test that the past allows."""
    for horizon in (12, 3):
        at = on.complete - horizon
        if at - on.first < WARM_UP:
            continue
        progress("What customers are worth", 1, 3)
        then = _read(on, gather.customers(on, at, horizon), at)
        models, notes = _models(on, then, at, at)
        earlier = at - horizon
        before = _read(on, gather.customers(on, earlier, horizon), earlier) if earlier > on.first else None
        found = backtest.held(list(models), then, horizon, before)
        return found, [f"Back-test of value: {note}" for note in notes]
    return None, [f"Value has no back-test: the past is shorter than {3 + WARM_UP} months."]


def _read(on: ValuationContext, rows: pa.Table, at: int) -> CustomerArrays:
    day = on.day(at)
    part = 1.0 if at <= on.complete else day.day / 30.4
    return customer_arrays.read(rows, max(at - on.first + 1, 1), part, contractual=on.contractual)


def _models(
    on: ValuationContext, customers: CustomerArrays, until: int, at: int, only: str | None = None
) -> tuple[list[Model], list[str]]:
    """Models fitted to customers as they were at the end of month `at`, and why others were not."""
    if not len(customers):
        return [], ["there are no customers"]
    if not on.contractual:
        between = gather.gaps(on, at).to_pydict()
        gaps = list(zip(between["weeks"], between["n"], strict=True))
        shops, notes = shopping.candidates(customers, gaps, only)
        if only and not shops:
            shops, notes = shopping.candidates(customers, gaps)
        return list(shops), notes
    counts = gather.leaving(on, until).to_pydict()
    ages = max((age for age in counts["age"] if age is not None), default=-1) + 1
    at_risk, lost = np.zeros(ages), np.zeros(ages)
    for age, n, gone in zip(counts["age"], counts["at_risk"], counts["lost"], strict=True):
        if age is not None and age >= 0:
            at_risk[age], lost[age] = n, min(gone or 0, n)
    [month] = gather.last_month(on, until).to_pylist()
    brought = float(month["margin"] - (month["cost"] if customers.costed else 0)) / max(month["n"], 1)
    contracts, notes = contract.candidates(customers, at_risk, lost, brought)
    return list(contracts), notes


def _given(rooms: Compute, risk: Sequence[ir.Table], ids: pa.ChunkedArray) -> Floats | None:
    """The chance of leaving within a year that is published of each customer, nan where none is; None without any."""
    tables = [table for table in risk if "p_leave_12m" in table.columns]
    if not tables:
        return None
    told = rooms.fetch(tables[0].select("customer_id", "p_leave_12m").order_by("customer_id"))
    places = pc.index_in(ids, value_set=told["customer_id"].combine_chunks())
    found = np.asarray(told["p_leave_12m"].take(places).to_numpy(), dtype=np.float64)
    return found if np.isfinite(found).any() else None


def _published(on: ValuationContext, ids: pa.ChunkedArray, worth: CustomerValue) -> ir.Table:
    """Columns of customer_scores, on the engine."""
    digits = currency_digits(on.ds.settings.currency)
    found = (worth.value, worth.low, worth.high, worth.if_kept, worth.if_left)
    columns = [_money(column, digits) for column in found]
    table = pa.table(
        [ids, pa.array(np.full(len(ids), on.ds.settings.horizon_months, dtype=np.int32)), *columns], schema=SCHEMA
    )
    keyed, n = gather.numbered(on)
    return on.rooms.map_customers("value__scores", keyed, n, partial(_rows, table), SCHEMA, block=BLOCK)


def _rows(table: pa.Table, rows: pa.Table, first: int, last: int) -> pa.Table:
    return table.slice(first, last - first)


def _money(values: np.ndarray[tuple[int], np.dtype[np.float64]], digits: int) -> pa.Array:
    """Rounded to the currency's digits; null where undefined."""
    rounded = np.round(values, digits) + 0.0
    return pa.array(rounded, mask=~np.isfinite(rounded)).cast(MONEY)
