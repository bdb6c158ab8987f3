"""Whatever a described context says, it is read or refused with messages, and nothing runs."""

import contextlib
import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint_cli.domain.expressions import Expression
from blueprint_cli.domain.mistakes import NotUnderstood
from blueprint_cli.domain.model import Model
from blueprint_cli.domain.parsing import read_condition
from blueprint_cli.domain.python_text import Spelling, is_true, not_broken, value
from blueprint_cli.domain.reading import read_contexts
from blueprint_cli.domain.sql_text import sql_text
from blueprint_cli.errors import BlueprintError
from blueprint_cli.spec.document import parse_document, read_document
from blueprint_cli.spec.reading import validate
from tests.domain.rows import NAMES

EXAMPLES = sorted((Path(__file__).with_name("examples")).glob("*.yaml"))
TEXTS = [f"pattern: monolith\n{path.read_text()}" for path in EXAMPLES]
CONTEXTS = [read_document(path).data["contexts"] for path in EXAMPLES]
WORDS = st.sampled_from(
    [
        *("text", "int(0..)", "ref Doctor", "ref ref", "[", "]", "{}", "(", ")", "1..2", "..", "="),
        *("optional", "once", "secret", "unique", "was(x)", "/a+/", "'", '"', " where ", "status"),
        *("booked", "owner", "system", "me", "me.role", "now", "known(doctor)", "a.b", "None"),
        *("Doctor", "create", "email", "id", "x" * 600, "é", "\x00", "-", ",", ":", "#", "\n"),
        *(" and ", " or ", "not ", "==", "<", "+", "/ 0", "lower(", "days(1)", "10" * 30, "1e999"),
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
EDITS = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 12), WORDS), max_size=4)


def changed(text: str, edits: list[tuple[int, int, str]]) -> str:
    for place, length, word in edits:
        at = place % (len(text) + 1)
        text = text[:at] + word + text[at + length :]
    return text


@settings(max_examples=120)
@given(st.sampled_from(TEXTS), EDITS)
def test_a_changed_example_is_read_or_refused(text: str, edits: list[tuple[int, int, str]]) -> None:
    with contextlib.suppress(BlueprintError):
        document = parse_document(changed(text, edits), "s.yaml")
        render(validate(document.data, document).domain)


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 - any data
    inner = enumerate(data) if isinstance(data, list) else ()
    items = data.items() if isinstance(data, dict) else inner
    return [path, *(one for key, below in items for one in places(below, (*path, key)))]


@settings(max_examples=120)
@given(st.sampled_from(CONTEXTS), st.lists(st.tuples(st.integers(0), VALUES), max_size=4))
def test_changed_data_are_read_or_refused(
    contexts: dict[str, Any], changes: list[tuple[int, Any]]
) -> None:
    data = copy.deepcopy(contexts)
    for number, new in changes:
        paths = [path for path in places(data) if path]
        path = paths[number % len(paths)]
        here: Any = data
        for part in path[:-1]:
            here = here[part]
        here[path[-1]] = new
    found = read_contexts(data)
    render(found.model)
    for mistake in found.mistakes:
        assert mistake.message


def render(model: Model) -> None:
    """Every expression of the model has its texts, whatever is wrong elsewhere."""
    for found in conditions(model):
        assert not_broken(found, Spelling())
        assert is_true(found, Spelling())
        assert sql_text(found) != ""
    for context in model.contexts:
        for entity in context.entities:
            for command in entity.commands:
                for _, set_to in command.sets:
                    assert value(set_to, Spelling())


def conditions(model: Model) -> list[Expression]:
    found: list[Expression | None] = []
    for context in model.contexts:
        for entity in context.entities:
            found += [one.holds for one in entity.rules]
            found += [one.where for one in entity.unique]
            found += [need.holds for one in entity.commands for need in one.needs]
    found += [one.needs for one in model.reactions]
    return [one for one in found if one is not None]


@settings(max_examples=120)
@given(st.lists(WORDS | st.sampled_from([*NAMES.fields]), max_size=12).map(" ".join))
def test_any_text_is_an_expression_or_is_not(text: str) -> None:
    with contextlib.suppress(NotUnderstood):
        found = read_condition(text, NAMES)
        assert not_broken(found, Spelling())
        sql_text(found)


ATTEMPTS = [
    "__import__('os').system('touch ran')",
    "open('ran', 'w')",
    "exec('open(\\'ran\\', \\'w\\')') is None",
    "eval('1') == 1",
    "title.__class__.__mro__[1].__subclasses__() is None",
    "().__class__.__base__ is None",
    "(lambda: open('ran', 'w'))() is None",
    "[open('ran', 'w') for x in tags] is None",
    "{open('ran', 'w')} is None",
    "(x := open('ran', 'w')) is None",
    'f\'{open("ran", "w")}\' == title',
    "title.format(open('ran', 'w')) == title",
    "lower(open('ran', 'w')) == title",
    "len(*[open('ran', 'w')]) > 1",
    "known(known) and open",
    "now.__class__ is None",
    "me.role.__class__ is None",
    "place.lat.__init__ is None",
    "title if open('ran', 'w') else note",
    "await title",
    "yield",
    "import os",
    "title; import os",
    "title\nimport os",
    "title in (open('ran', 'w'),)",
    "title[open('ran', 'w')] == 'a'",
    "10 ** 10 ** 10 > count",
    "'a' * 10000000000 == title",
    "count << 100000000000 > 1",
]


@pytest.mark.parametrize("text", ATTEMPTS)
def test_what_would_run_something_is_refused(text: str) -> None:
    with pytest.raises(NotUnderstood):
        read_condition(text, NAMES)


LISTENER = """
import json, sys
from tests.domain.rows import NAMES
from blueprint_cli.domain.mistakes import NotUnderstood
from blueprint_cli.domain.parsing import read_condition
from blueprint_cli.domain.python_text import Spelling, not_broken
from blueprint_cli.domain.sql_text import sql_text

texts = json.load(sys.stdin)


def read():
    for text in texts:
        try:
            found = read_condition(text, NAMES)
        except NotUnderstood:
            continue
        not_broken(found, Spelling()), sql_text(found)


read()
events = []
sys.addaudithook(lambda event, _: events.append(event))
read_condition.__globals__["_parsed"].cache_clear()
read()
heard = set(events)
print(json.dumps(sorted(heard)))
"""


def test_nothing_runs_while_expressions_are_read() -> None:
    """Python tells of every file, program and import, and of code that is run: there is none."""
    texts = [*ATTEMPTS, "count > 1 and lower(title) == 'a'", "starts_at - now < hours(2)"]
    done = subprocess.run(
        [sys.executable, "-c", LISTENER],
        input=json.dumps(texts),
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    # `compile` is the parser's: it makes a tree, and no code.
    assert set(json.loads(done.stdout)) <= {"compile", "sys._getframe"}


def test_the_listener_hears_what_is_run() -> None:
    planted = LISTENER.replace("read()\nheard", "eval('1')\nread()\nheard")
    done = subprocess.run(
        [sys.executable, "-c", planted],
        input="[]",
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "exec" in json.loads(done.stdout)
