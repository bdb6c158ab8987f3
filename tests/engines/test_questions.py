"""What templates ask, one question after the other, and which answers they take."""

import json
from pathlib import Path
from typing import Any

import pytest

from blueprint_cli.engines.asked import AnswerRefused, Asked, Choice
from blueprint_cli.engines.engine import TeamTemplate
from blueprint_cli.errors import SpecInvalid, TemplateBroken, Untrusted
from tests.engines import cookiecutter_templates, copier_templates
from tests.engines.written import opened, write


def asked_of(template: TeamTemplate, answers: dict[str, Any]) -> list[Asked]:
    """Go through the questions; what is not among the answers is answered by default."""
    asked, known = list[Asked](), dict[str, Any]()
    while question := template.next_question(known, "shop"):
        asked.append(question)
        known[question.name] = answers.get(question.name, question.default)
        if known[question.name] is None and not question.has_default:
            known[question.name] = "x"
    return asked


@pytest.fixture
def copier(tmp_path: Path) -> TeamTemplate:
    return opened(write(tmp_path / "t", copier_templates.TEMPLATES["selecting"]), tmp_path)


@pytest.fixture
def cookiecutter(tmp_path: Path) -> TeamTemplate:
    files = {
        "cookiecutter.json": json.dumps(
            {
                "name": "My Shop",
                "slug": "{{ cookiecutter.name|lower }}",
                "license": ["MIT", "{{ cookiecutter.slug }}-licence"],
                "docker": True,
                "more": {"a": 1},
                "needed": None,
                "_private": "x",
                "__computed": "{{ cookiecutter.slug }}",
                "__prompts__": {
                    "name": "What is [bold]its[/] name?",
                    "license": {"__prompt__": "Which licence?", "MIT": "The MIT one"},
                },
            }
        ),
        "{{cookiecutter.slug}}/a": "a",
    }
    return opened(write(tmp_path / "t", files), tmp_path)


def test_copier_questions_have_types_choices_and_defaults(copier: TeamTemplate) -> None:
    by_name = {question.name: question for question in asked_of(copier, {})}
    assert "asked" not in by_name
    assert by_name["team"].type == "choice"
    assert by_name["team"].choices == (Choice("Blue", "blue"), Choice("Red", "red"))
    assert (by_name["parts"].type, by_name["parts"].default) == ("choices", ["api"])
    assert by_name["ports"].default == [1, 3]
    assert (by_name["settings"].type, by_name["settings"].default["a"][0]) == ("document", 1)
    assert by_name["more"].multiline
    assert by_name["secret"].secret
    assert (by_name["ratio"].type, by_name["where"].type) == ("number", "text")


def test_copier_choices_depend_on_answers(copier: TeamTemplate) -> None:
    by_name = {question.name: question for question in asked_of(copier, {"team": "red"})}
    assert [choice.value for choice in by_name["parts"].choices] == ["api", "batch", "queue"]
    assert by_name["database"].choices[0].refused == "only blue has it"
    with pytest.raises(AnswerRefused, match="only blue has it"):
        copier.taken(by_name["database"], "PostgreSQL", {"team": "red"}, "shop")


def test_copier_conditions_and_the_projects_name_count(tmp_path: Path) -> None:
    files = {
        "copier.yml": "name: {type: str, default: '{{ _folder_name }}'}\n"
        "docs: {type: bool, default: false, help: 'Docs for {{ name }}?'}\n"
        "tool: {type: str, choices: [a, b], when: '{{ docs }}'}\n"
        "computed: {type: str, default: '{{ name|upper }}', when: false}\n",
    }
    template = opened(write(tmp_path / "t", files), tmp_path)
    first, second = asked_of(template, {})
    assert (first.default, second.ask) == ("shop", "Docs for shop?")
    last = asked_of(template, {"docs": True, "tool": "a"})[-1]
    assert (last.name, last.has_default) == ("tool", False)
    assert template.completed({}, "shop") == {"name": "shop", "docs": False}


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("team", "Red", "red"),
        ("team", "blue", "blue"),
        ("parts", "api, web", ["api", "web"]),
        ("parts", "", []),
        ("ports", "[Three, 1]", [1, 3]),
        ("settings", '{"a": [1]}', {"a": [1]}),
        ("more", "a: 1", {"a": 1}),
        ("ratio", "0.25", 0.25),
        ("where", "x/y", "x/y"),
    ],
)
def test_what_is_typed_for_copier_becomes_a_value(
    name: str, typed: str, value: object, copier: TeamTemplate
) -> None:
    question = next(one for one in asked_of(copier, {}) if one.name == name)
    assert copier.taken(question, typed, {}, "shop") == value


