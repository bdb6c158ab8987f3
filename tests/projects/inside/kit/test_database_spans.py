"""The statements of a request are spans below it, and no value of theirs is in any."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import psycopg
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from psycopg import AsyncConnection, sql
from pydantic import SecretStr
from starlette.types import Receive, Scope, Send

from kit import tracing
from kit.composition import open_database
from kit.database import Database, SqlTransactions
from kit.database_spans import TracedConnection, TracedCursor
from kit.metrics import Metrics
from kit.requests import RequestContext
from kit.settings import CommonSettings
from kit.tracing import DecideOnce, span
from tests.kit.conftest import Work

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]
SECRET = 271_828_182
"""No statement has it but as a parameter."""


def exported(monkeypatch: pytest.MonkeyPatch, ratio: float) -> InMemorySpanExporter:
    provider, exporter = TracerProvider(sampler=DecideOnce(ratio)), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_tracer", provider.get_tracer("test"))
    return exporter


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    return exported(monkeypatch, 1)


@pytest.fixture
async def traced(empty_schema: str) -> AsyncIterator[Database]:
    database = Database(empty_schema, pool_size=2, traced=True)
    await database.open()
    async with database.sessions() as session:
        await session.connection()  # SQLAlchemy asks a few things of its first one
    yield database
    await database.close()


async def request(work: Callable[[], Awaitable[object]]) -> None:
    """A request that does the work."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await work()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    transport = httpx.ASGITransport(RequestContext(app, Metrics()))
    async with httpx.AsyncClient(transport=transport, base_url="http://kit.test") as client:
        assert (await client.get("/")).status_code == 204


async def every_way(database: Database) -> None:
    """Statements by each of the pools, and by what a driver can do."""
    async with SqlTransactions(database, Work)() as work:
        await work.add(SECRET)
    read = "SELECT value FROM kit_test.numbers WHERE value = %s"
    async with database.reading() as connection:
        assert await (await connection.execute(read, (SECRET,))).fetchone() == (SECRET,)
    async with database.statement() as connection:
        table = sql.Identifier("kit_test", "numbers")
        insert = sql.SQL("INSERT INTO {} (value) VALUES (%s)").format(table)
        await connection.cursor().executemany(insert, [(SECRET + 1,), (SECRET + 2,)])
        async with connection.pipeline():
            await connection.execute("DELETE FROM kit_test.numbers WHERE value = %s", (SECRET,))
        async with connection.cursor().copy("COPY kit_test.numbers FROM STDIN") as copying:
            await copying.write_row((SECRET + 3,))
    async with database.dedicated() as connection:
        written = sql.SQL("SELECT {}").format(sql.Literal(SECRET))
        await connection.execute(written)


def described(one: ReadableSpan) -> tuple[object, ...]:
    attributes = one.attributes or {}
    return (one.name, attributes.get("db.operation.name"), attributes.get("db.collection.name"))


async def test_the_spans_of_a_request_are_a_tree_without_values(
    traced: Database, spans: InMemorySpanExporter
) -> None:
    await request(lambda: every_way(traced))
    *statements, root = spans.get_finished_spans()
    assert root.kind is SpanKind.SERVER
    assert root.parent is None
    table = "kit_test.numbers"
    assert [described(each) for each in statements] == [
        (f"INSERT {table}", "INSERT", table),
        ("COMMIT", "COMMIT", None),
        (f"SELECT {table}", "SELECT", table),
        (f"INSERT {table}", "INSERT", table),
        (f"DELETE {table}", "DELETE", table),
        (f"COPY {table}", "COPY", table),
        ("postgresql", None, None),
    ]
    for each in statements:
        assert each.parent == root.context
        assert each.kind is SpanKind.CLIENT
        assert each.attributes
        assert each.attributes["db.system.name"] == "postgresql"
        assert {"db.namespace", "server.address", "server.port"} <= each.attributes.keys()
    told = "".join(each.to_json() for each in (*statements, root))
    assert str(SECRET)[:-1] not in told
    assert '"SELECT value FROM kit_test.numbers WHERE value = %s"' in told


async def test_what_fails_says_how_and_not_with_what(
    traced: Database, spans: InMemorySpanExporter
) -> None:
    async def twice() -> None:
        insert = "INSERT INTO kit_test.numbers (value) VALUES (%s), (%s)"
        async with traced.statement() as connection:
            with pytest.raises(psycopg.errors.UniqueViolation, match=str(SECRET)):
                await connection.execute(insert, (SECRET, SECRET))

    await request(twice)
    failed, _ = spans.get_finished_spans()
    assert failed.status.status_code is StatusCode.ERROR
    assert failed.attributes
    assert failed.attributes["db.response.status_code"] == "23505"
    assert str(SECRET) not in failed.to_json()


async def test_nothing_is_recorded_alone_or_below_what_is_not(
    traced: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = exported(monkeypatch, 1)
    await every_way(traced)
    assert everything.get_finished_spans() == ()
    nothing = exported(monkeypatch, 0)
    with span("work", SpanKind.CONSUMER, {}):
        async with traced.reading() as connection:
            await connection.execute("SELECT 1")
    assert nothing.get_finished_spans() == ()


@pytest.mark.parametrize(
    ("endpoint", "kind"),
    [(None, AsyncConnection), ("", AsyncConnection), ("http://127.0.0.1:4318", TracedConnection)],
)
async def test_without_a_collector_connections_are_psycopgs_own(
    empty_schema: str, endpoint: str | None, kind: type[object]
) -> None:
    settings = CommonSettings(
        environment="test",
        database_url=SecretStr(empty_schema),
        otel_exporter_otlp_endpoint=endpoint,
    )
    database = open_database(settings, "kit")
    await database.open()
    async with database.reading() as connection, database.sessions() as session:
        raw = await (await session.connection()).get_raw_connection()
        for each in (connection, raw.driver_connection):
            assert type(each) is kind
            assert isinstance(each, AsyncConnection)
            assert isinstance(each.cursor(), TracedCursor) == (kind is TracedConnection)
    await database.close()
