"""Copies of the ids of other contexts' rows."""

import sqlalchemy as sa
from alembic import op

from kit.mysql.columns import Id, Moment, Text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "kit_kafka_copies",
        sa.Column("rows", Text(200), nullable=False),
        sa.Column("filled_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("rows", name="pk_kit_kafka_copies"),
    )
    op.create_table(
        "kit_kafka_known_rows",
        sa.Column("rows", Text(200), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("rows", "id", name="pk_kit_kafka_known_rows"),
    )


def downgrade() -> None:
    """Take back."""
    for table in ("kit_kafka_known_rows", "kit_kafka_copies"):
        op.drop_table(table)
