"""Each statement as a span of what it was made for, by OpenTelemetry's conventions for databases.

https://opentelemetry.io/docs/specs/semconv/database/postgresql/. Only where the span around it is
recorded: nobody wants a trace of a relay that looks into an empty outbox. No parameter is recorded.
"""

import re
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import lru_cache
from typing import Any, Self

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind
from opentelemetry.util.types import AttributeValue
from psycopg import AsyncConnection, AsyncCopy, AsyncCursor, Error, pq, sql
from psycopg.rows import Row

from kit.tracing import span

_OPERATION = re.compile(r"\s*(\w+)")
# Tables are named with their schemas, and what PostgreSQL computes in a FROM is not.
_TABLE = re.compile(
    r'\b(?:FROM|JOIN|INTO|UPDATE|COPY)\s+("?\w+"?\."?\w+"?)(?![\w"(])', re.IGNORECASE
)


class TracedConnection(AsyncConnection[Row]):
    """A connection whose statements are spans. In a pipeline a span ends when it is sent."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.cursor_factory = TracedCursor

    async def commit(self) -> None:
        """As psycopg's: it may wait for the server's disk."""
        if _recording() and self.info.transaction_status != pq.TransactionStatus.IDLE:
            with _statement(self, "COMMIT"):
                await super().commit()
        else:
            await super().commit()


class TracedCursor(AsyncCursor[Row]):
    """A cursor of such a connection."""

    async def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        """As psycopg's."""
        if not _recording():
            return await super().execute(query, params, **options)
        with _statement(self.connection, query):
            return await super().execute(query, params, **options)

    async def executemany(
        self, query: Any, params_seq: Iterable[Any], *, returning: bool = False
    ) -> None:
        """As psycopg's, which sends them in one go."""
        if not _recording():
            await super().executemany(query, params_seq, returning=returning)
            return
        with _statement(self.connection, query):
            await super().executemany(query, params_seq, returning=returning)

    @asynccontextmanager
    async def copy(
        self, statement: Any, params: Any = None, **options: Any
    ) -> AsyncIterator[AsyncCopy]:
        """As psycopg's; the span lasts until all is copied."""
        if not _recording():
            async with super().copy(statement, params, **options) as copying:
                yield copying
            return
        with _statement(self.connection, statement):
            async with super().copy(statement, params, **options) as copying:
                yield copying


def _recording() -> bool:
    return trace.get_current_span().is_recording()


@contextmanager
def _statement(connection: AsyncConnection[Any], query: Any) -> Iterator[Span]:
    text = _text(query, connection)
    operation, table = _summary(text)
    attributes: dict[str, AttributeValue] = {
        "db.system.name": "postgresql",
        "db.namespace": connection.info.dbname,
        "server.address": connection.info.host,
        "server.port": connection.info.port,
    }
    known = {
        "db.operation.name": operation,
        "db.collection.name": table,
        "db.query.text": text,
    }
    attributes |= {name: value for name, value in known.items() if value}
    name = " ".join(filter(None, (operation, table))) or "postgresql"
    with span(name, SpanKind.CLIENT, attributes=attributes) as current:
        try:
            yield current
        except Exception as error:
            state = error.sqlstate if isinstance(error, Error) else None
            current.set_attribute("error.type", state or type(error).__name__)
            if state:
                current.set_attribute("db.response.status_code", state)
            raise


def _text(query: Any, connection: AsyncConnection[Any]) -> str:
    """The statement with its placeholders; empty where values are written into it."""
    if isinstance(query, str):
        return query
    if isinstance(query, sql.Composable) and not _has_literals(query):
        return query.as_string(connection)
    return ""


def _has_literals(query: sql.Composable) -> bool:
    if isinstance(query, sql.Composed):
        return any(map(_has_literals, query))
    return isinstance(query, sql.Literal)


@lru_cache(maxsize=512)
def _summary(text: str) -> tuple[str, str]:
    """What a statement does, and to which table, where it names one; otherwise empty."""
    operation = _OPERATION.match(text)
    tables = {table.replace('"', "") for table in _TABLE.findall(text)}
    return (
        operation[1].upper() if operation else "",
        tables.pop() if len(tables) == 1 else "",
    )
