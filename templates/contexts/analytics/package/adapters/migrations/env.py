"""Alembic's entry into the migrations of this context."""

from analytics.adapters.tables import metadata
from kit.migrations import run_env

run_env(metadata)
