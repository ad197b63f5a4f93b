"""What people write, table by table: the one place that says which columns the store has.

Gives     SQLAlchemy tables; APPEND_ONLY, the tables of the register and the audit, to which rows are only added.
Method    rows that people change carry `version`: whoever changes one says which version was seen. A row of an
          append-only table belongs to one entry of the chain (ledger.py), which its number names.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from worthline.app.store.columns import Moment, Money

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, **more: Any) -> Column[str]:
    return Column(name, Text, **more)


def _needed(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _changeable() -> tuple[Column[Any], ...]:
    """What every row that people change carries: its version (from 1), and when it was last written."""
    return Column("version", Integer, nullable=False), Column("changed_at", Moment, nullable=False)


def _of_entry() -> Column[int]:
    return Column("entry", ForeignKey("entries.seq"), primary_key=True, autoincrement=False)


def _number(name: str) -> Column[int]:
    return Column(name, Integer, primary_key=True, autoincrement=True)


entries = Table(
    "entries",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    _needed("kind"),
    _needed("facts_salt"),
    _needed("facts_hash"),
    _needed("words_hash"),
    Column("previous", Text, nullable=False, unique=True),
    Column("hash", Text, nullable=False, unique=True),
)
"""The chain: each entry's hash covers the one before it, its row and its words."""
payloads = Table(
    "payloads",
    metadata,
    _of_entry(),
    _text("person"),
    _text("salt"),
    _text("words"),
    Column("erased_at", Moment),
)
"""Names and free text of an entry, apart, so that they can be erased while the chain stays whole."""
people = Table(
    "people", metadata, _text("person", primary_key=True), _text("name"), _text("email"), _text("role"),
    Column("signed_in", Boolean, nullable=False), Column("erased_at", Moment), *_changeable(),
)  # fmt: skip
groups = Table(
    "groups", metadata, _text("group", primary_key=True), _text("name"), _text("parent"), _text("head"),
    Column("headcount", Integer), _text("kind"), *_changeable(),
)  # fmt: skip
initiatives = Table(
    "initiatives",
    metadata,
    _text("initiative", primary_key=True),
    _needed("name"),
    _needed("group"),
    _needed("owner"),
    _text("purpose"),
    Column("cost_once", Money),
    Column("cost_monthly", Money),
    Column("staff", Float),
    _text("mechanism"),
    _text("reach"),
    Column("started_on", Date),
    Column("proof_on", Date),
    Column("control_share", Float),
    _text("customer_benefit"),
    *_changeable(),
)
actions = Table(
    "actions",
    metadata,
    _text("action", primary_key=True),
    Column("cost", Money, nullable=False),
    Column("capacity_per_week", Integer, nullable=False),
    _text("eligible"),
    Column("offer_limit", Money),
    *_changeable(),
)
approvals = Table(
    "approvals",
    metadata,
    _of_entry(),
    _needed("initiative"),
    _needed("estimand"),
    _needed("metric"),
    _needed("population"),
    Column("approved_on", Date, nullable=False),
    Column("proof_on", Date, nullable=False),
    Column("benefit", Money, nullable=False),
    Column("cost", Money, nullable=False),
    Column("approved_by", ForeignKey("people.person"), nullable=False),
    Column("signed_in", Boolean, nullable=False),
    _text("shares"),
    _text("cites_run"),
    _text("cites_figure"),
    Column("cites_value", Float),
    UniqueConstraint("initiative", "proof_on"),
)
"""What was approved, frozen; one for each initiative and date of proof."""
signoffs = Table(
    "signoffs",
    metadata,
    _of_entry(),
    Column("approval", ForeignKey("approvals.entry"), nullable=False, unique=True),
    Column("signed_by", ForeignKey("people.person"), nullable=False),
    Column("signed_in", Boolean, nullable=False),
)
"""Finance's sign-off of an approval."""


def _statement() -> tuple[Column[Any], ...]:
    """What a proof and a restatement say."""
    return (
        _of_entry(),
        _needed("initiative"),
        Column("proof_on", Date, nullable=False),
        _needed("run"),
        Column("as_of", Date, nullable=False),
        Column("proven", Money),
        Column("low", Money),
        Column("high", Money),
        Column("cost", Money),
        _text("grade"),
    )


