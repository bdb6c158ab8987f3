"""The formulas against published values."""

import math

import pytest

from blueprint_cli.recommendation import queueing


def test_ten_services_at_three_nines() -> None:
    assert round(queueing.serial_availability([0.999] * 10) * 100, 2) == 99.00


def test_redundancy() -> None:
    assert queueing.redundant_availability(0.99, 2) == pytest.approx(0.9999)


def test_tail_of_a_fan_out() -> None:
    assert round(queueing.fan_out_slow(0.01, 100) * 100, 1) == 63.4


@pytest.mark.parametrize(
    ("servers", "offered", "waits"),
    [
        # Erlang C tables, four digits.
        (1, 0.5, 0.5),
        (2, 1.0, 1 / 3),
        (3, 2.0, 0.4444),
        (5, 3.0, 0.2362),
        (10, 8.0, 0.4092),
        (5, 4.0, 0.5541),
    ],
)
def test_erlang_c(servers: int, offered: float, waits: float) -> None:
    assert queueing.erlang_c(servers, offered) == pytest.approx(waits, abs=5e-5)


def test_erlang_c_at_its_edges() -> None:
    assert queueing.erlang_c(3, 0) == 0
    assert queueing.erlang_c(3, 3) == 1
    assert 0 < queueing.erlang_c(2000, 1950.0) < 1


def test_one_server_is_exponential() -> None:
    # In M/M/1 the time in the system is exponential with rate mu - lambda.
    assert queueing.slower_than(1, 50, 0.01, 0.1) == pytest.approx(math.exp(-50 * 0.1))


def test_where_both_rates_are_the_same() -> None:
    # c = 2, one server's worth of load: c*mu - lambda = mu.
    near = queueing.slower_than(2, 99.9999, 0.01, 0.03)
    assert queueing.slower_than(2, 100, 0.01, 0.03) == pytest.approx(near, rel=1e-3)


def test_the_fewest_servers() -> None:
    count = queueing.servers_for(500, 0.02, 0.1)
    assert count is not None
    assert queueing.slower_than(count, 500, 0.02, 0.1) <= 0.05
    assert queueing.slower_than(count - 1, 500, 0.02, 0.1) > 0.05


def test_no_number_of_servers_makes_the_work_itself_faster() -> None:
    assert queueing.servers_for(1, 0.1, 0.1) is None


def test_little() -> None:
    assert queueing.in_flight(100, 0.25) == 25


def test_scalability() -> None:
    assert queueing.scalability(1, 0.03, 0.0001) == 1
    most = queueing.most_useful_copies(0.03, 0.0001)
    assert most == pytest.approx(98.49, abs=0.01)
    at_most = queueing.scalability(most, 0.03, 0.0001)
    assert at_most > queueing.scalability(most * 1.5, 0.03, 0.0001)
    assert at_most > queueing.scalability(most / 1.5, 0.03, 0.0001)


def test_a_backlog_drains_only_where_there_is_capacity_to_spare() -> None:
    assert queueing.drain_seconds(3600, 20, 10) == 360
    assert queueing.drain_seconds(3600, 10, 10) is None
