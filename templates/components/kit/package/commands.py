"""What operators run, as programs: which role a command works as, and what keeps it from working.

A command that cannot work says so in one line. What is its own fault stays a traceback.
"""

import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from kit.settings import CommonSettings, SettingsError

if TYPE_CHECKING:
    from kit.database import Database

BAD_INPUT = 2
UNAVAILABLE = 3
INTERRUPTED = 130

_VARIABLE = "$URL"
_OUTSIDE: dict[type[Exception], str] = {
    errors.InsufficientPrivilege: "$URL: the role may not do this: {}; `migrate` grants rights",
    psycopg.OperationalError: "$URL: {}",
    psycopg.InterfaceError: "$URL: {}",
    errors.UndefinedObject: "$URL: {}",
    errors.ReadOnlySqlTransaction: "$URL: {}",
    OSError: "{}",
}

Expected = Mapping[type[Exception], tuple[int, Callable[[Any], str]]]
"""Errors of a command's own, with their exit code and what makes a line of them."""


def run(
    work: Callable[[], int],
    expected: Expected = MappingProxyType({}),
    *,
    variable: str = "DATABASE_URL",
) -> int:
    """The exit code of `work`: 2 where its input is wrong, 3 where what it needs fails it.

    `variable` says where the database is.
    """
    try:
        return work()
    except KeyboardInterrupt:
        return INTERRUPTED
    except SettingsError as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_INPUT
    except Exception as error:
        code, message = _outside(error, expected)
        if not message:
            raise
        print(f"error: {message.replace(_VARIABLE, variable)}", file=sys.stderr)
        return code


def one_line(error: object) -> str:
    """What an error says, which may be several lines."""
    return " ".join(str(error).split())


def say_role(url: str) -> None:
    """Print which role works on which database, for whoever has several."""
    parts = conninfo_to_dict(url)
    place = f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}"
    text = f"as role {parts.get('user')} on database {parts.get('dbname')} at {place}"
    print(text, file=sys.stderr)


@asynccontextmanager
async def operating(settings: CommonSettings, name: str) -> AsyncIterator["Database"]:
    """The open database of a command, which says its role. Raises psycopg.OperationalError."""
    from kit.composition import open_database  # noqa: PLC0415 - other commands can do without

    database = open_database(settings, name)
    say_role(settings.database_url.get_secret_value())
    async with database.dedicated():
        pass  # The pools would try for seconds, and then not say what is wrong.
    await database.open()
    try:
        yield database
    finally:
        await database.close()


def _outside(error: Exception, expected: Expected) -> tuple[int, str]:
    # SQLAlchemy's errors have the driver's within.
    cause = getattr(error, "orig", None) or error
    for kind, (code, line_of) in expected.items():
        if isinstance(error, kind):
            return code, line_of(error)
    if isinstance(cause, errors.UndefinedTable | errors.InvalidSchemaName):
        return UNAVAILABLE, "$URL: the database has no tables yet, or old ones: make migrate"
    for other, line in _OUTSIDE.items():
        if isinstance(cause, other):
            return UNAVAILABLE, line.format(one_line(cause))
    return 0, ""
