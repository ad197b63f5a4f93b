"""Companies that live month by month, with the months after the records end: who left is known, not estimated.

Another world than the demo's: contracts with a hidden temper, so that the hazard falls with tenure; bills that vary with
use; contacts that come in runs; a shop whose customers stop for good at some purchase. Records of purchases and contacts
begin with month 0 though customers joined up to five years before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import ibis
import ibis.expr.operations as ops
import numpy as np
import pyarrow as pa

from tests.metrics.conftest import canonical
from worthline.engine import open_engine, rooms
from worthline.panel import build, lapse_months
from worthline.results import Compute, Dataset, Resolved
from worthline.tables.time import add_months, month_end

FIRST = date(2023, 7, 1)
AHEAD = 12
"""Months lived after the records end."""


@dataclass(frozen=True)
class Way:
    """How a company lives."""

    customers: int = 3_000
    """At the start, contracts; in all, a shop."""
    months: int = 30
    hazard: float = 0.018
    """A month's share that leaves, about."""
    growth: float = 0.012
    """Newcomers a month, as a share of those at the start."""
    temper: float = 0.6
    """Spread of the hidden log-odds; the larger, the more the hazard falls with tenure."""
    season: float = 0.0
    """Swing of the log-odds over the year."""
    shock: tuple[int, int, float] | None = None
    """First month, months, factor on the odds: a price rise in the past."""
    contacts_from: int = 0
    """Month in which contacts begin to be recorded."""
    leaving_from: int = 0
    """Month in which leaving begins to be recorded; who left before is in no file."""


@dataclass(frozen=True)
class Lived:
    """What the files hold, and what came after."""

    tables: dict[str, pa.Table]
    setting: str
    as_of: date
    gone: dict[int, set[str]]
    """By months ahead: those who had left (contracts), or bought nothing in them (a shop)."""


def contracts(way: Way, seed: int) -> Lived:
    """Customers under contract."""
    luck = np.random.default_rng([7, seed])
    whole = way.months + AHEAD
    newcomers = luck.poisson(way.growth * way.customers, whole)
    joined = np.concatenate([-luck.integers(0, 60, way.customers), np.repeat(np.arange(whole), newcomers)])
    n = len(joined)
    temper = luck.normal(0, way.temper, n)
    uses = luck.gamma(3, 1 / 3, n)
    plan = luck.choice(3, n, p=[0.5, 0.3, 0.2])
    trouble = luck.gamma(0.6, 0.8, n)
    left = np.full(n, whole + 99)
    lately = np.zeros((n, 3))
    bills, met, answers = [], [], []
    for t in range(whole):
        here = np.flatnonzero((joined <= t) & (left > t))
        contacts = luck.poisson(trouble[here] * np.where(lately[here, 0] > 0, 2.0, 0.6))
        unresolved = luck.binomial(contacts, 0.4)
        lately = np.roll(lately, 1, axis=1)
        lately[:, 0] = 0
        lately[here, 0] = unresolved
        amount = (12 + 9 * plan[here]) * (0.6 + 0.4 * uses[here] * luck.gamma(4, 0.25, here.size))
        odds = np.log(way.hazard) + temper[here] - way.temper**2 / 2 - 0.3 * (uses[here] - 1)
        odds += 0.6 * np.minimum(lately[here].sum(axis=1), 3) - 0.8 * (plan[here] == 2) - 0.25
        odds += way.season * np.sin(2 * np.pi * (t % 12) / 12)
        if way.shock and way.shock[0] <= t < way.shock[0] + way.shock[1]:
            odds += np.log(way.shock[2])
        leaves = luck.random(here.size) < 1 / (1 + np.exp(-odds))
        left[here[leaves]] = t + 1
        if t < way.months:
            bills.append((here, t, amount))
            if t >= way.contacts_from:
                met.append(
                    (
                        np.repeat(here, contacts),
                        t,
                        np.concatenate([np.arange(k) < u for k, u in zip(contacts, unresolved, strict=True)] or [[]]),
                    )
                )
            asked = here[luck.random(here.size) < 0.04]
            feeling = 8.2 - 1.1 * temper[asked] - 1.2 * lately[asked].sum(axis=1) + luck.normal(0, 1.5, asked.size)
            answers.append((asked, t, np.clip(np.rint(feeling), 0, 10)))
    known = np.flatnonzero((joined < way.months) & (left > max(way.leaving_from, 0)))
    ids = np.array([f"c{i:06d}" for i in range(n)])
    keep = np.zeros(n, bool)
    keep[known] = True
    day = month_end(add_months(FIRST, way.months - 1))
    tables = {
        "customers": pa.table(
            {
                "customer_id": ids[known],
                "joined_on": [_day(joined[i], luck) for i in known],
                "left_on": [_day(left[i] - 1, luck) if left[i] <= way.months else None for i in known],
                "segment": np.array(["basic", "plus", "pro"])[plan[known]],
            }
        ),
        "transactions": _events(ids, keep, bills, "amount", luck),
        "interactions": _events(ids, keep, met, "unresolved", luck),
        "feedback": _events(ids, keep, answers, "score", luck),
    }
    here = [i for i in known if left[i] > way.months]
    gone = {k: {str(ids[i]) for i in here if left[i] <= way.months + k} for k in range(1, AHEAD + 1)}
    return Lived(tables, "contractual", day, gone)


