"""Which names a project may have, and the nearest one where a name is refused."""

from __future__ import annotations

import keyword
import re
import sys
import unicodedata

from blueprint_cli.errors import NameRefused

NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
LENGTH = 50
ALLOWED = (
    "lower-case letters and digits in words joined by - or _, "
    f"a letter first, at most {LENGTH} characters"
)
# Packages and folders that every rendered project has.
RESERVED = frozenset({"app", "kit", "contracts", "dev", "tests", "src", "docs", "var"})
CONTEXTS = frozenset({"identity", "catalog", "orders", "notifications", "analytics"})


def check_project_name(name: str, *, contexts: frozenset[str] = CONTEXTS) -> None:
    """Refuse a name that would not work as the name of a Python distribution and package.

    Raises:
        NameRefused: with the reason, what is allowed, and the nearest name that is valid.
    """
    reason = _why_not(name, contexts)
    if reason:
        raise NameRefused(
            f"{_shown(name)} cannot be a project's name: {reason}",
            hint=f"Allowed: {ALLOWED}. Nearest: {nearest_name(name, contexts=contexts)}",
        )


def nearest_name(name: str, *, contexts: frozenset[str] = CONTEXTS) -> str:
    """Return a valid name as like the given one as possible."""
    plain = (
        unicodedata.normalize("NFKD", name.replace("ß", "ss"))
        .encode("ascii", "ignore")
        .decode()
        .lower()
    )
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    words = re.sub(r"^[0-9-]+", "", words)[:LENGTH].strip("-") or "shop"
    while _why_not(words, contexts):
        words = f"{words[: LENGTH - len('-service')]}-service"
    return words


def _why_not(name: str, contexts: frozenset[str]) -> str:  # noqa: PLR0911 - one for each rule
    package = name.replace("-", "_")
    if not name:
        return "it is empty"
    if "/" in name or "\\" in name:
        return "it is a path (--output says where the project goes)"
    if not NAME.fullmatch(name):
        return "a package could not be called that"
    if len(name) > LENGTH:
        return f"it has {len(name)} characters"
    if keyword.iskeyword(package) or keyword.issoftkeyword(package):
        return "it is a keyword of Python"
    if package in sys.stdlib_module_names:
        return "a module of Python's standard library is called that"
    if package in contexts:
        return "a context is called that"
    if package in RESERVED:
        return "a part of every project is called that"
    return ""


def _shown(name: str) -> str:
    return f"'{name}'" if name.isprintable() else ascii(name)
