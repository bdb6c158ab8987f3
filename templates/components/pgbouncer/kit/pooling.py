"""PostgreSQL behind a pooler, which gives a connection for one transaction and takes it back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from kit.database import Connection, Database
from kit.settings import CommonSettings, SettingsError


def direct_url_of(settings: CommonSettings) -> str | None:
    """The URL of the server itself; raises SettingsError where production has none."""
    url = settings.direct_database_url
    if url is None and settings.environment == "production":
        raise SettingsError(
            "DIRECT_DATABASE_URL: must be set when ENVIRONMENT=production: the URL of PostgreSQL"
            " itself, for a pooler keeps nothing of a session between two transactions"
        )
    return None if url is None else url.get_secret_value()


class PooledDatabase(Database):
    """What outlives a transaction, a relay's settings of its session, goes by `direct_url`.

    Without that, in development, there is no pooler. `settings` are those of a `Database`.
    """

    def __init__(self, url: str, *, direct_url: str | None, **settings: Any) -> None:
        super().__init__(url, **settings)
        asked = {**settings, "prepared_statements": True}
        self._direct = None if direct_url is None else Database(direct_url, **asked)

    @property
    def connections_at_most(self) -> int:
        """None of the server's: the pooler opens those."""
        return super().connections_at_most if self._direct is None else 0

    @asynccontextmanager
    async def dedicated(self) -> AsyncIterator[Connection]:
        """An autocommit connection of the caller's own, to the server itself."""
        opened = super().dedicated() if self._direct is None else self._direct.dedicated()
        async with opened as connection:
            yield connection