def shop(way: Way, seed: int) -> Lived:
    """Customers who buy when they like, and stop for good at some purchase without telling."""
    luck = np.random.default_rng([8, seed])
    whole = way.months + AHEAD
    joined = np.sort(luck.integers(0, way.months, 2 * way.customers))
    n = len(joined)
    rate = luck.gamma(1.6, 0.3, n)
    stops = luck.beta(1.2, 5.0, n)
    basket = luck.gamma(6, 6, n)
    ids = np.array([f"s{i:06d}" for i in range(n)])
    alive, bought, met = np.ones(n, bool), [], []
    last = np.full((n, whole), False)
    for t in range(whole):
        orders = np.where((joined < t) & alive, luck.poisson(rate), 0)
        orders[joined == t] += 1
        season = 1 + way.season * np.sin(2 * np.pi * (t % 12) / 12)
        orders = np.where(joined == t, orders, luck.binomial(orders, min(max(season / (1 + way.season), 0), 1)))
        last[:, t] = orders > 0
        late = luck.binomial(orders, 0.12)
        if t < way.months:
            who = np.repeat(np.arange(n), orders)
            bought.append((who, t, basket[who] * luck.gamma(5, 0.2, who.size)))
            met.append((np.repeat(np.arange(n), late), t, np.ones(late.sum(), bool)))
        stays = (1 - stops) ** (orders + 1.5 * late)
        alive &= luck.random(n) < stays
    keep = np.ones(n, bool)
    tables = {
        "customers": pa.table({"customer_id": ids}),
        "transactions": _events(ids, keep, bought, "amount", luck),
        "interactions": _events(ids, keep, met, "unresolved", luck),
    }
    quiet = {k: ~last[:, way.months : way.months + k].any(axis=1) for k in range(1, AHEAD + 1)}
    gone = {k: {str(i) for i in ids[none]} for k, none in quiet.items()}
    return Lived(tables, "non-contractual", month_end(add_months(FIRST, way.months - 1)), gone)


def _day(month: int, luck: np.random.Generator) -> date:
    return add_months(FIRST, int(month)) + timedelta(days=int(luck.integers(0, 28)))


def _events(ids: np.ndarray, keep: np.ndarray, parts: list[Any], what: str, luck: np.random.Generator) -> pa.Table:
    who = np.concatenate([part[0] for part in parts]).astype(int)
    month = np.concatenate([np.full(len(part[0]), part[1]) for part in parts])
    value = np.concatenate([part[2] for part in parts])
    some = keep[who]
    who, month, value = who[some], month[some], value[some]
    starts = np.array([np.datetime64(add_months(FIRST, t)) for t in range(int(month.max(initial=0)) + 1)])
    at = starts[month] + luck.integers(0, 28, len(month)).astype("timedelta64[D]")
    columns: dict[str, Any] = {
        "customer_id": ids[who],
        "at": at.astype("datetime64[us]"),
        "at_date": at.astype("datetime64[D]"),
    }
    if what == "amount":
        columns |= {"amount": np.round(value, 2), "kind": ["purchase"] * len(who)}
    elif what == "unresolved":
        columns |= {"resolved": ~value.astype(bool), "touchpoint": ["help"] * len(who), "kind": ["contact"] * len(who)}
    else:
        columns |= {
            "score": value,
            "metric": ["nps"] * len(who),
            "scale_low": [0.0] * len(who),
            "scale_high": [10.0] * len(who),
        }
    return pa.table(columns)


