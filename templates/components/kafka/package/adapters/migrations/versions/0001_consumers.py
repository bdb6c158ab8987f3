"""Inbox and retries."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "kit_kafka"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "inbox",
        sa.Column("consumer", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column(
            "handled_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        sa.PrimaryKeyConstraint("consumer", "source", "id", name="pk_inbox"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_inbox_handled_at", "inbox", ["handled_at"], schema=SCHEMA, postgresql_using="brin"
    )
    op.create_table(
        "retries",
        sa.Column("position", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("consumer", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.Column("headers", JSONB, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_retries"),
        sa.UniqueConstraint("consumer", "topic", "partition", "offset", name="uq_retries_place"),
        schema=SCHEMA,
    )
    op.create_index("ix_retries_key", "retries", ["consumer", "key", "position"], schema=SCHEMA)
    op.create_index("ix_retries_due", "retries", ["consumer", "next_attempt_at"], schema=SCHEMA)


def downgrade() -> None:
    """Take back."""
    op.drop_table("retries", schema=SCHEMA)
    op.drop_table("inbox", schema=SCHEMA)
