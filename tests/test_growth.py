"""Memory that grows without end is told from what fills once, jumps once, or is noise."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

import pytest

from blueprint_cli.benching.processes import processes
from blueprint_cli.benching.usage import Usage
from blueprint_cli.benching.watch import Sample
from blueprint_cli.growth import grows, least_slope, slope

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 60


def noise(seed: int) -> Callable[[], float]:
    draw = random.Random(seed)  # noqa: S311 - the same in every run
    return lambda: draw.gauss(0, 0.4)


def samples(own: Callable[[int], float], seconds: int = SECONDS) -> list[Sample]:
    """A worker whose memory is as it is told, beside one whose memory stays."""
    return [
        Sample(
            1000.0 + second,
            (
                Usage("granian app", 7, second * 0.5, own(second) + 30, own(second)),
                Usage("granian app", 8, second * 0.25, 90, 60),
                Usage("postgres", 9, 0, 40, 5),
            ),
            None,
        )
        for second in range(seconds + 1)
    ]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("a_minute", "seconds"), [(12, 60), (30, 60), (10, 90), (40, 30)])
def test_a_leak_is_found(seed: int, a_minute: float, seconds: int) -> None:
    wild = noise(seed)
    worker, *_ = processes(samples(lambda at: 80 + a_minute * at / 60 + wild(), seconds))
    assert worker.leaks
    assert worker.name == "granian app"
    assert worker.memory_slope_mb_per_minute == pytest.approx(a_minute, rel=0.15)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("jump", [12, 15, 18, 22, 26])
def test_a_leak_is_found_where_a_pool_grows_once_as_well(seed: int, jump: int) -> None:
    wild = noise(seed)
    worker, *_ = processes(samples(lambda at: 80 + 50 * at / 60 + 25 * (at > jump) + wild(), 30))
    assert worker.leaks


SHAPES: dict[str, Callable[[int], float]] = {
    "stays": lambda _: 80,
    "fills": lambda at: 80 + 30 * (1 - math.exp(-at / 10)),
    "jumps once": lambda at: 80 + 25 * (at > 20),
    "is freed again": lambda at: 80 + 12 * (at % 7) / 7,
    "shrinks": lambda at: 80 - at / 10,
    "creeps": lambda at: 80 + 2 * at / 60,
}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seconds", [30, 60, 120])
def test_what_is_no_leak_is_none(shape: str, seed: int, seconds: int) -> None:
    wild = noise(seed)
    assert not any(
        one.leaks for one in processes(samples(lambda at: SHAPES[shape](at) + wild(), seconds))
    )


def test_a_connection_that_is_opened_is_no_leak() -> None:
    more = [
        Sample(
            one.at,
            (*one.usage, *(Usage("postgres", 100 + at, 0, 30, 9) for at in range(place))),
            None,
        )
        for place, one in enumerate(samples(lambda _: 80))
    ]
    postgres = next(one for one in processes(more) if one.name == "postgres")
    assert (postgres.count, postgres.memory_slope_mb_per_minute) == (SECONDS + 1, 0)
    assert not postgres.leaks


def test_what_each_name_used_is_of_the_time_between() -> None:
    worker, postgres = processes(samples(lambda _: 80))
    assert (worker.count, worker.cpu_percent, worker.memory_mb) == (2, 75.0, 200.0)
    assert (postgres.name, postgres.cpu_percent) == ("postgres", 0.0)
    assert processes([]) == ()


def test_a_few_wild_points_do_not_move_a_line() -> None:
    points = [(float(at), 2.0 * at + (500 if at % 9 == 0 else 0)) for at in range(60)]
    assert slope(points) == pytest.approx(2.0, abs=0.4)
    assert least_slope(points[:5]) == 0
    assert not grows(points[:5], 0.1)
