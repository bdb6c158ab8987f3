"""Who is calling: the bearer token of a request, verified through a port."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from kit.problems import Problem

ADMIN = "admin"
LONGEST_TOKEN = 4_096
"""Characters. Ours have a tenth of it, and to parse one takes more than its length."""


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

_scheme = HTTPBearer(auto_error=False, scheme_name="bearer", bearerFormat="JWT")


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
