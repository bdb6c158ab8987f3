"""`PASSWORD=… python -m identity.commands.admin EMAIL`: make or promote an administrator."""

import argparse
import asyncio
import os
import sys

from identity.adapters.settings import IdentitySettings
from identity.application.registration import MakeAdministrator
from identity.domain.errors import IdentityError
from identity.wiring import registration
from kit.bus import Bus
from kit.commands import BAD_INPUT, Expected, operating, run
from kit.composition import Foundation
from kit.settings import SettingsError, load

REFUSED: Expected = {IdentityError: (BAD_INPUT, str)}


def main() -> int:
    """Make the administrator; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m identity.commands.admin", description=__doc__)
    parser.add_argument("email", help="the password comes from the environment variable PASSWORD")
    email = parser.parse_args().email
    return run(lambda: _promote(email, os.environ.get("PASSWORD", "")), REFUSED)


def _promote(email: str, password: str) -> int:
    if not email or not password:
        raise SettingsError("EMAIL and PASSWORD: both are needed")
    made = asyncio.run(_make(load(IdentitySettings), email, password))
    if made:
        print(f"{email} is a new administrator.")
    else:
        print(f"{email} is an administrator now, has this password and is logged out everywhere.")
    return 0


async def _make(settings: IdentitySettings, email: str, password: str) -> bool:
    bus = Bus()
    async with operating(settings, "admin") as database:
        service = registration(Foundation(database, bus, bus), settings)
        return await service.make_administrator(MakeAdministrator(email=email, password=password))


if __name__ == "__main__":
    sys.exit(main())