@pytest.mark.parametrize(
    ("name", "typed", "why"),
    [
        ("team", "green", "'green' is none of: Blue, Red"),
        ("parts", "api, batch", "'batch' is none of: api, web"),
        ("settings", "{", "Expecting"),
        ("ratio", "x", "could not convert"),
        ("ratio", "2", "at most 1"),
    ],
)
def test_what_copier_does_not_take_is_refused(
    name: str, typed: str, why: str, copier: TeamTemplate
) -> None:
    question = next(one for one in asked_of(copier, {}) if one.name == name)
    with pytest.raises(AnswerRefused, match=why):
        copier.taken(question, typed, {}, "shop")


def test_all_that_copier_refuses_is_said_at_once(copier: TeamTemplate) -> None:
    with pytest.raises(SpecInvalid) as refused:
        copier.completed({"tema": "x", "ratio": 2, "parts": ["batch"], "ports": "x"}, "shop")
    said = {problem.key: problem.message for problem in refused.value.problems}
    assert said["template.answers.tema"] == "is no question of this template; did you mean team?"
    assert said["template.answers.ratio"] == "at most 1"
    assert "batch" in said["template.answers.parts"]
    assert "template.answers.ports" in said
    assert all(not problem.file for problem in refused.value.problems)


def test_what_has_no_default_is_asked_for(tmp_path: Path) -> None:
    files = {
        "copier.yml": "a: {type: str}\n"
        "b: {type: str, default: '', validator: '{% if not b %}say something{% endif %}'}\n"
    }
    template = opened(write(tmp_path / "t", files), tmp_path)
    with pytest.raises(SpecInvalid) as refused:
        template.completed({}, "shop")
    assert [problem.message for problem in refused.value.problems] == [
        "is not answered, and has no default",
        "is not answered, and its default will not do: say something",
    ]
    assert [question.has_default for question in asked_of(template, {"a": "x", "b": "y"})] == [
        False,
        False,
    ]


def test_secret_answers_are_not_among_the_completed(copier: TeamTemplate, tmp_path: Path) -> None:
    assert copier.secret_questions == {"secret"}
    assert "secret" not in copier.completed({}, "shop")
    template = opened(tmp_path / "t", tmp_path, secrets={"secret": "mine"})
    assert "secret" not in template.completed({}, "shop")


def test_a_broken_question_is_the_templates_fault(tmp_path: Path) -> None:
    template = opened(write(tmp_path / "t", {"copier.yml": "a: {type: nothing}\n"}), tmp_path)
    with pytest.raises(TemplateBroken, match="Unsupported type"):
        template.next_question({}, "shop")


def test_questions_of_a_template_with_extensions_are_not_asked_without_trust(
    tmp_path: Path,
) -> None:
    for name, files in {
        "copier": {"copier.yml": "_jinja_extensions: [own.extension]\na: 1\n"},
        "cookiecutter": {
            "cookiecutter.json": '{"slug": "x", "_extensions": ["own.extension"]}',
            "{{cookiecutter.slug}}/a": "a",
        },
    }.items():
        template = opened(write(tmp_path / name, files), tmp_path)
        assert template.runs == ("Jinja extension own.extension",)
        for asking in (template.next_question, template.completed):
            with pytest.raises(Untrusted, match="not trusted"):
                asking({}, "shop")


