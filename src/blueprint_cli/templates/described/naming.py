"""How events are named in code."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blueprint_cli.domain.model import Event, EventName


def event_class(name: EventName) -> str:
    """Return the class of an event: its version is in its name from the second on."""
    return name.name if name.version == 1 else f"{name.name}V{name.version}"


def about(event: Event) -> str:
    """Return the key of an event that names its row: the first."""
    return event.fields[0].name


def no_test(name: str) -> str:
    """Return the name of a function that pytest does not take for a test."""
    return f"the_{name}" if name.startswith("test") else name
