"""Answers from a file, from --set and from the command line become one spec and one text."""

# ruff: noqa: E501 - a case is one line

import copy
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint_cli.errors import BlueprintError, SpecInvalid
from blueprint_cli.spec.answers import merge, parse_assignment
from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.model import OWNER, Spec
from blueprint_cli.spec.writing import complete, default_text, scalar, spec_text

MINE = """\
# What we know.
requirements:   # all of it
  # guessed
  teams: 2   # two
  p95_latency_ms: 1_00.0
platform:
  gateway: nginx # because
project: {owner: "me: you"}
# no idea
pattern: auto
owned:
- path: a/b
  reason: 2024-13-45
"""


def problems(*settings_: str, text: str = "", pattern: str | None = None) -> list[str]:
    document = parse_document(text, "a.yaml") if text else None
    with pytest.raises(SpecInvalid) as refused:
        merge(document, settings_, name="shop", pattern=pattern)
    return [refused.value.message, *map(str, refused.value.problems)]


def test_without_answers_the_document_is_commented_and_says_what_was_given() -> None:
    answers = merge(None, ["requirements.teams=12", "project.description=A: b"], name="shop")
    text = spec_text(answers)
    assert "  teams: 12\n" in text
    assert text.count("#") >= 8
    assert Spec.model_validate(parse_document(text, "x").data) == answers.spec


def test_defaults_record_no_requirement() -> None:
    text = spec_text(merge(None, [], name="shop"))
    assert parse_document(text, "x").data["requirements"] == {}
    assert "# What bench and alerts hold the running project to. The recommendation goes by" in text


def test_a_users_document_keeps_its_comments_order_and_numbers() -> None:
    text = spec_text(merge(parse_document(MINE, "a.yaml"), ["requirements.teams=12"], name="shop"))
    assert text.startswith(
        "# What we know.\nblueprint: 1\nrequirements:   # all of it\n  # guessed\n"
    )
    assert "  teams: 12  # two\n  p95_latency_ms: 1_00.0\n" in text
    assert "  gateway: nginx # because\n  ci: github\n" in text
    assert 'project: {owner: "me: you", name: shop' in text
    assert "# no idea\npattern: monolith\n" in text
    assert "owned:\n- path: a/b\n  reason: " in text
    assert parse_document(text, "x").data["slo"]["p95_ms"] == 100


def test_lists_stay_as_far_in_as_they_were() -> None:
    mine = "owned:\n  - path: a\n    reason: r\n"
    assert mine in spec_text(merge(parse_document(mine, "a.yaml"), [], name="shop"))


def test_the_pattern_is_chosen_only_where_somebody_chose_it() -> None:
    def chosen(text: str, pattern: str | None = None) -> tuple[str, bool]:
        answers = merge(parse_document(text, "a"), [], name="shop", pattern=pattern)
        return answers.spec.pattern, answers.pattern_chosen

    assert chosen("slo: {}") == ("monolith", False)
    assert chosen("pattern: auto") == ("monolith", False)
    assert chosen("pattern: event-driven") == ("event-driven", True)
    assert chosen("pattern: event-driven", "auto") == ("monolith", False)
    assert chosen("pattern: auto", "microservices") == ("microservices", True)


def test_the_command_line_wins_over_the_file() -> None:
    document = parse_document("project: {name: other}\nslo: {p95_ms: 5}\nrequirements:\n", "a")
    answers = merge(document, ["slo.p95_ms=7", "requirements.teams=2"], name="shop")
    assert (answers.spec.project.name, answers.spec.slo.p95_ms) == ("shop", 7)
    assert answers.spec.known_requirements() == {"teams": 2}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("requirements.teams=12", 12),
        ("requirements.teams=", None),
        ("requirements.teams= ~ ", None),
        ("requirements.polyglot=true", True),
        ("slo.p95_ms=1.5", 1.5),
        ("project.description=12: 'as it is' # too", "12: 'as it is' # too"),
        ("project.owner=", ""),
        ("pattern=auto", "auto"),
        ("platform={ci: none}", {"ci": "none"}),
    ],
)
def test_a_setting_is_a_yaml_value_and_text_is_text(setting: str, value: object) -> None:
    assert parse_assignment(setting).value == value


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("teams=3", "unknown key; did you mean requirements.teams?"),
        ("requirements.tems=3", "unknown key; did you mean requirements.teams?"),
        ("requirement.teams=3", "unknown key; did you mean requirements.teams?"),
        ("qqqq=3", "unknown key; known here: blueprint, project"),
        ("requirements.teams", "is not of the form KEY=VALUE; allowed: requirements.teams=12"),
        ("=3", "is not of the form KEY=VALUE"),
        ("a..b=3", "is not of the form KEY=VALUE"),
        ("requirements.teams=[", "the value is not plain YAML; allowed: a whole number"),
        ("requirements.teams=!!x 3", "the value is not plain YAML"),
        ("requirements.teams=\x07", "the value is not plain YAML"),
        ("project.owner=\x07", "holds a character that is not allowed"),
        ("requirements.teams=many", "requirements.teams: is 'many'; allowed: a whole number"),
        ("requirements.teams=true", "requirements.teams: is true; allowed: a whole number"),
        ("blueprint=2", "this is format 2; allowed: 1"),
        ("pattern=x", "pattern: is 'x'; allowed: monolith, microservices, event-driven, auto"),
    ],
)
def test_a_bad_setting_is_named(setting: str, expected: str) -> None:
    with pytest.raises(BlueprintError) as refused:
        merge(None, [setting], name="shop")
    (problem,) = refused.value.problems
    assert expected in str(problem)
    assert "--set" in str(problem)


