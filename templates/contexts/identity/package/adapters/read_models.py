"""Answers read straight from PostgreSQL."""

from collections.abc import Collection
from uuid import UUID

from identity.application.views import UserView
from kit.database import Database

_USER = "SELECT id, email, name, role FROM identity.users WHERE id = %s"
_KNOWN = "SELECT id FROM identity.users WHERE id = ANY(%s)"


class SqlUserQueries:
    """Users by statement."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def user(self, user_id: UUID) -> UserView | None:
        async with self._database.reading() as connection:
            row = await (await connection.execute(_USER, (user_id,))).fetchone()
        if row is None:
            return None
        return UserView(id=row[0], email=row[1], name=row[2], role=row[3])

    async def known_users(self, ids: Collection[UUID]) -> frozenset[UUID]:
        async with self._database.reading() as connection:
            rows = await (await connection.execute(_KNOWN, ([*ids],))).fetchall()
        return frozenset(row[0] for row in rows)
