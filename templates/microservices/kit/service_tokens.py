"""Which service is calling: short-lived tokens, signed with a key that this service alone has."""

from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated

from cryptography.exceptions import UnsupportedAlgorithm
from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from kit.auth import (
    ALGORITHM,
    CLOCK_LEEWAY,
    LONGEST_TOKEN,
    REMEMBERED,
    InvalidToken,
    claims_of,
    kid_of,
    unauthorized,
)
from kit.problems import Problem

TYPE = "service+jwt"
LIFETIME_SECONDS = 60
_CURVE = "P-256"

OnlyThese = Callable[..., Callable[..., Awaitable[str]]]
"""Makes of services' names a FastAPI dependency: the one that calls, and 401 or 403 to others."""

_scheme = HTTPBearer(auto_error=False, scheme_name="service", bearerFormat="JWT")


def new_key_pair() -> tuple[str, str]:
    """A private key and its public half, as settings have them."""
    key = ECKey.generate_key(_CURVE)
    private, public = (b64encode(key.as_der(private=it)).decode("ascii") for it in (True, False))
    return private, public


def private_key(text: str) -> ECKey:
    """The key of a setting: PKCS #8 as PEM has it between its marks, in one line.

    Raises ValueError, whose message has nothing of it.
    """
    key = _key(text)
    if key is None or not key.is_private:
        raise ValueError(f"is no private {_CURVE} key: PEM's text between its marks, in one line")
    return key


def public_key(text: str) -> ECKey:
    """As `private_key`, of the public half."""
    key = _key(text)
    if key is None or key.is_private:
        raise ValueError(f"has no public {_CURVE} key: PEM's text between its marks, in one line")
    return key


def _key(text: str) -> ECKey | None:
    try:
        key = ECKey.import_key(b64decode(text, validate=True))
    except (JoseError, ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if key.curve_name == _CURVE else None


class ServiceTokens:
    """Signs as the service `name`, and knows its `callers` by their public keys.

    A caller that changes its key has two of them for a while.
    """

    def __init__(
        self,
        name: str,
        key: ECKey,
        callers: Mapping[str, Sequence[ECKey]],
        clock: Callable[[], datetime],
    ) -> None:
        self._name = name
        self._key = key
        self._callers = {
            public.thumbprint(): (caller, public)
            for caller, keys in callers.items()
            for public in keys
        }
        self._clock = clock
        self._signed: dict[str, tuple[str, int]] = {}
        # A caller sends one token many times, and to verify a signature takes 0.2 ms.
        self._verified: dict[str, tuple[str, int]] = {}

    def sign(self, audience: str) -> str:
        """A token for calls to the service `audience`; good for at least half its lifetime."""
        now = int(self._clock().timestamp())
        token, expires_at = self._signed.get(audience, ("", 0))
        if expires_at - now < LIFETIME_SECONDS // 2:
            expires_at = now + LIFETIME_SECONDS
            header = {"alg": ALGORITHM, "typ": TYPE, "kid": self._key.thumbprint()}
            claims = {"iss": self._name, "aud": audience, "iat": now, "exp": expires_at}
            token = jwt.encode(header, claims, self._key, algorithms=[ALGORITHM])
            self._signed[audience] = (token, expires_at)
        return token

    def caller(self, token: str) -> str:
        """The service that signed the token for us; raises InvalidToken."""
        if token not in self._verified:
            verified = self._check(token)
            if len(self._verified) >= REMEMBERED:
                self._verified.clear()
            self._verified[token] = verified
        caller, expires_at = self._verified[token]
        if self._clock().timestamp() >= expires_at + CLOCK_LEEWAY.total_seconds():
            del self._verified[token]
            raise InvalidToken
        return caller

    def _check(self, token: str) -> tuple[str, int]:
        if len(token) > LONGEST_TOKEN:
            raise InvalidToken
        known = self._callers.get(kid_of(token))
        if known is None:
            raise InvalidToken
        caller, key = known
        # The key says who it is: what its owner signs in another's name is worth nothing.
        needed = {"iss": caller, "aud": self._name, "exp": None}
        claims = claims_of(token, key, type_=TYPE, claims=needed, now=self._clock())
        return caller, int(claims["exp"])


def only(tokens: ServiceTokens, *callers: str) -> Callable[..., Awaitable[str]]:
    """A FastAPI dependency, the caller's name: 401 to everybody but services that are known here,
    403 to those that are not among these."""

    async def authenticate(
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_scheme)],
    ) -> str:
        if credentials is None:
            raise unauthorized("token_missing", "Bearer")
        try:
            caller = tokens.caller(credentials.credentials)
        except InvalidToken as error:
            raise unauthorized("token_invalid", 'Bearer error="invalid_token"') from error
        if caller not in callers:
            raise Problem(403, "forbidden", "Only for the services that need it.")
        return caller

    return authenticate
