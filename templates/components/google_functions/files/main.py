"""The application as functions: what Cloud Run starts, by functions-framework.

`http` answers requests, and works when Pub/Sub pushes; `event` works when Eventarc calls.
"""

import asyncio
import json
import os
import time
import urllib.request
from functools import cache
from typing import Any

import functions_framework.aio as functions
from cloudevents.http import CloudEvent
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.background import BackgroundTask
from starlette.convertors import CONVERTOR_TYPES
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from kit.instance import Instance

PUSHED = "/internal/google/push"
ISSUERS = ["https://accounts.google.com", "accounts.google.com"]
KEYS = os.environ.get("GOOGLE_KEYS", "https://www.googleapis.com/oauth2/v3/certs")
KEYS_SECONDS = 3600.0
# functions-framework's routes: of a path with a newline, too, the application says what it is.
CONVERTOR_TYPES["path"].regex = "(?s:.*)"


class Forwarded(Response):
    """The application's own answer to the request that the function got."""

    def __init__(self) -> None:
        self.background: BackgroundTask | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Without what functions-framework added to the scope, which is its own routing."""
        own = {"app", "endpoint", "path_params", "route", "router"}
        plain = {name: value for name, value in scope.items() if name not in own}
        await instance()(plain, receive, send)


class GoogleKeys:
    """The keys that Google signs identity tokens with, asked for again once they are old."""

    def __init__(self) -> None:
        self._keys: KeySet | None = None
        self._asked_at = float("-inf")

    async def current(self) -> KeySet:
        """Raises OSError where Google does not answer."""
        if self._keys is None or time.monotonic() - self._asked_at > KEYS_SECONDS:
            self._keys = KeySet.import_key_set(await asyncio.to_thread(self._ask))
            self._asked_at = time.monotonic()
        return self._keys

    @staticmethod
    def _ask() -> Any:
        with urllib.request.urlopen(KEYS, timeout=5) as answer:  # noqa: S310 - https
            return json.load(answer)


GOOGLE = GoogleKeys()


@cache
def instance() -> Instance:
    """Of this process."""
    return Instance(os.environ["COMPOSITION"], os.environ.get("K_SERVICE", "functions"))


@functions.http
async def http(request: Request) -> Response:
    """Every request to the service."""
    if request.url.path == PUSHED and "PUSH_ACCOUNT" in os.environ:
        return await pushed(request)
    return Forwarded()


@functions.cloud_event
async def event(_: CloudEvent) -> None:
    """What an Eventarc trigger of the topic brings; Cloud Run lets in nobody else."""
    if not await instance().work():
        raise RuntimeError("some work is left")  # so that it comes again


async def pushed(request: Request) -> Response:
    """A message of the topic: 204 once all is done, anything else has it pushed again."""
    if request.method != "POST":
        return Response(status_code=405)
    if not await is_ours(request.headers.get("authorization", "")):
        return Response(status_code=401)
    return Response(status_code=204 if await instance().work() else 503)


async def is_ours(authorization: str) -> bool:
    """Whether Google signed the token, for our account, and for this service alone."""
    kind, _, token = authorization.partition(" ")
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "values": ISSUERS},
        aud={"essential": True, "value": os.environ["PUSH_AUDIENCE"]},
        email={"essential": True, "value": os.environ["PUSH_ACCOUNT"]},
        email_verified={"essential": True, "value": True},
        exp={"essential": True},
    )
    try:
        claims = jwt.decode(token, await GOOGLE.current(), algorithms=["RS256"]).claims
        registry.validate(claims)
    except (JoseError, ValueError):
        return False
    return kind.lower() == "bearer"
