"""`python -m kit.mysql.migrate MODULE:CONTEXTS`: bring contexts on MySQL to their newest schema."""

import pkgutil
import sys
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr, field_validator
from sqlalchemy.exc import DBAPIError

from kit.commands import UNAVAILABLE, Expected, one_line, run
from kit.migrations import MigrationError
from kit.mysql.migrations import provision, upgrade
from kit.mysql.settings import OnMySqlAlone, checked_mysql_url
from kit.settings import load

OWNER = "MYSQL_MIGRATION_URL"
EXPECTED: Expected = {
    MigrationError: (1, str),
    DBAPIError: (UNAVAILABLE, lambda error: f"$URL: {one_line(error.orig)}"),
}


class MigrationSettings(OnMySqlAlone):
    """What a program that migrates reads; nothing that serves has these."""

    # The user that makes databases and tables; in development it may be MYSQL_DATABASE_URL's.
    mysql_migration_url: SecretStr | None = None
    # Who may make users and databases; where it is set, they are made.
    mysql_admin_url: SecretStr | None = None

    @field_validator("mysql_migration_url", "mysql_admin_url")
    @classmethod
    def _urls(cls, url: SecretStr | None) -> SecretStr | None:
        return checked_mysql_url(url, production=False) if url else None


def main(contexts: Sequence[str]) -> int:
    """Upgrade every context; the exit code."""
    return run(lambda: _main(contexts), EXPECTED, variable=OWNER)


def _main(contexts: Sequence[str]) -> int:
    settings = load(MigrationSettings)
    rows = settings.mysql_database_url.get_secret_value()
    owner = (settings.mysql_migration_url or settings.mysql_database_url).get_secret_value()
    if settings.mysql_admin_url is not None:
        provision(settings.mysql_admin_url.get_secret_value(), contexts, owner, rows)
    user = unquote(urlsplit(rows).username or "")
    theirs = None if user == unquote(urlsplit(owner).username or "") else f"'{user}'@'%'"
    upgrade(owner, contexts, rows=theirs)
    return 0


if __name__ == "__main__":
    sys.exit(main(pkgutil.resolve_name(sys.argv[1])))
