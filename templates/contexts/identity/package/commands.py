"""What operators run: `python -m identity.commands admin EMAIL`, and `… keys list`, `… keys rotate`.

`admin` gives a role to a user, new or known, with the password in PASSWORD. `keys` are those that
sign tokens, shared by all workers.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta

from identity.adapters.keys import K, KeyFileError, KeyFiles
from identity.adapters.settings import IdentitySettings
from identity.application.registration import GiveRole
from identity.domain.errors import IdentityError
from identity.domain.user import Role
from identity.wiring import keys, registration
from kit.bus import Bus
from kit.clock import utc_now
from kit.commands import BAD_INPUT, UNAVAILABLE, Expected, operating, run
from kit.composition import Foundation
from kit.settings import SettingsError, load

EXPECTED: Expected = {IdentityError: (BAD_INPUT, str), KeyFileError: (UNAVAILABLE, str)}
# Twice as long as a JWK set may be cached (identity.entrypoints.http.PUBLISHED).
PUBLISHED_BEFORE = timedelta(minutes=2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say, by default the process's; the exit code."""
    given = _parser().parse_args(arguments)
    if given.command == "admin":
        return run(lambda: _admin(given.email, given.role), EXPECTED)
    return run(lambda: _keys(rotate=given.do == "rotate", stolen=given.compromised), EXPECTED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m identity.commands", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    admin = commands.add_parser("admin", help="give a role to a user, new or known")
    admin.add_argument("email", help="the password comes from the environment variable PASSWORD")
    admin.add_argument("--role", default=Role.ADMIN, help=", ".join(Role))
    of_keys = commands.add_parser("keys", help="the keys that sign tokens")
    of_keys.add_argument(
        "do",
        choices=["list", "rotate"],
        help="what each key does now; or make the next ones: those before verify until their last"
        " token has expired",
    )
    of_keys.add_argument(
        "--compromised",
        action="store_true",
        help="sign with the new keys at once and forget all others: their tokens are refused",
    )
    return parser


def _admin(email: str, role: str) -> int:
    password = os.environ.get("PASSWORD", "")
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


def _keys(*, rotate: bool, stolen: bool) -> int:
    signing, refresh = keys(load(IdentitySettings))
    now = utc_now()
    for each in (signing, refresh):
        each.ensure(now)
        if rotate:
            after = timedelta(0) if stolen else PUBLISHED_BEFORE
            each.rotate(now, after=after, forget_others=stolen)
    if rotate and stolen:
        print("Every token that was issued before is refused from now on: all log in again.")
    _list("access tokens", signing, now)
    _list("refresh tokens", refresh, now)
    return 0


def _list(signs: str, keys: KeyFiles[K], now: datetime) -> None:
    signing = keys.signing(now)
    for key in keys.verifying(now):
        if key.kid == signing.kid:
            state = "signs and verifies"
        elif key.activates_at > now:
            state = f"signs from {key.activates_at:%Y-%m-%d %H:%M:%S} UTC"
        else:
            state = "verifies"
        print(f"{key.kid}  {signs}: {state}")


if __name__ == "__main__":
    sys.exit(main())
