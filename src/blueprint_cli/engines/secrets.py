"""Other secret answers: what differs between two renders with them is what they stand in."""

from __future__ import annotations

import re
from string import ascii_lowercase, ascii_uppercase, digits
from typing import TYPE_CHECKING, Final

from blueprint_cli.tree import File, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from blueprint_cli.engines.asked import Asked, Value

# `ghp_`, `https://`: what a validator may ask for.
BEGINNING: Final = re.compile(r"([^\W_]+[\W_]+)(.+)", re.DOTALL)


def another(asked: Asked, value: Value, takes: Callable[[Value], bool]) -> Value | None:
    """Return another answer that the template takes; None where none is found."""
    return next((one for one in _others(asked, value) if one != value and takes(one)), None)


def _others(asked: Asked, value: Value) -> Iterator[Value]:
    if asked.type == "choice":
        yield from (choice.value for choice in asked.choices if not choice.refused)
        return
    if asked.type == "choices":
        yield from ([choice.value] for choice in asked.choices if not choice.refused)
        yield []
        return
    yield shifted(value)
    match value:
        case bool():
            yield not value
        case str():
            if match := BEGINNING.fullmatch(value):
                yield match[1] + str(shifted(match[2]))
        case int() | float():
            yield value - 1


def shifted(value: Value) -> Value:
    """Return a value of the same shape in which every letter and every digit is another."""
    match value:
        case bool():
            return value
        case str():
            return "".join(_next(letter) for letter in value)
        case int() | float():
            return value + 1
        case list():
            return [shifted(one) for one in value]
        case dict():
            return {key: shifted(one) for key, one in value.items()}
        case _:
            return value


def _next(letter: str) -> str:
    for letters in (ascii_lowercase, ascii_uppercase, digits):
        if letter in letters:
            return letters[(letters.index(letter) + 1) % len(letters)]
    return letter if letter.isascii() or not letter.isalnum() else "x"


def replaced(tree: Tree, values: Mapping[str, Value]) -> Tree:
    """Return a render in which values stand otherwise that the template takes in no other way."""
    if not values:
        return tree
    files = dict(tree)
    for value in values.values():
        old = str(value).encode() if isinstance(value, str | int | float) else b""
        if old:
            new = re.sub(rb"\w|\W", lambda one: b"x" if one[0] != b"x" else b"y", old)
            files = {
                path: File(file.content.replace(old, new), file.mode)
                for path, file in files.items()
            }
    return Tree(files)
