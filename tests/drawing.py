"""Random templates with places that are drawn, for the tests of what keeps them apart."""

from __future__ import annotations

import base64
import itertools
import string
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

SYMBOLS = "abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)"
WORDS = ("correct", "horse", "battery", "staple", "elephant", "violin", "harbour", "lantern")
WIDTH = 64


def _hex(chance: Random) -> str:
    return f"{chance.getrandbits(128):032x}"


def _letters(chance: Random) -> str:
    return "".join(chance.choices(string.ascii_letters + string.digits, k=chance.randint(8, 40)))


def _symbols(chance: Random) -> str:
    return "".join(chance.choices(SYMBOLS, k=50))


def _uuid(chance: Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def _urlsafe(chance: Random) -> str:
    return base64.urlsafe_b64encode(chance.randbytes(32)).decode()


def _words(chance: Random) -> str:
    """Words with numbers, of which no two draws have one in common."""
    numbers = [chance.randint(10**8, 10**9 - 1) for _ in range(3)]
    return "-".join(map("{}{}".format, chance.choices(WORDS, k=3), numbers))


def _key(chance: Random) -> str:
    """The lines of a key; not every one has as many."""
    text = base64.b64encode(chance.randbytes(chance.choice([300, 330]))).decode()
    return "\n".join(text[at : at + WIDTH] for at in range(0, len(text), WIDTH))


WITHIN = (_hex, _letters, _symbols, _uuid, _urlsafe, _words)


@dataclass(frozen=True)
class Line:
    """A line of a template; each ``{}`` is drawn."""

    text: str
    draw: Callable[[Random], str] = _hex
    identity: int = field(default_factory=itertools.count().__next__)

    @property
    def is_drawn(self) -> bool:
        return "{}" in self.text


def template(chance: Random) -> list[Line]:
    """A template of unlike lines, some of which are drawn."""
    lines: list[Line] = []
    for number in range(chance.randint(3, 14)):
        name = f"{chance.choice(('key', 'name', 'port', 'path'))}_{number}"
        shapes = [
            Line(f"{name} = 'as it is'"),
            Line(f"    {name}: [1, 2, {number}]"),
            Line(""),
            Line(f"{name} = '{{}}'  # keep it", chance.choice(WITHIN)),
            Line(f"{name}: {{}}", chance.choice((_hex, _letters, _uuid))),
            Line(f"{name}: <user '{{}}', password '{{}}'>"),
        ]
        lines.append(chance.choice(shapes))
        if chance.random() < 0.15:
            lines += [Line(f"-- begin {name} --"), Line("{}", _key), Line(f"-- end {name} --")]
    return lines


Values = dict[int, list[str]]


def values_for(lines: list[Line], chance: Random, known: Values | None = None) -> Values:
    """Draw what lines take, by their identity; what is known stays."""
    values = dict(known or {})
    for line in lines:
        if line.identity not in values:
            values[line.identity] = [line.draw(chance) for _ in range(line.text.count("{}"))]
    return values


def rendered(lines: list[Line], values: Values) -> str:
    return "".join(line.text.format(*values[line.identity]) + "\n" for line in lines)


def changed(lines: list[Line], chance: Random) -> list[Line]:
    """Change a template as its author would: new lines, lines gone, and the text around a value."""
    found: list[Line] = []
    for number, line in enumerate(lines):
        do = chance.random()
        new = line
        if do < 0.1:
            found.append(Line(f"new_{number} = 'of the template'"))
        elif do < 0.15:
            found.append(Line(f"fresh_{number} = '{{}}'"))
        fixed = not line.is_drawn and not line.text.startswith("--")
        if do > 0.9 and fixed:
            continue
        if do > 0.8 and fixed and line.text:
            new = replace(line, text=f"{line.text} now")
        elif line.is_drawn and line.draw is not _key and chance.random() < 0.3:
            new = replace(line, text=f"export {line.text} # theirs")
        found.append(new)
    return found


def edited(text: str, chance: Random, *, fixed: set[str]) -> str:
    """Edit a rendered text as its owner would; lines of ``fixed`` may be changed and deleted."""
    found: list[str] = []
    for number, line in enumerate(text.splitlines()):
        do = chance.random()
        if do < 0.08:
            found.append(f"mine {number}")
        if do > 0.93 and line in fixed:
            continue
        found.append(f"{line} mine" if do > 0.85 and line in fixed else line)
    return "".join(f"{line}\n" for line in found)
