"""What a revision does with rows: in batches, each a transaction of its own, so that it can be
repeated where it ended, and the code of before goes on meanwhile.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from alembic import op
from sqlalchemy import Connection, text

from kit.migrations import MigrationError, concurrently, require_extension
from kit.search import folded

_BATCH = 1_000
_NAMED = 5
_FIRST = UUID(int=0)
# Their texts end with NOT VALID.
_NEW_RULES = text(
    "SELECT quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE conrelid = CAST(:place AS regclass) AND contype = 'c' AND NOT convalidated"
)


def fill(schema: str, table: str, values: str, where: str) -> None:
    """Set `values` (`"new" = "old"`) in the rows for which `where` holds, and afterwards no more.

    What ends a batch is locked rows alone: readers do not wait, and writers for a thousand rows.
    """
    place = f'{schema}."{table}"'
    if op.get_context().as_sql:
        op.execute(f"UPDATE {place} SET {values} WHERE {where}")  # noqa: S608 - what a revision says
        return
    statement = text(f"""
        WITH batch AS (
            SELECT id FROM {place} WHERE id > :last ORDER BY id LIMIT {_BATCH} FOR UPDATE
        ), changed AS (
            UPDATE {place} AS this SET {values} FROM batch WHERE this.id = batch.id AND ({where})
        )
        SELECT id FROM batch ORDER BY id DESC LIMIT 1
    """)  # noqa: S608 - what a revision says

    def one_batch(connection: Connection, last: UUID) -> UUID | None:
        return connection.execute(statement, {"last": last}).scalar()

    _in_batches(place, one_batch)


def fill_search(schema: str, table: str, columns: Sequence[str]) -> None:
    """Fold anew what a search looks into: the text of these columns, a line each."""
    if op.get_context().as_sql:
        return
    place = f'{schema}."{table}"'
    named = ", ".join(f'"{name}"' for name in columns)
    rows = text(
        f"SELECT id, {named} FROM {place} WHERE id > :last ORDER BY id LIMIT {_BATCH} FOR UPDATE"  # noqa: S608 - what a revision says
    )
    change = text(f"UPDATE {place} SET search = :search WHERE id = :id")  # noqa: S608 - the same

    def one_batch(connection: Connection, last: UUID) -> UUID | None:
        found = connection.execute(rows, {"last": last}).all()
        changed = [
            {"id": id_, "search": folded("\n".join(value or "" for value in values))}
            for id_, *values in found
        ]
        if changed:
            connection.execute(change, changed)
        return found[-1][0] if found else None

    _in_batches(place, one_batch)


def index_search(schema: str, table: str) -> None:
    """Make the index of a search, while others read and write."""
    trigrams = require_extension("pg_trgm", schema)
    with concurrently():
        op.execute(
            f'CREATE INDEX CONCURRENTLY IF NOT EXISTS "ix_{table}_search" ON {schema}."{table}"'
            f" USING gin (search {trigrams}.gin_trgm_ops)"
        )


def make_mandatory(schema: str, table: str, column: str) -> None:
    """Hold every row to a value, after those that have none are looked for.

    Whether all have one is found out while others read and write: then the column needs no look.
    """
    refuse_rows(schema, table, f'"{column}" IS NULL', f"have no {column}")
    place, name = f'{schema}."{table}"', f"ck_{table}_{column}_given"[:63]
    with _autocommit():
        op.execute(f'ALTER TABLE {place} DROP CONSTRAINT IF EXISTS "{name}"')
        op.execute(
            f'ALTER TABLE {place} ADD CONSTRAINT "{name}" CHECK ("{column}" IS NOT NULL) NOT VALID'
        )
        op.execute(f'ALTER TABLE {place} VALIDATE CONSTRAINT "{name}"')
    op.execute(f'ALTER TABLE {place} ALTER COLUMN "{column}" SET NOT NULL')
    op.execute(f'ALTER TABLE {place} DROP CONSTRAINT "{name}"')


def refuse_rows(schema: str, table: str, condition: str, what: str) -> None:
    """Raise MigrationError, before anything is changed, where rows are not as they have to be.

    `condition` speaks of the row as `this`, `what` says what such rows are: "have no name".
    """
    if op.get_context().as_sql:
        return
    rows = f'FROM {schema}."{table}" AS this WHERE {condition}'
    connection = op.get_bind()
    number = connection.execute(text(f"SELECT count(*) {rows}")).scalar_one()
    if number:
        ids = connection.execute(text(f"SELECT id {rows} ORDER BY id LIMIT {_NAMED}")).scalars()
        named = ", ".join(map(str, ids)) + (", …" if number > _NAMED else "")
        raise MigrationError(
            f"{schema}: {number} {'row' if number == 1 else 'rows'} of {table} {what}: {named};"
            " correct them and migrate again; nothing is changed"
        )


def rename_constraint(schema: str, table: str, old: str, new: str) -> None:
    """Call a constraint otherwise, after its table."""
    op.execute(f'ALTER TABLE {schema}."{table}" RENAME CONSTRAINT "{old}" TO "{new}"')


def rename_index(schema: str, old: str, new: str) -> None:
    """Call an index otherwise."""
    op.execute(f'ALTER INDEX {schema}."{old}" RENAME TO "{new}"')


def rename_schema(former: str, schema: str) -> None:
    """Call the schema otherwise; older code finds views of its tables under the former name."""
    op.execute(f'ALTER SCHEMA "{former}" RENAME TO "{schema}"')
    serve_former_schema(former, schema)


def serve_former_schema(former: str, schema: str) -> None:
    """Make a schema of views, which can be written as well, with the rights that the tables have."""
    op.execute(f"""
        DO $$
        DECLARE
            held record;
            given record;
        BEGIN
            CREATE SCHEMA "{former}";
            FOR given IN SELECT grantee, privilege_type FROM pg_namespace, aclexplode(nspacl)
                WHERE nspname = '{schema}' AND grantee NOT IN (0, nspowner)
            LOOP
                EXECUTE 'GRANT ' || given.privilege_type || ' ON SCHEMA "{former}" TO '
                    || CAST(CAST(given.grantee AS regrole) AS text);
            END LOOP;
            FOR held IN SELECT quote_ident(relname) AS name, relacl, relowner FROM pg_class
                WHERE relnamespace = CAST('"{schema}"' AS regnamespace)
                AND relkind IN ('r', 'p', 'v')
            LOOP
                EXECUTE 'CREATE VIEW "{former}".' || held.name
                    || ' AS SELECT * FROM "{schema}".' || held.name;
                FOR given IN SELECT grantee, privilege_type FROM aclexplode(held.relacl)
                    WHERE grantee NOT IN (0, held.relowner)
                LOOP
                    EXECUTE 'GRANT ' || given.privilege_type || ' ON "{former}".' || held.name
                        || ' TO ' || CAST(CAST(given.grantee AS regrole) AS text);
                END LOOP;
            END LOOP;
        END $$
    """)  # noqa: S608 - names of the model


def drop_former_schema(former: str) -> None:
    """Drop the schema of views, and no more than these."""
    op.execute(f"""
        DO $$
        DECLARE
            held record;
        BEGIN
            FOR held IN SELECT quote_ident(relname) AS name FROM pg_class
                WHERE relnamespace = CAST('"{former}"' AS regnamespace) AND relkind = 'v'
            LOOP
                EXECUTE 'DROP VIEW "{former}".' || held.name;
            END LOOP;
            DROP SCHEMA "{former}";
        END $$
    """)  # noqa: S608 - names of the model


def keep_equal(schema: str, table: str, old: str, new: str) -> None:
    """Keep a column and its former name equal, whichever of them code writes."""
    name = _of_both(table, old, new)
    op.execute(f"""
        CREATE FUNCTION {schema}."{name}"() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                NEW."{new}" := coalesce(NEW."{new}", NEW."{old}");
                NEW."{old}" := NEW."{new}";
            ELSIF NEW."{new}" IS DISTINCT FROM OLD."{new}" THEN
                NEW."{old}" := NEW."{new}";
            ELSIF NEW."{old}" IS DISTINCT FROM OLD."{old}" THEN
                NEW."{new}" := NEW."{old}";
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute(
        f'CREATE TRIGGER "{name}" BEFORE INSERT OR UPDATE ON {schema}."{table}"'
        f' FOR EACH ROW EXECUTE FUNCTION {schema}."{name}"()'
    )


