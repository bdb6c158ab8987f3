"""An edge in front: what it may keep of this process's answers, and what it has to forget.

An edge keeps what carries CDN-Cache-Control (RFC 9213), and removes what carries a Surrogate-Key
that it is told. Both are put here on the answers that anyone may read, and on nothing else: not on
an answer to somebody who shows who they are, nor on one that a route calls private or not stored.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Annotated, Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener
from uuid import UUID

from fastapi import FastAPI
from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import NoDecode
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.bus import Bus
from kit.messages import ContractEvent
from kit.settings import CommonSettings

CONSUMER = "edge"
_ROW = "/{id}"
_KEPT = frozenset({200, 304})
_CREDENTIALS = frozenset({b"authorization", b"cookie"})
_NOT_SHARED = (b"private", b"no-store")
_REVALIDATE_SECONDS = 10
_SECONDS = 2.0
# A header of 8 KiB holds twice as many.
_KEYS_AT_ONCE = 40
_open = build_opener(ProxyHandler({})).open


class EdgeSettings(CommonSettings):
    """What a process reads that answers through an edge."""

    # Where each edge takes PURGE, separated by commas; without them answers last EDGE_SECONDS.
    edge_urls: Annotated[tuple[str, ...], NoDecode] = ()
    edge_purge_token: SecretStr = Field(default=SecretStr(""), validate_default=True)
    # How long an edge keeps what events change, should a purge be lost. 0: it keeps nothing.
    edge_seconds: int = Field(default=60, ge=0, le=86_400)
    # How long it goes on with what is old where nobody answers.
    edge_stale_seconds: int = Field(default=3_600, ge=0, le=604_800)

    @field_validator("edge_urls", mode="before")
    @classmethod
    def _split_urls(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    @field_validator("edge_urls")
    @classmethod
    def _addresses(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        for url in urls:
            parts = urlsplit(url)
            if parts.scheme not in {"http", "https"} or not parts.netloc:
                raise ValueError("each must be an address such as http://edge:8081")
        return urls

    @field_validator("edge_purge_token")
    @classmethod
    def _token_for_edges(cls, token: SecretStr, info: ValidationInfo) -> SecretStr:
        if info.data.get("edge_urls") and not token.get_secret_value():
            raise ValueError("must be the edges' own where EDGE_URLS names some")
        return token


class EdgeHeaders:
    """Says what of the answers an edge may keep, how long, and by which keys it is to forget it.

    `public` are paths of routes, each with the seconds that its answers last at most; rows are at
    the identifiers below. The keys of a list are its path, those of a row its own, and both have
    the path's with `/*`, for everything there.
    """

    def __init__(
        self, app: ASGIApp, public: Mapping[str, int | None], settings: EdgeSettings
    ) -> None:
        self._app = app
        self._lifetimes = (
            {path: _lifetime(settings, most) for path, most in public.items()}
            if settings.edge_seconds
            else {}
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; what is not a read of somebody unknown passes."""
        if (
            scope["type"] != "http"
            or scope["method"] not in {"GET", "HEAD"}
            or any(name in _CREDENTIALS for name, _ in scope["headers"])
        ):
            await self._app(scope, receive, send)
            return

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in _KEPT:
                message = {**message, "headers": self._marked(scope, message["headers"])}
            await send(message)

        await self._app(scope, receive, send_marked)

    def _marked(
        self, scope: Scope, headers: Sequence[tuple[bytes, bytes]]
    ) -> Sequence[tuple[bytes, bytes]]:
        path = getattr(scope.get("route"), "path", "")
        collection = path.removesuffix(_ROW)
        lifetime = self._lifetimes.get(collection)
        if lifetime is None or not _is_shared(headers):
            return headers
        place = collection if path == collection else _row(collection, scope)
        return [
            *headers,
            (b"cdn-cache-control", lifetime),
            (b"surrogate-key", f"{place} {collection}/*".encode()),
        ]


def add_edge(app: FastAPI, public: Mapping[str, int | None], settings: EdgeSettings) -> FastAPI:
    """Outermost: what an edge keeps is what leaves the process."""
    app.add_middleware(EdgeHeaders, public=public, settings=settings)
    return app


class PurgeError(Exception):
    """An edge did not forget what it was told to; the event comes again."""


class Edges:
    """Every edge, told what to forget."""

    def __init__(self, settings: EdgeSettings) -> None:
        self._urls = settings.edge_urls
        self._token = settings.edge_purge_token

    def purge_on(self, bus: Bus, events: Mapping[type[ContractEvent], str]) -> None:
        """Forget, with each of these events, its row and the lists at the path it stands with."""
        for event, path in events.items() if self._urls else ():
            bus.subscribe(CONSUMER, event, self._handler(path))

    async def purge(self, keys: Collection[str]) -> None:
        """Remove from every edge what has one of the keys; raises PurgeError."""
        wanted = list(keys)
        for begin in range(0, len(wanted), _KEYS_AT_ONCE):
            told = " ".join(wanted[begin : begin + _KEYS_AT_ONCE])
            calls = (asyncio.to_thread(self._tell, url, told) for url in self._urls)
            failed = [error for error in await asyncio.gather(*calls) if error]
            if failed:
                raise PurgeError("; ".join(failed))

    def _handler(self, path: str) -> Callable[[Sequence[Any]], Awaitable[None]]:
        async def purge(events: Sequence[Any]) -> None:
            await self.purge(dict.fromkeys([path, *(f"{path}/{event.id}" for event in events)]))

        return purge

    def _tell(self, url: str, keys: str) -> str:
        """What went wrong; empty where nothing did."""
        headers = {
            "Authorization": f"Bearer {self._token.get_secret_value()}",
            "Surrogate-Key": keys,
        }
        request = Request(url, headers=headers, method="PURGE")  # noqa: S310 - checked by the settings
        try:
            with _open(request, timeout=_SECONDS):
                return ""
        except (URLError, OSError) as error:
            return f"{url}: {error}"


def _lifetime(settings: EdgeSettings, most: int | None) -> bytes:
    fresh = min(settings.edge_seconds, most or settings.edge_seconds)
    revalidate = min(fresh, _REVALIDATE_SECONDS)
    stale = settings.edge_stale_seconds
    return f"max-age={fresh}, stale-while-revalidate={revalidate}, stale-if-error={stale}".encode()


def _is_shared(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    said = [value for name, value in headers if name == b"cache-control"]
    return (
        bool(said)
        and not any(word in value for value in said for word in _NOT_SHARED)
        and all(name != b"set-cookie" for name, _ in headers)
    )


def _row(collection: str, scope: Scope) -> str:
    """As events name it, however the path spells the identifier."""
    return f"{collection}/{UUID(scope['path_params']['id'])}"
