"""Names of the domain as a reader's words, and what fits into a line."""

from __future__ import annotations

import hashlib
import re
import textwrap
from typing import TYPE_CHECKING, Final

from blueprint_cli.domain.naming import snake

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LINE: Final = 100
# With these a verb takes an object as it does without: "check in an appointment".
PARTICLES: Final = frozenset(
    {"again", "away", "back", "down", "in", "off", "on", "out", "over", "up"}
)
# What PostgreSQL keeps of a name.
IDENTIFIER: Final = 63


def words(name: str) -> str:
    """``CheckIn`` or ``check_in`` as words: ``check in``."""
    return snake(name).replace("_", " ")


def with_article(name: str) -> str:
    """``Appointment`` as ``an appointment``."""
    said = words(name)
    return f"an {said}" if re.match(r"[aeio]|u(?!ni|s|t)", said) else f"a {said}"


def doing(name: str, what: str) -> str:
    """A command of something: ``check in an appointment``, ``open sale for a performance``."""
    verb, *rest = words(name).split()
    whole = not rest or rest[-1] in PARTICLES
    return f"{' '.join([verb, *rest])} {what if whole else f'for {what}'}"


def capital(text: str) -> str:
    """Return a text with a capital letter first."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """Return a text with a capital letter first and a full stop, as a docstring needs it."""
    text = " ".join(text.replace("\\", "/").replace('"""', "'''").split())
    return capital(text if text.endswith((".", "!", "?")) else f"{text}.") if text else ""


def listed(items: Sequence[str], last: str = "and") -> str:
    """``a, b and c``."""
    return f" {last} ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))


def docstring(text: str, indent: int) -> str:
    """Return what stands between the quotes: a line where it fits, else a paragraph."""
    if indent + len(text) + 6 <= LINE:
        return text
    # In one line it would get its closing quotes there.
    width = min(LINE - indent - 3, len(text) - 1)
    lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    margin = " " * indent
    first, *rest = lines
    return "\n".join([first, *(f"{margin}{line}" for line in rest), margin])


def constant(text: str) -> str:
    """``checked_in`` as the name of a constant: ``CHECKED_IN``."""
    return re.sub(r"[^A-Z0-9]+", "_", snake(text).upper())


def fitting(name: str, longest: int = IDENTIFIER) -> str:
    """Return a name that PostgreSQL does not cut, the same for the same name."""
    if len(name) <= longest:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: longest - 9]}_{digest}"


def quoted(text: str) -> str:
    """Return a text as a Python literal, in double quotes where that can be."""
    plain = repr(text)
    return f'"{plain[1:-1]}"' if '"' not in plain and "\\'" not in plain else plain


def arguments(items: Iterable[str]) -> str:
    """Return what stands between brackets, in one line: the formatter breaks it."""
    return ", ".join(items)
