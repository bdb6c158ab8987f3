"""Constraints that revisions added for new rows alone (NOT VALID): they are validated as soon as no
row breaks them.
"""

from psycopg import errors, sql
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

_NAMED = 5
# What is not enforced (PostgreSQL 18) is never valid; before, there was no such column.
_UNVALIDATED = """
    SELECT relname, conname, pg_get_expr(conbin, conrelid)
    FROM pg_constraint AS known JOIN pg_class ON pg_class.oid = conrelid
    WHERE connamespace = to_regnamespace(quote_ident(%s)) AND contype IN ('c', 'f')
    AND NOT convalidated AND coalesce(to_jsonb(known) ->> 'conenforced', 'true') = 'true'
    ORDER BY relname, conname
"""
_BREAKING = "FROM {table} AS this WHERE NOT ({condition})"


def validate(connection: Connection, context: str) -> tuple[str, ...]:
    """Validate what no row breaks; of the rest, a line for each that says which rows do."""
    found = connection.exec_driver_sql(_UNVALIDATED, (context,)).fetchall()
    connection.rollback()
    broken = (
        _validated(connection, (context, table), name, condition)
        for table, name, condition in found
    )
    return tuple(f"{context}: {said}" for said in broken if said)


def _validated(
    connection: Connection, table: tuple[str, str], name: str, condition: str | None
) -> str:
    """Why it cannot be valid; empty where it is now. Reads and writes go on meanwhile."""
    place = sql.Identifier(*table)
    if condition and (said := _broken(connection, place, condition)):
        return f"{name} holds for new rows of {table[1]} alone: {said}"
    statement = sql.SQL("ALTER TABLE {} VALIDATE CONSTRAINT {}").format(place, sql.Identifier(name))
    try:
        connection.exec_driver_sql(statement.as_string())
    except IntegrityError as error:
        connection.rollback()
        cause = error.orig
        detail = cause.diag.message_detail if isinstance(cause, errors.IntegrityError) else None
        return f"{name} holds for new rows of {table[1]} alone: {detail or 'others break it'}"
    connection.commit()
    return ""


def _broken(connection: Connection, table: sql.Identifier, condition: str) -> str:
    breaking = sql.SQL(_BREAKING).format(table=table, condition=sql.SQL(condition)).as_string()
    # A percent sign begins a parameter.
    breaking = breaking.replace("%", "%%")
    number = connection.exec_driver_sql(f"SELECT count(*) {breaking}", ()).scalar_one()
    if not number:
        return ""
    first = f"SELECT to_jsonb(this) ->> 'id' {breaking} ORDER BY 1 LIMIT {_NAMED}"
    ids = connection.exec_driver_sql(first, ()).scalars().all()
    connection.rollback()
    named = ", ".join(str(each) for each in ids) + (", …" if number > len(ids) else "")
    rows = "1 row breaks" if number == 1 else f"{number} rows break"
    return f"{rows} it ({named}); correct them and migrate again"
