"""Each statement as a span of what it was made for, as kit.database_spans has it.

https://opentelemetry.io/docs/specs/semconv/database/mysql/. Only where the span around it is
recorded; no parameter is.
"""

import re
from contextlib import ExitStack, suppress
from functools import lru_cache
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import SpanKind
from opentelemetry.util.types import AttributeValue
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection, ExceptionContext

from kit.tracing import span

_OPERATION = re.compile(r"\s*(\w+)")
_TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+`?(\w+)`?(?![\w(])", re.IGNORECASE)


def trace_statements(engine: Engine) -> None:
    """From now on."""
    event.listen(engine, "before_cursor_execute", _begin)
    event.listen(engine, "after_cursor_execute", _end)
    event.listen(engine, "handle_error", _fail)


def _begin(connection: Connection, _: object, statement: str, *rest: Any) -> None:
    _parameters, context, _many = rest
    if not trace.get_current_span().is_recording():
        return
    operation, table = _summary(statement)
    url, dialect = connection.engine.url, connection.dialect
    attributes: dict[str, AttributeValue] = {
        "db.system.name": "mariadb" if getattr(dialect, "is_mariadb", False) else "mysql",
        "db.namespace": url.database or "",
        "server.address": url.host or "",
        "server.port": url.port or 3306,
        "db.operation.name": operation,
        "db.query.text": statement,
    }
    attributes |= {"db.collection.name": table} if table else {}
    name = " ".join(filter(None, (operation, table))) or "mysql"
    context.of_span = ExitStack()
    context.of_span.enter_context(span(name, SpanKind.CLIENT, attributes=attributes))


def _end(*of_statement: Any) -> None:
    *_, context, _many = of_statement
    stack: ExitStack | None = getattr(context, "of_span", None)
    if stack is not None:
        stack.close()
        context.of_span = None


def _fail(failed: ExceptionContext) -> None:
    stack: ExitStack | None = getattr(failed.execution_context, "of_span", None)
    if stack is None:
        return
    error = failed.original_exception
    number = error.args[0] if error.args and isinstance(error.args[0], int) else None
    current = trace.get_current_span()
    current.set_attribute("error.type", str(number or type(error).__name__))
    if number is not None:
        current.set_attribute("db.response.status_code", str(number))
    with suppress(type(error)):  # it goes on by itself
        stack.__exit__(type(error), error, error.__traceback__)
    failed.execution_context.of_span = None  # type: ignore[union-attr]


@lru_cache(maxsize=512)
def _summary(text: str) -> tuple[str, str]:
    """What a statement does, and to which table, where it names one; otherwise empty."""
    operation = _OPERATION.match(text)
    tables = set(_TABLE.findall(text))
    return (
        operation[1].upper() if operation else "",
        tables.pop() if len(tables) == 1 else "",
    )
