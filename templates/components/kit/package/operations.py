"""The operators' endpoints: on every process, never through the gateway."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.responses import Response

from kit.http import json_response
from kit.logs import describe
from kit.metrics import Metrics

Check = Callable[[], Awaitable[None]]

_CHECK_SECONDS = 3


def router(
    metrics: Metrics, checks: Mapping[str, Check], draining: Callable[[], bool] = lambda: False
) -> APIRouter:
    """`/livez`, `/readyz` and `/metrics`; a check raises when what it looks at is not ready.

    Nothing is looked at while the process is `draining`: it is not ready, whatever the rest says.
    """
    routes = APIRouter(include_in_schema=False)

    @routes.get("/livez")
    async def livez() -> Response:
        return json_response({"status": "ok"})

    @routes.get("/readyz")
    async def readyz() -> Response:
        if draining():
            return json_response({"status": "draining"}, 503)
        outcomes = await asyncio.gather(*(_outcome(check) for check in checks.values()))
        found = dict(zip(checks, outcomes, strict=True))
        ready = all(outcome == "ok" for outcome in outcomes)
        status = "ok" if ready else "unavailable"
        return json_response({"status": status, "checks": found}, 200 if ready else 503)

    @routes.get("/metrics")
    async def scrape() -> Response:
        return Response(await metrics.render(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return routes


async def _outcome(check: Check) -> str:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            await check()
    except Exception as error:  # noqa: BLE001 - whatever it is, we are not ready
        return describe(error)
    return "ok"