proofs = Table("proofs", metadata, *_statement(), UniqueConstraint("initiative", "proof_on"))
"""What was measured on the date of proof; once for each initiative and date. Blank where nothing was measured."""
restatements = Table("restatements", metadata, *_statement(), _text("reason"), Index(None, "initiative", "proof_on"))
"""What later data say of a proof; the proof itself is never rewritten."""
closings = Table(
    "closings", metadata, _of_entry(), Column("quarter", Text, nullable=False, unique=True),
    Column("last_day", Date, nullable=False), Column("closed_by", ForeignKey("people.person"), nullable=False),
)  # fmt: skip
"""Quarters that finance has closed: what falls into them changes by restatement alone."""
audit = Table(
    "audit",
    metadata,
    _of_entry(),
    _text("actor"),
    _needed("action"),
    _needed("subject_table"),
    _needed("subject"),
    Column("version", Integer),
    _text("digest"),
)
"""Who changed what else, and when; before and after stand in the entry's words."""
assessments = Table(
    "assessments",
    metadata,
    _number("assessment"),
    _needed("block"),
    Column("level", Integer, nullable=False),
    _needed("evidence"),
    Column("assessed_on", Date, nullable=False),
    _needed("assessed_by"),
    *_changeable(),
)
assumptions = Table(
    "assumptions",
    metadata,
    _text("assumption", primary_key=True),
    _needed("statement"),
    _needed("owner"),
    Column("value", Float),
    _text("unit"),
    Column("stated_on", Date, nullable=False),
    Column("test_by", Date),
    _text("tested_by"),
    _text("became"),
    *_changeable(),
)
treatments = Table(
    "treatments",
    metadata,
    _number("treatment"),
    _needed("customer_id"),
    _needed("initiative"),
    _needed("arm"),
    Column("at", Moment, nullable=False),
    _text("stratum"),
    _text("cluster"),
    Column("cost", Money),
    _text("channel"),
    UniqueConstraint("initiative", "customer_id"),
)
"""Who was assigned to which arm; an assignment never changes."""
outcomes = Table(
    "outcomes",
    metadata,
    _number("outcome"),
    Column("treatment", ForeignKey("treatments.treatment"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    _text("outcome_code"),
    _text("customer_said"),
    Column("cost", Money),
    _text("channel"),
    _text("recorded_by"),
)
"""What came of contacting a treated customer; the latest counts."""
deliveries = Table(
    "deliveries",
    metadata,
    _text("source", primary_key=True),
    _text("delivery", primary_key=True),
    Column("received_at", Moment, nullable=False),
    _needed("digest"),
    Column("body", LargeBinary),
    Column("state", Text, nullable=False, index=True),
    _text("reason"),
    _text("response"),
    Index(None, "source", "response"),
)
"""Webhooks as they arrived, once for each id of a source: stored before they are acknowledged, raw."""
inbound = Table(
    "inbound",
    metadata,
    _text("item", primary_key=True),
    _needed("source"),
    _needed("response"),
    _needed("delivery"),
    _needed("revision"),
    Column("received_at", Moment, nullable=False, index=True),
    _text("answer"),
    _text("themes"),
    _text("customer_id"),
    Column("erased_at", Moment),
    Index(None, "source", "response"),
)
"""Answers that arrived by themselves, one a question, as the latest revision of their response has them (JSON)."""
digests = Table(
    "digests",
    metadata,
    _number("digest"),
    _needed("group"),
    _needed("cadence"),
    _needed("period"),
    Column("items", Integer, nullable=False),
    Column("sent_at", Moment),
    UniqueConstraint("group", "cadence", "period"),
)
"""What a group was sent, once for each period."""
routings = Table(
    "routings",
    metadata,
    _number("routing"),
    _needed("item"),
    _needed("group"),
    _text("rule"),
    _text("theme"),
    _text("cadence"),
    _text("reason"),
    Column("asks_answer", Boolean),
    Column("routed_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("read_at", Moment),
    _text("read_by"),
    Column("acted_at", Moment),
    _text("acted_by"),
    Column("closed_at", Moment),
    _text("closed_by"),
    Column("told_back_at", Moment),
    *_changeable(),
    UniqueConstraint("item", "group"),
    Index(None, "group", "read_at"),
)
"""Which group an item was sent to, and what became of it there."""
cases = Table(
    "cases",
    metadata,
    _text("case", primary_key=True),
    _text("customer_id"),
    _text("item"),
    _text("group"),
    _text("owner"),
    _text("touchpoint"),
    _text("reason"),
    _text("words"),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    _text("outcome"),
    *_changeable(),
)
root_causes = Table(
    "root_causes",
    metadata,
    _text("root_cause", primary_key=True),
    _needed("kind"),
    _needed("subject"),
    _needed("cause"),
    _text("group"),
    _needed("owner"),
    _text("initiative"),
    Column("opened_on", Date, nullable=False),
    Column("fixed_on", Date),
    Column("closed_on", Date),
    _text("cites_run"),
    _text("cites_figure"),
    Column("cites_value", Float),
    *_changeable(),
)
"""Why a touchpoint, theme or need fails, and who takes the cause away by when."""
steps = Table(
    "steps",
    metadata,
    _number("step"),
    Column("root_cause", ForeignKey("root_causes.root_cause"), nullable=False, index=True),
    _needed("what"),
    _text("owner"),
    Column("due_on", Date, nullable=False),
    Column("done_on", Date),
    *_changeable(),
)

REGISTER = (approvals, signoffs, proofs, restatements, closings)
"""The benefits register."""
APPEND_ONLY = (*REGISTER, audit)
"""Tables whose rows belong to an entry of the chain."""
KINDS: dict[str, Table] = {table.name: table for table in APPEND_ONLY}
"""Kind of an entry -> the table that holds its row."""


def tables() -> dict[str, Table]:
    """All tables by name."""
    return dict(metadata.tables)
