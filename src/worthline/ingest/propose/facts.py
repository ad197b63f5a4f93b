"""What only the whole folder tells: which file lists the customers, which id is theirs, what a bare `id` names.

Reads     all Groups.
Gives     Facts: headers that are sure to be a canonical column of a file, each with the reason; headers in doubt.
Method    an id names customers where the file of that name holds each once, other files hold the same ids under the
          same name, and no file has another name for its customers. Where one file has two names for its customers
          (customer_id, customer_unique_id), neither is sure anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from worthline.ingest.propose import emails, names
from worthline.ingest.propose.emails import Made
from worthline.ingest.propose.match import misfit
from worthline.ingest.propose.plan import Group
from worthline.ingest.propose.profile import Profile
from worthline.tables import TABLES

_STANDS = 0.95
_ENOUGH = 5
_LONG = 6
"""Digits from which on numbers of two files are not alike by accident."""
_KEYS = ("accountid", "account", "contactid", "msisdn", "companyid", "organizationid", "organisationid", "tenantid")
_PAID_BACK = re.compile(
    r"^(total)?(refund|return|credit|chargeback)(ed)?(amount|total|value)$|^amountrefunded$|^gutschriftbetrag$"
)
_REFUND_ID = re.compile(r"^(refund|return|credit(note|memo)|chargeback|gutschrift)(id|no|number|nr|nummer)$")
_OWN_ID = {"transactions": "transaction_id", "feedback": "feedback_id", "interactions": "case_id"}
_TABLES = ("customers", "transactions", "subscriptions", "balances", "feedback", "interactions")


@dataclass
class Facts:
    """(file, table, canonical column) -> (header, why); and plain headers that may be two things."""

    sure: dict[tuple[str, str, str], tuple[str, str]] = field(default_factory=dict)
    doubtful: dict[str, str] = field(default_factory=dict)
    maybe: dict[str, tuple[str, str]] = field(default_factory=dict)
    """file -> the column that may name its customers, by its values alone, and why."""
    made: dict[str, Made] = field(default_factory=dict)
    """file -> how a query makes its customers, where it names them by e-mail alone."""


def gather(groups: Sequence[Group]) -> Facts:
    """Look at all files together."""
    facts = Facts()
    customers = [(g, p) for g in groups for p in g.profiles if is_customer(p)]
    for group in groups:
        mine = [p for g, p in customers if g is group]
        if len(mine) > 1:
            headers = " and ".join(p.header for p in mine)
            facts.doubtful.update(
                {names.plain(p.header): f"{headers} stand side by side in {group.shown}" for p in mine}
            )
    _refunds(groups, facts)
    _bare_ids(groups, customers, facts)
    if not customers:
        _shared_key(groups, facts)
    _same_ids(groups, facts)
    if not customers and not facts.sure:
        _by_values(groups, facts)
    certain = {shown for shown, table, column in facts.sure if column == "customer_id" and table != "customers"}
    by_email = emails.made(groups, is_customer)
    facts.made = {shown: way for shown, way in by_email.items() if shown not in certain}
    return facts


def is_customer(p: Profile) -> bool:
    """Whether a column names customers: a usual name of theirs, and cells that may be ids."""
    usual = names.canonical("customers", "customer_id")
    column = TABLES["transactions"].column("customer_id")
    return names.plain(p.header) in usual and not misfit(column, p)


def _refunds(groups: Sequence[Group], facts: Facts) -> None:
    """In a file of refunds: what was paid back, and the refund's own number; the order's is that of the sale."""
    amount = TABLES["transactions"].column("amount")
    for group in (g for g in groups if names.speaks_of_refunds(g.shown)):
        paid = [p for p in group.profiles if _PAID_BACK.match(names.plain(p.header)) and not misfit(amount, p)]
        own = [p for p in group.profiles if _REFUND_ID.match(names.plain(p.header)) and p.unique]
        for column, candidates in (("amount", paid), ("transaction_id", own)):
            if len(candidates) == 1:
                why = "its name and the file's say so"
                facts.sure[group.shown, "transactions", column] = (candidates[0].header, why)


def _bare_ids(groups: Sequence[Group], customers: Sequence[tuple[Group, Profile]], facts: Facts) -> None:
    for group in groups:
        hints = names.hinted(group.shown)
        own = next((p for p in group.profiles if names.plain(p.header) == "id" and p.unique), None)
        if own is None:
            continue
        for table, column in _OWN_ID.items():
            if hints == {table}:
                facts.sure[group.shown, table, column] = (own.header, f"names each row of {group.shown} once")
        others = [(g, p) for g, p in customers if g is not group]
        mine = any(g is group for g, _ in customers)
        if "customers" in hints and others and not mine and all(_inside(p, own) for _, p in others):
            where = others[0]
            why = f"its values are those of {where[1].header} in {where[0].shown}"
            facts.sure[group.shown, "customers", "customer_id"] = (own.header, why)


def _same_ids(groups: Sequence[Group], facts: Facts) -> None:
    """A column that holds the ids of the listed customers, in a file that has no other name for its customers."""
    lists = [(g, p) for g in groups if "customers" in names.hinted(g.shown) for p in g.profiles if _lists(g, p, facts)]
    if len(lists) != 1 or names.plain(lists[0][1].header) in facts.doubtful:
        return
    listed, ids = lists[0]
    column = TABLES["transactions"].column("customer_id")
    for group in groups:
        if group is listed or any(is_customer(p) for p in group.profiles):
            continue
        candidates = [p for p in group.profiles if not misfit(column, p) and _inside(p, ids) and _tells(p)]
        if len(candidates) == 1:
            why = f"its values are the {ids.header} of {listed.shown}"
            for table in TABLES:
                if "customer_id" in TABLES[table].names and table != "customers":
                    facts.sure.setdefault((group.shown, table, "customer_id"), (candidates[0].header, why))


def _lists(group: Group, p: Profile, facts: Facts) -> bool:
    own = facts.sure.get((group.shown, "customers", "customer_id"), ("", ""))[0]
    return p.unique and (p.header == own or is_customer(p))


def _tells(p: Profile) -> bool:
    """Whether equal values can be no accident: a usual name, or ids that are not just small numbers."""
    named = names.plain(p.header) in (*names.perhaps("transactions", "customer_id"), "person")
    return named or (len(p.counts) >= _ENOUGH and not any(v.isdigit() and len(v) < _LONG for v in p.counts))


def _shared_key(groups: Sequence[Group], facts: Facts) -> None:
    """A key such as account_id that one file lists and others point to, where nothing else names customers."""
    for key in _KEYS:
        holders = [(g, p) for g in groups for p in g.profiles if names.plain(p.header) == key and p.counts]
        lists = [(g, p) for g, p in holders if p.unique and key.removesuffix("id") in names.plain(g.shown)]
        if len(lists) != 1:
            continue
        listed, ids = lists[0]
        others = [(g, p) for g, p in holders if g is not listed]
        if others and all(_inside(p, ids) for _, p in others):
            why = f"{listed.shown} lists each once, and {others[0][0].shown} points to it"
            for group, p in holders:
                for table in _TABLES:
                    facts.sure[group.shown, table, "customer_id"] = (p.header, why)
            return


def _by_values(groups: Sequence[Group], facts: Facts) -> None:
    """A column that one file holds each once and others point to: an id, of customers if a person says so."""
    column = TABLES["transactions"].column("customer_id")
    for listed in groups:
        for ids in (p for p in listed.profiles if p.unique and not misfit(column, p) and _tells(p)):
            pointing = [
                (g, p)
                for g in groups
                for p in g.profiles
                if g is not listed and not p.unique and not misfit(column, p) and _inside(p, ids)
            ]
            for group, p in pointing:
                facts.maybe.setdefault(
                    group.shown, (p.header, f"its values are those of {ids.header} in {listed.shown}")
                )
            if pointing:
                why = f"it names each row once, and {pointing[0][0].shown} points to it"
                facts.maybe.setdefault(listed.shown, (ids.header, why))


def _inside(p: Profile, listed: Profile) -> bool:
    mine = set(p.counts)
    return len(mine) >= min(_ENOUGH, len(listed.counts)) and len(mine & set(listed.counts)) >= _STANDS * len(mine)
