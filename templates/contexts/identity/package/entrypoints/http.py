"""Identity over HTTP."""

import re
from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from identity.adapters.email_addresses import parse_address
from identity.application.authentication import AuthenticationService, LogIn
from identity.application.ports import TokensView, UserQueries, UserView
from identity.application.registration import Register, RegistrationService
from identity.domain import email_address, errors, password, user
from kit.auth import Authenticate, Principal
from kit.http import json_response
from kit.problems import Problem

Network = IPv4Network | IPv6Network

_WITH_PORT = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<v4>[0-9.]+))(?::[0-9]{1,5})?", re.ASCII)
STATUSES: Mapping[type[Exception], int] = {
    errors.InvalidEmailError: 422,
    errors.InvalidNameError: 422,
    errors.InvalidPasswordError: 422,
    errors.WeakPasswordError: 422,
    errors.EmailTakenError: 409,
    errors.InvalidCredentialsError: 401,
    errors.InvalidTokenError: 401,
    errors.TooManyAttemptsError: 429,
    errors.OverloadedError: 503,
}
NOT_STORED = {"Cache-Control": "no-store"}  # RFC 6749, 5.1
# A new key is published two minutes before it signs (commands.keys), so caches know it in time.
PUBLISHED = {"Cache-Control": "public, max-age=60"}


class ClientAddress:
    """The socket's address, or what trusted proxies wrote into X-Forwarded-For.

    Every proxy appends the address that it saw, so the header is read from its end, and the first
    entry that is no trusted proxy's is the client's. What stands before it anybody can invent.
    """

    def __init__(self, trusted_proxies: Sequence[Network] = ()) -> None:
        self._trusted = tuple(trusted_proxies)

    def __call__(self, request: Request) -> str:
        """The client's IP address, or "unknown" on a socket that has none."""
        seen = request.client.host if request.client else "unknown"
        forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
        for claimed in reversed([part.strip() for part in forwarded.split(",")]):
            address = _parsed(claimed)
            if address is None or not self._is_trusted(seen):
                break
            seen = str(address)
        return seen

    def _is_trusted(self, text: str) -> bool:
        address = _parsed(text)
        return address is not None and any(address in network for network in self._trusted)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Some proxies append the port, which is another one for each connection."""
    host = _WITH_PORT.fullmatch(text)
    try:
        address = ip_address(text if host is None else host["v6"] or host["v4"])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def obeying(rule: Callable[[str], str]) -> AfterValidator:
    """Validates a text by a rule of the domain."""

    def check(text: str) -> str:
        try:
            return rule(text)
        except errors.IdentityError as error:
            raise ValueError(str(error)) from error

    return AfterValidator(check)


class Registration(BaseModel):
    """A password's shortest length stands in the schema and answered with `weak_password`."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[str, obeying(parse_address)] = Field(
        json_schema_extra={"format": "email", "maxLength": email_address.LONGEST}
    )
    password: str = Field(
        max_length=password.LONGEST,
        json_schema_extra={"format": "password", "minLength": password.SHORTEST},
    )
    name: Annotated[str, obeying(user.shown_name)] = Field(
        json_schema_extra={"minLength": 1, "maxLength": user.LONGEST_NAME}
    )


class Credentials(BaseModel):
    """Anything may be tried; what cannot be right is answered like what is wrong."""

    email: str
    password: str = Field(json_schema_extra={"format": "password"})


class Refresh(BaseModel):
    """A refresh token."""

    refresh_token: str


def router(
    *,
    registration: RegistrationService,
    authentication: AuthenticationService,
    users: UserQueries,
    published_keys: Callable[[], Mapping[str, object]],
    authenticate: Authenticate,
    client_address: Callable[[Request], str],
) -> APIRouter:
    """The routes under /v1/auth and the published keys."""
    routes = APIRouter(tags=["identity"])

    @routes.post(
        "/v1/auth/register",
        status_code=201,
        response_model=UserView,
        responses={
            409: {"description": "`email_taken` (addresses compare without case)"},
            422: {"description": "`validation_failed`, `weak_password` (short, or common)"},
        },
    )
    async def register(body: Registration) -> Response:
        command = Register(email=body.email, password=body.password, name=body.name)
        return json_response(await registration.register(command), 201, NOT_STORED)

    @routes.post(
        "/v1/auth/login",
        response_model=TokensView,
        responses={
            401: {"description": "`invalid_credentials`, whichever of the two is wrong"},
            429: {"description": "`too_many_attempts`, by address and by client"},
        },
    )
    async def log_in(body: Credentials, request: Request) -> Response:
        command = LogIn(email=body.email, password=body.password, client=client_address(request))
        return json_response(await authentication.log_in(command), headers=NOT_STORED)

    @routes.post(
        "/v1/auth/refresh",
        response_model=TokensView,
        responses={401: {"description": "`token_invalid`"}},
    )
    async def refresh(body: Refresh, request: Request) -> Response:
        """Rotates. The token replaced last may come back within 10 s (REFRESH_GRACE_SECONDS), from
        the same client address, while its successor is unused; the answer has the same successor
        again. Any other used token ends its whole family.
        """
        tokens = await authentication.refresh(body.refresh_token, client_address(request))
        return json_response(tokens, headers=NOT_STORED)

    @routes.post("/v1/auth/logout", status_code=204)
    async def log_out(body: Refresh) -> Response:
        """Ends the family of the refresh token. An access token stays good until it expires."""
        await authentication.log_out(body.refresh_token)
        return Response(status_code=204)

    @routes.get(
        "/v1/auth/me",
        response_model=UserView,
        responses={401: {"description": "`token_missing`, `token_invalid`"}},
    )
    async def me(principal: Annotated[Principal, Depends(authenticate)]) -> Response:
        found = await users.user(principal.user_id)
        if found is None:
            raise Problem(
                401, "token_invalid", headers={"WWW-Authenticate": 'Bearer error="invalid_token"'}
            )
        return json_response(found, headers=NOT_STORED)

    @routes.get("/.well-known/jwks.json")
    async def jwks() -> Response:
        """The public keys that access tokens are signed with."""
        return json_response(published_keys(), headers=PUBLISHED)

    return routes
