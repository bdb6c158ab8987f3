"""The other services, as the one that runs here sees them."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from kit.client import CallPolicy, ServiceClient
from kit.clock import utc_now
from kit.service_tokens import ServiceTokens, only
from kit.settings import CommonSettings

_SHORTEST_SECRET = 32


class PeerSettings(CommonSettings):
    """What every service needs to call another one, or to be called."""

    # Separated by commas: the first signs, all verify. To rotate, put the new one second in every
    # service, then first, then take the old one out.
    service_token_secrets: Annotated[tuple[str, ...], NoDecode] = Field(repr=False)
    call_seconds: float = Field(default=4, gt=0)
    call_attempt_seconds: float = Field(default=2, gt=0)

    @field_validator("service_token_secrets", mode="before")
    @classmethod
    def _each_secret(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    @field_validator("service_token_secrets")
    @classmethod
    def _long_enough(cls, secrets: tuple[str, ...]) -> tuple[str, ...]:
        if not secrets or any(len(secret) < _SHORTEST_SECRET for secret in secrets):
            raise ValueError(f"each must have at least {_SHORTEST_SECRET} characters")
        return secrets


class Peers:
    """Makes the clients of the service `name`, and closes them together."""

    def __init__(self, name: str, settings: PeerSettings) -> None:
        self._tokens = ServiceTokens(name, settings.service_token_secrets, utc_now)
        self._policy = CallPolicy(
            seconds=settings.call_seconds, attempt_seconds=settings.call_attempt_seconds
        )
        self._clients: list[ServiceClient] = []

    def client(self, name: str, url: str) -> ServiceClient:
        """A client of the service at this URL."""
        client = ServiceClient(name, url, self._tokens.sign, self._policy)
        self._clients.append(client)
        return client

    def only(self, *callers: str) -> Callable[..., object]:
        """A FastAPI dependency that lets these services in, and nobody else."""
        return only(self._tokens, *callers)

    @property
    def closing(self) -> Sequence[Callable[[], Awaitable[None]]]:
        """What is to be awaited when the process ends."""
        return [client.close for client in self._clients]
