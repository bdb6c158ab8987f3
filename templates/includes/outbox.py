[#- The outbox of a context's first migration, and what its consumers are owed. #]
    op.create_table(
        "outbox",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("payload", JSONB(), nullable=False),
        sa.Column("headers", JSONB(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("position", name="pk_outbox"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_outbox_undelivered",
        "outbox",
        ["position"],
        schema=SCHEMA,
        postgresql_where=sa.text("delivered_at IS NULL"),
    )
    op.create_index(
        "ix_outbox_delivered_at",
        "outbox",
        ["delivered_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("delivered_at IS NOT NULL"),
    )
    op.create_table(
        "outbox_owed",
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True)),
        sa.Column("last_error", sa.Text()),
        sa.PrimaryKeyConstraint("position", "consumer", name="pk_outbox_owed"),
        sa.ForeignKeyConstraint(
            ["position"], [f"{SCHEMA}.outbox.position"], name="fk_outbox_owed_position"
        ),
        schema=SCHEMA,
    )
    waits = sa.text("failed_at IS NULL")
    for name, columns in {
        "ix_outbox_owed_due": ["consumer", "next_attempt_at"],
        "ix_outbox_owed_key": ["key", "consumer", "position"],
    }.items():
        op.create_index(name, "outbox_owed", columns, schema=SCHEMA, postgresql_where=waits)
    op.create_index(
        "ix_outbox_owed_parked",
        "outbox_owed",
        ["failed_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("failed_at IS NOT NULL"),
    )
[#- The file that includes this ends the line. -#]
