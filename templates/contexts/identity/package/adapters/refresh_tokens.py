"""Refresh tokens: the id of their session and their number in it, with a server's signature.

So nothing of a token is stored, each follows from the one before it, and a used one is known by its
number. Who has the keys' directory can make them, as he can make access tokens.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from joserfc.jwk import OctKey

from identity.adapters.key_files import KeyFiles
from identity.application.ports import RefreshToken

_KEY_BITS: Final = 256
_ID_BYTES: Final = 16
_NUMBER_BYTES: Final = 4
_BODY_BYTES: Final = _ID_BYTES + _NUMBER_BYTES
_LENGTH: Final = (4 * (_BODY_BYTES + hashlib.sha256().digest_size) + 2) // 3
_PURPOSE: Final = b"refresh token, version 1: "


class RefreshKeys(KeyFiles[OctKey]):
    """Secrets of 256 random bits, each used for nothing else."""

    suffix = ".refresh.json"

    def generate(self) -> OctKey:
        return OctKey.generate_key(_KEY_BITS, auto_kid=True)

    def imported(self, jwk: dict[str, Any]) -> OctKey:
        secret = OctKey.import_key(jwk)
        if len(secret.raw_value) * 8 < _KEY_BITS:
            raise ValueError("too short a secret")
        return secret


class SignedRefreshTokens:
    """Signs with HMAC-SHA-256, and verifies with every key that may have signed."""

    def __init__(self, keys: RefreshKeys, clock: Callable[[], datetime]) -> None:
        self._keys = keys
        self._clock = clock

    def issue(self, token: RefreshToken, at: datetime) -> str:
        body = token.session_id.bytes + token.number.to_bytes(_NUMBER_BYTES)
        return _text(body + _signature(self._keys.signing(at).key, body))

    def read(self, text: str) -> RefreshToken | None:
        if len(text) != _LENGTH:
            return None
        try:
            raw = urlsafe_b64decode(text.encode("ascii") + b"==")
        except ValueError:
            return None
        body, signature = raw[:_BODY_BYTES], raw[_BODY_BYTES:]
        if _text(raw) != text or not any(
            hmac.compare_digest(signature, _signature(stored.key, body))
            for stored in self._keys.verifying(self._clock())
        ):
            return None
        return RefreshToken(UUID(bytes=body[:_ID_BYTES]), int.from_bytes(body[_ID_BYTES:]))


def _signature(key: OctKey, body: bytes) -> bytes:
    return hmac.digest(key.raw_value, _PURPOSE + body, "sha256")


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
