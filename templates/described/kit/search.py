"""Searches by trigrams: what is folded, what LIKE takes, and how many may run at once."""

import asyncio
import re
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from psycopg.errors import QueryCanceled

from kit.database import Connection, Database
from kit.problems import Problem

_AT_ONCE = 2


def folded(text: str) -> str:
    """The form in which a search compares: compatible forms, without case.

    Costs more than its length: what is folded has to be bounded before.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def pattern(term: str) -> str:
    """What LIKE takes for a term anywhere within, every sign of it literal."""
    escaped = re.sub(r"([\\%_])", r"\\\1", folded(term))
    return f"%{escaped}%"


class Searches:
    """No more than two at once, each for a while.

    A term without trigrams, such as one of two characters, finds no help in the index, and other
    reads need connections, too.
    """

    def __init__(self, database: Database, timeout: timedelta) -> None:
        self._database = database
        self._seconds = timeout.total_seconds()
        self._turns = asyncio.Semaphore(_AT_ONCE)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """For one search; raises Problem 503."""
        try:
            async with asyncio.timeout(self._seconds):
                await self._turns.acquire()
        except TimeoutError:
            raise _too_slow() from None
        try:
            async with self._database.reading() as connection, connection.transaction():
                milliseconds = round(self._seconds * 1000)
                await connection.execute(f"SET LOCAL statement_timeout = {milliseconds}")
                yield connection
        except QueryCanceled:
            raise _too_slow() from None
        finally:
            self._turns.release()


def _too_slow() -> Problem:
    detail = "The search takes too long; look for a longer or a rarer term."
    return Problem(503, "unavailable", detail)
