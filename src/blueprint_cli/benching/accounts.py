"""The accounts that a bench of a running project is given: by role, never as an argument."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.errors import BenchRefused
from blueprint_cli.spec.document import read_document

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PREFIX: Final = "BLUEPRINT_BENCH_"
VARIABLE: Final = re.compile(rf"{PREFIX}([A-Z0-9_]+)_(EMAIL|PASSWORD)")
KEYS: Final = ("email", "password")
EXAMPLE: Final = "desk: {email: desk@example.com, password: …}"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody logs in with; it shows neither."""

    email: str = field(repr=False)
    password: str = field(repr=False)


Accounts = dict[str, tuple[Credentials, ...]]


def given_accounts(file: Path | None, environment: Mapping[str, str]) -> Accounts:
    """Return accounts by role: the file's, and instead of those the environment's.

    Raises:
        BenchRefused: where the file is open to others, or one of them is not whole. What is in it
            is not shown.
    """
    return {**(_of_file(file) if file else {}), **_of_environment(environment)}


def _of_file(file: Path) -> Accounts:
    if os.name == "posix" and file.exists() and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise BenchRefused(
            f"others may read {file}, and it holds passwords", hint=f"chmod 600 {file}"
        )
    found: Accounts = {}
    for role, said in read_document(file, what="accounts").data.items():
        several = said if isinstance(said, list) else [said]
        if not several or not all(_is_whole(one) for one in several):
            raise BenchRefused(
                f"{file}: {role} has no email and password, as texts and nothing else",
                hint=f"Give each role one account, or a list of them: {EXAMPLE}",
            )
        found[str(role)] = tuple(Credentials(one["email"], one["password"]) for one in several)
    return found


def _is_whole(said: Any) -> bool:  # noqa: ANN401 - YAML is of any type
    return (
        isinstance(said, dict)
        and said.keys() == set(KEYS)
        and all(isinstance(value, str) and value for value in said.values())
    )


def _of_environment(environment: Mapping[str, str]) -> Accounts:
    roles = sorted(
        match[1] for name in environment if (match := VARIABLE.fullmatch(name)) is not None
    )
    found: Accounts = {}
    for role in dict.fromkeys(roles):
        email, password = (environment.get(f"{PREFIX}{role}_{one.upper()}", "") for one in KEYS)
        if not email or not password:
            missing = "EMAIL" if not email else "PASSWORD"
            raise BenchRefused(
                f"{PREFIX}{role}_{missing} is not set, and the other half of the account is",
                hint="Set both, or none.",
            )
        found[role.lower()] = (Credentials(email, password),)
    return found
