"""What a project's databases recorded of a run: messages, their effects, processes that settled.

It is read in the project's own environment, from the embedded servers that the run had; the rows
are those that the project works with, so nothing is added to what is measured.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.errors import Failed

if TYPE_CHECKING:
    from pathlib import Path

TIMEOUT_SECONDS: Final = 120.0
# In the project's own environment: every database of a server, what was recorded since a moment.
READ_POSTGRESQL: Final = """
import json, sys
from urllib.parse import urlsplit, urlunsplit
import psycopg
from psycopg import sql

asked = json.load(sys.stdin)
url, since = asked["url"], asked["since"]
TABLES = {
    "messages": ("outbox", ("id", "type", "key", "payload", "occurred_at"), '''
        SELECT id::text, type, key, coalesce((payload->>'version')::bigint, 0),
        extract(epoch FROM occurred_at)::float FROM {table}
        WHERE occurred_at >= to_timestamp(%s)'''),
    "notifications": ("notifications", ("about", "version", "kind", "created_at"), '''
        SELECT about::text, version, kind, extract(epoch FROM created_at)::float FROM {table}
        WHERE created_at >= to_timestamp(%s)'''),
    "reactions": ("inbox", ("reaction", "about", "version", "handled_at"), '''
        SELECT about::text, version, reaction, extract(epoch FROM handled_at)::float FROM {table}
        WHERE handled_at >= to_timestamp(%s)'''),
    "consumed": ("inbox", ("consumer", "source", "id", "handled_at"), '''
        SELECT id::text, consumer, extract(epoch FROM handled_at)::float FROM {table}
        WHERE handled_at >= to_timestamp(%s)'''),
}
found = {name: [] for name in TABLES}
with psycopg.connect(url, autocommit=True) as server:
    names = server.execute(
        "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate"
    ).fetchall()
for (name,) in names:
    place = urlunsplit(urlsplit(url)._replace(path="/" + name))
    with psycopg.connect(place, autocommit=True) as database:
        columns = {}
        for schema, table, column in database.execute(
            "SELECT table_schema, table_name, column_name FROM information_schema.columns"
            " WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
        ):
            columns.setdefault((schema, table), set()).add(column)
        for what, (wanted, needed, statement) in TABLES.items():
            for (schema, table), has in columns.items():
                if table == wanted and has.issuperset(needed):
                    query = sql.SQL(statement).format(table=sql.Identifier(schema, table))
                    found[what] += database.execute(query, (since,)).fetchall()
json.dump(found, sys.stdout)
"""
# The same of contexts on MySQL or MariaDB, whose ids are bytes and whose times are in UTC.
READ_MYSQL: Final = """
import asyncio, json, sys
from urllib.parse import unquote, urlsplit
from uuid import UUID
import asyncmy

asked = json.load(sys.stdin)
url, since = urlsplit(asked["url"]), asked["since"]
TABLES = {
    "messages": ("outbox", {"id", "type", "key", "payload", "occurred_at"}, '''
        SELECT id, type, `key`,
        COALESCE(CAST(JSON_EXTRACT(payload, '$.version') AS SIGNED), 0),
        UNIX_TIMESTAMP(occurred_at) FROM `{}`.`{}` WHERE occurred_at >= FROM_UNIXTIME(%s)'''),
    "reactions": ("inbox", {"reaction", "about", "version", "handled_at"}, '''
        SELECT about, version, reaction, UNIX_TIMESTAMP(handled_at) FROM `{}`.`{}`
        WHERE handled_at >= FROM_UNIXTIME(%s)'''),
    "consumed": ("kit_kafka_inbox", {"consumer", "source", "id", "handled_at"}, '''
        SELECT id, consumer, UNIX_TIMESTAMP(handled_at) FROM `{}`.`{}`
        WHERE handled_at >= FROM_UNIXTIME(%s)'''),
}

async def read():
    found = {"notifications": []} | {name: [] for name in TABLES}
    server = await asyncmy.connect(
        host=url.hostname, port=url.port, user=unquote(url.username), password=unquote(url.password)
    )
    async with server, server.cursor() as cursor:
        await cursor.execute("SET time_zone = '+00:00'")
        await cursor.execute(
            "SELECT table_schema, table_name, column_name FROM information_schema.columns"
        )
        columns = {}
        for schema, table, column in await cursor.fetchall():
            columns.setdefault((schema, table), set()).add(column)
        for what, (wanted, needed, statement) in TABLES.items():
            for (schema, table), has in columns.items():
                if table == wanted and has >= needed:
                    await cursor.execute(statement.format(schema, table), (since,))
                    found[what] += [
                        [str(UUID(bytes=bytes(first))), *rest, float(at)]
                        for first, *rest, at in await cursor.fetchall()
                    ]
    return found

json.dump(asyncio.run(read()), sys.stdout)
"""
MYSQL: Final = "mysql://"


@dataclass(frozen=True, slots=True)
class Message:
    """An event as its publisher stored it; ``at`` in seconds since 1970, ``version`` its row's."""

    id: str
    type: str
    key: str
    version: int
    at: float


@dataclass(frozen=True, slots=True)
class Effect:
    """What an event led to: ``about`` the row that it tells of, in that version."""

    about: str
    version: int
    name: str
    at: float


@dataclass(frozen=True, slots=True)
class Consumed:
    """An event that a consumer of the broker's topics handled, by the message's id."""

    id: str
    consumer: str
    at: float


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was recorded since a moment."""

    messages: tuple[Message, ...] = ()
    notifications: tuple[Effect, ...] = ()
    reactions: tuple[Effect, ...] = ()
    consumed: tuple[Consumed, ...] = ()

    def __add__(self, other: Recorded) -> Recorded:
        """Return what either recorded: an event of one server has its effects on the other."""
        return Recorded(
            self.messages + other.messages,
            self.notifications + other.notifications,
            self.reactions + other.reactions,
            self.consumed + other.consumed,
        )


def read_recorded(python: Path, root: Path, url: str, since: float) -> Recorded:
    """Read what a server's databases recorded since a moment, in seconds since 1970.

    Args:
        python: of the project's environment.
        root: the project's folder.
        url: of a server, PostgreSQL or MySQL, with a role that may read every database.
        since: the moment.

    Raises:
        Failed: where it cannot be read.
    """
    try:
        done = subprocess.run(  # noqa: S603 - the project's own Python
            [python, "-c", READ_MYSQL if url.startswith(MYSQL) else READ_POSTGRESQL],
            cwd=root,
            input=json.dumps({"url": url, "since": since}),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=True,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        said = str(error.stderr or error).strip().splitlines()
        raise Failed(
            f"what the run recorded cannot be read: {' '.join(said[-1:])}",
            hint="Look at the project's log; bench reads its outboxes and notifications.",
        ) from None
    return recorded(json.loads(done.stdout))


def recorded(said: dict[str, Any]) -> Recorded:
    """Return what the databases' rows say."""
    return Recorded(
        tuple(Message(*row) for row in said["messages"]),
        tuple(Effect(*row) for row in said["notifications"]),
        tuple(Effect(*row) for row in said["reactions"]),
        tuple(Consumed(*row) for row in said["consumed"]),
    )
