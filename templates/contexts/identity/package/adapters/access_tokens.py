"""Access tokens: signed here and verified anywhere."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import ECKey

from identity.adapters.signing_keys import SigningKeys, public_key
from identity.application.ports import AccessToken
from identity.domain.user import Role
from kit.auth import Principal
from kit.tokens import ALGORITHM, TYPE, AccessTokens


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
