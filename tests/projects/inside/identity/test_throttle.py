from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.domain.throttle import (
    CLOCK_SKEW,
    Attempts,
    ThrottleRule,
    ThrottleRules,
    address_key,
    client_key,
)
from tests.identity.builders import NOON

RULE = ThrottleRule(free=3, longest_delay=timedelta(minutes=1))
RULES = ThrottleRules()
DAY = timedelta(days=1)


def failed(times: int) -> Attempts:
    attempts = Attempts(key="somebody")
    for _ in range(times):
        attempts.count(RULE, NOON)
    return attempts


def guesses(rule: ThrottleRule, duration: timedelta) -> int:
    """How often somebody guesses who does so whenever it is allowed."""
    attempts, now, made = Attempts(key="guessed at"), NOON, 0
    while now < NOON + duration:
        attempts.count(rule, now)
        made += 1
        now += attempts.wait(rule, now)
    return made


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (2, 0), (3, 1), (4, 2), (5, 4), (8, 32), (9, 60), (999, 60)]
)
def test_the_delay_grows_up_to_the_longest(failures: int, seconds: int) -> None:
    assert failed(failures).wait(RULE, NOON) == timedelta(seconds=seconds)


def test_waiting_ends() -> None:
    assert failed(4).wait(RULE, NOON + timedelta(seconds=1)) == timedelta(seconds=1)
    assert not failed(4).wait(RULE, NOON + timedelta(seconds=2))


def test_failures_are_forgotten_one_by_one() -> None:
    attempts = failed(3)
    left = [
        attempts.failures(RULE, NOON + RULE.longest_delay * minutes) for minutes in (0, 0.9, 1, 2)
    ]
    assert left == [3, 3, 2, 1]
    assert attempts.failures(RULE, NOON + RULE.longest_delay * 9) == 0


def test_failures_are_forgotten_while_others_follow() -> None:
    attempts = Attempts(key="a busy office")
    for number in range(1000):
        attempts.count(RULE, NOON + RULE.longest_delay * number)
        assert attempts.failures(RULE, NOON + RULE.longest_delay * number) == 1


def test_quiet_time_is_not_saved_up() -> None:
    attempts = failed(1)
    for _ in range(RULE.free):
        attempts.count(RULE, NOON + DAY)
    assert attempts.wait(RULE, NOON + DAY) == RULE.first_delay


@pytest.mark.parametrize("failures", range(12))
def test_an_attempt_given_back_leaves_no_trace_of_itself(failures: int) -> None:
    attempts = failed(failures)
    now = NOON + attempts.wait(RULE, NOON)
    before = attempts.failures(RULE, now)
    attempts.count(RULE, now)
    attempts.give_back(RULE, now)
    assert attempts.failures(RULE, now) == before
    assert not attempts.wait(RULE, now)


def test_giving_one_back_does_not_lift_what_others_caused() -> None:
    attempts = failed(2)
    later = NOON + timedelta(seconds=1)
    attempts.count(RULE, later)
    attempts.count(RULE, later + timedelta(seconds=1))
    attempts.give_back(RULE, later)
    assert attempts.wait(RULE, later + timedelta(seconds=1)) == timedelta(seconds=1)


def test_all_that_cross_can_be_given_back() -> None:
    attempts = failed(3)
    first, second = NOON + timedelta(seconds=1), NOON + timedelta(seconds=3)
    for given_back in ((first, second), (second, first)):
        attempts.count(RULE, first)
        attempts.count(RULE, second)
        for counted_at in given_back:
            attempts.give_back(RULE, counted_at)
        assert not attempts.wait(RULE, second)
        assert attempts.failures(RULE, second) == 3


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(min_value=0, max_value=10**8), st.booleans()), max_size=60))
def test_right_passwords_change_nothing(logins: list[tuple[int, bool]]) -> None:
    """Somebody types right and wrong passwords; a twin only the wrong ones, at the same times."""
    somebody, twin, now = Attempts(key="somebody"), Attempts(key="twin"), NOON
    for microseconds, right in logins:
        now += timedelta(microseconds=microseconds)
        assert somebody.wait(RULE, now) == twin.wait(RULE, now)
        if somebody.wait(RULE, now):
            continue
        somebody.count(RULE, now)
        if right:
            somebody.give_back(RULE, now)
        else:
            twin.count(RULE, now)
        assert somebody.failures(RULE, now) == twin.failures(RULE, now)


