"""The tables of the `notifications` schema, and how a notification is mapped onto its row."""

from sqlalchemy import (
    CheckConstraint,
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

from kit.columns import EnumText
from kit.naming import NAMING
from notifications.domain.kinds import NotificationKind
from notifications.domain.notification import Notification

metadata = MetaData(schema="notifications", naming_convention=NAMING)

notifications = Table(
    "notifications",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("order_id", Uuid, nullable=False),
    Column("kind", EnumText(NotificationKind), nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", DateTime(timezone=True)),
    Column("sent_at", DateTime(timezone=True)),
    Column("given_up_at", DateTime(timezone=True)),
    Column("last_error", Text),
    UniqueConstraint("order_id", "kind"),
    CheckConstraint(
        "kind IN ('order_confirmed', 'order_rejected', 'order_cancelled')",
        name="kind",
    ),
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
