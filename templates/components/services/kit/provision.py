"""`python -m kit.provision CONTEXT`: make the role and the database of DATABASE_URL, which no other
service may enter, and bring it to the newest schema. Safe to repeat, and to run several at once."""

import os
import sys
from contextlib import suppress
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import errors, sql

from kit.migrate import main as migrate


def main() -> int:
    """Do it as the administrator of ADMIN_DATABASE_URL; the exit code."""
    try:
        provision(os.environ["ADMIN_DATABASE_URL"], os.environ["DATABASE_URL"])
    except KeyError as missing:
        print(f"error: {missing.args[0]}: is not set", file=sys.stderr)
        return 2
    except psycopg.OperationalError as error:
        print(f"error: ADMIN_DATABASE_URL: {str(error).strip()}", file=sys.stderr)
        return 3
    return migrate(sys.argv[1:])


def provision(admin_url: str, own_url: str) -> None:
    """Make role and database; a role that is there gets the password of `own_url`."""
    own = urlsplit(own_url)
    role, name = sql.Identifier(own.username or ""), sql.Identifier(own.path.lstrip("/"))
    password = sql.Literal(unquote(own.password or ""))
    with psycopg.connect(admin_url, autocommit=True, connect_timeout=10) as connection:
        with suppress(errors.DuplicateObject, errors.UniqueViolation):
            connection.execute(sql.SQL("CREATE ROLE {}").format(role))
        connection.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(role, password))
        with suppress(errors.DuplicateDatabase, errors.UniqueViolation):
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, role))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))


if __name__ == "__main__":
    sys.exit(main())