def test_cookiecutter_variables_are_questions(cookiecutter: TeamTemplate) -> None:
    questions = asked_of(cookiecutter, {"name": "Till"})
    assert [(one.name, one.type, one.default) for one in questions] == [
        ("name", "text", "My Shop"),
        ("slug", "text", "till"),
        ("license", "choice", "MIT"),
        ("docker", "boolean", True),
        ("needed", "text", None),
        ("more", "document", {"a": "1"}),
    ]
    assert (questions[0].ask, questions[2].ask) == ("What is its name?", "Which licence?")
    assert questions[2].choices == (
        Choice("The MIT one", "MIT"),
        Choice("till-licence", "till-licence"),
    )
    assert not questions[4].has_default
    assert not cookiecutter.secret_questions


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("name", "Till", "Till"),
        ("license", "The MIT one", "MIT"),
        ("license", "my shop-licence", "my shop-licence"),
        ("docker", "n", False),
        ("more", '{"a": 2}', {"a": 2}),
        ("more", "a: 2", {"a": 2}),
    ],
)
def test_what_is_typed_for_cookiecutter_becomes_a_value(
    name: str, typed: str, value: object, cookiecutter: TeamTemplate
) -> None:
    question = next(one for one in asked_of(cookiecutter, {}) if one.name == name)
    assert cookiecutter.taken(question, typed, {}, "shop") == value


@pytest.mark.parametrize(
    ("name", "typed"),
    [("license", "GPL"), ("docker", "perhaps"), ("more", "a"), ("more", "{"), ("more", "[1]")],
)
def test_what_cookiecutter_does_not_take_is_refused(
    name: str, typed: str, cookiecutter: TeamTemplate
) -> None:
    question = next(one for one in asked_of(cookiecutter, {}) if one.name == name)
    with pytest.raises(AnswerRefused):
        cookiecutter.taken(question, typed, {}, "shop")


def test_all_that_cookiecutter_refuses_is_said_at_once(cookiecutter: TeamTemplate) -> None:
    given: dict[str, Any] = {
        "nmae": "x",
        "slug": ["a"],
        "license": "GPL",
        "docker": 3,
        "more": 1,
        "_private": "y",
    }
    with pytest.raises(SpecInvalid) as refused:
        cookiecutter.completed(given, "shop")
    keys = {problem.key.rpartition(".")[2] for problem in refused.value.problems}
    assert keys == given.keys()
    assert "did you mean name?" in refused.value.message


def test_which_of_several_templates_is_asked_first(tmp_path: Path) -> None:
    folder = write(tmp_path / "t", cookiecutter_templates.TEMPLATES["nested"])
    template = opened(folder, tmp_path)
    first, *_ = questions = asked_of(template, {"templates": "library"})
    assert first.choices == (
        Choice("A service (With HTTP)", "service"),
        Choice("library", "library"),
    )
    assert [one.name for one in questions] == ["templates", "slug", "tests"]


def test_a_template_outside_the_source_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "other", {"cookiecutter.json": "{}"})
    folder = write(tmp_path / "t", {"cookiecutter.json": '{"template": ["x (../other)"]}'})
    template = opened(folder, tmp_path)
    with pytest.raises(Exception, match="has no template in") as refused:
        template.completed({}, "shop")
    assert "../other" in str(refused.value)


def test_answers_that_a_later_version_does_not_take_are_not_carried(copier: TeamTemplate) -> None:
    answers = {"team": "green", "gone": 1, "ratio": 0.25, "parts": ["api"]}
    assert copier.carried(answers, "shop") == {"ratio": 0.25, "parts": ["api"]}
    assert "team" in copier.carried(answers, "shop", given={"team"})


def test_they_are_not_carried_for_cookiecutter_either(cookiecutter: TeamTemplate) -> None:
    old = {"name": "Till", "license": "GPL", "gone": "x"}
    assert cookiecutter.carried(old, "shop") == {"name": "Till"}
