"""`PASSWORD=… python -m identity.commands.admin EMAIL --role ROLE`: to a user, new or known."""

import argparse
import asyncio
import os
import sys

from identity.adapters.settings import IdentitySettings
from identity.application.registration import GiveRole
from identity.domain.errors import IdentityError
from identity.domain.user import Role
from identity.wiring import registration
from kit.bus import Bus
from kit.commands import BAD_INPUT, Expected, operating, run
from kit.composition import Foundation
from kit.settings import SettingsError, load

REFUSED: Expected = {IdentityError: (BAD_INPUT, str)}


def main() -> int:
    """Give the role; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m identity.commands.admin", description=__doc__)
    parser.add_argument("email", help="the password comes from the environment variable PASSWORD")
    parser.add_argument("--role", default=Role.ADMIN, help=", ".join(Role))
    given = parser.parse_args()
    return run(lambda: _give(given.email, os.environ.get("PASSWORD", ""), given.role), REFUSED)


def _give(email: str, password: str, role: str) -> int:
    if not email or not password:
        raise SettingsError("EMAIL and PASSWORD: both are needed")
    if role not in {*Role}:
        raise SettingsError(f"ROLE: there is no {role}; there are {', '.join(Role)}")
    command = GiveRole(email=email, password=password, role=Role(role))
    if asyncio.run(_given(load(IdentitySettings), command)):
        print(f"{email} is new and has the role {role}.")
    else:
        print(f"{email} has the role {role} now, has this password and is logged out everywhere.")
    return 0


async def _given(settings: IdentitySettings, command: GiveRole) -> bool:
    bus = Bus()
    async with operating(settings, "admin") as database:
        return await registration(Foundation(database, bus, bus), settings).give_role(command)


if __name__ == "__main__":
    sys.exit(main())
