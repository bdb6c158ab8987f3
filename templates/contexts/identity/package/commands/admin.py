"""`PASSWORD=… python -m identity.commands.admin EMAIL`: make or promote an administrator."""

import argparse
import asyncio
import os
import sys

from psycopg.errors import UndefinedTable
from sqlalchemy.exc import OperationalError, ProgrammingError

from identity.adapters.settings import IdentitySettings
from identity.application.registration import MakeAdministrator
from identity.domain.errors import IdentityError
from identity.wiring import registration
from kit.bus import Bus
from kit.composition import Foundation, open_database
from kit.settings import SettingsError, load

BAD_INPUT = 2
UNAVAILABLE = 3


def main() -> int:
    """Make the administrator; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m identity.commands.admin", description=__doc__)
    parser.add_argument("email", help="the password comes from the environment variable PASSWORD")
    email = parser.parse_args().email
    password = os.environ.get("PASSWORD", "")
    if not email or not password:
        return _fail("EMAIL and PASSWORD: both are needed", BAD_INPUT)
    try:
        made = asyncio.run(_make(load(IdentitySettings), email, password))
    except (SettingsError, IdentityError) as error:
        return _fail(str(error), BAD_INPUT)
    except OperationalError as error:
        return _fail(f"DATABASE_URL: {str(error.orig).strip()}", UNAVAILABLE)
    except ProgrammingError as error:
        if isinstance(error.orig, UndefinedTable):
            return _fail("the database has no tables yet: make migrate", UNAVAILABLE)
        raise
    if made:
        print(f"{email} is a new administrator.")
    else:
        print(f"{email} is an administrator now, has this password and is logged out everywhere.")
    return 0


async def _make(settings: IdentitySettings, email: str, password: str) -> bool:
    database, bus = open_database(settings, "admin"), Bus()
    try:
        service = registration(Foundation(database, bus, bus), settings)
        return await service.make_administrator(MakeAdministrator(email=email, password=password))
    finally:
        await database.close()


def _fail(message: str, code: int) -> int:
    print(f"error: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
