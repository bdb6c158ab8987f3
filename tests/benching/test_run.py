"""Verdicts: a bench of a small server, its baseline, its promises."""

from __future__ import annotations

import asyncio
import itertools
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from blueprint_cli.benching.baseline import Baseline, Run, check_comparable, read, worse, write
from blueprint_cli.benching.hardware import Hardware, this_machine
from blueprint_cli.benching.load import Load, Measured, Request
from blueprint_cli.benching.plan import AROUND_SECONDS, check_budget, within
from blueprint_cli.benching.run import STEP_SECONDS, WARM_UP_SECONDS, Bench, bench
from blueprint_cli.benching.workload import how_it_ended
from blueprint_cli.errors import BaselineInvalid, Failed, UsageError
from blueprint_cli.spec.document import read_document
from blueprint_cli.spec.model import Slo, Spec
from blueprint_cli.spec.reading import validate
from tests.benching.servers import serving

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

EXAMPLES = Path(__file__).parents[2] / "templates/examples"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BROKEN = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
REFUSED = b"HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n"


def asking(method: str = "GET") -> Iterator[Request]:
    while True:
        wire = f"{method} / HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        yield Request(f"{method} /", wire, how_it_ended)


def benched(
    answer: Callable[[bytes], Awaitable[bytes]], method: str = "GET", *, p95_ms: float
) -> Bench:
    with serving(answer) as port:
        return asyncio.run(
            bench(
                Load("127.0.0.1", port),
                asking(method),
                Slo(throughput_rps=40, p95_ms=p95_ms),
                seconds=1.5,
                steps=0,
            )
        )


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blueprint_cli.benching.run.WARM_UP_SECONDS", 0.1)
    # What a loaded machine does to the generator is not what these are about.
    monkeypatch.setattr("blueprint_cli.benching.load.LATE_MS", 5_000.0)
    monkeypatch.setattr("blueprint_cli.benching.load.LEAST_OFFERED", 0.0)


def test_errors_are_found() -> None:
    count = itertools.count()

    async def answer(_head: bytes) -> bytes:
        return BROKEN if next(count) % 10 == 0 else OK

    step = benched(answer, p95_ms=5_000).at_slo
    assert 8 < step.error_percent < 12
    assert not step.keeps_up


def test_a_slow_answer_is_found() -> None:
    async def answer(_head: bytes) -> bytes:
        await asyncio.sleep(0.15)
        return OK

    found = benched(answer, p95_ms=100)
    assert found.at_slo.p95_ms > 140
    assert found.knee == 0
    assert len(found.rounds) == 3


def test_a_domain_that_refuses_what_is_made_makes_it_void() -> None:
    count = itertools.count()

    async def answer(_head: bytes) -> bytes:
        return REFUSED if next(count) % 4 == 0 else OK

    found = benched(answer, "POST", p95_ms=5_000)
    assert "the domain refused 2" in found.invalid
    assert found.at_slo.error_percent == 0


MACHINE = Hardware(2, 7.8, "A processor")
RUN = Run("shop", "monolith", 100.0, 2, "nginx")


def kept(p95_ms: tuple[float, ...], knee: float | None = 506.25) -> Baseline:
    return Baseline(MACHINE, RUN, p95_ms, knee)


@pytest.mark.parametrize(
    ("now", "found"), [((31.0, 30.0, 33.0), 0), ((36.0, 37.0, 35.0), 0), ((90.0, 80.0, 95.0), 1)]
)
def test_noise_is_not_worse_and_double_is(
    tmp_path: Path, now: tuple[float, ...], found: int
) -> None:
    file = tmp_path / "bench.json"
    file.write_text(write(kept((28.0, 30.0, 34.0))), encoding="utf-8")
    assert len(worse(kept(now), read(file))) == found


@pytest.mark.parametrize(
    ("before", "now", "names"),
    [
        (506.25, 506.25, []),
        (506.25, 759.375, []),
        (506.25, 337.5, []),  # noise moves it by a step
        (506.25, 225.0, ["knee"]),
        (506.25, 0.0, ["knee"]),
        (506.25, None, []),  # nobody looked
        (None, 100.0, []),
    ],
)
def test_a_knee_that_is_more_than_a_step_lower_is_worse(
    before: float | None, now: float | None, names: list[str]
) -> None:
    p95 = (30.0, 31.0, 32.0)
    assert [one.name for one in worse(kept(p95, now), kept(p95, before))] == names


