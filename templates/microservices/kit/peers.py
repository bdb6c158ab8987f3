"""The other services, as the one that runs here sees them."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

from joserfc.jwk import ECKey
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import NoDecode

from kit.client import CallPolicy, ServiceClient
from kit.clock import utc_now
from kit.service_tokens import ServiceTokens, new_key_pair, only, private_key, public_key
from kit.settings import CommonSettings


def _split(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _known(keys: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    if not keys and info.data.get("environment") == "production":
        raise ValueError("must have that service's public key when ENVIRONMENT=production")
    for key in keys:
        public_key(key)
    return keys


# What a service that calls this one signs with, separated by commas. To change its key, both are
# here until it signs with the new one.
PublicKeys = Annotated[
    tuple[str, ...],
    NoDecode,
    BeforeValidator(_split),
    AfterValidator(_known),
    Field(validate_default=True),
]


class PeerSettings(CommonSettings):
    """What every service needs to call another one, or to be called.

    A service has a field `<name>_public_keys` for each that may call it.
    """

    # This service's own, and in no other one's environment.
    service_key: SecretStr = Field(default=SecretStr(""), validate_default=True)
    call_seconds: float = Field(default=4, gt=0)
    call_attempt_seconds: float = Field(default=2, gt=0)

    @field_validator("service_key")
    @classmethod
    def _own_key(cls, key: SecretStr, info: ValidationInfo) -> SecretStr:
        text = key.get_secret_value()
        if text:
            private_key(text)
        elif info.data.get("environment") == "production":
            raise ValueError(
                "must be this service's private key when ENVIRONMENT=production; make keys makes it"
            )
        return key

    @property
    def signing_key(self) -> ECKey:
        """The key; where none is set, outside of production, one that nobody else knows."""
        return private_key(self.service_key.get_secret_value() or new_key_pair()[0])


class Peers:
    """Makes the clients of the service `name`, and closes them together.

    `callers` are the public keys of the services that may call it.
    """

    def __init__(self, name: str, settings: PeerSettings, **callers: Sequence[str]) -> None:
        known = {caller: [public_key(key) for key in keys] for caller, keys in callers.items()}
        self._callers = frozenset(callers)
        self._tokens = ServiceTokens(name, settings.signing_key, known, utc_now)
        self._policy = CallPolicy(
            seconds=settings.call_seconds, attempt_seconds=settings.call_attempt_seconds
        )
        self._clients: list[ServiceClient] = []

    def client(self, name: str, url: str) -> ServiceClient:
        """A client of the service at this URL."""
        client = ServiceClient(name, url, self._tokens.sign, self._policy)
        self._clients.append(client)
        return client

    def only(self, *callers: str) -> Callable[..., Awaitable[str]]:
        """A FastAPI dependency, the caller's name, that lets these services in and nobody else.

        Raises ValueError for one whose public keys are not here.
        """
        if unknown := set(callers) - self._callers:
            raise ValueError(f"without their public keys nobody can know {sorted(unknown)}")
        return only(self._tokens, *callers)

    @property
    def closing(self) -> Sequence[Callable[[], Awaitable[None]]]:
        """What is to be awaited when the process ends."""
        return [client.close for client in self._clients]
