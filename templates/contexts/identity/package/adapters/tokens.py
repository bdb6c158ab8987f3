"""Access tokens, signed here and verified anywhere; refresh tokens, good for identity alone."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from identity.adapters.keys import KeyFiles, SigningKeys, public_key
from identity.application.ports import AccessToken, RefreshToken
from identity.domain.user import Role
from kit.auth import ALGORITHM, TYPE, AccessTokens, Principal

_KEY_BITS: Final = 256
_ID_BYTES: Final = 16
_NUMBER_BYTES: Final = 4
_BODY_BYTES: Final = _ID_BYTES + _NUMBER_BYTES
_LENGTH: Final = (4 * (_BODY_BYTES + hashlib.sha256().digest_size) + 2) // 3
_PURPOSE: Final = b"refresh token, version 1: "


class SignedAccessTokens:
    """Signs and verifies. `issuer` and `audience` keep one deployment's tokens out of another's."""

    def __init__(
        self,
        keys: SigningKeys,
        *,
        issuer: str,
        audience: str,
        lifetime: timedelta,
        clock: Callable[[], datetime],
        new_id: Callable[[], UUID],
    ) -> None:
        self._keys = keys
        self._lifetime = lifetime
        self._clock = clock
        self._new_id = new_id
        self._issuer = issuer
        self._audience = audience
        self._tokens = AccessTokens(self._find, issuer=issuer, audience=audience, clock=clock)

    def issue(self, user_id: UUID, role: Role, now: datetime) -> AccessToken:
        key = self._keys.signing(now)
        header = {"alg": ALGORITHM, "typ": TYPE, "kid": key.kid}
        issued_at = int(now.timestamp())
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(user_id),
            "role": role.value,
            "iat": issued_at,
            "exp": issued_at + int(self._lifetime.total_seconds()),
            "jti": str(self._new_id()),
        }
        token = jwt.encode(header, claims, key.key, algorithms=[ALGORITHM])
        return AccessToken(token, self._lifetime)

    async def verify(self, token: str) -> Principal:
        """Who the token speaks for; raises InvalidToken."""
        return await self._tokens.verify(token)

    async def _find(self, kid: str) -> ECKey | None:
        key = self._keys.find(kid, self._clock())
        return None if key is None else key.key

    def published(self) -> dict[str, object]:
        """The JWK set: public keys that tokens are or will be signed by."""
        return {"keys": [public_key(key) for key in self._keys.verifying(self._clock())]}


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
