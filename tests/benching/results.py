"""Results of benches that nobody ran."""

from __future__ import annotations

from pathlib import Path

from blueprint_cli.benching.command import Result
from blueprint_cli.benching.effects import EventTime, Settled
from blueprint_cli.benching.hardware import Hardware
from blueprint_cli.benching.histogram import Histogram
from blueprint_cli.benching.observed import Observed, Outbox
from blueprint_cli.benching.operators import Backlog, Waiting
from blueprint_cli.benching.processes import processes
from blueprint_cli.benching.run import Bench, Route, Step
from blueprint_cli.benching.usage import Usage
from blueprint_cli.benching.verdict import verdict
from blueprint_cli.benching.watch import Sample
from blueprint_cli.spec.document import read_document
from blueprint_cli.spec.reading import validate

ROOT = Path(__file__).parents[2]
INVALID = "the generator was 22 ms late at one request in a hundred"
BEGAN = 1_800_000_000.0
SECONDS = 30
ROUTES = (
    Route("GET /v1/auth/me", 540, 2.1, 5.2, 9.9, 0, 0),
    Route("GET /v1/orders/{id}", 810, 3.4, 9.8, 18.2, 0, 0),
    Route("GET /v1/products", 790, 4.2, 12.4, 24.9, 1, 0),
    Route("POST /v1/orders", 460, 8.1, 21.7, 44.0, 0, 3),
)


def result(*, leak: float = 0.0, invalid: str = "") -> Result:
    """A bench of the shop: kept up with to 337 requests a second."""
    document = read_document(ROOT / "templates/examples/shop.yaml")
    known = {"blueprint": 1, "project": {"name": "shop"}, "pattern": "monolith"}
    spec = validate({**known, **document.data}, document)
    steps = tuple(
        _step(100 * 1.5**number, 14 * 1.6**number, BEGAN + SECONDS + 1 + 5 * (number - 1))
        for number in range(1, 5)
    )
    bench = Bench(_step(100, 14, BEGAN, SECONDS, invalid), (13.0, 14.0, 16.0), steps)
    samples = tuple(_sample(second, leak) for second in range(-5, SECONDS + 25))
    held = [one for one in samples if BEGAN <= one.at <= BEGAN + SECONDS]
    seen = Observed(
        processes(held),
        Outbox(0.42, 0.11, 0),
        (
            EventTime("orders.order-confirmed.v1", "notification order_confirmed", 457, 18, 61, 97),
            EventTime("orders.order-placed.v1", "consumer catalog", 460, 9, 31, 52),
        ),
        (Settled("orders", 460, 21, 74, 118, 0, by_itself=True),),
        samples,
    )
    machine = Hardware(2, 7.8, "A processor")
    return Result(spec, 2, 2, bench, verdict(bench, spec, cores=2, observed=seen), seen, machine)


def _step(rate: float, p95: float, began: float, seconds: float = 5, invalid: str = "") -> Step:
    histogram = Histogram()
    for number in range(100):
        histogram.record(p95 * (0.1 + number / 100))
    return Step(
        rate,
        seconds,
        round(rate * seconds),
        p95 / 4,
        p95,
        p95 * 2,
        0.04,
        3,
        invalid,
        keeps_up=p95 < 60,
        routes=ROUTES,
        histogram=histogram.encoded(),
        began=began,
    )


def _sample(second: int, leak: float) -> Sample:
    own = 70 + leak * (second + 5) / 60
    name = "granian app.server:create_app"
    load = second + 5 + max(0, second - SECONDS)
    return Sample(
        BEGAN + second,
        (
            Usage(name, 11, 0.31 * load, own + 40, own),
            Usage(name, 12, 0.29 * load, 110, 70),
            Usage("postgres", 13, 0.2 * load, 60, 12),
        ),
        Backlog((Waiting("orders.outbox", 2, 0.11 + second % 3 * 0.1),)),
    )
