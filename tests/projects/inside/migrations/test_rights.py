"""The role that serves has the rights that it needs on every context's tables, and no others."""

import psycopg
import pytest

from kit.provision import APPEND_ONLY

pytestmark = pytest.mark.postgres

TABLES = """
    SELECT schema.nspname, c.oid::regclass::text, coalesce(obj_description(c.oid), ''), c.relname
    FROM pg_class AS c JOIN pg_namespace AS schema ON schema.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND EXISTS (
        SELECT FROM pg_class AS version
        WHERE version.relnamespace = c.relnamespace AND version.relname = 'alembic_version'
    )
"""
RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")


def expected(relation: str, comment: str) -> list[str]:
    if relation == "alembic_version":
        return ["SELECT"]
    if comment.startswith(APPEND_ONLY):
        return ["SELECT", "INSERT"]
    return ["SELECT", "INSERT", "UPDATE", "DELETE"]


def test_the_role_that_serves_works_on_rows_and_changes_no_table(
    database_url: str, owner_url: str
) -> None:
    with psycopg.connect(owner_url) as owner, psycopg.connect(database_url) as serving:
        found = owner.execute(TABLES).fetchall()
        assert {"identity", "notifications"} <= {schema for schema, *_ in found}
        for schema, table, comment, relation in found:
            held = [
                right
                for right in RIGHTS
                if serving.execute("SELECT has_table_privilege(%s, %s)", [table, right]).fetchone()
                == (True,)
            ]
            assert held == expected(relation, comment), table
            for refused in (
                f"TRUNCATE {table}",
                f"DROP TABLE {table}",
                f"ALTER TABLE {table} ADD COLUMN more int",
                f"CREATE TABLE {schema}.more ()",
                "CREATE TABLE public.more ()",
                "CREATE TEMPORARY TABLE more ()",
                "CREATE SCHEMA more",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    serving.execute(refused.encode())
                serving.rollback()
