"""Orders are placed by one statement: in one round trip, and without a transaction around it."""

import hashlib
from collections.abc import Callable

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from kit.database import Connection, Database
from kit.outbox import STORED, as_parameters
from orders.adapters.publishing import message_of
from orders.domain.errors import IdempotencyInProgressError
from orders.domain.events import OrderPlaced
from orders.domain.idempotency import IdempotencyKey
from orders.domain.order import Order

# Takes the key's lock without waiting, and keeps the key if it got the lock and the key is new; all
# else only with the key. The lock ends with the statement, which is a transaction of its own.
_PLACE = f"""
    WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(%s) AS mine),
    kept AS (
        INSERT INTO orders.idempotency_keys (user_id, key, fingerprint, order_id, created_at)
        SELECT %s, %s, %s, %s, %s FROM turn WHERE mine
        ON CONFLICT (user_id, key) DO NOTHING
        RETURNING order_id
    ),
    placed AS (
        INSERT INTO orders.orders (id, user_id, status, lines, created_at, updated_at)
        SELECT order_id, %s, %s, %s, %s, %s FROM kept
    ),
    published AS (
        INSERT INTO orders.outbox ({", ".join(STORED)})
        SELECT {", ".join(["%s"] * len(STORED))} FROM kept
    )
    SELECT order_id FROM kept
"""  # noqa: S608 - constants
_EARLIER = (
    "SELECT user_id, key, fingerprint, order_id, created_at"
    " FROM orders.idempotency_keys WHERE user_id = %s AND key = %s"
)


class SqlPlacements:
    """Placing on PostgreSQL. `after_commit` wakes the relay."""

    def __init__(self, database: Database, after_commit: Callable[[], None] | None = None) -> None:
        self._database = database
        self._after_commit = after_commit

    async def place_once(
        self, key: IdempotencyKey, order: Order, placed: OrderPlaced
    ) -> IdempotencyKey | None:
        """Keep all of it, or return the key kept earlier; waits for no other placing."""
        parameters = (
            _lock(key),
            *(key.user_id, key.key, key.fingerprint, order.id, key.created_at),
            *(order.user_id, order.status.value, Jsonb(order.lines)),
            *(order.created_at, order.updated_at),
            *as_parameters(message_of(placed)),
        )
        async with self._database.statement() as connection:
            kept = await (await connection.execute(_PLACE, parameters)).fetchone()
            if kept is None:
                return await self._earlier(connection, key)
        if self._after_commit:
            self._after_commit()
        return None

    async def _earlier(self, connection: Connection, key: IdempotencyKey) -> IdempotencyKey:
        cursor = connection.cursor(row_factory=kwargs_row(IdempotencyKey))
        await cursor.execute(_EARLIER, (key.user_id, key.key))
        earlier = await cursor.fetchone()
        if earlier is None:
            raise IdempotencyInProgressError
        return earlier


def _lock(key: IdempotencyKey) -> int:
    digest = hashlib.sha256(b"orders.idempotency" + key.user_id.bytes + key.key.encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
