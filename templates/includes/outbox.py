[#- The outbox of a context's first migration, with `outbox` as its spelling: migrations that projects have applied never
change, and those of the ready-made contexts were not all written alike. #]
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid[= outbox.call =], nullable=False),
        sa.Column("type", sa.Text[= outbox.call =], nullable=False),
        sa.Column("key", sa.Text[= outbox.call =], nullable=False),
        sa.Column("payload", [= outbox.jsonb =], nullable=False),
        sa.Column("headers", [= outbox.jsonb =], nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer[= outbox.call =], [= outbox.attempts =]),
        sa.Column(
            "next_attempt_at",
            sa.DateTime(timezone=True),
[%- for argument in outbox.due %]
            [= argument =],
[%- endfor %]
        ),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        sa.Column("failed_at", sa.DateTime(timezone=True)),
        sa.Column("last_error", sa.Text[= outbox.call =]),
        sa.PrimaryKeyConstraint([= outbox.key =]),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_outbox_undelivered",
        "outbox",
        ["id"],
        schema=SCHEMA,
        postgresql_where=sa.text("delivered_at IS NULL AND failed_at IS NULL"),
    )
    op.create_index(
        "ix_outbox_delivered_at",
        "outbox",
        ["delivered_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("delivered_at IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_parked",
        "outbox",
        ["id"],
        schema=SCHEMA,
        postgresql_where=sa.text("failed_at IS NOT NULL"),
    )
[#- The file that includes this ends the line. -#]
