import sys
import unicodedata

import pytest

from identity.domain.errors import InvalidNameError
from identity.domain.user import shown_name

# Of the property Bidi_Control (UAX 9).
TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize(
    "name",
    ["山田\u3000太郎", "\u0645\u062d\u0645\u062f\u200c\u0631\u0636\u0627", "क\u094d\u200dष",
     "\U0001f469\u200d\U0001f680", ENGLAND, "J. R. R. Tolkien", "O'Hara-Ünsal", "x" * 100,
     "\u0301", "a\u1680b", "\ue000"],
)  # fmt: skip
def test_names(name: str) -> None:
    assert shown_name(name) == name


def test_every_space_is_part_of_a_name() -> None:
    spaces = [chr(c) for c in range(sys.maxunicode + 1) if unicodedata.category(chr(c)) == "Zs"]
    assert len(spaces) == 17
    for space in spaces:
        name = shown_name(f"Ada{space}Lovelace")
        assert unicodedata.category(name[3]) == "Zs"
        with pytest.raises(InvalidNameError):
            shown_name(space * 3)


@pytest.mark.parametrize(
    "character",
    ["\0", "\t", "\n", "\r", "\x7f", "\x85", "\u2028", "\u2029", "\ud800", "\ufeff",
     "\xad", "\ufffe", "\U0010ffff", "\u0378", *TURNING],
)  # fmt: skip
def test_what_no_name_is_written_with(character: str) -> None:
    for name in (f"Ada{character}Lovelace", character, f"Ada{character}"):
        with pytest.raises(InvalidNameError):
            shown_name(name)


def test_a_name_is_kept_and_counted_in_its_composed_form() -> None:
    assert shown_name("e\u0301" * 100) == "é" * 100
    assert shown_name("\u03b1\u0313\u0300\u0345" * 100) == "\u1f82" * 100
    for name in ("", "x" * 101, "e\u0301" * 101, "\u0958" * 51):  # the last one decomposes
        with pytest.raises(InvalidNameError):
            shown_name(name)


def test_what_is_too_long_is_not_normalised(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.delattr(unicodedata, "normalize")
        with pytest.raises(InvalidNameError):
            shown_name("a" + "\u0301\u0327" * 40_000)
