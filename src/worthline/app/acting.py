"""Working through the worklist: customers assigned to their arms, and what came of each contact written back.

Reads     the published worklist; outcomes that people type or bring as CSV.
Gives     `assign`, `record`, which write to the store; the commands `outcome` and `worklist --assign`.
Method    an assignment is written once, controls too, so that the next run measures the action by its control group. A
          code and the words stand with the treatment; the words also go to the inbox of the group that owns the
          touchpoint of the customer's last failure (else of the theme they are about), once.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worthline.app.inbound.payloads import text as cell
from worthline.app.store import deliveries, open_store, treatments
from worthline.app.store.columns import ten_thousandths
from worthline.app.store.deliveries import FROM_CALLS, Arrival
from worthline.app.store.treatments import Assignment
from worthline.errors import UnreadableFile, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worthline.app.routing.office import Office
    from worthline.app.store import Store
    from worthline.run.view import RunView

CODES = ("reached", "no answer", "accepted", "declined", "call back")
"""Outcome codes that the page offers; a file may bring others."""
COLUMNS = ("customer_id", "action", "outcome_code", "customer_said", "cost", "channel")
MOST_WORDS = 4_000
MOST_WEEKS = 10_000


@dataclass(frozen=True, slots=True)
class Assigned:
    """How many customers were new."""

    plan: int
    """In an arm of the plan."""
    universal: int
    """In the universal control group."""


@dataclass
class Recorded:
    """What became of outcomes."""

    outcomes: int = 0
    words: int = 0
    """Of them, whose words went to a group."""
    refused: list[str] = field(default_factory=list)
    """Why an outcome was not recorded: a sentence each."""


def assign(store: Store, run: RunView, rows: Sequence[Mapping[str, Any]], *, by: str) -> Assigned:
    """Write the arms of rows of worklist_candidates, and the universal control group.

    Where treatments of files name a universal control group, later customers alone are added to it.
    """
    from worthline.initiatives.worklist.control import UNIVERSAL

    trials, now = _trials(run), store.clock()
    control_customers = _held(run) if rows else []
    with store.writing() as tx:
        aside = [
            Assignment(who, UNIVERSAL, "control", now, stratum="universal", cost=Decimal(0))
            for who in control_customers
        ]
        planned_arms = [
            Assignment(
                row["customer_id"],
                trials.get(row["action"], row["action"]),
                row["arm"],
                now,
                stratum="drawn at random" if row["drawn_at_random"] else "ranked",
                cost=row["cost"] if row["arm"] == "treated" else Decimal(0),
            )
            for row in rows
            if row["arm"]
        ]
        universal = treatments.assign(tx, aside, by=by, at=now)
        return Assigned(treatments.assign(tx, planned_arms, by=by, at=now), universal)


def _held(run: RunView) -> list[str]:
    """Customers of the universal control group whom treatments do not know as such yet."""
    from worthline.initiatives.worklist.control import is_universal

    if "universal_control_group" not in run.tables():
        return []
    group = run.sql("select customer_id from universal_control_group order by customer_id")
    customers: list[str] = group["customer_id"].to_pylist()
    if "source.treatments" not in run.about.get("rows", {}):
        return customers
    controls = run.sql("select distinct initiative, customer_id from source.treatments where lower(arm) = 'control'")
    assigned = {row["customer_id"] for row in controls.to_pylist() if is_universal(row["initiative"])}
    return [who for who in customers if who not in assigned]


def planned(run: RunView, customers: Sequence[str] | None = None, *, weeks: int | None = None) -> list[dict[str, Any]]:
    """Rows of the plan: of these customers, with the control customers of their weeks; or of the first weeks."""
    columns = "customer_id, action, arm, week, drawn_at_random, cost"
    plan = f"select {columns} from worklist_candidates where arm is not null"
    if customers is None:
        first_weeks: list[dict[str, Any]] = run.sql(
            f"{plan} and week <= ? order by place", [weeks or MOST_WEEKS]
        ).to_pylist()
        return first_weeks
    own: list[dict[str, Any]] = run.sql(f"{plan} and list_contains(?, customer_id)", [list(customers)]).to_pylist()
    on = sorted({row["week"] for row in own if row["arm"] != "control"})
    if not on:
        return own
    aside = run.sql(f"{plan} and arm = 'control' and list_contains(?, week) order by place", [on]).to_pylist()
    own_customers = {row["customer_id"] for row in own}
    return [*own, *(row for row in aside if row["customer_id"] not in own_customers)]


def record(
    store: Store, office: Office, run: RunView, outcome_rows: Sequence[Mapping[str, str]], *, by: str
) -> Recorded:
    """Write outcomes: rows of COLUMNS as text. Customers of the plan who have no arm yet are assigned first."""
    recorded = Recorded()
    plan = planned(run, [row.get("customer_id", "").strip() for row in outcome_rows])
    assign(store, run, plan, by=by)
    by_customer = {row["customer_id"]: row for row in plan}
    trials, now = _trials(run), store.clock()
    touchpoints = _touchpoints(run, list(by_customer))
    arrivals = []
    with store.writing() as tx:
        arms = {trial: treatments.assigned(tx, trial) for trial in {*trials.values()}}
        for row in outcome_rows:
            customer = row.get("customer_id", "").strip()
            action = row.get("action", "").strip() or by_customer.get(customer, {}).get("action", "")
            trial = trials.get(action, action)
            why = _refusal(customer, trial, arms, row)
            if why:
                recorded.refused.append(why)
                continue
            comment = cell(row.get("customer_said", ""))[:MOST_WORDS]
            values = {
                "outcome_code": cell(row["outcome_code"]),
                "customer_said": comment or None,
                "cost": Decimal(row["cost"].strip()) if row.get("cost", "").strip() else None,
                "channel": cell(row.get("channel", "")) or None,
            }
            treatments.record_outcome(tx, customer, trial, values, by=by, at=now)
            recorded.outcomes += 1
            if comment:
                arrivals.append(_arrival(customer, trial, comment, touchpoints.get(customer, ""), now))
        recorded.words = deliveries.keep(tx, arrivals).count(deliveries.STORED)
    if recorded.words:
        office.desk().work_off()
    return recorded


def _refusal(customer: str, trial: str, arms: Mapping[str, Mapping[str, str]], row: Mapping[str, str]) -> str:
    """Why an outcome cannot be recorded; "" where it can."""
    if not customer:
        return "A row has no customer_id."
    if not row.get("outcome_code", "").strip():
        return f"{customer}: no outcome_code. One of: {', '.join(CODES)}, or a code of your own."
    arm = arms.get(trial, {}).get(customer)
    if arm is None:
        return f"{customer}: not on the worklist{f' for {trial}' if trial else ''}."
    if arm == "control":
        return f"{customer}: in the control group, so not to be called. If they called, bring it as an interaction."
    if row.get("cost", "").strip():
        try:
            if ten_thousandths(Decimal(row["cost"].strip())) < 0:
                return f"{customer}: the cost is below zero."
        except (ArithmeticError, ValueError):
            return f"{customer}: {row['cost']!r} is no cost. Write it as 3.50."
    return ""


def _arrival(customer: str, trial: str, comment: str, touchpoint: str, arrived_at: Any) -> Arrival:
    """The words as an item of the inbox, once however often they are brought."""
    data = {"customer_id": customer, "text": comment, "touchpoint": touchpoint, "channel": "call"}
    body = json.dumps({"data": {name: value for name, value in data.items() if value}}, sort_keys=True).encode()
    name = hashlib.sha256(f"{trial}\0{customer}\0{comment}".encode()).hexdigest()[:24]
    return Arrival(FROM_CALLS, name, body, arrived_at)


def _trials(run: RunView) -> dict[str, str]:
    """Action -> the initiative under which its customers are assigned."""
    if "control_groups" not in run.tables():
        return {}
    rows = run.sql("select action, trial from control_groups where action is not null").to_pylist()
    return {row["action"]: row["trial"] for row in rows}


def _touchpoints(run: RunView, customers: Sequence[str]) -> dict[str, str]:
    """Of the last failure of each customer who had one."""
    if not customers:
        return {}
    query = (
        "select distinct customer_id, last_failure from worklist_candidates "
        "where last_failure is not null and list_contains(?, customer_id)"
    )
    return {row["customer_id"]: row["last_failure"] for row in run.sql(query, [list(customers)]).to_pylist()}


def read_file(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file of outcomes, parted by comma, semicolon or tab; raises UnreadableFile, UsageError."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as text:
            header = text.readline()
            text.seek(0)
            reader = csv.DictReader(text, delimiter=max(",;\t", key=header.count))
            rows = [
                {str(k).strip().lower(): v or "" for k, v in row.items() if isinstance(v, str | None)} for row in reader
            ]
            names = {str(name).strip().lower() for name in reader.fieldnames or ()}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        fix = f"Columns: {', '.join(COLUMNS)}."
        raise UnreadableFile(path, "CSV in UTF-8 with a header", str(error), fix) from None
    lacking = {"customer_id", "outcome_code"} - names
    if lacking:
        raise UsageError(f"{path} has no column {' and '.join(sorted(lacking))}. Columns: {', '.join(COLUMNS)}.")
    return rows


@contextmanager
def opened(folder: Path) -> Iterator[tuple[Store, Office]]:
    """The store and office of a folder, for a `with` statement."""
    from worthline import company
    from worthline.app.routing.office import Office

    with closing(open_store(folder, company.open(folder).config)) as store:
        yield store, Office(folder)


def sentence(recorded: Recorded) -> str:
    """What became of outcomes, for people."""
    from worthline.metrics import formatting

    text = f"{formatting.how_many(recorded.outcomes, 'outcome')} recorded"
    if recorded.words:
        text += f"; the words of {formatting.how_many(recorded.words, 'customer')} went to the groups that own them"
    if recorded.refused:
        text += f"; {formatting.how_many(len(recorded.refused), 'row')} refused"
    return f"{text}."
