import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.domain import email_address
from identity.domain.errors import InvalidEmailError


@pytest.mark.parametrize(
    "text",
    ["a@b.co", "ada.lovelace+news@example.com", "o'hara@mail.example", "jürgen@müller.example",
     "x" * 64 + "@example.com", "0@1.example", "a@xn--bcher-kva.example"],
)  # fmt: skip
def test_addresses(text: str) -> None:
    assert email_address.parse(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "@", "a", "a@", "@b.co", "a@b", "a b@c.de", "a@b..c", "a@-b.co", "a@b-.co", ".a@b.co",
     "a.@b.co", "a..b@c.de", "a@b.co\n", "a\0@b.co", '"a"@b.co', "a@[127.0.0.1]", "a,b@c.de",
     "x" * 65 + "@example.com", "a@" + "b" * 250 + ".co", "a@" + "b" * 64 + ".co", "a@b@c.de"],
)  # fmt: skip
def test_no_addresses(text: str) -> None:
    assert not email_address.is_valid(text)
    with pytest.raises(InvalidEmailError):
        email_address.parse(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        ("STRASSE@a.de", "straße@a.de"),
        ("\uff45@a.de", "e@a.de"),
    ],
)
def test_two_spellings_of_one_address(one: str, other: str) -> None:
    assert email_address.same_for(one) == email_address.same_for(other)


@settings(deadline=None)
@given(st.text())
def test_the_form_for_comparison_is_stable(text: str) -> None:
    once = email_address.same_for(text)
    assert email_address.same_for(once) == once
