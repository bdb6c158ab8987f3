"""`python -m identity.commands.keys`: the keys that sign access tokens, shared by all workers."""

import argparse
import sys
from datetime import datetime, timedelta

from identity.adapters.settings import IdentitySettings
from identity.adapters.signing_keys import SigningKeyError, SigningKeys
from kit.clock import utc_now
from kit.settings import SettingsError, load

# Twice as long as a JWK set may be cached (identity.entrypoints.http.PUBLISHED).
PUBLISHED_BEFORE = timedelta(minutes=2)
BAD_INPUT = 2
UNAVAILABLE = 3


def main() -> int:
    """Do what the arguments say; the exit code."""
    arguments = _parser().parse_args()
    try:
        settings = load(IdentitySettings)
        keys = SigningKeys(
            settings.signing_keys_directory,
            lifetime=settings.access_token_lifetime,
            production=settings.environment == "production",
        )
        now = utc_now()
        keys.ensure(now)
        if arguments.command == "rotate":
            _rotate(keys, now, compromised=arguments.compromised)
        _list(keys, now)
    except SettingsError as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_INPUT
    except SigningKeyError as error:
        print(f"error: {error}", file=sys.stderr)
        return UNAVAILABLE
    return 0


def _rotate(keys: SigningKeys, now: datetime, *, compromised: bool) -> None:
    if compromised:
        keys.rotate(now, after=timedelta(0), forget_others=True)
        print("Every access token that was issued before is refused from now on.")
    else:
        keys.rotate(now, after=PUBLISHED_BEFORE)


def _list(keys: SigningKeys, now: datetime) -> None:
    signing = keys.signing(now)
    for key in keys.verifying(now):
        if key.kid == signing.kid:
            state = "signs and verifies"
        elif key.activates_at > now:
            state = f"signs from {key.activates_at:%Y-%m-%d %H:%M:%S} UTC"
        else:
            state = "verifies"
        print(f"{key.kid}  {state}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m identity.commands.keys", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="what each key does now")
    rotate = commands.add_parser(
        "rotate",
        help="make the next key; the ones before verify until their last token has expired",
    )
    rotate.add_argument(
        "--compromised",
        action="store_true",
        help="sign with the new key at once and forget all others: their tokens are refused",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
