"""Alembic's entry into the migrations of this context."""

from kit.migrations import run_env
from notifications.adapters.tables import metadata

run_env(metadata)
