"""Copies of the ids of other contexts' rows."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "kit_kafka"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "copies",
        sa.Column("rows", sa.Text(), nullable=False),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("rows", name="pk_copies"),
        schema=SCHEMA,
    )
    op.create_table(
        "known_rows",
        sa.Column("rows", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("rows", "id", name="pk_known_rows"),
        schema=SCHEMA,
    )


def downgrade() -> None:
    """Take back."""
    for table in ("known_rows", "copies"):
        op.drop_table(table, schema=SCHEMA)
