"""Random conditions and rows, PostgreSQL's text of the former, and what each is for each row."""

import json
import os
import subprocess
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blueprint_cli.domain.evaluation import Row, evaluate
from blueprint_cli.domain.mistakes import NotUnderstood
from blueprint_cli.domain.sql_text import Columns, identifier, sql_text
from tests.domain.rows import FIELDS, NOW, ROWS, TEXTS, condition

PROGRAM = Path(__file__).with_name("postgres.py")
COLUMNS = {
    "int": "bigint",
    "decimal": "numeric(8, 2)",
    "bool": "boolean",
    "text": "text",
    "enum": "text",
    "list": "text[]",
    "date": "date",
    "time": "time",
    "datetime": "timestamptz",
    "duration": "interval",
    "ref": "uuid",
    "value": "jsonb",
}


def _columns() -> dict[str, str]:
    return {"status": "text"} | {field.name: COLUMNS[field.type.kind] for field in FIELDS}


def _literal(value: Any) -> str:  # noqa: ANN401 - a value of any type
    match value:
        case None:
            return "NULL"
        case bool() | int() | Decimal():
            return str(value)
        case timedelta():
            return f"'{value.total_seconds()} seconds'"
        case tuple():
            return f"ARRAY[{', '.join(map(_literal, value))}]::text[]"
        case date() | time() | datetime():
            return f"'{value.isoformat()}'"
        case str() | UUID():
            return f"'{value}'"
    raise TypeError(value)


def _stored(value: Any) -> Any:  # noqa: ANN401 - the same
    # Of a value object conditions ask only whether it is there.
    return "{}" if isinstance(value, dict) else value


def compare(project: Path, number: int) -> tuple[int, list[str]]:
    """Return how many texts were compared, and those that PostgreSQL takes for another thing."""
    texts: dict[str, Any] = {}
    rows: list[dict[str, Any]] = []

    @settings(max_examples=number, deadline=None, suppress_health_check=list(HealthCheck))
    @given(TEXTS, st.lists(ROWS, max_size=1))
    def collect(text: str, more: list[dict[str, Any]]) -> None:
        rows.extend(more if len(rows) < 40 else [])
        try:
            found = condition(text)
        except NotUnderstood:
            return
        sql = sql_text(found, Columns(length="cardinality"))
        if sql is not None:
            texts[sql] = found

    collect()
    columns = _columns()
    shown = ", ".join(f"{identifier(name)} {kind}" for name, kind in columns.items())
    statements = [f"CREATE TEMP TABLE thing (number int, {shown})"]
    for place, row in enumerate(rows):
        values = ", ".join(_literal(_stored(row[name])) for name in columns)
        statements.append(f"INSERT INTO thing VALUES ({place}, {values})")  # noqa: S608 - our own values
    # A CHECK and the condition of a partial index are made of the same text.
    statements += [
        f"CREATE INDEX i{place} ON thing (number) WHERE {sql}" for place, sql in enumerate(texts)
    ]
    done = subprocess.run(
        [project / ".venv/bin/python", PROGRAM],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        input=json.dumps({"statements": statements, "conditions": list(texts)}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    wrong = [
        f"{sql} is {answer} and not {expected} for {row}"
        for (sql, found), given_answers in zip(texts.items(), answers, strict=True)
        for row, answer in zip(rows, given_answers, strict=True)
        if (expected := evaluate(found, Row(row, NOW))) is not answer
    ]
    return len(texts), wrong
