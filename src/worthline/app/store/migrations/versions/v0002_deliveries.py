"""Webhooks as they arrived, and what they say of each response: stored before they are acknowledged.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of deliveries, and `inbound` anew: nothing was ever written to the first one."""
    op.create_table(
        "deliveries",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("received_at", sa.String(27), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("response", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("source", "delivery", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_state", "deliveries", ["state"])
    op.create_index("ix_deliveries_source_response", "deliveries", ["source", "response"])
    op.drop_table("inbound")
    op.create_table(
        "inbound",
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("received_at", sa.String(27), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("themes", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("erased_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("item", name="pk_inbound"),
    )
    op.create_index("ix_inbound_source_response", "inbound", ["source", "response"])
    op.create_index("ix_inbound_received_at", "inbound", ["received_at"])
    op.create_table(
        "digests",
        sa.Column("digest", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("cadence", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_digests"),
        sa.UniqueConstraint("group", "cadence", "period", name="uq_digests_group_cadence_period"),
    )


def downgrade() -> None:
    """There is no way back: what people wrote is not thrown away by a command; raises NotImplementedError."""
    raise NotImplementedError("take the store back by restoring a backup")
