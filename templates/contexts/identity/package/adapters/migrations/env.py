"""Run by Alembic through kit.migrations."""

from identity.adapters.tables import metadata
from kit.migrations import run_env

run_env(metadata)