def test_bad_settings_are_reported_together() -> None:
    found = problems("x=1", "requirements.teams", "slo.p95_ms=1", "slo.p95_ms=2")
    assert found[0] == "the command line has 3 problems"
    assert "was already set by --set slo.p95_ms=1" in found[-1]


def test_problems_of_file_and_settings_are_reported_together() -> None:
    found = problems("slo.p95_ms=x", text="slo: {p95_ms: y, throughput_rps: z}\nteams: 3\n")
    assert found[0] == "a.yaml has 4 problems"
    assert min(found[1:]).startswith("--set slo.p95_ms=x: slo.p95_ms: is 'x'")


def test_a_setting_below_a_value_leaves_the_values_mistake_to_be_reported() -> None:
    assert "slo: is 3" in problems("slo.p95_ms=1", text="slo: 3\n")[1]


@pytest.mark.parametrize(
    ("text", "settings", "expected"),
    [
        ("project: {name: Bad Name!}", [], "a.yaml:1:17: project.name: "),
        ("requirements: {teams: -3}", ["requirements.teams=2"], "a.yaml:1:23: requirements.teams"),
        ("pattern: serverless", [], "a.yaml:1:10: pattern: "),
    ],
)
def test_what_the_command_line_replaces_has_to_be_valid_too(
    text: str, settings: list[str], expected: str
) -> None:
    document = parse_document(f"{text}\n", "a.yaml")
    with pytest.raises(SpecInvalid) as refused:
        merge(document, settings, name="shop", pattern="monolith")
    assert [str(problem).startswith(expected) for problem in refused.value.problems] == [True], (
        refused.value.problems
    )
    fine = parse_document("pattern: auto\nproject: {name: other}\n", "a.yaml")
    assert merge(fine, [], name="shop", pattern="monolith").spec.project.name == "shop"


def test_contradictions_on_the_command_line_are_refused() -> None:
    _, said = problems("project.name=other")
    assert said == "--set project.name=other: project.name: contradicts NAME shop"
    _, said = problems("pattern=auto", pattern="monolith")
    assert said == "--set pattern=auto: pattern: contradicts --pattern monolith"
    assert merge(None, ["project.name=shop"], name="shop").spec.project.name == "shop"


ONE_LINE = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\u2028\u2029\ufeff\ufffe\uffff"),
    max_size=40,
)  # fmt: skip
NUMBERS = st.floats(min_value=0.001, max_value=3_000_000, allow_nan=False) | st.integers(
    1, 3_000_000
)
SPECS = st.builds(
    lambda description, owner, teams, budget, p95, pattern, polyglot: {
        "blueprint": 1,
        "project": {"name": "shop", "description": description, "owner": owner},
        "requirements": {"teams": teams, "monthly_budget_usd": budget, "polyglot": polyglot},
        "pattern": pattern,
        "slo": {"p95_ms": p95},
    },
    ONE_LINE,
    ONE_LINE.filter(lambda text: re.fullmatch(OWNER, text) is not None),
    st.none() | st.integers(1, 10_000),
    st.none() | NUMBERS,
    NUMBERS,
    st.sampled_from(["monolith", "microservices", "event-driven"]),
    st.none() | st.booleans(),
)


@given(SPECS)
def test_a_written_spec_is_read_as_it_was(data: dict[str, Any]) -> None:
    spec = Spec.model_validate(data)
    assert Spec.model_validate(parse_document(default_text(spec), "x").data) == spec


@given(ONE_LINE)
def test_a_scalar_is_read_as_it_was(text: str) -> None:
    assert parse_document(f"a: {scalar(text)} # c\n", "x").data == {"a": text}


@settings(max_examples=50)
@given(SPECS, st.booleans())
def test_a_completed_document_says_what_it_said_and_what_was_added(
    data: dict[str, Any],
    flow: bool,  # noqa: FBT001 - Hypothesis passes it so
) -> None:
    text = scalar(data) if flow else default_text(Spec.model_validate(data))
    before = copy.deepcopy(parse_document(text, "x").data)
    after = parse_document(complete(text, "x", [(("slo", "throughput_rps"), 7)]), "x").data
    before["slo"]["throughput_rps"] = 7
    assert after == before


@pytest.mark.parametrize(
    "text",
    [
        "a: &x {b: 1}\nc: *x\n",
        "--- {a: 1}\n...\n",
        "{}\n",
        "%YAML 1.2\n---\na: 1\n",
        '"a": 1',
        "a: |\n  x\n",
    ],
)
def test_unusual_documents_are_completed_or_refused(text: str) -> None:
    try:
        completed = complete(text, "x", [(("blueprint",), 1), (("c", "b"), 2)])
    except SpecInvalid as error:
        completed = error.message
    assert "cannot be completed" in completed or "blueprint: 1" in completed
