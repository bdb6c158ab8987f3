"""Two renders become one, in which nothing of what was drawn is left."""

from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from blueprint_cli.record.drawn import MARK, decoded, encoded, is_masked, mask
from blueprint_cli.tree import EXECUTABLE, File, Tree
from tests.drawing import rendered, template, values_for

SEEDS = st.integers(min_value=0, max_value=2**32)


def tree(text: str | bytes, path: str = "a.txt") -> Tree:
    return Tree({path: File(text if isinstance(text, bytes) else encoded(text))})


def masked(first: str | bytes, second: str | bytes) -> str:
    return decoded(mask(tree(first), tree(second))["a.txt"].content).replace(MARK, "…")


@settings(deadline=None, max_examples=300)
@given(SEEDS)
def test_no_drawn_value_is_left_and_the_rest_is(seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - of tests
    lines = template(chance)
    drawn, other = values_for(lines, chance), values_for(lines, chance)
    first, second = rendered(lines, drawn), rendered(lines, other)
    found = mask(tree(first), tree(second))
    assert found == mask(tree(second), tree(first))
    text = decoded(found["a.txt"].content)
    for values in (*drawn.values(), *other.values()):
        for part in "\n".join(values).split("\n"):
            assert not part or part not in text
            assert not any(part[at : at + 8] in text for at in range(len(part) - 7))
    for line in lines:
        if not line.is_drawn:
            assert f"{line.text}\n" in text
        else:
            assert all(piece[2:-2] in text for piece in line.text.split("{}"))


@given(st.binary(max_size=200), st.binary(max_size=200))
@example(b"", b"\n")
@example(b"a", b"a\n")
def test_any_contents_are_masked_alike_both_ways_round(first: bytes, second: bytes) -> None:
    assert mask(tree(first), tree(first)) == tree(first)
    found = mask(tree(first), tree(second))
    assert found == mask(tree(second), tree(first))
    # Whether the last line ends is no value, but a line is one, where the other has none.
    differ = [first[:1], first.removesuffix(b"\n")] != [second[:1], second.removesuffix(b"\n")]
    assert is_masked(found["a.txt"].content) == differ


LINES = st.lists(st.sampled_from(["a", "b b", "  c", "", "d\r"]), max_size=6).map("\n".join)


@given(LINES, LINES)
def test_lines_in_any_order_are_masked_alike_both_ways_round(first: str, second: str) -> None:
    assert masked(first, second) == masked(second, first)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("key = 'ab12'", "key = 'ab34'", "key = '…'"),
        ("key = 'ab-12'", "key = 'cd-34'", "key = '…'"),
        ("a = 1; long, equal; b = 2", "a = 3; long, equal; b = 4", "a = …; long, equal; b = …"),
        ("a = 1, b = 2", "a = 3, b = 4", "a = …"),
        ("key = ''", "key = 'ab'", "key = '…'"),
        # A first character that is equal by chance; not so what no value has.
        ("key = '%a^b$c!d'", "key = '%e(f)g#h'", "key = '…'"),
        ("KEY=%a^b$c!d", "KEY=%e(f)g#h", "KEY=…"),
        ("key = 'a-%a^b$c!d'", "key = 'a-%e(f)g#h'", "key = '…'"),
        ("key = '%ab'", "key = '%cd'", "key = '%…'"),
        ("key = 'v1-ab'", "key = 'v1-cd'", "key = 'v1-…'"),
        ("port: 8080", "port: 9090\n", "port: …\n"),
        # Lines of a key: as many in both, or not.
        ("-\nab\ncd\n-\n", "-\nxy\nzz\n-\n", "-\n…\n-\n"),
        ("-\nab\ncd\nef\n-\n", "-\nxy\nzz\n-\n", "-\n…\n-\n"),
        ("-\n  ab\n  cd\n-\n", "-\n  xy\n-\n", "-\n  …\n-\n"),
        ("-\r\nab\r\ncd\r\n-\r\n", "-\r\nxy\r\n-\r\n", "-\r\n…\r\n-\r\n"),
        ("-\n-\n", "-\nxy\n-\n", "-\n…\n-\n"),
        # What a key's lines have in common by chance.
        ("-\nab\n+cd\nef/\n-\n", "-\nxy\n+zz\ngh/\n-\n", "-\n…\n-\n"),
        # A line with a value beside lines of which not each has as many.
        ("-\nid: 1\nab\n", "-\nid: 2\nxy\nzz\n", "-\nid: …\n…\n"),
        ("ab\nid: 1\n", "xy\nzz\nid: 2\n", "…\nid: …\n"),
        ("a = 1\n", "a = 1", "a = 1\n"),
        # Neither text in UTF-8 nor binary.
        (b"caf\xe9 = abcd\n", b"caf\xe9 = efgh\n", "caf\udce9 = …\n"),
        (b"\x89PNG\0abcd", b"\x89PNG\0efgh", "…"),
    ],
)  # fmt: skip
def test_a_place_is_as_large_as_it_must_be(
    first: str | bytes, second: str | bytes, expected: str
) -> None:
    assert masked(first, second) == expected


def test_a_file_of_one_render_alone_is_left_out() -> None:
    first = Tree({"a": File(b"1"), "token-ab": File(b"x"), "run": File(b"", EXECUTABLE)})
    second = Tree({"a": File(b"1"), "token-cd": File(b"x"), "run": File(b"")})
    assert mask(first, second) == Tree({"a": File(b"1"), "run": File(b"")})


def test_many_lines_and_long_ones_take_no_time() -> None:
    many = "".join(f"{{}} line {n % 7}\n" for n in range(5_000))
    texts = [many.format(*range(start, start + 5_000)) for start in (0, 10_000)]
    assert masked(*texts).count("…") >= 1
    long = "var a={};" * 30_000
    assert masked(long.format(*range(30_000)), long.format(*range(7, 30_007))) in "var a=…;"
