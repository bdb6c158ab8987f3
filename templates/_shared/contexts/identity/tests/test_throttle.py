from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.domain.throttle import Attempts, ThrottleRule, address_key, client_key
from tests.identity.builders import NOON

RULE = ThrottleRule(free=3, longest_delay=timedelta(minutes=1))


def failed(times: int) -> Attempts:
    attempts = Attempts(key="somebody")
    for _ in range(times):
        attempts.count(RULE, NOON)
    return attempts


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (2, 0), (3, 1), (4, 2), (5, 4), (8, 32), (9, 60), (999, 60)]
)
def test_the_delay_grows_up_to_the_longest(failures: int, seconds: int) -> None:
    assert failed(failures).wait(NOON) == timedelta(seconds=seconds)


def test_waiting_ends() -> None:
    assert failed(4).wait(NOON + timedelta(seconds=1)) == timedelta(seconds=1)
    assert not failed(4).wait(NOON + timedelta(seconds=2))


def test_old_failures_are_forgotten() -> None:
    attempts = failed(9)
    attempts.count(RULE, NOON + RULE.forgotten_after)
    assert attempts.failures == 1
    assert attempts.blocked_until is None


def test_an_attempt_given_back_leaves_no_trace_of_itself() -> None:
    attempts = failed(3)
    attempts.give_back(RULE)
    assert (attempts.failures, attempts.blocked_until) == (2, None)


def test_giving_one_back_does_not_lift_what_others_caused() -> None:
    attempts = failed(5)
    attempts.give_back(RULE)
    assert attempts.wait(NOON) > timedelta(0)


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=10**6), st.integers(min_value=1, max_value=10**4))
def test_no_number_of_failures_overflows(failures: int, free: int) -> None:
    assert ThrottleRule(free=free).delay(failures) <= ThrottleRule(free=free).longest_delay


def test_clients_are_told_apart() -> None:
    assert client_key("192.0.2.1") != client_key("192.0.2.2")
    assert client_key("::ffff:192.0.2.1") == client_key("192.0.2.1")
    assert client_key("2001:db8:1:2::1") == client_key("2001:db8:1:2:ffff::9")
    assert client_key("2001:db8:1:2::1") != client_key("2001:db8:1:3::1")
    assert client_key("unknown") == client_key("unknown")


def test_no_key_shows_whose_it_is() -> None:
    assert "ada" not in address_key("ada@example.com")
    assert "192" not in client_key("192.0.2.1").removeprefix("client:")[:3]
