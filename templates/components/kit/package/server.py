"""The HTTP application around a composed process."""

import gc
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from datetime import timedelta

from fastapi import FastAPI

from kit import development, operations, problems
from kit.composition import Application
from kit.draining import Draining
from kit.limits import Limit, Limits
from kit.logs import configure_logging
from kit.metrics import Metrics
from kit.observation import observe
from kit.openapi import install_document
from kit.origins import Origins
from kit.preconditions import Preconditions
from kit.protocol import Protocol
from kit.requests import RequestContext
from kit.settings import CommonSettings, SettingsError
from kit.tracing import configure_tracing

_COLLECT_AFTER = 10_000
"""New objects that may hold others before the youngest are looked through; usual is 700."""


@contextmanager
def starting() -> Iterator[None]:
    """An environment that is wrong ends the process with what is wrong, and exit code 1."""
    try:
        yield
    except SettingsError as error:
        sys.exit(f"error: {error}")


def serve(application: Application, settings: CommonSettings, name: str) -> FastAPI:
    """The application of one process, to be run by an ASGI server."""
    configure_logging(settings.log_level, settings.log_format)
    metrics = Metrics()
    observe(application, metrics)
    production = settings.environment == "production"
    usual = 5.0 if production else 0.0
    draining = Draining(usual if settings.drain_seconds is None else settings.drain_seconds)
    preconditions = Preconditions(
        application.database,
        workers=settings.granian_workers,
        connections=application.connections_at_most,
        production=production,
    )
    checks = {**application.checks, "preconditions": preconditions.check}
    operators = operations.router(metrics, checks, lambda: draining.begun)
    routers = [*application.routers, operators]
    if settings.environment == "development":
        routers.append(development.router(settings.development_links))
    app = FastAPI(
        title=name.capitalize(),
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Flat: a router within the application would be matched before its routes are.
        routes=[route for router in routers for route in router.routes],
        lifespan=_lifespan(application, settings, name, draining, preconditions),
    )
    problems.install(app, application.statuses)
    install_document(app)
    _add_middleware(app, settings, metrics)
    return app


def spare_the_collector() -> None:
    """Collect what the start left, look at what stays no more, and at the rest less often.

    The imports' objects are many and live as long as the process. With the interpreter's own
    thresholds, collecting took a tenth of the time that an order takes.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, *gc.get_threshold()[1:])


def _add_middleware(app: FastAPI, settings: CommonSettings, metrics: Metrics) -> None:
    # The last one that is added is the outermost.
    limit = Limit(
        body_bytes=settings.max_body_bytes,
        seconds=settings.request_timeout_seconds,
        concurrent=settings.max_concurrent_requests,
    )
    app.add_middleware(Limits, limit=limit)
    app.add_middleware(Protocol)
    app.add_middleware(
        RequestContext,
        metrics=metrics,
        origins=Origins(settings.cors_origins),
        hsts=settings.environment == "production",
        edge=not settings.traces_follow_gateway,
    )


def _lifespan(
    application: Application,
    settings: CommonSettings,
    name: str,
    draining: Draining,
    preconditions: Preconditions,
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        endpoint = settings.otel_exporter_otlp_endpoint
        ratio = settings.traces_sample_ratio
        tracing = configure_tracing(name, endpoint, ratio) if endpoint else None
        for prepare in application.prepare:
            prepare()
        await preconditions.at_start()
        await application.database.open()
        application.background.start()
        spare_the_collector()
        draining.listen(application.background.stop_soon)
        try:
            yield
        finally:
            await application.background.stop(timedelta(seconds=settings.shutdown_timeout_seconds))
            for close in application.close:
                await close()
            await application.database.close()
            if tracing is not None:
                tracing.shutdown()

    return lifespan
