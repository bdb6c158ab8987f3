"""The tables that every context on MySQL has, as its first migration makes them.

They stay as they are: what changes later is a revision of its own.
"""

from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from kit.mysql.columns import Id, Moment, Text


def create_idempotency_keys() -> None:
    """What answers are kept for."""
    op.create_table(
        "idempotency_keys",
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("path", Text(255), nullable=False),
        sa.Column("key", Text(128), nullable=False),
        sa.Column("fingerprint", mysql.BINARY(32), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", mysql.LONGBLOB(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "path", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])


def create_inbox() -> None:
    """Which reactions have run."""
    op.create_table(
        "inbox",
        sa.Column("reaction", Text(200), nullable=False),
        sa.Column("about", Id(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("handled_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("reaction", "about", "version", name="pk_inbox"),
    )
    op.create_index("ix_inbox_handled_at", "inbox", ["handled_at"])


def create_outbox() -> None:
    """Messages, what consumers are owed of them, and whose turn it is to deliver."""
    op.create_table(
        "outbox",
        sa.Column("position", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("type", Text(200), nullable=False),
        sa.Column("key", Text(200), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("occurred_at", Moment(), nullable=False),
        sa.Column("delivered_at", Moment()),
        sa.PrimaryKeyConstraint("position", name="pk_outbox"),
    )
    op.create_index("ix_outbox_delivered_at", "outbox", ["delivered_at", "position"])
    op.create_table(
        "outbox_owed",
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("consumer", Text(200), nullable=False),
        sa.Column("key", Text(200), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", Moment(), nullable=False),
        sa.Column("failed_at", Moment()),
        sa.Column("last_error", Text()),
        sa.PrimaryKeyConstraint("position", "consumer", name="pk_outbox_owed"),
        sa.ForeignKeyConstraint(["position"], ["outbox.position"], name="fk_outbox_owed_position"),
    )
    op.create_index(
        "ix_outbox_owed_due", "outbox_owed", ["consumer", "failed_at", "next_attempt_at"]
    )
    op.create_index("ix_outbox_owed_key", "outbox_owed", ["key", "consumer", "position"])
    op.create_index("ix_outbox_owed_parked", "outbox_owed", ["failed_at"])
    turn = op.create_table(
        "outbox_turn",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("holder", Id(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox_turn"),
    )
    nobody = {"id": 1, "holder": UUID(int=0), "until": datetime(2000, 1, 1, tzinfo=UTC)}
    op.execute(sa.insert(turn).values(nobody))
