"""The tables of the `notifications` schema, and how a notification is mapped onto its row."""

from sqlalchemy import (
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import registry

from kit.tables import NAMING
from notifications.domain.notification import Notification

metadata = MetaData(schema="notifications", naming_convention=NAMING)

# An event has a notification of each kind once for a user.
ONCE = ("about", "version", "kind", "user_id")

notifications = Table(
    "notifications",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("about", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", DateTime(timezone=True)),
    Column("sent_at", DateTime(timezone=True)),
    Column("given_up_at", DateTime(timezone=True)),
    Column("last_error", Text),
    UniqueConstraint(*ONCE),
    Index("ix_notifications_user_id", "user_id", "id"),
    Index("ix_notifications_created_at", "created_at"),
    # Only e-mail that is still to be sent, or was given up: stays small.
    Index("ix_notifications_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index(
        "ix_notifications_given_up_at",
        "given_up_at",
        postgresql_where=text("given_up_at IS NOT NULL"),
    ),
)

recipients = Table(
    "recipients",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("email", Text, nullable=False),
    Column("name", Text, nullable=False),
)

registry(metadata=metadata).map_imperatively(Notification, notifications)
