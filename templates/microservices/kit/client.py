"""Calls to another service: in time, repeated where that is safe, given up where it is hopeless.

From the outside in: a deadline for the call with all its attempts; a bulkhead, so that a slow
service cannot take every worker of this one; retries with jitter, of idempotent calls only; a
circuit breaker, which answers for a service that fails again and again. What is repeated and counts
is a connection that failed, a 502 and a timeout: an answer such as 503 is one, and is handed on.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import anyio
import httpx
import msgspec
import stamina
import structlog
from opentelemetry.trace import SpanKind
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState

from kit import deadline
from kit.logs import describe
from kit.tracing import outgoing_headers, span

_log = structlog.get_logger()

_IDEMPOTENT = frozenset({"GET", "PUT", "DELETE"})


class CallError(Exception):
    """The other service was not reached, or did not answer as it should."""


class CallFailed(CallError):  # noqa: N818 - what happened, beside what was refused
    """No answer, or one that says to try again: a later call may succeed."""


class _CircuitOpen(CallFailed):
    """It was not sent, and is not worth a repetition within this call."""


class _NotNow(CallFailed):
    """The service is there, and will not: asking again at once would add to its load."""


class CallRefused(CallError):  # noqa: N818 - what happened, beside what failed
    """The service says that the call itself is wrong; `status` is its HTTP status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class CallPolicy:
    """`seconds` for a call with all its attempts, `attempt_seconds` for each of them.

    `failures` in a row open the circuit for `open_seconds`; `concurrent` calls at once may wait.
    """

    seconds: float = 4.0
    attempt_seconds: float = 2.0
    attempts: int = 3
    failures: int = 5
    open_seconds: float = 5.0
    concurrent: int = 32


class ServiceClient:
    """One service as its consumer calls it; `sign` gives the token that it asks for."""

    def __init__(
        self,
        name: str,
        base_url: str,
        sign: Callable[[str], str],
        policy: CallPolicy | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.name = name
        self._policy = policy or CallPolicy()
        self._sign = sign
        # They would write a line for each repetition; ours is one for a call.
        stamina.instrumentation.set_on_retry_hooks(())
        self._http = httpx.AsyncClient(
            base_url=base_url,
            timeout=None,  # noqa: S113 - each attempt is timed as a whole
            limits=httpx.Limits(max_connections=self._policy.concurrent),
            trust_env=False,
            transport=transport,
        )
        self._bulkhead = anyio.CapacityLimiter(self._policy.concurrent)
        self._breakers = AsyncCircuitBreakerFactory(
            default_threshold=self._policy.failures,
            default_ttl=self._policy.open_seconds,
            exclude=[CallRefused, _NotNow],
        )

    @property
    def concurrent(self) -> int:
        """How many calls may wait for an answer at once; one more fails."""
        return self._policy.concurrent

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def published_keys(self) -> dict[str, Any]:
        """Identity's JWK set."""
        found: dict[str, Any] = await self.call("GET", "/.well-known/jwks.json")
        return found

    async def call(self, method: str, path: str, body: object = None) -> Any:
        """The answer's document, None where it has none; raises CallFailed, CallRefused.

        GET, PUT and DELETE are repeated, so their handlers must bear that; POST never is.
        """
        caller = object()  # the limiter counts borrowers: one task may make several calls at once
        try:
            self._bulkhead.acquire_on_behalf_of_nowait(caller)
        except anyio.WouldBlock:
            raise CallFailed(f"{self.name}: too many calls at once") from None
        try:
            async with deadline.within(self._policy.seconds):
                return await self._attempts(method, path, body)
        except TimeoutError:
            raise CallFailed(f"{self.name}: no answer in time") from None
        finally:
            self._bulkhead.release_on_behalf_of(caller)

    async def _attempts(self, method: str, path: str, body: object) -> Any:
        number, failed = 0, ""
        try:
            async for attempt in stamina.retry_context(
                on=_worth_repeating,
                attempts=self._policy.attempts if method in _IDEMPOTENT else 1,
                timeout=None,
                wait_initial=0.05,
                wait_max=0.5,
                wait_jitter=0.1,
            ):
                with attempt:
                    number = attempt.num
                    try:
                        return await self._attempt(method, path, body)
                    except CallFailed as error:
                        failed = describe(error)
                        raise
            raise AssertionError("stamina raises the last error")
        finally:
            if number > 1:
                _log.warning(
                    "call repeated", service=self.name, method=method, attempts=number, error=failed
                )

    async def _attempt(self, method: str, path: str, body: object) -> Any:
        breaker = await self._breakers.get_breaker(self.name)
        try:
            async with breaker:
                return await self._send(method, path, body)
        except OpenedState:
            raise _CircuitOpen(f"{self.name}: does not answer, not asked again for now") from None

    async def _send(self, method: str, path: str, body: object) -> Any:
        left = deadline.remaining(self._policy.attempt_seconds)
        with span(f"{method} {self.name}", SpanKind.CLIENT) as current:
            headers = {
                "authorization": f"Bearer {self._sign(self.name)}",
                deadline.HEADER: f"{left:.3f}",
                **outgoing_headers(),
            }
            if request_id := structlog.contextvars.get_contextvars().get("request_id"):
                headers["x-request-id"] = request_id
            content = None
            if body is not None:
                content = msgspec.json.encode(body)
                headers["content-type"] = "application/json"
            try:
                async with asyncio.timeout(left):
                    answer = await self._http.request(
                        method, path, content=content, headers=headers
                    )
            except (httpx.TransportError, TimeoutError) as error:
                raise CallFailed(f"{self.name}: {type(error).__name__}") from error
            current.set_attribute("http.response.status_code", answer.status_code)
            return self._document(answer)

    def _document(self, answer: httpx.Response) -> Any:
        status = answer.status_code
        if status == HTTPStatus.BAD_GATEWAY:
            raise CallFailed(f"{self.name}: answered {status}")
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _NotNow(f"{self.name}: answered {status}")
        if status >= HTTPStatus.BAD_REQUEST:
            raise CallRefused(f"{self.name}: answered {status}", status)
        return answer.json() if answer.content else None


def _worth_repeating(error: Exception) -> bool:
    return isinstance(error, CallFailed) and not isinstance(error, (_CircuitOpen, _NotNow))
