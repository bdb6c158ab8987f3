"""Access tokens: JSON Web Tokens for APIs (RFC 9068), signed here and verified anywhere."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from joserfc import jws, jwt
from joserfc.errors import JoseError

from identity.adapters.signing_keys import ALGORITHM, CLOCK_LEEWAY, SigningKeys
from identity.application.ports import AccessToken
from identity.domain.user import Role
from kit.auth import InvalidToken, Principal

TYPE = "at+jwt"
REMEMBERED = 4_096


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
        # A client sends one token many times, and to verify a signature takes 0.2 ms.
        self._verified: dict[str, tuple[Principal, str, int]] = {}

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
        token = jwt.encode(header, claims, key.pair, algorithms=[ALGORITHM])
        return AccessToken(token, self._lifetime)

    async def verify(self, token: str) -> Principal:
        """Who the token speaks for; raises InvalidToken."""
        now = self._clock()
        remembered = self._verified.get(token)
        if remembered is None:
            remembered = self._check(token, now)
            if len(self._verified) >= REMEMBERED:
                self._verified.clear()
            self._verified[token] = remembered
        principal, kid, expires_at = remembered
        if now.timestamp() >= expires_at or self._keys.find(kid, now) is None:
            self._verified.pop(token, None)
            raise InvalidToken
        return principal

    def _check(self, token: str, now: datetime) -> tuple[Principal, str, int]:
        try:
            kid = jws.extract_compact(token.encode()).headers()["kid"]
            key = self._keys.find(kid, now)
            if key is None:
                raise InvalidToken
            decoded = jwt.decode(token, key.pair, algorithms=[ALGORITHM])
            jwt.JWTClaimsRegistry(
                now=int(now.timestamp()),
                leeway=int(CLOCK_LEEWAY.total_seconds()),
                iss={"essential": True, "value": self._issuer},
                aud={"essential": True, "value": self._audience},
                sub={"essential": True},
                role={"essential": True},
                iat={"essential": True},
                exp={"essential": True},
                jti={"essential": True},
            ).validate(decoded.claims)
            if decoded.header.get("typ") != TYPE:
                raise InvalidToken
            principal = Principal(UUID(decoded.claims["sub"]), decoded.claims["role"])
            return principal, kid, int(decoded.claims["exp"])
        except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidToken from error

    def published(self) -> dict[str, object]:
        """The JWK set: public keys that tokens are or will be signed by."""
        return {"keys": [key.public() for key in self._keys.verifying(self._clock())]}
