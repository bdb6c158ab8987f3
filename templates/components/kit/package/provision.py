"""The roles of a database: one that owns its tables and migrates them, one that works on rows."""

from collections.abc import Iterable
from contextlib import suppress

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict

from kit.settings import SettingsError

_LOCK = 5_021_793_012  # any fixed number: who alters a role that another alters is refused

APPEND_ONLY = "append-only"
"""A table whose comment begins with this is never updated and loses no row, but to its owner.

The comment is in the database, so that an older release's migration keeps to it.
"""

_GRANTS = sql.SQL("""
DO $grants$
DECLARE
    worker CONSTANT text := quote_ident({role});
    place text;
    held regclass;
    rights text;
BEGIN
    IF NOT has_database_privilege({role}, current_database(), 'CONNECT') THEN
        EXECUTE 'GRANT CONNECT ON DATABASE ' || quote_ident(current_database())
            || ' TO ' || worker;
    END IF;
    IF (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database())
    THEN
        EXECUTE 'REVOKE TEMPORARY ON DATABASE ' || quote_ident(current_database())
            || ' FROM PUBLIC';
    END IF;
    IF EXISTS (SELECT FROM pg_namespace
        WHERE nspname = 'public' AND pg_has_role(nspowner, 'USAGE'))
    THEN
        REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    END IF;
    FOR place IN SELECT quote_ident(nspname) FROM pg_namespace WHERE nspname = ANY({schemas}) LOOP
        EXECUTE 'GRANT USAGE ON SCHEMA ' || place || ' TO ' || worker;
        FOREACH rights IN ARRAY ARRAY[
            'SELECT, INSERT, UPDATE, DELETE ON ALL TABLES',
            'USAGE, SELECT ON ALL SEQUENCES'
        ] LOOP
            EXECUTE 'GRANT ' || rights || ' IN SCHEMA ' || place || ' TO ' || worker;
            EXECUTE 'ALTER DEFAULT PRIVILEGES IN SCHEMA ' || place || ' GRANT '
                || replace(rights, 'ALL ', '') || ' TO ' || worker;
        END LOOP;
    END LOOP;
    FOR held, rights IN
        SELECT c.oid::regclass, CASE c.relname WHEN 'alembic_version' THEN 'INSERT, ' ELSE '' END
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY({schemas}) AND c.relkind IN ('r', 'p', 'v') AND (
            c.relname = 'alembic_version'
            OR starts_with(obj_description(c.oid, 'pg_class'), {append_only})
        )
    LOOP
        EXECUTE 'REVOKE ' || rights || 'UPDATE, DELETE ON ' || held || ' FROM ' || worker;
    END LOOP;
END
$grants$
""")


def grants(role: str, schemas: Iterable[str] | sql.Composable) -> str:
    """A statement that lets `role` work on the rows of `schemas`, for their owner to run.

    On the tables and sequences that are there and on those that the same owner makes later.
    `schemas` are their names, or an expression that gives them as an array.
    """
    if not isinstance(schemas, sql.Composable):
        schemas = sql.Literal(list(schemas))
    return _GRANTS.format(
        role=sql.Literal(role),
        schemas=schemas,
        append_only=sql.Literal(APPEND_ONLY),
    ).as_string()


def provision(admin_url: str, owner_url: str, rows_url: str) -> None:
    """Make both roles with the passwords of their URLs, and the database, closed to all others.

    Safe to repeat, and to run several at once. Raises SettingsError, psycopg.Error.
    """
    owner, rows = conninfo_to_dict(owner_url), conninfo_to_dict(rows_url)
    if owner.get("user") == rows.get("user"):
        raise SettingsError("DATABASE_URL: must name another role than MIGRATION_DATABASE_URL")
    if owner.get("dbname") != rows.get("dbname"):
        raise SettingsError("DATABASE_URL: must name the database of MIGRATION_DATABASE_URL")
    name = sql.Identifier(str(owner.get("dbname")))
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        for login in (owner, rows):
            role = sql.Identifier(str(login.get("user")))
            with suppress(errors.DuplicateObject):
                connection.execute(sql.SQL("CREATE ROLE {}").format(role))
            password = sql.Literal(str(login.get("password", "")))
            connection.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(role, password))
        owning = sql.Identifier(str(owner.get("user")))
        if connection.info.parameter_status("is_superuser") != "on":
            connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(owning))
        with suppress(errors.DuplicateDatabase):
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, owning))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        working = sql.Identifier(str(rows.get("user")))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, working))
