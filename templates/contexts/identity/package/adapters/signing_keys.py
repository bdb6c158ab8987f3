"""The keys that sign access tokens: files in a directory that all workers share.

A file never changes after it was written, and everything else follows from the files and the
clock, so workers agree without talking. A key signs from its `activates_at` until the next key's,
and verifies until the longest access token that it can have signed has expired.
"""

import fcntl
import json
import logging
import os
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from kit.tokens import ALGORITHM, CLOCK_LEEWAY

CURVE = "P-256"
SUFFIX = ".key.json"

_logger = logging.getLogger(__name__)


class SigningKeyError(Exception):
    """The keys cannot be used; the message names the file and what to do."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key pair. `development`: made outside of production."""

    kid: str
    pair: ECKey
    activates_at: datetime
    development: bool

    def public(self) -> dict[str, object]:
        """The public half, as a JWK set lists it."""
        return {**self.pair.as_dict(private=False), "use": "sig", "alg": ALGORITHM, "kid": self.kid}


class SigningKeys:
    """The keys of a directory, read again when it changes.

    `lifetime` is the longest that an access token is good for.
    """

    def __init__(self, directory: Path, *, lifetime: timedelta, production: bool) -> None:
        self._directory = directory
        self._lifetime = lifetime
        self._production = production
        self._read_at = 0
        self._keys: tuple[SigningKey, ...] = ()
        self._lock = threading.Lock()

    def ensure(self, now: datetime) -> None:
        """Make the first key when there is none; several workers at once make one.

        Raises SigningKeyError, also for what would be unsafe in production.
        """
        if not self._files():
            with self._alone():
                if not self._files():
                    self._write(now)
        self._read()

    def rotate(self, now: datetime, *, after: timedelta, forget_others: bool = False) -> str:
        """Make the next key, to sign `after` from now on; the new kid.

        By then every worker and every cache of the JWK set has to know it. Keys that verify
        nothing any more are removed; with `forget_others`, for a stolen key, all others are, and
        tokens signed by them are refused from then on.
        """
        with self._alone():
            written = self._write(now + after)
            self._read()
            keep = {written.kid} if forget_others else {key.kid for key in self.verifying(now)}
            for key in self._keys:
                if key.kid not in keep:
                    self._file(key.kid).unlink()
        self._read()
        return written.kid

    def signing(self, now: datetime) -> SigningKey:
        """The key that signs now."""
        keys = self._fresh()
        if not keys:
            raise SigningKeyError(f"{self._directory} holds no signing key.")
        return next((key for key in reversed(keys) if key.activates_at <= now), keys[0])

    def verifying(self, now: datetime) -> Sequence[SigningKey]:
        """The keys whose tokens are good now or will be: what the JWK set publishes."""
        keys = self._fresh()
        longest = self._lifetime + CLOCK_LEEWAY
        return [
            key
            for number, key in enumerate(keys)
            if number + 1 == len(keys) or now < keys[number + 1].activates_at + longest
        ]

    def find(self, kid: str, now: datetime) -> SigningKey | None:
        """The verifying key with this id."""
        return next((key for key in self.verifying(now) if key.kid == kid), None)

    def _fresh(self) -> tuple[SigningKey, ...]:
        try:
            changed_at = self._directory.stat().st_mtime_ns
        except FileNotFoundError:
            return self._keys
        if changed_at != self._read_at:
            try:
                self._read()
            except SigningKeyError:
                # At start it is fatal; a running process goes on with the keys that it has.
                _logger.exception("the signing keys changed and cannot be read")
                self._read_at = changed_at
        return self._keys

    def _read(self) -> None:
        with self._lock:
            # Before the files: what changes while they are read is read again next time.
            changed_at = self._directory.stat().st_mtime_ns
            keys = [key for path in self._files() if (key := self._load(path)) is not None]
            self._keys = tuple(sorted(keys, key=lambda key: (key.activates_at, key.kid)))
            self._read_at = changed_at

    def _load(self, path: Path) -> SigningKey | None:
        try:
            if path.stat().st_mode & 0o007:
                raise SigningKeyError(f"{path} is open to other users: chmod 600 it.")
            stored = json.loads(path.read_text(encoding="utf-8"))
            pair = ECKey.import_key(stored["jwk"])
            key = SigningKey(
                kid=stored["jwk"]["kid"],
                pair=pair,
                activates_at=datetime.fromisoformat(stored["activates_at"]),
                development=stored["development"],
            )
        except FileNotFoundError:  # removed by a rotation meanwhile
            return None
        except (OSError, ValueError, KeyError, TypeError, JoseError) as error:
            raise SigningKeyError(f"{path} cannot be read as a signing key.") from error
        if not pair.is_private or pair.curve_name != CURVE:
            raise SigningKeyError(f"{path} is no private {CURVE} key.")
        if self._production and key.development:
            raise SigningKeyError(
                f"{path} was made for development. Point SIGNING_KEYS_DIRECTORY at a directory of"
                " its own; the first start makes a key there."
            )
        return key

    def _write(self, activates_at: datetime) -> SigningKey:
        pair = ECKey.generate_key(CURVE, private=True, auto_kid=True)
        kid = str(pair.kid)
        stored = {
            "activates_at": activates_at.astimezone(UTC).isoformat(),
            "development": not self._production,
            "jwk": {**pair.as_dict(private=True), "kid": kid},
        }
        descriptor, temporary = tempfile.mkstemp(dir=self._directory)  # with mode 0600
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(stored, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self._file(kid))
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        return SigningKey(kid, pair, activates_at, not self._production)

    def _file(self, kid: str) -> Path:
        return self._directory / f"{kid}{SUFFIX}"

    def _files(self) -> list[Path]:
        return sorted(self._directory.glob(f"*{SUFFIX}"))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """The only process that writes into the directory, which is made if need be."""
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._directory / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise SigningKeyError(
                f"{self._directory} holds no signing key and none can be written there."
                f" ({error.strerror})"
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
