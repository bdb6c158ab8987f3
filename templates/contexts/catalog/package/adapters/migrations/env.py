"""Alembic runs this file for every command."""

from catalog.adapters.tables import metadata
from kit.migrations import run_env

run_env(metadata)
