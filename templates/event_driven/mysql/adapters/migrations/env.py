"""Alembic runs this file for what consumers keep on MySQL."""

from kit.mysql.migrations import run_env
from kit_kafka.mysql.adapters.tables import metadata

run_env(metadata)
