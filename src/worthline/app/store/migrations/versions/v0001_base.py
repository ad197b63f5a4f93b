"""The store as it began: chain, register, organisation, work, voice; and the triggers that let the chain only grow.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("entries", "approvals", "signoffs", "proofs", "restatements", "closings", "audit")


def upgrade() -> None:
    """Make it."""
    _chain()
    _register()
    _signoffs()
    _organisation()
    _work()
    _voice()
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def downgrade() -> None:
    """There is no way back: what people wrote is not thrown away by a command; raises NotImplementedError."""
    raise NotImplementedError("take the store back by restoring a backup")


def _chain() -> None:
    """The chain, its words apart, and who writes."""
    op.create_table(
        "entries",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("facts_salt", sa.Text(), nullable=False),
        sa.Column("facts_hash", sa.Text(), nullable=False),
        sa.Column("words_hash", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_entries"),
        sa.UniqueConstraint("hash", name="uq_entries_hash"),
        sa.UniqueConstraint("previous", name="uq_entries_previous"),
    )
    op.create_table(
        "payloads",
        sa.Column("entry", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("salt", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("erased_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(["entry"], ["entries.seq"], name="fk_payloads_entry"),
        sa.PrimaryKeyConstraint("entry", name="pk_payloads"),
    )
    op.create_table(
        "people",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("signed_in", sa.Boolean(), nullable=False),
        sa.Column("erased_at", sa.String(27), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_people"),
    )


def _register() -> None:
    """The benefits register and the audit."""
    op.create_table(
        "approvals",
        sa.Column("entry", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("initiative", sa.Text(), nullable=False),
        sa.Column("estimand", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("population", sa.Text(), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=False),
        sa.Column("proof_on", sa.Date(), nullable=False),
        sa.Column("benefit", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("signed_in", sa.Boolean(), nullable=False),
        sa.Column("shares", sa.Text(), nullable=True),
        sa.Column("cites_run", sa.Text(), nullable=True),
        sa.Column("cites_figure", sa.Text(), nullable=True),
        sa.Column("cites_value", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["approved_by"], ["people.person"], name="fk_approvals_approved_by"),
        sa.ForeignKeyConstraint(["entry"], ["entries.seq"], name="fk_approvals_entry"),
        sa.PrimaryKeyConstraint("entry", name="pk_approvals"),
        sa.UniqueConstraint("initiative", "proof_on", name="uq_approvals_initiative_proof_on"),
    )
    op.create_table(
        "proofs",
        sa.Column("entry", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("initiative", sa.Text(), nullable=False),
        sa.Column("proof_on", sa.Date(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("proven", sa.BigInteger(), nullable=True),
        sa.Column("low", sa.BigInteger(), nullable=True),
        sa.Column("high", sa.BigInteger(), nullable=True),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["entry"], ["entries.seq"], name="fk_proofs_entry"),
        sa.PrimaryKeyConstraint("entry", name="pk_proofs"),
        sa.UniqueConstraint("initiative", "proof_on", name="uq_proofs_initiative_proof_on"),
    )
    op.create_table(
        "restatements",
        sa.Column("entry", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("initiative", sa.Text(), nullable=False),
        sa.Column("proof_on", sa.Date(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("proven", sa.BigInteger(), nullable=True),
        sa.Column("low", sa.BigInteger(), nullable=True),
        sa.Column("high", sa.BigInteger(), nullable=True),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["entry"], ["entries.seq"], name="fk_restatements_entry"),
        sa.PrimaryKeyConstraint("entry", name="pk_restatements"),
    )
    op.create_index("ix_restatements_initiative_proof_on", "restatements", ["initiative", "proof_on"], unique=False)
    op.create_table(
        "closings",
        sa.Column("entry", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("quarter", sa.Text(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["closed_by"], ["people.person"], name="fk_closings_closed_by"),
        sa.ForeignKeyConstraint(["entry"], ["entries.seq"], name="fk_closings_entry"),
        sa.PrimaryKeyConstraint("entry", name="pk_closings"),
        sa.UniqueConstraint("quarter", name="uq_closings_quarter"),
    )
    op.create_table(
        "audit",
        sa.Column("entry", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_table", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["entry"], ["entries.seq"], name="fk_audit_entry"),
        sa.PrimaryKeyConstraint("entry", name="pk_audit"),
    )


def _signoffs() -> None:
    """Finance's own."""
    op.create_table(
        "signoffs",
        sa.Column("entry", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("approval", sa.Integer(), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.Column("signed_in", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["approval"], ["approvals.entry"], name="fk_signoffs_approval"),
        sa.ForeignKeyConstraint(["entry"], ["entries.seq"], name="fk_signoffs_entry"),
        sa.ForeignKeyConstraint(["signed_by"], ["people.person"], name="fk_signoffs_signed_by"),
        sa.PrimaryKeyConstraint("entry", name="pk_signoffs"),
        sa.UniqueConstraint("approval", name="uq_signoffs_approval"),
    )


def _organisation() -> None:
    """Who and what there is."""
    op.create_table(
        "groups",
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("head", sa.Text(), nullable=True),
        sa.Column("headcount", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("group", name="pk_groups"),
    )
    op.create_table(
        "initiatives",
        sa.Column("initiative", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("cost_once", sa.BigInteger(), nullable=True),
        sa.Column("cost_monthly", sa.BigInteger(), nullable=True),
        sa.Column("staff", sa.Float(), nullable=True),
        sa.Column("mechanism", sa.Text(), nullable=True),
        sa.Column("reach", sa.Text(), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("proof_on", sa.Date(), nullable=True),
        sa.Column("control_share", sa.Float(), nullable=True),
        sa.Column("customer_benefit", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("initiative", name="pk_initiatives"),
    )
    op.create_table(
        "actions",
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("capacity_per_week", sa.Integer(), nullable=False),
        sa.Column("eligible", sa.Text(), nullable=True),
        sa.Column("offer_limit", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("action", name="pk_actions"),
    )
    op.create_table(
        "assessments",
        sa.Column("assessment", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("block", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("assessed_by", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("assessment", name="pk_assessments"),
    )
    op.create_table(
        "assumptions",
        sa.Column("assumption", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("stated_on", sa.Date(), nullable=False),
        sa.Column("test_by", sa.Date(), nullable=True),
        sa.Column("tested_by", sa.Text(), nullable=True),
        sa.Column("became", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("assumption", name="pk_assumptions"),
    )


def _work() -> None:
    """What is done for customers, and about causes."""
    op.create_table(
        "treatments",
        sa.Column("treatment", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("initiative", sa.Text(), nullable=False),
        sa.Column("arm", sa.Text(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("stratum", sa.Text(), nullable=True),
        sa.Column("cluster", sa.Text(), nullable=True),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("treatment", name="pk_treatments"),
        sa.UniqueConstraint("initiative", "customer_id", name="uq_treatments_initiative_customer_id"),
    )
    op.create_table(
        "outcomes",
        sa.Column("outcome", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("treatment", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("outcome_code", sa.Text(), nullable=True),
        sa.Column("customer_said", sa.Text(), nullable=True),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["treatment"], ["treatments.treatment"], name="fk_outcomes_treatment"),
        sa.PrimaryKeyConstraint("outcome", name="pk_outcomes"),
    )
    op.create_index("ix_outcomes_treatment", "outcomes", ["treatment"], unique=False)
    op.create_table(
        "root_causes",
        sa.Column("root_cause", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("group", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("initiative", sa.Text(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("fixed_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("cites_run", sa.Text(), nullable=True),
        sa.Column("cites_figure", sa.Text(), nullable=True),
        sa.Column("cites_value", sa.Float(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("root_cause", name="pk_root_causes"),
    )
    op.create_table(
        "steps",
        sa.Column("step", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("root_cause", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["root_cause"], ["root_causes.root_cause"], name="fk_steps_root_cause"),
        sa.PrimaryKeyConstraint("step", name="pk_steps"),
    )
    op.create_index("ix_steps_root_cause", "steps", ["root_cause"], unique=False)


def _voice() -> None:
    """What arrives, where it goes, what becomes of it."""
    op.create_table(
        "inbound",
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("received_at", sa.String(27), nullable=False),
        sa.Column("at", sa.String(27), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("touchpoint", sa.Text(), nullable=True),
        sa.Column("metric", sa.Text(), nullable=True),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.Column("erased_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("item", name="pk_inbound"),
        sa.UniqueConstraint("source", "message", name="uq_inbound_source_message"),
    )
    op.create_table(
        "routings",
        sa.Column("routing", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("cadence", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("asks_answer", sa.Boolean(), nullable=True),
        sa.Column("routed_at", sa.String(27), nullable=False),
        sa.Column("sent_at", sa.String(27), nullable=True),
        sa.Column("read_at", sa.String(27), nullable=True),
        sa.Column("read_by", sa.Text(), nullable=True),
        sa.Column("acted_at", sa.String(27), nullable=True),
        sa.Column("acted_by", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.String(27), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("told_back_at", sa.String(27), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("routing", name="pk_routings"),
        sa.UniqueConstraint("item", "group", name="uq_routings_item_group"),
    )
    op.create_index("ix_routings_group_read_at", "routings", ["group", "read_at"], unique=False)
    op.create_table(
        "cases",
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("item", sa.Text(), nullable=True),
        sa.Column("group", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("touchpoint", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.String(27), nullable=False),
        sa.Column("closed_at", sa.String(27), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("case", name="pk_cases"),
    )


def _guard_sqlite() -> None:
    """Refuse changes of what is only added to."""
    for table in APPEND_ONLY:
        for change in ("update", "delete"):
            op.execute(_refusal(f"{table}_{change}", f"before {change} on {table}", f"{table} is only added to"))
    for table in ("payloads", "treatments"):
        op.execute(_refusal(f"{table}_delete", f"before delete on {table}", f"{table} is not deleted from"))
    erased = "new.entry is not old.entry or new.words is not null or new.salt is not null"
    op.execute(_refusal("payloads_update", f"before update on payloads when {erased}", "words are only erased"))
    moved = "new.initiative is not old.initiative or new.arm is not old.arm or new.at is not old.at"
    other = "(new.customer_id is not old.customer_id and new.customer_id not like 'erased:%')"
    assigned = f"before update on treatments when {moved} or {other}"
    op.execute(_refusal("treatments_update", assigned, "an assignment never changes"))


def _refusal(name: str, when: str, says: str) -> str:
    return f"create trigger {name}_refused {when} begin select raise(abort, '{says}'); end"


def _guard_postgresql() -> None:
    """The same in PostgreSQL, where a table can be emptied at once, too."""
    op.execute(
        "create function worthline_refuse() returns trigger language plpgsql as "
        "$$ begin raise exception '%', tg_argv[0] using errcode = 'integrity_constraint_violation'; end $$"
    )
    for table in APPEND_ONLY:
        _refuse(table, "before update or delete", f"{table} is only added to")
    for table in (*APPEND_ONLY, "payloads", "treatments"):
        _refuse(table, "before truncate", f"{table} is not emptied", each="statement")
    for table in ("payloads", "treatments"):
        _refuse(table, "before delete", f"{table} is not deleted from")
    erased = "new.entry is distinct from old.entry or new.words is not null or new.salt is not null"
    _refuse("payloads", "before update", "words are only erased", when=erased)
    moved = " or ".join(f"new.{column} is distinct from old.{column}" for column in ("initiative", "arm", "at"))
    other = "(new.customer_id is distinct from old.customer_id and new.customer_id not like 'erased:%')"
    _refuse("treatments", "before update", "an assignment never changes", when=f"{moved} or {other}")


def _refuse(table: str, event: str, says: str, *, each: str = "row", when: str = "") -> None:
    name = f"{table}_{event.split()[1]}_refused"
    condition = f" when ({when})" if when else ""
    op.execute(
        f"create trigger {name} {event} on {table} for each {each}{condition} "
        f"execute function worthline_refuse('{says}')"
    )
