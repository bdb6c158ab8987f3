"""Keys in a directory that all workers share.

A file never changes after it was written, and everything else follows from the files and the
clock, so workers agree without talking. A key signs from its `activates_at` until the next key's,
and verifies until the last of what it can have signed has expired.
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
from typing import Any, Generic, TypeVar

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey

from kit.auth import ALGORITHM

K = TypeVar("K", ECKey, OctKey)

_logger = logging.getLogger(__name__)
_CURVE = "P-256"


class KeyFileError(Exception):
    """The keys cannot be used; the message names the file and what to do."""


@dataclass(frozen=True, slots=True)
class StoredKey(Generic[K]):
    """One key. `development`: made outside of production."""

    kid: str
    key: K
    activates_at: datetime
    development: bool


class KeyFiles(Generic[K]):
    """The keys of one kind in a directory, read again when it changes.

    `lifetime` is the longest that something signed is good for.
    """

    suffix: str
    """Of the kind's files."""

    def __init__(self, directory: Path, *, lifetime: timedelta, production: bool) -> None:
        self._directory = directory
        self._lifetime = lifetime
        self._production = production
        self._read_at = 0
        self._keys: tuple[StoredKey[K], ...] = ()
        self._lock = threading.Lock()

    def generate(self) -> K:
        """A new key with an id."""
        raise NotImplementedError

    def imported(self, jwk: dict[str, Any]) -> K:
        """The key of a JWK; raises JoseError or ValueError for one of another kind."""
        raise NotImplementedError

    def ensure(self, now: datetime) -> None:
        """Make the first key when there is none; several workers at once make one.

        Raises KeyFileError, also for what would be unsafe in production.
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
        what they signed is refused from then on.
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

    def signing(self, now: datetime) -> StoredKey[K]:
        """The key that signs at this time."""
        keys = self._fresh()
        if not keys:
            raise KeyFileError(f"{self._directory} holds no {self.suffix} file.")
        return next((key for key in reversed(keys) if key.activates_at <= now), keys[0])

    def verifying(self, now: datetime) -> Sequence[StoredKey[K]]:
        """The keys of which something is good now or will be."""
        keys = self._fresh()
        return [
            key
            for number, key in enumerate(keys)
            if number + 1 == len(keys) or now < keys[number + 1].activates_at + self._lifetime
        ]

    def find(self, kid: str, now: datetime) -> StoredKey[K] | None:
        """The verifying key with this id."""
        return next((key for key in self.verifying(now) if key.kid == kid), None)

    def _fresh(self) -> tuple[StoredKey[K], ...]:
        try:
            changed_at = self._directory.stat().st_mtime_ns
        except FileNotFoundError:
            return self._keys
        if changed_at != self._read_at:
            try:
                self._read()
            except KeyFileError:
                # At start it is fatal; a running process goes on with the keys that it has.
                _logger.exception("the keys changed and cannot be read")
                self._read_at = changed_at
        return self._keys

    def _read(self) -> None:
        with self._lock:
            # Before the files: what changes while they are read is read again next time.
            changed_at = self._directory.stat().st_mtime_ns
            keys = [key for path in self._files() if (key := self._load(path)) is not None]
            self._keys = tuple(sorted(keys, key=lambda key: (key.activates_at, key.kid)))
            self._read_at = changed_at

    def _load(self, path: Path) -> StoredKey[K] | None:
        try:
            if path.stat().st_mode & 0o007:
                raise KeyFileError(f"{path} is open to other users: chmod 600 it.")
            stored = json.loads(path.read_text(encoding="utf-8"))
            key = StoredKey(
                kid=stored["jwk"]["kid"],
                key=self.imported(stored["jwk"]),
                activates_at=datetime.fromisoformat(stored["activates_at"]),
                development=stored["development"],
            )
        except FileNotFoundError:  # removed by a rotation meanwhile
            return None
        except (OSError, ValueError, KeyError, TypeError, JoseError) as error:
            raise KeyFileError(f"{path} cannot be read as a key of its kind.") from error
        if self._production and key.development:
            raise KeyFileError(
                f"{path} was made for development. Point SIGNING_KEYS_DIRECTORY at a directory of"
                " its own; the first start makes a key there."
            )
        return key

    def _write(self, activates_at: datetime) -> StoredKey[K]:
        key = self.generate()
        kid = str(key.kid)
        stored = {
            "activates_at": activates_at.astimezone(UTC).isoformat(),
            "development": not self._production,
            "jwk": {**key.as_dict(private=True), "kid": kid},
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
        return StoredKey(kid, key, activates_at, not self._production)

    def _file(self, kid: str) -> Path:
        return self._directory / f"{kid}{self.suffix}"

    def _files(self) -> list[Path]:
        return sorted(self._directory.glob(f"*{self.suffix}"))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """The only process that writes into the directory, which is made if need be."""
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._directory / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise KeyFileError(
                f"{self._directory} holds no {self.suffix} file and none can be written there."
                f" ({error.strerror})"
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


class SigningKeys(KeyFiles[ECKey]):
    """Key pairs, of which the public halves are published."""

    suffix = ".key.json"

    def generate(self) -> ECKey:
        return ECKey.generate_key(_CURVE, private=True, auto_kid=True)

    def imported(self, jwk: dict[str, Any]) -> ECKey:
        pair = ECKey.import_key(jwk)
        if not pair.is_private or pair.curve_name != _CURVE:
            raise ValueError(f"no private {_CURVE} key")
        return pair


def public_key(stored: StoredKey[ECKey]) -> dict[str, object]:
    """The public half, as a JWK set lists it."""
    public = stored.key.as_dict(private=False)
    return {**public, "use": "sig", "alg": ALGORITHM, "kid": stored.kid}
