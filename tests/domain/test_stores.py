"""What a context on MySQL cannot have: each with its line and what to do instead."""

import pytest

from blueprint_cli.errors import SpecInvalid
from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.model import Spec
from blueprint_cli.spec.reading import validate

TEXT = """\
blueprint: 1
project: {{name: harbour}}
pattern: {pattern}
platform: {{deploy: [{deploy}]}}
contexts:
  identity: {{}}
  quays:
    store: {store}
    entities:
      Berth:
        fields:
          name: text(1..40)
          log: {log}
          begins: date
          ends: date
          link: url optional
        unique: {unique}
        list: {list}
"""


USUAL = {
    "pattern": "monolith",
    "deploy": "",
    "store": "mysql",
    "log": "text",
    "unique": "{}",
    "list": "{}",
}


def read(**given: str) -> Spec:
    document = parse_document(TEXT.format(**USUAL | given), "blueprint.yaml")
    return validate(document.data, document)


@pytest.mark.parametrize(
    ("given", "line", "said", "allowed"),
    [
        ({"unique": "{free: 'name, begins..ends'}"}, 17, "overlapping", "store: postgresql"),
        ({"unique": "{one: \"name where name != ''\"}"}, 17, "some rows alone", "no `where`"),
        ({"unique": "{one: 'log'}"}, 17, "too long", "text(0..255)"),
        ({"log": "text unique"}, 13, "too long", "text(0..255)"),
        ({"list": "{search: [name]}"}, 18, "cannot search", "no `search`"),
        ({"list": "{filter: [name, link]}"}, 18, "link is in filter", "text(0..255)"),
        ({"list": "{sort: [log]}"}, 18, "log is in sort", "text(0..255)"),
        ({"deploy": "aws-lambda"}, 8, "on aws-lambda", "without aws-lambda"),
        (
            {"deploy": "google-functions", "pattern": "microservices"},
            *(8, "on google-functions", "without google-functions"),
        ),
        (
            {"deploy": "azure-functions", "pattern": "event-driven"},
            *(8, "alone in event-driven", "without azure-functions"),
        ),
        ({"store": "mysq"}, 8, "mysq", "mysql"),
    ],
)
def test_it_is_refused_where_it_stands(
    given: dict[str, str], line: int, said: str, allowed: str
) -> None:
    with pytest.raises(SpecInvalid) as refused:
        read(**given)
    assert [one.line for one in refused.value.problems] == [line]
    assert said in refused.value.problems[0].message
    assert allowed in refused.value.problems[0].allowed


def test_the_same_is_taken_on_postgresql() -> None:
    unique = "{free: 'name, begins..ends', one: \"name where name != ''\"}"
    spec = read(store="postgresql", unique=unique, list="{search: [name], sort: [log]}")
    assert spec.domain.contexts[0].store == "postgresql"


def test_texts_may_not_be_too_much_for_an_index_or_a_row_together() -> None:
    names = [f"t{number}" for number in range(60)]
    fields = "".join(f"\n          {name}: text(0..255)" for name in names)
    with pytest.raises(SpecInvalid) as refused:
        read(log=f"text{fields}", unique=f"{{several: '{', '.join(names[:4])}'}}")
    said = [one.message for one in refused.value.problems]
    assert len(said) == 2
    assert "a row of MySQL" in said[0]
    assert "an index of MySQL" in said[1]


@pytest.mark.parametrize("pattern", ["monolith", "microservices", "event-driven"])
def test_a_context_on_mysql_is_in_the_model(pattern: str) -> None:
    assert read(pattern=pattern).domain.contexts[0].store == "mysql"
