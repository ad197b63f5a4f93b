"""The folder of an independent world: the files that such a company would have, and worthline.toml.

Reads     a Life and its Surveys.
Gives     `write`: customers, transactions, interactions, feedback, invitations as CSV.
Method    within a month: bills on the 5th, outages before the 6th, contacts from the 8th to the 18th, surveys on the
          19th, leaving from the 22nd on; a shop's orders on any day, their deliveries three days later.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from worthline.demo.independent.life import MARGIN, Array
from worthline.demo.independent.surveys import Surveys
from worthline.demo.independent.world import Life

FIRST = np.datetime64("2024-01", "M")
"""Month 0."""


def identities(rows: Array) -> Array:
    """customer_id of rows.

    Shapes: `rows` (n,); gives (n,).
    """
    return np.char.add("C", np.char.zfill((rows + 1).astype(str), 6))


def days(t: Any, day: Array) -> Array:
    """Days of months; `day` counts from 1.

    Shapes: `day` (n,); gives (n,).
    """
    first: Array = (FIRST + np.asarray(t, int)).astype("datetime64[D]")
    dates: Array = first + (day - 1).astype("timedelta64[D]")
    return dates


def as_of(life: Life) -> str:
    """The last day of the record."""
    return str((FIRST + life.months).astype("datetime64[D]") - np.timedelta64(1, "D"))


def write(life: Life, surveys: Surveys, folder: Path) -> None:
    """Write the folder. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {"customers": customers(life), "transactions": transactions(life)}
    met = interactions(life)
    if met.num_rows:
        tables["interactions"] = met
    if surveys.who.size:
        tables |= _answers(surveys)
    known = pa.array(np.unique(tables["customers"]["customer_id"].to_numpy(zero_copy_only=False)))
    for name, table in tables.items():
        pacsv.write_csv(table.filter(pc.is_in(table["customer_id"], known)), folder / f"{name}.csv")
    (folder / "worthline.toml").write_text(_settings(life, tables), encoding="utf-8")


def _settings(life: Life, tables: dict[str, pa.Table]) -> str:
    setting = "non-contractual" if life.setting.kind == "shop" else "contractual"
    head = f"""[company]
name = "Independent world: {life.setting.name}"
currency = "USD"
simulated = true
setting = "{setting}"
as_of = "{as_of(life)}"
timezone = "UTC"
discount_rate = 0.0
horizon_months = 12
"""
    return head + "".join(f'\n[tables.{name}]\nfile = "{name}.csv"\n' for name in tables)


def _left(life: Life) -> Array:
    """The first day no longer a customer; NaT where still one."""
    rng = life.generator(5)
    left = np.full(life.customers, np.datetime64("NaT", "D"))
    for t, record in enumerate(life.records[: life.months]):
        left = np.where(record["leaves"], days(t, rng.integers(22, 29, life.customers)), left)
    return left


def customers(life: Life) -> pa.Table:
    """One row per customer; of two snapshots, two."""
    people, n = life.people, life.customers
    day = life.generator(6).integers(1, 4, n)
    columns = {
        "customer_id": identities(np.arange(n)),
        "joined_on": days(people.joined, day),
        "region": np.char.add("R", people.region.astype(str)),
        "location": np.char.add("P", np.char.zfill(people.place.astype(str), 2)),
    }
    if life.setting.kind == "shop":
        return pa.table(columns)
    left = _left(life)
    if life.setting.purged:
        return pa.table(columns).filter(pa.array(np.isnat(left)))
    if life.setting.snapshots is None:
        return pa.table(columns | {"left_on": left})
    return _two_snapshots(life, columns, left)


def _two_snapshots(life: Life, columns: dict[str, Array], left: Array) -> pa.Table:
    """Everybody in both; who left in between carries the day of the second. Earlier leavers were purged."""
    second = np.datetime64(as_of(life), "D")
    start = FIRST + life.months - (life.setting.snapshots or 0)
    first = start.astype("datetime64[D]") - np.timedelta64(1, "D")
    known = ~(left <= first) & (columns["joined_on"] <= first)
    some = {name: column[known] for name, column in columns.items()}
    gone = ~np.isnat(left[known])
    at = {day: np.full(int(known.sum()), day) for day in (first, second)}
    nothing = np.full(gone.size, np.datetime64("NaT", "D"))
    before = pa.table(some | {"left_on": nothing, "known_at": at[first]})
    return pa.concat_tables(
        [before, pa.table(some | {"left_on": np.where(gone, second, nothing), "known_at": at[second]})]
    )


