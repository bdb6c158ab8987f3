"""Who is calling: the bearer token of a request, verified through a port."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Protocol
from uuid import UUID

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from kit.problems import Problem

ADMIN = "admin"
LONGEST_TOKEN = 4_096
"""Characters. Ours have a tenth of it, and to parse one takes more than its length."""
_scheme = HTTPBearer(auto_error=False, scheme_name="bearer", bearerFormat="JWT")
# RFC 9864 deprecates the name EdDSA, and not every verifier knows its successor yet.
ALGORITHM = "ES256"
TYPE = "at+jwt"
CLOCK_LEEWAY = timedelta(seconds=30)
REMEMBERED = 4_096
FindKey = Callable[[str], Awaitable[ECKey | None]]


@dataclass(frozen=True, slots=True)
class Principal:
    """The user that a verified token speaks for."""

    user_id: UUID
    role: str


class InvalidToken(Exception):  # noqa: N818 - named for what it says about the token
    """Expired, forged, malformed, or signed by an unknown key; the answer does not say which."""


class TokenVerifier(Protocol):
    """Identity itself in a monolith; identity's published keys elsewhere."""

    async def verify(self, token: str) -> Principal:
        """The token's principal; raises InvalidToken."""


Authenticate = Callable[..., Awaitable[Principal]]


def bearer(verifier: TokenVerifier) -> Authenticate:
    """A FastAPI dependency that answers 401 `token_missing` or `token_invalid`."""

    async def authenticate(
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_scheme)],
    ) -> Principal:
        if credentials is None:
            raise unauthorized("token_missing", "Bearer")
        if len(credentials.credentials) > LONGEST_TOKEN:
            raise unauthorized("token_invalid", 'Bearer error="invalid_token"')
        try:
            return await verifier.verify(credentials.credentials)
        except InvalidToken as error:
            raise unauthorized("token_invalid", 'Bearer error="invalid_token"') from error

    return authenticate


def optional(authenticate: Authenticate) -> Callable[..., Awaitable[Principal | None]]:
    """A FastAPI dependency for routes that need no login: None where no token is sent."""

    async def caller(
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_scheme)],
    ) -> Principal | None:
        return None if credentials is None else await authenticate(credentials)

    return caller


def require_role(authenticate: Authenticate, *roles: str) -> Authenticate:
    """A FastAPI dependency that answers 403 `forbidden` to everybody who has none of the roles."""

    async def permitted(
        principal: Annotated[Principal, Depends(authenticate)],
    ) -> Principal:
        if principal.role not in roles:
            raise Problem(403, "forbidden", f"Only for {' and '.join(roles)}.")
        return principal

    return permitted


def unauthorized(code: str, challenge: str) -> Problem:
    """The answer 401 to a request whose token is missing or worth nothing."""
    return Problem(401, code, headers={"WWW-Authenticate": challenge})


class _Claims(jwt.JWTClaimsRegistry):
    """Without a look at when a token was issued: where a clock stepped back, that is to come.

    The signature says that it was issued, and `exp` how long it is good.
    """

    def validate_iat(self, value: object) -> None:
        """Anything."""


def kid_of(token: str) -> str:
    """Which key a token says that it was signed with; raises InvalidToken."""
    try:
        return str(jws.extract_compact(token.encode()).headers()["kid"])
    except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidToken from error


def claims_of(
    token: str, key: ECKey, *, type_: str, claims: Mapping[str, str | None], now: datetime
) -> dict[str, Any]:
    """What a token of a type says; raises InvalidToken unless it was signed with the key, is good
    now, and has each of the `claims`, with that value where there is one."""
    needed = {
        name: jwt.ClaimsOption(essential=True)
        if value is None
        else jwt.ClaimsOption(essential=True, value=value)
        for name, value in claims.items()
    }
    try:
        decoded = jwt.decode(token, key, algorithms=[ALGORITHM])
        leeway = int(CLOCK_LEEWAY.total_seconds())
        _Claims(now=int(now.timestamp()), leeway=leeway, **needed).validate(decoded.claims)
    except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidToken from error
    if decoded.header.get("typ") != type_:
        raise InvalidToken
    return decoded.claims


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
        kid = kid_of(token)
        key = await self._find(kid)
        if key is None:
            raise InvalidToken
        needed = dict.fromkeys(("sub", "role", "iat", "exp", "jti"))
        claims = claims_of(
            token,
            key,
            type_=TYPE,
            claims={**needed, "iss": self._issuer, "aud": self._audience},
            now=self._clock(),
        )
        try:
            principal = Principal(UUID(claims["sub"]), claims["role"])
            return principal, kid, int(claims["exp"])
        except (ValueError, TypeError, AttributeError) as error:
            raise InvalidToken from error