def test_an_office_is_never_refused_a_right_password() -> None:
    """A hundred right logins and two wrong ones a day, all from one address."""
    office, worst = Attempts(key="office"), timedelta(0)
    for day in range(60):
        for number in range(102):
            now = NOON + timedelta(days=day, minutes=4 * number)
            worst = max(worst, office.wait(RULES.client, now))
            office.count(RULES.client, now)
            if number not in (10, 50):
                office.give_back(RULES.client, now)
    assert worst == timedelta(0)


def test_an_attacker_guesses_so_often_and_no_more() -> None:
    hour = timedelta(hours=1)
    assert guesses(RULES.address, hour) == 18
    assert guesses(RULES.address, DAY) == 110
    assert guesses(RULES.address, 30 * DAY) - guesses(RULES.address, 29 * DAY) == 96
    assert guesses(RULES.client, DAY) == 1495


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(min_value=0, max_value=3600), min_size=1, max_size=20))
def test_no_pattern_of_guesses_gets_more(pauses: list[int]) -> None:
    """The pauses in seconds, again and again, longer where the rule makes the attacker wait."""
    attempts, now, made = Attempts(key="guessed at"), NOON, 0
    for number in range(150):
        now += timedelta(seconds=pauses[number % len(pauses)])
        now += attempts.wait(RULES.address, now)
        if now >= NOON + DAY:
            break
        attempts.count(RULES.address, now)
        made += 1
        assert attempts.wait(RULES.address, now) <= timedelta(minutes=15)
    assert made <= 111


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=10**6), st.integers(min_value=1, max_value=10**4))
def test_no_number_of_failures_overflows(failures: int, free: int) -> None:
    assert ThrottleRule(free=free).delay(failures) <= ThrottleRule(free=free).longest_delay


@pytest.mark.parametrize("hours", [1, 24, 24 * 365])
@pytest.mark.parametrize("given_back", [False, True])
def test_who_waits_waits_no_longer_when_the_clock_steps_back(hours: int, given_back: bool) -> None:
    attempts = Attempts(key="somebody")
    for _ in range(4):
        attempts.follow(NOON)
        attempts.count(RULE, NOON)
    if given_back:
        attempts.give_back(RULE, NOON)
    failures, wait = attempts.failures(RULE, NOON), attempts.wait(RULE, NOON)
    now = NOON - timedelta(hours=hours)
    attempts.follow(now)
    assert (attempts.failures(RULE, now), attempts.wait(RULE, now)) == (failures, wait)
    now += wait
    attempts.follow(now)
    assert not attempts.wait(RULE, now)


def test_clocks_that_differ_a_little_give_nobody_more_guesses() -> None:
    """Who tries at two processes in turn, one of them behind, forgets and waits no faster."""
    attempts = Attempts(key="guessed at")
    for _ in range(5):
        attempts.follow(NOON)
        attempts.count(RULE, NOON)
    until = attempts.forgotten_at
    for _ in range(100):
        attempts.follow(NOON - CLOCK_SKEW)
        attempts.follow(NOON)
    assert attempts.forgotten_at == until
    assert attempts.wait(RULE, NOON - CLOCK_SKEW) == attempts.wait(RULE, NOON)


def test_who_may_come_at_once_does_not_wait_for_another_clock() -> None:
    attempts = failed(RULE.free - 1)
    assert not attempts.wait(RULE, NOON - CLOCK_SKEW)


def test_clients_are_told_apart() -> None:
    assert client_key("192.0.2.1") != client_key("192.0.2.2")
    assert client_key("::ffff:192.0.2.1") == client_key("192.0.2.1")
    assert client_key("2001:db8:1:2::1") == client_key("2001:db8:1:2:ffff::9")
    assert client_key("2001:db8:1:2::1") != client_key("2001:db8:1:3::1")
    assert client_key("unknown") == client_key("unknown")


def test_no_key_shows_whose_it_is() -> None:
    assert "ada" not in address_key("ada@example.com")
    assert "192" not in client_key("192.0.2.1").removeprefix("client:")[:3]
