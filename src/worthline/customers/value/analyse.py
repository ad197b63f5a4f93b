"""What every customer is worth, with an interval, and how well the same model would have told the past.

Reads     a Dataset and its panel; what the risk of leaving says now, and said of the past.
Gives     Value: value, its interval and its split at month 12 by customer; backtests; the figures customer_equity
          and margin_next_12m; the bridge of customer equity.
Method    METHODS.md 3: fit on the past, choose by back-test, fit again on all, value who is a customer now. Where
          the risk of leaving is shown, its chance for the first twelve months stands in for the model's, since
          covariates know more of it; the model tells when within the year, and what comes after. Intervals are of
          outcomes, wider by how far the same forecast, with the churn model in it, missed when made in the past.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from worthline.customers.value import (
    backtest,
    bridge,
    churn,
    contract,
    credibility,
    customer_arrays,
    equity,
    gather,
    price_level,
    shopping,
)
from worthline.customers.value.clock import Clock
from worthline.customers.value.customer_value import YEAR, CustomerValue
from worthline.customers.value.renewals import Leavers
from worthline.metrics import formatting
from worthline.metrics.backtests import BACKTESTS
from worthline.results import Compute, Dataset, Findings, Progress, Risk, Value, no_progress
from worthline.tables.money import currency_digits

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.customers.value.backtest import Tested
    from worthline.customers.value.bridge import Bridge
    from worthline.customers.value.customer_arrays import CustomerArrays
    from worthline.customers.value.customer_value import Model
    from worthline.customers.value.gather import ValuationContext
    from worthline.stats.maximise import Floats

BLOCK = 100_000
IMPLAUSIBLE = 1_000
"""Customer-months from which it is not believed that nobody left: leavers were removed from the files."""
SHORTER = (12, 9, 6, 3)
"""Months of the backtest by which a model is chosen: the first that the past allows."""
WARM_UP = 6
"""Months of past that a back-test needs before its own, and the shortest back-test."""
LEAST_BEFORE = 5
"""Months on record before those that are looked at for a change of prices a year earlier."""
MONEY = pa.decimal128(18, 4)
COLUMNS = ("value", "value_low", "value_high", "value_if_kept", "value_if_left", "margin_next_12m")
SCHEMA = pa.schema([("customer_id", pa.string()), ("horizon_months", pa.int32()), *((name, MONEY) for name in COLUMNS)])


@dataclass(frozen=True)
class Look:
    """The company as it was known at the end of a month, with what came after, and models fitted to it then."""

    ids: pa.ChunkedArray
    customers: CustomerArrays
    models: list[Model]
    notes: list[str]


Looks = dict[tuple[int, int], Look]
"""By month, and months that came after."""


def analyse(
    ds: Dataset, panel: ir.Table, rooms: Compute, *, risk: Risk | None = None, progress: Progress = no_progress
) -> Value:
    """Fit, judge, and value those who are customers now; `risk`: what customers.risk found."""
    risk = risk or Risk()
    progress("Customer value", 0, 3)
    on = gather.scene(ds, panel, rooms)
    why = _hopeless(ds, on)
    if on is None or why:
        return _undefined(ds, why)
    looks: Looks = {}
    tested, notes = _tested(on, looks, progress)
    progress("Customer value", 2, 3)
    rows = gather.customers(on, on.last)
    now, prices = _at_todays_prices(on, _read(on, rows, on.last), on.last)
    models, why_not = _models(on, now, on.complete, on.last, only=tested.best.name if tested else None)
    notes += [f"Value: {reason.rstrip('.')}." for reason in why_not]
    if prices != 1.0:
        notes.append(
            f"Value: the same customers bring {formatting.share(abs(prices - 1))} {'more' if prices > 1 else 'less'} a "
            "month than in the nine months before, most of them alike. Those months count at today's level."
        )
    if on.covers > 1:
        notes.append(
            f"Value: members pay once in {on.covers} months. Each payment counts for the months it covers, not for the "
            "month it came in."
        )
    notes += _seasonal(on)
    tested = tested.among([model.name for model in models]) if tested else None
    tables = {"backtests": pa.Table.from_pylist(tested.rows(), BACKTESTS)} if tested else {}
    ids = rows["customer_id"].filter(pa.array(now.here))
    if not models or not len(ids):
        reason = "; ".join(why_not) or "nobody is a customer now"
        return Value(Findings(tables, equity.unknown(ds.settings, reason), tuple(notes)))
    model_name = tested.best.name if tested else models[0].name
    model = next((m for m in models if m.name == model_name), models[0])
    current = now.only(now.here)
    monthly = (1 + ds.settings.discount_rate) ** (-1 / 12)
    p_leave = _given(rooms, risk.by_customer, ids)
    level = churn.level_error(risk.backtests)
    worth = _worth(model, current, (ds.settings.horizon_months, monthly), p_leave, level)
    year = _worth(model, current, (YEAR, 1.0), p_leave, level, bounds=False)
    if tested:
        tested = replace(tested, misses=_misses(on, looks, model.name, risk))
        tables = {"backtests": pa.Table.from_pylist(tested.rows(), BACKTESTS)}
    error = tested.error(ds.settings.horizon_months, worth.relative_sd, others=True) if tested else 0.0
    scores = _published(on, ids, worth.widened(error), year)
    equity_bridge = _bridge(on, model, (ids, current, worth), monthly)
    if equity_bridge is None:
        notes.append("Customer equity has no bridge: its year's start and end must lie within whole months of data.")
    else:
        tables["bridges"] = equity_bridge.table
    about = equity.About(ds.settings, model.name, tested, current.costed, on.contractual, p_leave is not None)
    whole = equity.figure(about, worth, equity_bridge)
    findings = Findings(tables, (whole, equity.next_year(about, year)), tuple(notes))
    return Value(findings, scores, whole)


def _seasonal(on: ValuationContext) -> list[str]:
    """What a season of purchases does to values."""
    if on.season is None:
        return []
    most, least = (date(1, int(at) + 1, 1).strftime("%B") for at in (on.season.argmax(), on.season.argmin()))
    high, low = (formatting.decimal(float(factor), 2) for factor in (on.season.max(), on.season.min()))
    sentence = f"Value: every year customers buy {high} times as much as usual in {most}, {low} times in {least}."
    return [f"{sentence} Forecasts and their backtests count with that season."]


def _worth(
    model: Model,
    customers: CustomerArrays,
    ahead: tuple[int, float],
    p_leave: Floats | None,
    level: float,
    *,
    bounds: bool = True,
) -> CustomerValue:
    """The value over `ahead` (months, worth of a unit in a month's time); `level`: the error of churn's level."""
    worth = model.worth(customers, *ahead, p_leave, bounds=bounds)
    alone = worth.dominates
    if alone.any() and not bounds:
        own = model.worth(customers.only(alone), *ahead, None if p_leave is None else p_leave[alone])
        worth = worth.bounded(alone, own)
    return worth if p_leave is None else worth.with_leaving(level, p_leave)


def _misses(on: ValuationContext, looks: Looks, name: str, risk: Risk) -> tuple[backtest.Miss, ...]:
    """How the published forecast would have come out in the past, at each published horizon that the past holds."""
    misses = [_with_risk(on, looks, name, risk)]
    longest = YEAR * max(on.ds.settings.horizon_months // YEAR, 1)
    for months in (*range(longest, YEAR, -YEAR), *SHORTER):
        landmark = on.complete - months
        if landmark - on.seen_from + 1 < (WARM_UP + 1 if months <= YEAR else YEAR):
            continue
        if months <= YEAR and any(miss is not None and miss.horizon <= YEAR for miss in misses):
            continue
        look = _look(on, looks, landmark, months, only=name)
        if look.models:
            misses.append(backtest.miss(_named(look.models, name), look.customers, months))
    return tuple(sorted((m for m in misses if m is not None), key=lambda m: m.horizon))


def _with_risk(on: ValuationContext, looks: Looks, name: str, risk: Risk) -> backtest.Miss | None:
    """The same over twelve months with the churn model in it, on the latest month of which it has held rows out."""
    if risk.past is None:
        return None
    rows = on.rooms.fetch(risk.past.order_by("at", "customer_id"))
    landmark = pc.max(rows["at"]).as_py()
    if landmark is None or landmark - on.seen_from < WARM_UP or landmark + YEAR > on.complete:
        return None
    rows = rows.filter(pc.equal(rows["at"], landmark))
    look = _look(on, looks, landmark, YEAR, only=name)
    if not look.models:
        return None
    places = pc.index_in(look.ids, value_set=rows["customer_id"].combine_chunks())
    p_leave, weight = (_column(rows, column, places) for column in ("p_leave_12m", "weight"))
    return backtest.miss(_named(look.models, name), look.customers, YEAR, p_leave, weight)


def _look(on: ValuationContext, looks: Looks, at: int, months: int, only: str | None = None) -> Look:
    """The company at the end of month `at`; looked at once."""
    if (at, months) not in looks:
        rows = gather.customers(on, at, months)
        then, _ = _at_todays_prices(on, _read(on, rows, at), at)
        models, notes = _models(on, then, at, at, only=only)
        looks[at, months] = Look(rows["customer_id"], then, models, notes)
    return looks[at, months]


def _named(models: list[Model], name: str) -> Model:
    """The model of that name, else the first."""
    return next((model for model in models if model.name == name), models[0])


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
    then, _ = _at_todays_prices(on, _read(on, rows, start), start)
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


def _undefined(ds: Dataset, why: str | None) -> Value:
    reason = why or "nothing is known"
    figures = () if ds.settings.revenue_from == "none" else equity.unknown(ds.settings, reason)
    return Value(Findings(figures=figures, notes=(f"No value of customers: {reason}.",)))


def _tested(on: ValuationContext, looks: Looks, progress: Progress) -> tuple[Tested | None, list[str]]:
    """The backtest by which the model is chosen: twelve months, or as many as the past allows."""
    notes: list[str] = []
    for horizon in SHORTER:
        landmark = on.complete - horizon
        if landmark - on.seen_from < WARM_UP:
            continue
        progress("Customer value", 1, 3)
        look = _look(on, looks, landmark, horizon)
        notes = notes or [f"Backtest of value over {horizon} months: {note.rstrip('.')}." for note in look.notes]
        earlier = landmark - horizon
        before = _read(on, gather.customers(on, earlier, horizon), earlier) if earlier > on.first else None
        tested = backtest.held(look.models, look.customers, horizon, before)
        if tested is not None:
            return tested, notes
    if not notes:
        needs = formatting.how_many(3 + WARM_UP, "month")
        if on.snapshots:
            needs = f"a third snapshot, {formatting.how_many(WARM_UP, 'month')} or more after the second, or {needs}"
        whose = "with leaving recorded in them" if on.contractual else "of purchases"
        notes.append(f"Value has no backtest: it needs {needs} {whose}.")
    return None, notes


def _read(on: ValuationContext, rows: pa.Table, at: int) -> CustomerArrays:
    day = on.day(at)
    part = 1.0 if at <= on.complete else day.day / 30.4
    months_seen = max(at - on.first + 1, 1)
    if on.contractual:
        joining = _joining(on, min(at, on.complete))
        return customer_arrays.read(rows, months_seen, part, joining=joining, covers=on.covers)
    weeks = int(pc.max(rows["first_week"]).as_py() or 0) if rows.num_rows else 0
    return customer_arrays.read(rows, months_seen, part, clock=Clock.of(on.season, day, weeks))


def _at_todays_prices(on: ValuationContext, customers: CustomerArrays, at: int) -> tuple[CustomerArrays, float]:
    """Members as they were at the end of month `at`, what they brought in the prices of then; the factor."""
    if not on.contractual:
        return customers, 1.0
    before = at - YEAR

    def year_before() -> CustomerArrays | None:
        return _read(on, gather.customers(on, before), before) if before - on.first >= LEAST_BEFORE else None

    return price_level.at_todays_prices(customers, year_before)


def _joining(on: ValuationContext, until: int) -> float:
    """The share of a month's margin that the month of joining brings."""
    [sums] = gather.joining(on, until).to_pylist()
    if sums["first"] < 0 or sums["next"] <= 0:
        return customer_arrays.HALF
    return float(min(sums["first"] / sums["next"], 1))


def _models(
    on: ValuationContext, customers: CustomerArrays, until: int, at: int, only: str | None = None
) -> tuple[list[Model], list[str]]:
    """Models fitted to customers as they were at the end of month `at`, and why others were not."""
    if not len(customers):
        return [], ["there are no customers"]
    if not on.contractual:
        gaps = gather.gaps(on, at)
        shops, notes = shopping.candidates(customers, gaps, only)
        if only and not shops:
            shops, notes = shopping.candidates(customers, gaps)
        return list(shops), notes
    leavers = _leavers(gather.leaving(on, until))
    if not leavers.lost.any() and leavers.exposure >= IMPLAUSIBLE:
        months = formatting.how_many(round(leavers.exposure), "customer-month")
        return [], [f"nobody left in {months} of records. Bring the customers who left, with left_on"]
    span = int(leavers.spans.max(initial=1))
    [months] = gather.last_months(on, until, span).to_pylist()
    # Who left somewhere in a span was here, on average, for half of the months before that of leaving.
    last_margin = float(months["margin"] - (months["cost"] or 0 if customers.costed else 0)) / max(months["n"], 1)
    level = credibility.company(customers.net, customers.weight)
    last_margin -= (span - 1) / 2 * (level.mean if level else 0.0)
    contracts, notes = contract.candidates(customers, leavers, last_margin)
    if span > 1:
        notes.append(
            f"Customers are known from snapshots {formatting.how_many(span, 'month')} apart, so the day of leaving is "
            "not known. Churn is estimated from who left between them. Who joined and left between two snapshots is in "
            "neither, so newcomers' churn is not known."
        )
    return list(contracts), notes


def _leavers(counts: pa.Table) -> Leavers:
    """Counts by age in months and span, without customers whose age is not known."""
    rows = counts.filter(pc.greater_equal(counts["age"], 0))
    ages, spans = (np.asarray(rows[name].to_numpy(), dtype=np.int64) for name in ("age", "span"))
    at_risk, lost = (
        np.asarray(pc.fill_null(rows[name], 0).to_numpy(), dtype=np.float64) for name in ("at_risk", "lost")
    )
    return Leavers(ages, spans, at_risk, np.minimum(lost, at_risk))


def _given(rooms: Compute, risk: ir.Table | None, ids: pa.ChunkedArray) -> Floats | None:
    """The probability of leaving within 12 months of each of `ids`, nan where none is published; None without any."""
    if risk is None:
        return None
    rows = rooms.fetch(risk.select("customer_id", "p_leave_12m").order_by("customer_id"))
    places = pc.index_in(ids, value_set=rows["customer_id"].combine_chunks())
    p_leave = _column(rows, "p_leave_12m", places)
    return p_leave if np.isfinite(p_leave).any() else None


def _column(rows: pa.Table, name: str, places: pa.ChunkedArray) -> Floats:
    """A column as floats at these places, nan where there is none."""
    return np.asarray(rows[name].take(places).to_numpy(), dtype=np.float64)


def _published(on: ValuationContext, ids: pa.ChunkedArray, worth: CustomerValue, year: CustomerValue) -> ir.Table:
    """Columns of customer_scores, on the engine."""
    digits = currency_digits(on.ds.settings.currency)
    amounts = (worth.value, worth.low, worth.high, worth.if_kept, worth.if_left, year.value)
    columns = [_money(column, digits) for column in amounts]
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
