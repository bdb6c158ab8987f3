"""Alembic for several contexts in one database: a schema and a version table each."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files

from alembic import command, context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import Connection as PsycopgConnection
from sqlalchemy import Connection, MetaData, create_engine, text
from sqlalchemy.pool import NullPool

_LOCK = 5_021_793_011  # any fixed number: two deployments that migrate at once take turns


def run_env(metadata: MetaData) -> None:
    """What a context's `env.py` calls: run the revisions on the connection of kit.migrations."""
    connection = context.config.attributes.get("connection")
    if connection is None:
        raise RuntimeError("migrations run through kit.migrations, not through Alembic's command")
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table_schema=metadata.schema,
        include_schemas=True,
        include_name=lambda name, kind, _: kind != "schema" or name == metadata.schema,
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def upgrade(database_url: str, contexts: Sequence[str], revision: str = "head") -> None:
    """Bring every context's schema to `revision`, each in its own transaction."""
    with _exclusively(database_url) as connection:
        for name in contexts:
            connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{name}"'))
            command.upgrade(_config(name, connection), revision)
            connection.commit()


def downgrade(database_url: str, contexts: Sequence[str], revision: str = "base") -> None:
    """Take every context's schema back to `revision`, the last context first."""
    with _exclusively(database_url) as connection:
        for name in reversed(contexts):
            command.downgrade(_config(name, connection), revision)
            connection.commit()


def pending(database_url: str, contexts: Sequence[str]) -> list[str]:
    """The contexts whose schema is not at the newest revision."""
    with _connected(database_url) as connection:
        return [name for name in contexts if _current(connection, name) != _newest(name)]


def create(database_url: str, name: str, message: str) -> None:
    """Write a context's next revision: the difference between its tables and the database."""
    with _connected(database_url) as connection:
        command.revision(_config(name, connection), message, autogenerate=True)


def _config(name: str, connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_location(name)).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _location(name: str) -> object:
    return files(f"{name}.adapters") / "migrations"


def _newest(name: str) -> set[str]:
    return set(ScriptDirectory.from_config(_config(name)).get_heads())


def _current(connection: Connection, name: str) -> set[str]:
    migrations = MigrationContext.configure(connection, opts={"version_table_schema": name})
    return set(migrations.get_current_heads())


@contextmanager
def _exclusively(database_url: str) -> Iterator[Connection]:
    with _connected(database_url) as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.commit()
        try:
            yield connection
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            connection.commit()


@contextmanager
def _connected(database_url: str) -> Iterator[Connection]:
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: PsycopgConnection.connect(database_url, connect_timeout=10),
        poolclass=NullPool,
    )
    with engine.connect() as connection:
        yield connection