def stop_keeping_equal(schema: str, table: str, old: str, new: str) -> None:
    """Take `keep_equal` back."""
    name = _of_both(table, old, new)
    op.execute(f'DROP TRIGGER "{name}" ON {schema}."{table}"')
    op.execute(f'DROP FUNCTION {schema}."{name}"()')


def _of_both(table: str, old: str, new: str) -> str:
    return f"{table}_{old}_{new}"[:63]


def _in_batches(place: str, one: Callable[[Connection, UUID], UUID | None]) -> None:
    """Call with the last id of the batch before, until there is no further one."""
    last: UUID | None = _FIRST
    with _autocommit():
        connection = op.get_bind()
        while last is not None:
            with _transaction(connection), _old_rows_allowed(connection, place):
                last = one(connection, last)


@contextmanager
def _old_rows_allowed(connection: Connection, place: str) -> Iterator[None]:
    """Take rules that hold for new rows alone aside, or rows that break one could not be changed."""
    found = connection.execute(_NEW_RULES, {"place": place}).all()
    for name, _ in found:
        connection.exec_driver_sql(f"ALTER TABLE {place} DROP CONSTRAINT {name}")
    yield
    for name, rule in found:
        connection.exec_driver_sql(f"ALTER TABLE {place} ADD CONSTRAINT {name} {rule}")


@contextmanager
def _autocommit() -> Iterator[None]:
    with op.get_context().autocommit_block():
        yield


@contextmanager
def _transaction(connection: Connection) -> Iterator[None]:
    connection.exec_driver_sql("BEGIN")
    try:
        yield
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")
