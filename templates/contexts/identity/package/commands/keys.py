"""`python -m identity.commands.keys`: the keys that sign tokens, shared by all workers."""

import argparse
import sys
from datetime import datetime, timedelta

from identity.adapters.keys import K, KeyFileError, KeyFiles
from identity.adapters.settings import IdentitySettings
from identity.wiring import keys
from kit.clock import utc_now
from kit.commands import UNAVAILABLE, Expected, run
from kit.settings import load

# Twice as long as a JWK set may be cached (identity.entrypoints.http.PUBLISHED).
PUBLISHED_BEFORE = timedelta(minutes=2)
UNUSABLE: Expected = {KeyFileError: (UNAVAILABLE, str)}


def main() -> int:
    """Do what the arguments say; the exit code."""
    arguments = _parser().parse_args()
    return run(lambda: _keys(arguments), UNUSABLE)


def _keys(arguments: argparse.Namespace) -> int:
    settings = load(IdentitySettings)
    signing, refresh = keys(settings)
    now = utc_now()
    for each in (signing, refresh):
        each.ensure(now)
        if arguments.command == "rotate":
            after = timedelta(0) if arguments.compromised else PUBLISHED_BEFORE
            each.rotate(now, after=after, forget_others=arguments.compromised)
    if arguments.command == "rotate" and arguments.compromised:
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m identity.commands.keys", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="what each key does now")
    rotate = commands.add_parser(
        "rotate",
        help="make the next keys; the ones before verify until their last token has expired",
    )
    rotate.add_argument(
        "--compromised",
        action="store_true",
        help="sign with the new keys at once and forget all others: their tokens are refused",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
