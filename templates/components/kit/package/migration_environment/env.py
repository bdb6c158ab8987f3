"""Alembic runs this file for every command, for each context that has none of its own."""

from importlib import import_module

from alembic import context

from kit.migrations import run_env

run_env(import_module(f"{context.config.attributes['context']}.adapters.tables").metadata)
