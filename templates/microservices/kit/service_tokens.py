"""Which service is calling: short-lived tokens, signed with a secret that only services know."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from kit.auth import LONGEST_TOKEN
from kit.problems import Problem

ALGORITHM = "HS256"
TYPE = "service+jwt"
LIFETIME_SECONDS = 60
_LEEWAY_SECONDS = 30

_scheme = HTTPBearer(auto_error=False, scheme_name="service", bearerFormat="JWT")


class ServiceTokens:
    """Tokens of the service `name`. The first secret signs, every one verifies: so they rotate."""

    def __init__(self, name: str, secrets: Sequence[str], clock: Callable[[], datetime]) -> None:
        self._name = name
        self._keys = [OctKey.import_key(secret) for secret in secrets]
        self._clock = clock
        self._signed: dict[str, tuple[str, int]] = {}

    def sign(self, audience: str) -> str:
        """A token for calls to the service `audience`; good for at least half its lifetime."""
        now = int(self._clock().timestamp())
        token, expires_at = self._signed.get(audience, ("", 0))
        if expires_at - now < LIFETIME_SECONDS // 2:
            expires_at = now + LIFETIME_SECONDS
            claims = {"iss": self._name, "aud": audience, "iat": now, "exp": expires_at}
            token = jwt.encode({"alg": ALGORITHM, "typ": TYPE}, claims, self._keys[0])
            self._signed[audience] = (token, expires_at)
        return token

    def caller(self, token: str) -> str:
        """The service that signed the token for us; raises Problem 401."""
        if len(token) > LONGEST_TOKEN:
            raise _unauthorized("token_invalid", 'Bearer error="invalid_token"')
        for key in self._keys:
            try:
                decoded = jwt.decode(token, key, algorithms=[ALGORITHM])
                jwt.JWTClaimsRegistry(
                    now=int(self._clock().timestamp()),
                    leeway=_LEEWAY_SECONDS,
                    iss={"essential": True},
                    aud={"essential": True, "value": self._name},
                    exp={"essential": True},
                ).validate(decoded.claims)
            except (JoseError, ValueError):
                continue
            if decoded.header.get("typ") == TYPE:
                return str(decoded.claims["iss"])
        raise _unauthorized("token_invalid", 'Bearer error="invalid_token"')


def only(tokens: ServiceTokens, *callers: str) -> Callable[..., Awaitable[None]]:
    """A FastAPI dependency: 401 for everybody but services, 403 for other services than these."""

    async def authenticate(
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_scheme)],
    ) -> None:
        if credentials is None:
            raise _unauthorized("token_missing", "Bearer")
        if tokens.caller(credentials.credentials) not in callers:
            raise Problem(403, "forbidden", "Only for the services that need it.")

    return authenticate


def _unauthorized(code: str, challenge: str) -> Problem:
    return Problem(401, code, headers={"WWW-Authenticate": challenge})