@contextmanager
def opened(lived: Lived, **changes: Any) -> Iterator[tuple[Dataset, ibis.Table, Compute]]:
    """The company's dataset and panel on an engine of its own; `changes`: of its settings."""
    con = duckdb.connect()
    with TemporaryDirectory() as folder:
        engine = open_engine("duckdb", Path(folder) / "scratch", threads=1)
        for name, rows in lived.tables.items():
            con.register(f"raw_{name}", rows)
        con.execute(f"create table raw_seen as {' union all '.join(_days(lived.tables))}")
        con.execute(
            "create table c as select r.*, least(s.first_seen) as first_seen from raw_customers r left join "
            "(select customer_id, min(d) as first_seen from raw_seen group by 1) s using (customer_id)"
        )
        tables, brought = {}, {}
        for name in lived.tables:
            found, brought[name] = canonical(con, name, "c" if name == "customers" else f"raw_{name}")
            if name == "customers":
                found, own = _whole(con, found)
                brought[name] |= own
            tables[name] = engine.keep(name, ibis.memtable(found))
        con.close()
        settings = {
            "name": "Lived",
            "currency": "USD",
            "setting": lived.setting,
            "outcome": "retention",
            "as_of": lived.as_of,
            "timezone": "UTC",
            "fiscal_year_start": 1,
            "discount_rate": 0.1,
            "horizon_months": 36,
            "margin": "0.5",
            "lapse_months": None,
            "revenue_from": "transactions" if "transactions" in tables else "none",
            "score_metric": "nps" if "feedback" in tables else None,
        }
        doors = exact(rooms(engine))
        if lived.setting == "non-contractual" and "lapse_months" not in changes:
            changes["lapse_months"] = lapse_months(tables["transactions"], lived.as_of, doors.fetch).months
        ds = Dataset(tables, brought, Resolved(**{**settings, **changes}))
        try:
            yield ds, build(ds, doors), doors
        finally:
            engine.close()


def exact(doors: Compute) -> Compute:
    """The engine, refusing to add up floats: their sum hangs on the order in which threads come, and so would bytes."""

    def checked(expr: ibis.Expr) -> ibis.Expr:
        for operation in expr.op().find((ops.Sum, ops.Mean, ops.Variance)):
            assert not operation.arg.dtype.is_floating(), f"a sum of floats: {operation.arg}"
        return expr

    return Compute(
        lambda expr: doors.fetch(checked(expr)),
        lambda name, expr: doors.keep(name, checked(expr)),
        lambda name, expr, *given, **named: doors.map_customers(name, checked(expr), *given, **named),
    )


def _days(tables: dict[str, pa.Table]) -> Iterator[str]:
    """SELECTs of every day on which a customer was seen."""
    for name, rows in tables.items():
        for day in ("at_date", "joined_on", "known_on"):
            if day in rows.column_names:
                yield f"select customer_id, {day} as d from raw_{name}"


def _whole(con: duckdb.DuckDBPyConnection, found: pa.Table) -> tuple[pa.Table, frozenset[str]]:
    """Customers with their own columns too, and since when each row is known."""
    rows = con.execute("select * from c").to_arrow_table()
    for name in ("known_on", "left_known_on"):
        if name in rows.column_names:
            found = found.set_column(found.column_names.index(name), name, rows[name])
    kept = {"same_since", "known_on", "left_known_on"}
    own = frozenset(rows.column_names) - frozenset(found.column_names) - kept
    for name in sorted(own):
        found = found.append_column(name, rows[name])
    since = rows["same_since"] if "same_since" in rows.column_names else pa.nulls(len(found), pa.date32())
    return found.append_column("same_since", since), own
