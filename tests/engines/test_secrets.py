"""No secret answer is left where two renders with others are compared."""

from pathlib import Path

import pytest

from blueprint_cli.engines.asked import Asked
from blueprint_cli.engines.secrets import another
from blueprint_cli.record.drawn import MARK, mask
from tests.engines.written import commit, opened, spec, write

QUESTIONS = """\
prefixed:
  {type: str, secret: true, default: ghp_none,
   validator: "{% if not prefixed.startswith('ghp_') %}ghp_{% endif %}"}
chosen: {type: str, secret: true, default: red, choices: [red, green]}
several: {type: str, secret: true, multiselect: true, default: [red], choices: [red, green]}
switched: {type: bool, secret: true, default: true}
number: {type: int, secret: true, default: 7, validator: "{% if number > 7 %}at most 7{% endif %}"}
only:
  {type: str, secret: true, default: the-one-and-only,
   validator: "{% if only != 'the-one-and-only' %}no{% endif %}"}
letters: {type: str, secret: true, default: none}
"""
NAMES = ("prefixed", "chosen", "several", "switched", "number", "only", "letters")
ANSWERS = {"prefixed": "ghp_hidden", "letters": "пароль-hidden"}


def test_each_is_marked_whatever_the_template_takes(tmp_path: Path) -> None:
    files = {f"{name}.txt.jinja": f"{name}: {{{{ {name} }}}}.\n" for name in NAMES}
    source = commit(write(tmp_path / "template", {"copier.yml": QUESTIONS, **files}), "v1")
    template = opened(source, tmp_path / "scratch", secrets=ANSWERS)
    project = spec("shop", {})

    first = template.render(project).tree
    other = template.render_otherwise(project)

    assert other is not None
    assert b"ghp_hidden" in first["prefixed.txt"].content
    masked = mask(first, other)
    for name in NAMES:
        text = masked[f"{name}.txt"].content.decode()
        assert MARK in text, name
        assert text.startswith(f"{name}: ")
    everything = b"".join(file.content for file in masked.values())
    for secret in (b"hidden", "пароль".encode(), b"green", b"red", b"True", b"7", b"one-and-only"):
        assert secret not in everything


@pytest.mark.parametrize(
    ("value", "expected"),
    [("aZ9-z", "bA0-a"), (3, 4), ([1, "a"], [2, "b"]), ({"a": "a"}, {"a": "b"}), ("", None)],
)
def test_another_is_of_the_same_shape(value: object, expected: object) -> None:
    asked = Asked(name="token", type="text", secret=True)
    assert another(asked, value, lambda _: True) == expected
