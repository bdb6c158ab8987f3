"""Telling apart what waiting mends, what repeating mends, and what nothing mends."""

from collections.abc import Callable, Iterator, Mapping
from time import monotonic, sleep
from typing import TypeVar

import psycopg
from confluent_kafka import KafkaException
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kit.commands import UNAVAILABLE, Expected
from kit_kafka.envelope import PoisonError

# Connection lost, server out of room, server going down or coming up; None: never connected.
_UNAVAILABLE = ("08", "53", "57P")
# Serialization failure, deadlock.
_CONFLICT = {"40001", "40P01"}
_PAUSE_SECONDS = 0.2
_SECONDS = 10.0
T = TypeVar("T")


class UnavailableError(Exception):
    """The database, or the brokers, cannot be used now: nothing is lost by waiting."""


UNREACHABLE: Expected = {
    KafkaException: (
        UNAVAILABLE,
        lambda error: f"KAFKA_BOOTSTRAP_SERVERS: {error.args[0].str()}",
    ),
    UnavailableError: (UNAVAILABLE, lambda error: f"KAFKA_BOOTSTRAP_SERVERS: {error}"),
}
"""For a command on the brokers."""


def leaves(error: BaseException) -> Iterator[BaseException]:
    """The errors in an error: itself, or what a group holds."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from leaves(each)
    else:
        yield error


def is_unavailable(error: BaseException) -> bool:
    """Whether it tells of a database that cannot be used, and not of the event."""
    return any(_no_database(each) for each in leaves(error))


def is_conflict(error: BaseException) -> bool:
    """Whether two transactions were in each other's way: the next attempt may come at once."""
    return any(_sqlstate(each) in _CONFLICT for each in leaves(error))


def patiently(ask: Callable[[], T], seconds: float = _SECONDS) -> T:
    """What the brokers answer, once they agree on who leads a partition.

    They do not for a moment after a topic was made or a broker was lost. Raises KafkaException
    when the time is over.
    """
    until = monotonic() + seconds
    while True:
        try:
            return ask()
        except KafkaException:
            if monotonic() > until:
                raise
            sleep(_PAUSE_SECONDS)


def _sqlstate(error: BaseException) -> str | None:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return cause.sqlstate if isinstance(cause, psycopg.Error) else None


def poison_of(error: BaseException, permanent: Mapping[type[Exception], str]) -> PoisonError | None:
    """The reason why repeating is useless; `permanent` gives a reason for domain errors."""
    for each in leaves(error):
        if isinstance(each, PoisonError):
            return each
        if isinstance(each, ValidationError):
            found = each.errors(include_input=False, include_url=False, include_context=False)
            where = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in found[:5])
            return PoisonError("schema_violation", where)
        for kind, reason in permanent.items():
            if isinstance(each, kind):
                return PoisonError(reason, f"{type(each).__name__}: {each}")
    return None


def _no_database(error: BaseException) -> bool:
    if isinstance(error, UnavailableError | PoolTimeout | psycopg.errors.ReadOnlySqlTransaction):
        return True
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return True
        return error.orig is not None and _no_database(error.orig)
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return error.sqlstate is None or error.sqlstate.startswith(_UNAVAILABLE)
    return False
