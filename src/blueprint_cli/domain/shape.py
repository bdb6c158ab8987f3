"""Raw values of a description, whatever they are: what has a wrong shape is reported elsewhere.

The types of ``spec/model.py`` say of each key what it may hold; here one that holds something else
counts as if nothing were there.
"""

from __future__ import annotations

from typing import Any


def mapping(value: object) -> dict[str, Any]:
    """Return a mapping, or an empty one."""
    if not isinstance(value, dict):
        return {}
    return {key: one for key, one in value.items() if isinstance(key, str)}


def listed(value: object) -> list[Any]:
    """Return a list, or an empty one."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """Return a text, or an empty one."""
    return value if isinstance(value, str) else ""


def words(value: object) -> list[tuple[int | None, str]]:
    """Return one word or a list of them, each with its place in the list."""
    if isinstance(value, str):
        return [(None, value)]
    return [(place, one) for place, one in enumerate(listed(value)) if isinstance(one, str)]


def expression(value: object) -> str | None:
    """Return the text of an expression that YAML may have read as a number or a boolean."""
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return repr(value)
    return value if isinstance(value, str) else None


def shown(value: object) -> str:
    """Say what kind of value stands there."""
    if value is None:
        return "nothing"
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "a text"}
    return kinds.get(type(value), "a mapping" if isinstance(value, dict) else "a list")
