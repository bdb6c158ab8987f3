"""The statements of a request are spans below it, and no value of theirs is in any."""

from collections.abc import AsyncIterator

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from kit import tracing
from kit.mysql.database import Database
from kit.tracing import span

pytestmark = pytest.mark.anyio
SECRET = 271_828_182
"""No statement has it but as a parameter."""


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    provider, exporter = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_tracer", provider.get_tracer("test"))
    return exporter


@pytest.fixture
async def database(mariadb: str) -> AsyncIterator[Database]:
    url = make_url(mariadb).set(drivername="mysql+asyncmy", database="mysql")
    made = Database(url, "spans", pool_size=2)
    async with made.statement() as connection:
        await connection.execute(text("CREATE OR REPLACE DATABASE spans"))
        await connection.execute(text("CREATE TABLE spans.things (`number` INT PRIMARY KEY)"))
    await made.close()
    opened = Database(url.set(database="spans"), "spans", pool_size=2)
    yield opened
    async with opened.statement() as connection:
        await connection.execute(text("DROP DATABASE spans"))
    await opened.close()


async def test_each_statement_is_a_span_of_what_it_was_made_for(
    database: Database, spans: InMemorySpanExporter
) -> None:
    insert = text("INSERT INTO things (`number`) VALUES (:number)")
    with span("a request", SpanKind.SERVER):
        async with database.sessions.begin() as session:
            await session.execute(insert, {"number": SECRET})
        async with database.reading() as connection:
            await connection.execute(text("SELECT `number` FROM things"))
        with pytest.raises(DBAPIError):
            async with database.sessions.begin() as session:
                await session.execute(insert, {"number": SECRET})

    found = spans.get_finished_spans()
    (around,) = (one for one in found if one.name == "a request")
    inserted, read, refused = (one for one in found if "things" in one.name)
    assert [one.name for one in (inserted, read)] == ["INSERT things", "SELECT things"]
    for one in (inserted, read, refused):
        assert one.parent is not None
        assert one.parent.span_id == around.context.span_id
        assert one.attributes is not None
        assert (one.kind, one.attributes["db.system.name"]) == (SpanKind.CLIENT, "mariadb")
        assert str(SECRET) not in str(one.attributes)
    assert read.attributes is not None
    assert read.attributes["db.query.text"] == "SELECT `number` FROM things"
    assert read.status.status_code is StatusCode.UNSET
    assert refused.status.status_code is StatusCode.ERROR
    assert refused.attributes is not None
    assert refused.attributes["error.type"] == "1062"


async def test_where_nobody_records_there_is_none(
    database: Database, spans: InMemorySpanExporter
) -> None:
    await database.ping()
    assert spans.get_finished_spans() == ()
