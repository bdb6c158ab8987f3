"""Facts about orders."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "analytics"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "orders",
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True)),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.Column("total_cents", sa.BigInteger),
        sa.Column("currency", sa.Text),
        sa.CheckConstraint(
            "state IN ('placed', 'confirmed', 'rejected', 'cancelled')",
            name=op.f("ck_orders_state"),
        ),
        sa.PrimaryKeyConstraint("order_id", name="pk_orders"),
        schema=SCHEMA,
    )
    op.create_index("ix_orders_placed_at", "orders", ["placed_at"], schema=SCHEMA)


def downgrade() -> None:
    """Take back."""
    op.drop_table("orders", schema=SCHEMA)
