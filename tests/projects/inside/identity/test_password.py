import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.adapters.passwords import common_passwords
from identity.domain.errors import InvalidPasswordError, WeakPasswordError
from identity.domain.password import (
    LONGEST,
    SEQUENCES,
    SHORTEST,
    PasswordRules,
    normalise,
    predictable,
)

RULES = PasswordRules(common=common_passwords(), service=("teashop",))
ABOUT = ("grace.hopper@navy.example", "Grace Hopper")


@pytest.mark.parametrize(
    "password",
    [
        "river stone lantern",
        "correct horse staple of batteries",
        "839201847265",
        "Ünïcode-Blätterteig",
        "пароль из семи слов",
        "annual savings plan",
        "teashop closes at half past nine",
        "password for the third locker",
        "!%§&?=)(/;:_",
    ],
)
def test_long_uncommon_passwords_are_taken(password: str) -> None:
    assert RULES.check(password, about=ABOUT) == normalise(password)


@pytest.mark.parametrize(
    "password",
    [
        "elevenchars",
        "MerryChristmas",
        "Password2026!",
        "p4ssw0rd!!!!!!",
        "aaaaaaaaaaaaaaa",
        "abcabcabcabc",
        "123456789012345",
        "210987654321",
        "aaabbbcccdddeee",
        "qwertyuiop123456",
        "poiuytrewq098",
        "TeaShop-2026!",
        "teashopteashop",
        "grace.hopper@navy.example",
        "GraceHopper1906",
        "hopper+navy+1",
        "iloveyou1234567890",
    ],
)
def test_passwords_that_are_guessed_early_are_refused(password: str) -> None:
    with pytest.raises(WeakPasswordError):
        RULES.check(password, about=ABOUT)


def test_a_character_that_normalises_to_many_counts_once() -> None:
    with pytest.raises(WeakPasswordError, match="at least 12"):
        RULES.check("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}", about=())


def test_what_follows_is_looked_at_no_further_than_a_sequence_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """128 characters may normalise to 2304."""
    looked_at = []

    def measured(text: str, _: str) -> int:
        looked_at.append(len(text))
        return 0

    monkeypatch.setattr("identity.domain.password._run", measured)
    RULES.check("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}z" * 64, about=())
    assert max(looked_at) <= max(len(sequence) for sequence in SEQUENCES)


def test_two_ways_to_write_a_letter_are_one_password() -> None:
    composed, decomposed = "caf\u00e9 au lait noir", "cafe\u0301 au lait noir"
    assert RULES.check(composed, about=()) == RULES.check(decomposed, about=())


def test_the_longest_is_taken_and_one_more_refused() -> None:
    words = "".join(f"{number * number:x}-" for number in range(100, 200))
    assert RULES.check(words[:LONGEST], about=())
    with pytest.raises(InvalidPasswordError):
        RULES.check(words[: LONGEST + 1], about=())


@pytest.mark.parametrize("half_of_a_pair", [0xD800, 0xDBFF, 0xDC00, 0xDFFF])
def test_what_is_no_text_is_refused(half_of_a_pair: int) -> None:
    with pytest.raises(InvalidPasswordError):
        RULES.check("river stone lantern" + chr(half_of_a_pair), about=())


@settings(deadline=None)
@given(st.text(), st.text(max_size=20))
def test_any_text_is_taken_or_refused(password: str, name: str) -> None:
    with contextlib.suppress(WeakPasswordError, InvalidPasswordError):
        assert len(RULES.check(password, about=(name,))) >= SHORTEST


@settings(deadline=None)
@given(st.text(min_size=1, max_size=4), st.integers(min_value=2, max_value=20))
def test_every_repeat_is_predictable(unit: str, times: int) -> None:
    assert predictable(unit * times)


def test_the_common_list_holds_only_what_length_would_let_pass() -> None:
    common = common_passwords()
    assert len(common) > 1_000
    assert all(len(password) >= SHORTEST for password in common)
    assert all(password == normalise(password).lower() for password in common)
