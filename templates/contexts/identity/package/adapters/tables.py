"""The tables of the schema `identity`, and which entity each row is."""

from sqlalchemy import (
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import registry

from identity.domain.session import EndReason, Session
from identity.domain.throttle import Attempts
from identity.domain.user import Role, User
from kit.outbox import outbox_table
from kit.tables import EnumText

metadata = MetaData(schema="identity")
EMAIL_UNIQUE = "uq_users_email_key"

users = Table(
    "users",
    metadata,
    Column("id", Uuid, nullable=False),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", EnumText(Role), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("registered_at", DateTime(timezone=True), nullable=False),
    Column("password_changed_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("id", name="pk_users"),
    UniqueConstraint("email_key", name=EMAIL_UNIQUE),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    Column("renewed_at", DateTime(timezone=True), nullable=False),
    Column("renewed_by", Text, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("refreshable_until", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("end_reason", EnumText(EndReason)),
    PrimaryKeyConstraint("id", name="pk_sessions"),
    ForeignKeyConstraint(
        ["user_id"], ["identity.users.id"], name="fk_sessions_user_id", ondelete="CASCADE"
    ),
    Index("ix_sessions_user_id", "user_id"),
    Index("ix_sessions_refreshable_until", "refreshable_until"),
)

login_attempts = Table(
    "login_attempts",
    metadata,
    Column("key", Text, nullable=False),
    Column("forgotten_at", DateTime(timezone=True)),
    Column("last_at", DateTime(timezone=True)),
    Column("seen_at", DateTime(timezone=True)),
    PrimaryKeyConstraint("key", name="pk_login_attempts"),
    Index("ix_login_attempts_forgotten_at", "forgotten_at"),
)

outbox = outbox_table(metadata)

_mapped = registry(metadata=metadata)
_mapped.map_imperatively(User, users)
_mapped.map_imperatively(Session, sessions)
_mapped.map_imperatively(Attempts, login_attempts)
