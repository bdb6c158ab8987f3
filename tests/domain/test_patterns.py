r"""Patterns mean one thing everywhere, and no text makes one slow."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint_cli.domain.mistakes import NotUnderstood
from blueprint_cli.domain.patterns import read_pattern


@pytest.mark.parametrize(
    ("pattern", "longest", "written"),
    [
        (r"^\+?[0-9 ]+$", 20, r"\+?[0-9 ]+"),
        (r"97[89][0-9]{10}", 13, r"97[89][0-9]{10}"),
        (r"[a-z]+(-[a-z]+)*", None, r"[a-z]+(-[a-z]+)*"),
        (r"\d{4}\-\w+", 20, r"[0-9]{4}-[A-Za-z0-9_]+"),
        (r"[\d.-]+\S", 20, r"[0-9.-]+[^ \t\n\r\f\v]"),
        (r".+@.+\..+", 250, r".+@.+\..+"),
        (r"(?:ab|cd){1,3}", None, r"(?:ab|cd){1,3}"),
        (r"a\$$", 5, r"a\$"),
    ],
)
def test_a_pattern_is_written_without_what_differs(
    pattern: str, longest: int | None, written: str
) -> None:
    assert read_pattern(pattern, longest) == written


@pytest.mark.parametrize(
    ("pattern", "longest", "message"),
    [
        ("(a+)+", 40, "could take very long"),
        ("(a|aa)+", 40, "could take very long"),
        (r"(\d+\.?)*", 40, "could take very long"),
        (r"(\w+\s?)*", 40, "could take very long"),
        ("x*x*x*x*x*x*y", 60, "could take very long"),
        (r".+@.+\..+", None, "could take very long"),
        ("(a*)*", 5, "what may be empty is repeated"),
        ("a{,3}", 5, "{ is no repetition"),
        ("a{3,2}", 5, "{3,2} cannot be"),
        ("a{9999}", 5, "{9999} cannot be"),
        ("(?=a)b", 5, "(? begins what is not allowed"),
        ("(?i)b", 5, "(? begins what is not allowed"),
        (r"(a)\1", 5, r"\1 is not allowed"),
        (r"\bfoo", 5, r"\b is not allowed"),
        ("a*?", 5, "? after a repetition"),
        ("a$b", 5, "$ stands within"),
        ("[[:alpha:]]", 5, r"[ in [] is written \["),
        ("[z-a]", 5, "a range in []"),
        ("[a", 5, "a ] is missing"),
        ("(a", 5, "a ) is missing"),
        ("a)", 5, "a ( is missing"),
        ("*a", 5, "nothing is repeated by *"),
        ("a" * 201, 300, "has 201 characters"),
        ("(" * 50 + ")" * 50, 5, "nested too deeply"),
    ],
)
def test_what_is_no_such_pattern_is_refused(
    pattern: str, longest: int | None, message: str
) -> None:
    with pytest.raises(NotUnderstood) as refused:
        read_pattern(pattern, longest)
    assert message in refused.value.message


PIECES = st.sampled_from(
    [*"aab.|()[]*+?{}\\-^", "[ab]", "[^a]", "(a", "(?:", "{2}", "{1,30}", r"\d", r"\w", "+)+", "a+"]
)


@settings(max_examples=300)
@given(
    st.lists(PIECES, max_size=12).map("".join),
    st.sampled_from(["a", "ab", "aab", "a.", "ba"]),
    st.sampled_from(["\n", "!", "", "b"]),
)
def test_what_is_taken_is_fast(pattern: str, repeated: str, end: str) -> None:
    try:
        found = read_pattern(pattern, 60)
    except NotUnderstood:
        return
    text = f"{repeated * 30}"[:59] + end
    begun = time.process_time()
    re.fullmatch(found, text)
    assert time.process_time() - begun < 2
    assert bool(re.fullmatch(found, text)) == bool(re.fullmatch(pattern, text, re.ASCII))
