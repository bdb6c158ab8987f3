"""What the database refused: the name of the constraint, for whoever knows what it means."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import psycopg
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")
_ATTEMPTS: Final = 3


def violated(error: DBAPIError) -> str:
    """The violated constraint's name; empty where it was none."""
    cause = error.orig
    return (cause.diag.constraint_name or "") if isinstance(cause, psycopg.Error) else ""


async def again_after_deadlock(act: Callable[[], Awaitable[T]]) -> T:
    """Run a transaction anew when the database ended it for others to go on.

    Two rows that exclude each other and are stored at one moment wait for each other.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return await act()
        except DBAPIError as error:
            if not isinstance(error.orig, psycopg.errors.DeadlockDetected):
                raise
    return await act()
