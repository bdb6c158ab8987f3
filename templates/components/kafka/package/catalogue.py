"""Every event class of `contracts`, found by looking, and the topic that each belongs to."""

import pkgutil
from dataclasses import is_dataclass
from functools import cache
from importlib import import_module
from typing import Any

import contracts
from kit.messages import publisher_of
from kit_kafka.topics import Topic, events_of


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


@cache
def topic_of(event_type: str) -> Topic:
    """`orders.order-placed.v1` is published to `orders.events`."""
    return events_of(publisher_of(event_type))
