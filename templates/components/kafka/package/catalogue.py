"""Every event class of `contracts`, found by looking."""

import pkgutil
from dataclasses import is_dataclass
from importlib import import_module
from typing import Any

import contracts


def event_classes() -> dict[str, type[Any]]:
    """Event type to class, in all versions, sorted by type."""
    found: dict[str, type[Any]] = {}
    for module in pkgutil.iter_modules(contracts.__path__):
        members = vars(import_module(f"contracts.{module.name}"))
        for member in members.values():
            kind = getattr(member, "TYPE", None)
            if isinstance(member, type) and is_dataclass(member) and isinstance(kind, str):
                found[kind] = member
    return dict(sorted(found.items()))