@pytest.mark.parametrize(
    ("machine", "comparable"),
    [
        (MACHINE, True),
        (replace(MACHINE, memory_gib=7.7), True),
        (replace(MACHINE, memory_gib=15.6), False),
        (replace(MACHINE, cores=4), False),
        (replace(MACHINE, model="Another processor"), False),
    ],
)
def test_a_baseline_of_another_machine_is_refused(machine: Hardware, *, comparable: bool) -> None:
    if comparable:
        check_comparable(kept((30.0,)), machine, RUN)
        return
    with pytest.raises(BaselineInvalid, match="of another machine: 2 cores of A processor"):
        check_comparable(kept((30.0,)), machine, RUN)


@pytest.mark.parametrize(
    "now",
    [
        replace(RUN, project="till"),
        replace(RUN, pattern="microservices"),
        replace(RUN, rate=200.0),
        replace(RUN, workers=4),
        replace(RUN, gateway=""),
        replace(RUN, url="http://127.0.0.1:8000"),
    ],
    ids=str,
)
def test_a_baseline_of_another_run_is_refused(now: Run) -> None:
    earlier = "another run: shop, monolith, 100 requests/s, 2 workers behind nginx; this is"
    with pytest.raises(BaselineInvalid, match=earlier):
        check_comparable(kept((30.0,)), MACHINE, now)


def test_this_machine_has_cores_and_a_name() -> None:
    found = this_machine()
    assert found.cores > 0
    assert found.model


def test_a_rate_at_which_nothing_was_due_is_worth_nothing() -> None:
    assert Measured(offered=0.2).invalid == (
        "no request was due, at 0.2 requests/s: hold that rate for longer"
    )


@pytest.mark.parametrize(("minutes", "spent"), [(2, 20), (5, 20), (1.5, 10), (30, 60)])
def test_a_bench_fits_into_its_budget(minutes: float, spent: float) -> None:
    plan = within(minutes, spent=spent, climb=True)
    beyond = plan.steps * (STEP_SECONDS + 0.5)
    whole = spent + WARM_UP_SECONDS + plan.seconds + beyond + AROUND_SECONDS
    assert whole == pytest.approx(60 * minutes)
    assert plan.seconds >= 9
    assert within(minutes, spent=spent, climb=False).steps == 0


def spec_of(example: str, pattern: str) -> Spec:
    document = read_document(EXAMPLES / f"{example}.yaml")
    known = {"blueprint": 1, "project": {"name": "it"}, "pattern": pattern}
    return validate({**known, **document.data}, document)


@pytest.mark.parametrize(
    ("example", "pattern", "started", "least"),
    [
        ("clinic", "monolith", True, 0.7),
        ("clinic", "event-driven", True, 0.8),
        ("shop", "microservices", False, 0.5),
    ],
)
def test_a_budget_that_is_too_small_is_refused_before_anything_starts(
    example: str, pattern: str, *, started: bool, least: float
) -> None:
    spec = spec_of(example, pattern)
    with pytest.raises(UsageError, match=f"takes {least:g} min at least"):
        check_budget(least - 0.1, spec, started=started)
    check_budget(least, spec, started=started)


def test_a_budget_that_a_slow_start_used_up_is_said_then() -> None:
    with pytest.raises(Failed, match="30 s of them to start the project"):
        within(0.6, spent=30, climb=True)


KEPT: dict[str, object] = json.loads(write(kept((30.0,))))
WRONG: tuple[dict[str, object], ...] = (
    {"p95_ms": "12"},
    {"p95_ms": [math.nan]},
    {"p95_ms": [-1.0]},
    {"p95_ms": [10**400]},
    {"knee": "fast"},
    {"of": []},
    {"machine": {}},
    {"format": 9},
)


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "[" * 100_000, *(json.dumps(KEPT | wrong) for wrong in WRONG)],
    ids=range(4 + len(WRONG)),
)
def test_what_is_no_baseline_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "bench.json"
    with pytest.raises(BaselineInvalid, match="cannot be read"):
        read(file)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BaselineInvalid, match="no baseline"):
        read(file)
