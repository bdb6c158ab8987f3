"""Notifications and recipients."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "notifications"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("about", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("given_up_at", sa.DateTime(timezone=True)),
        sa.Column("last_error", sa.Text),
        sa.UniqueConstraint(
            "about",
            "version",
            "kind",
            "user_id",
            name="uq_notifications_about_version_kind_user_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notifications"),
        schema=SCHEMA,
    )
    op.create_index("ix_notifications_user_id", "notifications", ["user_id", "id"], schema=SCHEMA)
    op.create_index("ix_notifications_created_at", "notifications", ["created_at"], schema=SCHEMA)
    op.create_index(
        "ix_notifications_due_at",
        "notifications",
        ["due_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_notifications_given_up_at",
        "notifications",
        ["given_up_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("given_up_at IS NOT NULL"),
    )
    op.create_table(
        "recipients",
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_recipients"),
        schema=SCHEMA,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("recipients", schema=SCHEMA)
    op.drop_table("notifications", schema=SCHEMA)
