"""Alembic's entry into the migrations of the consumers' tables."""

from kit.migrations import run_env
from kit_kafka.adapters.tables import metadata

run_env(metadata)
