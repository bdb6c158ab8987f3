"""Reading YAML: what is no spec at all is refused in words, with its place, whatever it is."""

# ruff: noqa: E501 - a case is one line

import contextlib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from blueprint_cli.errors import SpecInvalid
from blueprint_cli.spec.document import (
    MAX_BYTES,
    Position,
    decode,
    parse_document,
    parse_scalar,
    read_document,
)


def said_about(content: bytes, tmp_path: Path) -> str:
    path = tmp_path / "spec.yaml"
    path.write_bytes(content)
    with pytest.raises(SpecInvalid) as refused:
        read_document(path)
    error = refused.value
    text = "\n".join([error.message, *map(str, error.problems), error.hint])
    return text.replace(f"{tmp_path}/", "")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "spec.yaml is empty"),
        (b"# only a comment\n", "spec.yaml is empty"),
        (b"- 1\n- 2\n", "holds a list"),
        (b"just words", "holds a single value"),
        (b"a: \xff\n", "spec.yaml:1:4: byte 0xff is not UTF-8"),
        ("a: b\n".encode("utf-16"), "looks like UTF-16"),
        ("ä: 1\nö: ".encode() + b"\xe4\n", "spec.yaml:2:4: byte 0xe4 is not UTF-8"),
        (b"a: 1\nb: x\x00y\n", "spec.yaml:2:5: the character U+0000 is not allowed"),
        (b"a: \x1b[31m\n", "spec.yaml:1:4: the character U+001B"),
        (b"a: 1\n---\nb: 2\n", "spec.yaml:2:1: a second document begins here"),
        (b"a:\n\tb: 1\n", "spec.yaml:2:1: a tab indents this line"),
        (b"a: [1,\n", "spec.yaml:2:1: not YAML: "),
        (b"a: b: c\n", "spec.yaml:1:5: not YAML: mapping values are not allowed here"),
        (b"a: *b\n", "spec.yaml:1:4: not YAML: found undefined alias"),
        (b"a: 1\nb: 2\na: 3\n", "spec.yaml:3:1: a: this key stands twice; the first is in line 1"),
        (b"a: {b: 1, b: 2}\n", "spec.yaml:1:11: a.b: this key stands twice"),
        (
            b"a: !!python/object:os.system ls\n",
            "a: the tag !!python/object:os.system is not allowed",
        ),
        (b"a: !include other.yaml\n", "a: the tag !include is not allowed"),
        (b"a: !own {b: 1}\n", "the tag !own is not allowed"),
        (b"a: !!set {b}\n", "the tag !!set is not allowed"),
        (b"a: !!binary aGk=\n", "the tag !!binary is not allowed"),
        (b"x: &x {y: 1}\nz:\n  <<: *x\n", "z.<<: merge keys (<<) are not allowed"),
        (b"a: &x 1\nb: &x 2\n", "spec.yaml:2:4: this anchor is set a second time"),
        (b"a: &a [*a]\n", "an alias that contains itself"),
        (b"1: x\n", "the key 1 is not text"),
        (b"? [a]\n: b\n", "a key must be plain text"),
        (b"a: !!int x\n", "x is no int"),
        (b"a: !!bool maybe\n", "maybe is no bool"),
        (b"[" * 5000, "nested too deeply"),
        (b"{a: " * 60 + b"1" + b"}" * 60, "nested too deeply"),
        (b"a: " + b"x" * MAX_BYTES, "larger than 1 MiB"),
    ],
)
def test_what_is_no_spec_is_refused_with_its_place(
    content: bytes, expected: str, tmp_path: Path
) -> None:
    assert expected in said_about(content, tmp_path)


def test_aliases_cannot_unfold_without_end(tmp_path: Path) -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert "holds more than 60,000 values" in said_about(bomb.encode(), tmp_path)


def test_several_problems_are_reported_together(tmp_path: Path) -> None:
    said = said_about(b"a: 1\na: 2\nb: !x 3\n<<: {}\n", tmp_path)
    assert "spec.yaml has 3 problems" in said
    assert [f"spec.yaml:{line}:" in said for line in (2, 3, 4)] == [True] * 3


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path, expected in {
        tmp_path: "is a directory",
        tmp_path / "none.yaml": "there is no file",
        tmp_path / ("x" * 300): "cannot be read: File name too long",
        Path("a\0b"): "cannot be read",
    }.items():
        with pytest.raises(SpecInvalid, match=expected):
            read_document(path)


def test_values_are_those_of_yaml_1_2() -> None:
    text = (
        "a: yes\nb: 0o14\nc: 1_000\nd: ~\ne: 1e3\nf: 2024-01-01\ng: '8'\nh: true\ni: [1, {j: 2}]\n"
    )
    assert parse_document(text, "x").data == {
        "a": "yes",
        "b": 12,
        "c": 1000,
        "d": None,
        "e": 1000.0,
        "f": "2024-01-01",
        "g": "8",
        "h": True,
        "i": [1, {"j": 2}],
    }


def test_every_key_and_value_has_its_place() -> None:
    document = parse_document("# head\na:\n  - b: ä\n    c: 2\n", "x")
    assert document.keys["a", 0, "c"] == Position(4, 5)
    assert document.values["a", 0, "c"] == Position(4, 8)
    assert str(document.problem(("a", 0, "c"), "no")) == "x:4:8: a[0].c: no"
    assert str(document.problem(("a", 0, "d"), "gone")) == "x:3:5: a[0].d: gone"


def test_a_byte_order_mark_is_no_problem() -> None:
    assert parse_document(decode(b"\xef\xbb\xbfa: 1\n", "x"), "x").data == {"a": 1}


@given(st.binary(max_size=200))
@example(b"%YAML 9.9\n---\na: 1\n")
@example(b"a: !<tag:yaml.org,2002:int> ''\n")
@example(b"a: 0x\n")
@example(b"? \n")
@example(b"a: 1e999\n")
@example(b"&a : *a\n")
def test_no_bytes_lead_to_anything_but_data_or_a_message(content: bytes) -> None:
    with contextlib.suppress(SpecInvalid):
        assert isinstance(parse_document(decode(content, "x"), "x").data, dict)


YAML_LIKE = st.lists(
    st.sampled_from(
        ["a", "b", ": ", "- ", "\n", "  ", "\t", "[", "]", "{", "}", ",", "'", '"', "#", "&x ", "*x",
         "!", "!!int ", "|", ">", "%", "---", "...", "? ", "<<", "1", ".5", "~", "\\", "é", "@", "`",
         "0x", "0o", "e", "_", "-", "2024-01-01", "null", "\x85", "\u2028"]
    ),
    max_size=25,
).map("".join)  # fmt: skip


@given(YAML_LIKE)
def test_no_text_that_looks_like_yaml_leads_to_anything_else(text: str) -> None:
    for parse in (parse_document, parse_scalar):
        with contextlib.suppress(SpecInvalid):
            parse(text, "x")
