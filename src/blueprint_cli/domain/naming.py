"""What names look like in code, paths and tables, and which of them are refused."""

from __future__ import annotations

import builtins
import difflib
import keyword
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    WhyNot = Callable[[str], str]

LENGTH: Final = 40
SNAKE_PATTERN: Final = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
CLASS_PATTERN: Final = r"^[A-Z][A-Za-z0-9]*$"
KEBAB_PATTERN: Final = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
VALUE_PATTERN: Final = r"^[A-Za-z][A-Za-z0-9]*([_-][A-Za-z0-9]+)*$"
SNAKE_ALLOWED: Final = (
    "lower-case letters and digits in words joined by _, a letter first, "
    f"at most {LENGTH} characters"
)
CLASS_ALLOWED: Final = (
    f"letters and digits, a capital letter first, at most {LENGTH} characters: Appointment"
)
KEBAB_ALLOWED: Final = (
    "lower-case letters and digits in words joined by -, a letter first, "
    f"at most {LENGTH} characters"
)
VALUE_ALLOWED: Final = (
    f"letters and digits in words joined by _ or -, a letter first, at most {LENGTH} characters"
)
# Modules of every domain besides those of its entities.
DOMAIN_MODULES: Final = ("callers", "errors", "events", "values")
# Columns of every row besides its fields; `status` is there where there are states.
COLUMNS: Final = ("id", "version", "created_at", "updated_at")
_COLUMN = "every row has a column of that name"
_WORD = "expressions know a word of that name"
REFUSED: Final = {
    **dict.fromkeys(COLUMNS, _COLUMN),
    "status": "it follows from `states`",
    **dict.fromkeys(("now", "today", "me"), _WORD),
    "self": "a method's row is called that",
    **dict.fromkeys(("on", "off", "yes", "no"), "YAML 1.1 takes it for true or false"),
    **dict.fromkeys(("true", "false", "null"), "YAML takes it for no word"),
}
# Templates keep an entity Exception or Warning apart from Python's.
_BUILTIN = frozenset(name for name in vars(builtins) if name[0].isupper()) - {
    "Exception",
    "Warning",
}
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake(name: str) -> str:
    """``CheckIn`` as the name of a module or a column: ``check_in``."""
    return _WORDS.sub("_", name).replace("-", "_").lower()


def module_of(entity: str) -> str:
    """``CheckIn`` as its module: ``check_in``; with an ``_`` where that is taken, or a keyword."""
    name = snake(entity)
    return f"{name}_" if keyword.iskeyword(name) or name in DOMAIN_MODULES else name


def kebab(name: str) -> str:
    """``CheckIn`` or ``check_in`` as a part of a path: ``check-in``."""
    return snake(name).replace("_", "-")


def class_name(name: str) -> str:
    """``check_in`` as the name of a class: ``CheckIn``; the name of a class stays as it is."""
    return "".join(word[:1].upper() + word[1:] for word in re.split("[_-]", name))


def plural(word: str) -> str:
    """Return the plural of the last word: ``category`` becomes ``categories``."""
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "z", "ch", "sh")) else f"{word}s"


def path_of(entity: str, given: str = "") -> str:
    """Return the last word of an entity's path: the plural, in kebab-case."""
    return given or plural(kebab(entity))


def table_of(path: str) -> str:
    """Return the name of an entity's table, from the last word of its path."""
    return path.replace("-", "_")


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that was probably meant; empty where none is like it."""
    names = {one.lower(): one for one in known}
    near = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.55)
    return names[near[0]] if near else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `nearest` as the end of a message; empty where there is none."""
    near = nearest(name, known)
    return f"; did you mean {near}?" if near and near != name else ""


@lru_cache(4096)
def why_no_name(name: str) -> str:
    """Say why no field, command, state, role or code can have a name; empty where it can."""
    if not re.fullmatch(SNAKE_PATTERN[1:-1], name):
        return "it is no word in snake_case"
    if len(name) > LENGTH:
        return f"it has {len(name)} characters"
    return "it is a keyword of Python" if keyword.iskeyword(name) else ""


def why_no_field(name: str) -> str:
    """Say why no field can have a name; empty where it can."""
    return why_no_name(name) or REFUSED.get(name, "")


def why_no_value(name: str) -> str:
    """Say why no value of an enumeration can have a name; empty where it can."""
    if not re.fullmatch(VALUE_PATTERN[1:-1], name):
        return "it is no word"
    return f"it has {len(name)} characters" if len(name) > LENGTH else ""


def why_no_class(name: str) -> str:
    """Say why no entity, type or event can have a name; empty where it can."""
    if not re.fullmatch(CLASS_PATTERN[1:-1], name):
        return "it does not begin with a capital letter, or holds more than letters and digits"
    if len(name) > LENGTH:
        return f"it has {len(name)} characters"
    if keyword.iskeyword(name):
        return "it is a keyword of Python"
    return "Python has an error or a value of that name" if name in _BUILTIN else ""


def nearest_name(name: str) -> str:
    """Return a name in snake_case as like the given one as possible, that a field can have."""
    words = re.sub(r"[^a-z0-9]+", "_", snake(name)).strip("_")
    words = re.sub(r"^[0-9_]+", "", words)[:LENGTH].strip("_") or "field"
    if keyword.iskeyword(words) or words in REFUSED:
        return f"the_{words}"
    return words


def nearest_class(name: str) -> str:
    """Return a class's name as like the given one as possible."""
    words = class_name(re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_"))
    words = re.sub(r"^[0-9]+", "", words)[:LENGTH]
    words = words[:1].upper() + words[1:]
    return words if not why_no_class(words) else "Thing"
