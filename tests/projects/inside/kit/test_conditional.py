"""Entity tags."""

import pytest

from kit.conditional import conditional_response, entity_tag, matches


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('"1"', True),
        ('W/"1"', True),
        ('"0", "1"', True),
        ("*", True),
        ('"2"', False),
        ("1", False),
        ("", False),
    ],
)
def test_a_condition_matches_a_tag(condition: str, expected: bool) -> None:
    assert matches(condition, entity_tag(1)) is expected


def test_the_same_value_has_the_same_tag_and_is_sent_once() -> None:
    first = conditional_response({"a": 1}, None, {"Cache-Control": "public"})
    again = conditional_response({"a": 1}, first.headers["ETag"], {"Cache-Control": "public"})
    other = conditional_response({"a": 2}, first.headers["ETag"], {})
    assert (first.status_code, first.body) == (200, b'{"a":1}')
    assert (again.status_code, again.body) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == "public"
    assert other.status_code == 200
