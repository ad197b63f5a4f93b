"""Asking for an approval: what the published run knows of the initiative, whom it overlaps with, what is cited.

Reads     the published run, what a person typed.
Gives     `ask`: what the store is to freeze; `overlaps`; raises UsageError, NoSuchName.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from worthline.app.store import rows, schema
from worthline.app.store.register import Ask
from worthline.errors import BadSetting, NoSuchName, UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from worthline.run.view import RunView

COSTS = "initiative_costs"


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person typed, as text."""

    initiative: str
    benefit: str
    cost: str
    proof_on: str
    by: str
    finance: str = ""
    cites: str = ""
    note: str = ""
    shares: Sequence[str] = ()
    """Each Service=60."""
    name: str = ""
    group: str = ""
    owner: str = ""
    """Name, group and owner of an initiative that no file tells of."""


def ask(run: RunView, typed: Typed) -> Ask:
    """What is to be frozen; the figure cited is looked up in the published run."""
    return Ask(
        initiative=typed.initiative.strip(),
        benefit=amount(typed.benefit, "benefit"),
        cost=amount(typed.cost, "cost"),
        proof_on=day(typed.proof_on, "proof-on"),
        by=typed.by,
        finance=typed.finance.strip() or None,
        note=typed.note.strip(),
        shares=_known_departments(run, weights(typed.shares), typed.group.strip()),
        cites=cited(run, typed.cites.strip()) if typed.cites.strip() else None,
    )


def _known_departments(run: RunView, shares: Mapping[str, Decimal], new: str) -> Mapping[str, Decimal]:
    """Shares by department as the run spells it; `new`: that of a new initiative. Raises NoSuchName.

    Where no groups were brought, every name is taken as it is.
    """
    if not shares or "source.groups" not in run.about.get("rows", {}):
        return shares
    listed = run.sql('select distinct "group" as name from source.groups where "group" is not null order by 1')
    by_name = {name.casefold(): name for name in (*listed["name"].to_pylist(), *([new] if new else []))}
    for name in shares:
        if name.casefold() not in by_name:
            raise NoSuchName("department", name, by_name.values())
    return {by_name[name.casefold()]: weight for name, weight in shares.items()}


def known(run: RunView) -> dict[str, str]:
    """Initiatives of the run: id -> what people call them."""
    if COSTS not in run.tables():
        return {}
    return {row["initiative"]: row["name"] for row in run.table(COSTS).to_pylist()}


def named(run: RunView, tx: Connection, typed: Typed, now: datetime) -> None:
    """See that the initiative is one that is known; where its name, group and owner are given, it becomes one.

    Raises UsageError.
    """
    name = typed.initiative.strip()
    if name in known(run) or rows.get(tx, schema.initiatives, name) is not None:
        return
    if not (typed.group.strip() and typed.owner.strip()):
        close = NoSuchName("initiative", name, known(run))
        raise UsageError(f"{close} To approve a new one, say who runs it: --group DEPARTMENT --owner NAME.")
    values = {"initiative": name, "name": typed.name.strip() or name}
    values |= {"group": typed.group.strip(), "owner": typed.owner.strip()}
    rows.add(tx, schema.initiatives, values, by=typed.by, at=now)


def overlaps(run: RunView, initiative: str) -> list[tuple[str, int]]:
    """Other initiatives that share assigned customers with this one, and how many."""
    if "source.treatments" not in run.about.get("rows", {}):
        return []
    shared = run.sql(
        "with own as (select distinct customer_id from source.treatments where initiative = ?) "
        "select initiative, count(distinct customer_id) as n from source.treatments "
        "where initiative <> ? and lower(initiative) not like 'universal%control%group' "
        "and customer_id in (select customer_id from own) "
        "group by initiative order by initiative",
        [initiative, initiative],
    )
    return [(row["initiative"], row["n"]) for row in shared.to_pylist()]


def warned(run: RunView, initiative: str) -> list[str]:
    """What to know before approving: with which initiatives it overlaps."""
    return [
        f"Overlaps with {other}: {n:,} customers are in both. Each is measured against its own control group; what "
        "they did together is shared between them in the joint effect."
        for other, n in overlaps(run, initiative)
    ]


def cited(run: RunView, figure: str) -> tuple[str, str, float | None]:
    """The figure's name, its run and its value; raises NoSuchName."""
    values = {known_figure.name: known_figure.value for known_figure in run.figures}
    if figure not in values:
        raise NoSuchName("figure", figure, values)
    return figure, run.run_id, values[figure]


_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")
"""Thousands in groups of three; 90.000,00 would be read as 90 otherwise."""


def amount(text: str, what: str) -> Decimal:
    """An amount as people write it: 1,280,000.50; raises BadSetting."""
    try:
        plain = text.strip()
        if "," in plain and not _GROUPED.fullmatch(plain):
            raise InvalidOperation
        return Decimal(plain.replace(",", "").replace("_", ""))
    except InvalidOperation:
        raise BadSetting(what, f"found {text!r}", "Write an amount such as 128000.50.") from None


def day(text: str, what: str) -> date:
    """A day as 2027-03-31; raises BadSetting."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadSetting(what, f"found {text!r}", "Write a day as 2027-03-31.") from None


def weights(texts: Sequence[str]) -> Mapping[str, Decimal]:
    """Departments and weights from texts such as Service=60; raises BadSetting."""
    by_department: dict[str, Decimal] = {}
    for text in texts:
        name, mark, weight = text.rpartition("=")
        if not mark or not name.strip() or "," in name:
            raise BadSetting("share", f"found {text!r}", "Write a department and its weight: Service=60.")
        by_department[name.strip()] = amount(weight, "share")
    return by_department
