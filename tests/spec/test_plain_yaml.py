"""What is read fast says the same, at the same places, as what ruamel.yaml reads."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from blueprint_cli.errors import BlueprintError
from blueprint_cli.spec import document
from blueprint_cli.spec.document import Document, parse_document
from blueprint_cli.spec.plain_yaml import NotPlain, PlainReader

EXAMPLES = [
    path.read_text() for path in (Path(__file__).parents[1] / "domain/examples").glob("*.yaml")
]
SPEC = """\
# A comment
blueprint: 1
project: {name: shop, description: "A shop: käse & more", owner: 'it''s'}
requirements:
  p95_latency_ms: 0.5 # ms
  polyglot: no
  teams: ~
slo:
owned: [{path: src/a.py, reason: ours}, {"path": b, reason: "x\\ty"}]
list:
- 2026-01-01
- 24 hours before
- 007
- 1_000
- "quoted
  over lines"
- plain
  over lines
"""
TOKENS = st.sampled_from(
    [
        *(": ", ":", ", ", "- ", "\n", "\n  ", " ", "#", " #x", "'", '"', "[", "]", "{", "}", "?"),
        *("&a ", "*a", "!!str ", "|", ">", "\t", "%", "---", "null", "~", "1e3", "0x1F", ".inf"),
        *("-", "+1", "1.5", "true", "Yes", "=", "<<: ", "\\n", "\r", "\u2028", "é", "😀", "..."),
    ]
)


def both(text: str) -> tuple[Document | str, Document | str | None]:
    """What ruamel.yaml says, and what is read fast; None where it is not."""
    try:
        slow: Document | str = document._whole_document(text, "s.yaml", "spec")  # noqa: SLF001 - it is compared with
    except BlueprintError as error:
        slow = error.message
    try:
        fast: Document | str | None = document._plain_document(text, "s.yaml")  # noqa: SLF001 - the same
    except NotPlain:
        fast = None
    return slow, fast


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_examples_are_read_fast_and_alike(text: str) -> None:
    slow, fast = both(text)
    assert fast == slow
    assert parse_document(text, "s.yaml") == slow


@pytest.mark.parametrize(
    "text",
    [
        "a: &b 1\nc: *b\n",
        "a: !!str 1\n",
        "a:\t1\n",
        "a: |\n  b\n",
        "a: 0x1F\n",
        "a: 1_000\n",
        "a: 007\n",
        "<<: {}\n",
        "a: 1\na: 2\n",
        "1: a\n",
        "true: a\n",
        "? a\n: b\n",
        "a: [\n",
        "- a\n",
        "a",
        "",
        "a: 1\n---\nb: 2\n",
        "a:\n- \n",
    ],
)
def test_what_the_two_do_not_take_for_the_same_is_not_read_fast(text: str) -> None:
    assert both(text)[1] is None


def test_limits_hold() -> None:
    for text in ("a: [1, 2, 3]\n", "a: {b: {c: {d: 1}}}\n"):
        with pytest.raises(NotPlain):
            PlainReader(text, most=3, depth=2).read()


@settings(max_examples=600)
@given(
    st.sampled_from([SPEC, *EXAMPLES]),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 8), TOKENS), max_size=4),
)
@example("a: {b: }\n", [])
@example("a: {b, c: 1}\n", [])
@example("a:b: c\n", [])
@example('{"a":1}\n', [])
@example("a: {b:1, c:}\n", [])
@example("a: b#c\n", [])
@example("a: 'b'#c\n", [])
def test_a_changed_document_is_read_alike(text: str, edits: list[tuple[int, int, str]]) -> None:
    for place, length, token in edits:
        at = place % (len(text) + 1)
        text = text[:at] + token + text[at + length :]
    slow, fast = both(text)
    assert fast is None or fast == slow
