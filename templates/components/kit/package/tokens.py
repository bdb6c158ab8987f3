"""Access tokens: JSON Web Tokens for APIs (RFC 9068), verified by whoever can find the key."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from kit.auth import InvalidToken, Principal

# RFC 9864 deprecates the name EdDSA, and not every verifier knows its successor yet.
ALGORITHM = "ES256"
TYPE = "at+jwt"
CLOCK_LEEWAY = timedelta(seconds=30)
REMEMBERED = 4_096

FindKey = Callable[[str], Awaitable[ECKey | None]]


class _Claims(jwt.JWTClaimsRegistry):
    """Without a look at when a token was issued: where a clock stepped back, that is to come.

    The signature says that it was issued, and `exp` how long it is good.
    """

    def validate_iat(self, value: object) -> None:
        """Anything."""


class AccessTokens:
    """Verifies. `issuer` and `audience` keep one deployment's tokens out of another's.

    `find` gives the key with a kid, or None where its tokens are good no more.
    """

    def __init__(
        self, find: FindKey, *, issuer: str, audience: str, clock: Callable[[], datetime]
    ) -> None:
        self._find = find
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        # A client sends one token many times, and to verify a signature takes 0.2 ms.
        self._verified: dict[str, tuple[Principal, str, int]] = {}

    async def verify(self, token: str) -> Principal:
        """Who the token speaks for; raises InvalidToken, and what `find` raises."""
        remembered = self._verified.get(token)
        if remembered is None:
            remembered = await self._check(token)
            if len(self._verified) >= REMEMBERED:
                self._verified.clear()
            self._verified[token] = remembered
        principal, kid, expires_at = remembered
        if self._clock().timestamp() >= expires_at or await self._find(kid) is None:
            self._verified.pop(token, None)
            raise InvalidToken
        return principal

    async def _check(self, token: str) -> tuple[Principal, str, int]:
        try:
            kid = jws.extract_compact(token.encode()).headers()["kid"]
            key = await self._find(kid)
            if key is None:
                raise InvalidToken
            decoded = jwt.decode(token, key, algorithms=[ALGORITHM])
            _Claims(
                now=int(self._clock().timestamp()),
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