def transactions(life: Life) -> pa.Table:
    """What was paid: a row per payment under contract, a row per order in a shop."""
    rng = life.generator(7)
    parts = []
    for t, record in enumerate(life.records[: life.months]):
        owed = life.states[t].owed
        if life.setting.kind == "contract":
            rows = np.flatnonzero(record["here"])
            margin, day = record["margin"][rows], np.full(rows.size, 5)
            revenue = (margin + owed[rows]) / MARGIN - owed[rows]
        else:
            rows, revenue = life.orders[t]
            first = np.concatenate([[True], rows[1:] != rows[:-1]])[: rows.size]
            taken = first * owed[rows]
            margin, revenue = MARGIN * revenue - taken, revenue - taken
            day = order_days(life, t, rows, rng)
        parts.append((rows, days(np.full(rows.size, t), day), revenue, margin))
    who, at, revenue, margin = (np.concatenate(column) for column in zip(*parts, strict=True))
    return pa.table(
        {"customer_id": identities(who), "at": at, "amount": np.round(revenue, 2), "margin": np.round(margin, 4)}
    )


def order_days(life: Life, t: int, rows: Array, rng: np.random.Generator) -> Array:
    """Days of month `t` on which its orders come: in a shop any day.

    Orders come at one rate all month long. Who joins does so by an order in the middle of the month, and others follow
    in its second half, at that rate. Days that leave out a part of the month would make random buyers look regular, and
    every silence at its end look longer.
    Shapes: `rows` (n,) customers' rows, those of one customer together; gives (n,), 1 for the first.
    """
    first = np.concatenate([[True], rows[1:] != rows[:-1]])[: rows.size]
    joins = life.people.joined[rows] == t
    if life.setting.kind == "weekly":
        return np.where(joins & first, 3, rng.integers(4, 25, rows.size))
    length = ((FIRST + t + 1).astype("datetime64[D]") - (FIRST + t).astype("datetime64[D]")).astype(int)
    start = np.where(joins, length // 2, 0)
    later = np.floor(rng.random(rows.size) * (length - start)).astype(int)
    dates: Array = start + 1 + np.where(joins & first, 0, later)
    return dates


def interactions(life: Life) -> pa.Table:
    """Contacts, what happened to customers, deliveries: customer_id, at (a day), touchpoint, kind, resolved."""
    rng = life.generator(8)
    parts: list[pa.Table] = []

    def add(t: int, rows: Array, day: Array, touchpoint: Array | str, kind: str, resolved: Array | None) -> None:
        names = np.full(rows.size, touchpoint) if isinstance(touchpoint, str) else touchpoint
        known = pa.nulls(rows.size, pa.bool_()) if resolved is None else pa.array(resolved)
        columns = {"customer_id": identities(rows), "at": days(np.full(rows.size, t), day)}
        columns |= {"touchpoint": names, "kind": np.full(rows.size, kind)}
        parts.append(pa.table(columns | {"resolved": known}))

    for t, record in enumerate(life.records[: life.months]):
        for name, touchpoint in (("outage", "Network outage"), ("wrong_bill", "Wrong bill")):
            rows = np.flatnonzero(record[name])
            if rows.size:
                add(t, rows, rng.integers(1, 6, rows.size), touchpoint, "experience", None)
        rows = np.flatnonzero(record["contact"])
        if rows.size:
            add(
                t,
                rows,
                rng.integers(8, 19, rows.size),
                _topics(life, record, rows),
                "contact",
                ~record["unresolved"][rows],
            )
        if "late" in life.setting.harms:
            rows = np.repeat(np.arange(life.customers), record["orders"])
            place = np.arange(rows.size) - np.searchsorted(rows, rows)
            late = place < record["late"][rows]
            shuffled = np.lexsort((rng.random(rows.size), rows))
            if rows.size:
                add(t, rows, rng.integers(5, 28, rows.size), "Delivery", "experience", ~late[shuffled])
    if not parts:
        return pa.table({"customer_id": pa.array([], pa.string())})
    return pa.concat_tables(parts)


def _topics(life: Life, record: dict[str, Array], rows: Array) -> Array:
    """What contacts are about: leavers who call because they leave say so in half of them."""
    names = np.full(rows.size, "Service", dtype="<U12")
    if life.setting.deciding:
        half = life.generator(9, int(rows.sum())).random(rows.size) < 0.5
        names[record["deciding"][rows] & half] = "Cancellation"
    return names


def _answers(surveys: Surveys) -> dict[str, pa.Table]:
    rows = surveys.who.size
    ids = np.char.add("F", np.arange(rows).astype(str))
    at = days(surveys.month, np.full(rows, 19))
    who = identities(surveys.who)
    feedback = {"feedback_id": ids, "customer_id": who, "at": at + 1, "score": surveys.score.astype(int)}
    metric = {"metric": np.full(rows, "nps")}
    asked = pa.table({"customer_id": who, "at": at, **metric})
    answered = surveys.answered
    return {
        "feedback": pa.table({name: column[answered] for name, column in (feedback | metric).items()}),
        "invitations": asked.append_column("feedback_id", pa.array(ids, mask=~answered)),
    }
