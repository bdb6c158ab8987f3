"""Inbox and retries."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from kit.mysql.columns import Id, Moment, Text

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "kit_kafka_inbox",
        sa.Column("consumer", Text(200), nullable=False),
        sa.Column("source", Text(200), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("handled_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "source", "id", name="pk_kit_kafka_inbox"),
    )
    op.create_index("ix_kit_kafka_inbox_handled_at", "kit_kafka_inbox", ["handled_at"])
    op.create_table(
        "kit_kafka_retries",
        sa.Column("position", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("consumer", Text(200), nullable=False),
        sa.Column("topic", Text(200), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("key", mysql.VARBINARY(800), nullable=False),
        sa.Column("value", mysql.LONGBLOB(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", Moment(), nullable=False),
        sa.Column("last_error", Text(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_kit_kafka_retries"),
        sa.UniqueConstraint(
            "consumer", "topic", "partition", "offset", name="uq_kit_kafka_retries_place"
        ),
    )
    op.create_index(
        "ix_kit_kafka_retries_key", "kit_kafka_retries", ["consumer", "key", "position"]
    )
    op.create_index(
        "ix_kit_kafka_retries_due", "kit_kafka_retries", ["consumer", "next_attempt_at"]
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("kit_kafka_retries")
    op.drop_table("kit_kafka_inbox")
