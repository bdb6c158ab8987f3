"""What every context stands on: PostgreSQL, messages, the HTTP edge, settings and telemetry."""
