"""The HTTP application around a composed process."""

import asyncio
import gc
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from datetime import timedelta

import structlog
from fastapi import FastAPI

from kit import operations, problems
from kit.composition import Application
from kit.limits import Limit, Limits
from kit.logs import configure_logging
from kit.metrics import Metrics
from kit.openapi import install_document, pages
from kit.protocol import Protocol
from kit.requests import Origins, RequestContext
from kit.settings import CommonSettings, SettingsError
from kit.tracing import configure_tracing

_log = structlog.get_logger()
_COLLECT_AFTER = 10_000
"""New objects that may hold others before the youngest are looked through; usual is 700."""


class Draining:
    """From SIGTERM on the process serves as before for `seconds`, but says that it is not ready.

    Then `closing` is called, and the server gets SIGINT, which ends servers as SIGTERM does: it
    takes no more connections and answers what it has begun. SIGINT itself, and a second SIGTERM,
    shorten all this.
    """

    def __init__(self, seconds: float) -> None:
        self.begun = False
        self._seconds = seconds
        self._closing: Callable[[], None] | None = None

    def listen(self, closing: Callable[[], None]) -> None:
        """Take SIGTERM over from the server, in a running event loop."""
        self._closing = closing
        if self._seconds > 0:
            # In another thread than the main one there are no signals: a test.
            with suppress(ValueError, RuntimeError, NotImplementedError):
                asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._begin)

    def _begin(self) -> None:
        if self.begun:
            self._end()
            return
        self.begun = True
        _log.info("draining", seconds=self._seconds)
        asyncio.get_running_loop().call_later(self._seconds, self._end)

    def _end(self) -> None:
        closing, self._closing = self._closing, None
        if closing is not None:
            closing()
            signal.raise_signal(signal.SIGINT)


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
    operations.observe(application, metrics)
    production = settings.environment == "production"
    usual = 5.0 if production else 0.0
    draining = Draining(usual if settings.drain_seconds is None else settings.drain_seconds)
    preconditions = operations.Preconditions(
        application.database,
        workers=settings.granian_workers,
        connections=application.connections_at_most,
        production=production,
    )
    checks = {**application.checks, "preconditions": preconditions.check}
    operators = operations.router(metrics, checks, lambda: draining.begun)
    routers = [*application.routers, operators]
    if settings.environment == "development":
        routers.append(pages(settings.development_links))
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
    preconditions: operations.Preconditions,
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
