"""Reading a spec: every mistake at once, each with its place and what is allowed."""

# ruff: noqa: E501 - a case is one line

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprint_cli.errors import BlueprintError, SpecFromTheFuture, SpecInvalid
from blueprint_cli.spec.answers import merge
from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.model import Spec
from blueprint_cli.spec.reading import read_spec, validate

LEAST = "blueprint: 1\nproject: {name: shop}\npattern: monolith\n"


def problems_of(text: str) -> list[str]:
    document = parse_document(text, "s.yaml")
    with pytest.raises(SpecInvalid) as refused:
        validate(document.data, document)
    return [str(problem) for problem in refused.value.problems]


def test_the_least_spec_has_every_default(tmp_path: Path) -> None:
    path = tmp_path / "blueprint.yaml"
    path.write_text(LEAST)
    spec = read_spec(path)
    assert spec.known_requirements() == {}
    assert list(spec.contexts) == ["identity", "notifications"]
    assert (spec.platform.gateway, spec.platform.ci) == ("nginx", "github")
    assert (spec.slo.p95_ms, spec.slo.throughput_rps, spec.slo.error_rate_percent) == (
        100,
        100,
        0.1,
    )


def test_a_section_without_lines_has_its_defaults() -> None:
    document = parse_document(
        f"{LEAST}requirements:\nplatform:\nslo:\ntemplate:\n"
        "contexts: {identity: , notifications: }\n",
        "s.yaml",
    )
    assert validate(document.data, document) == Spec.model_validate(
        parse_document(LEAST, "s.yaml").data
    )


def other(context: str) -> str:
    """A context beside the shop's."""
    return (
        f"contexts: {{identity: {{}}, catalog: {{}}, orders: {{}}, notifications: {{}}, {context}}}"
    )


def test_a_context_may_be_written_by_its_owner() -> None:
    text = f"{LEAST}{other('reviews: {by: hand}, price_lists: {by: hand}')}\n"
    document = parse_document(text, "s.yaml")
    contexts = validate(document.data, document).contexts
    assert [name for name, one in contexts.items() if one.by_hand] == ["reviews", "price_lists"]


@pytest.mark.parametrize(
    ("addition", "expected"),
    [
        ("requirements: {developers: true}", "s.yaml:4:28: requirements.developers: is true; allowed: a whole number from 1 to 100,000 or null (not known)"),
        ("requirements: {developers: 2.5}", "is 2.5; allowed: a whole number"),
        ("requirements: {developers: '8'}", "is the text '8'; allowed: a whole number"),
        ("requirements: {developers: 0}", "is 0; allowed: a whole number from 1"),
        ("requirements: {p95_latency_ms: .nan}", "is .nan; allowed: a number above 0"),
        ("requirements: {p95_latency_ms: .inf}", "is .inf; allowed: a number above 0"),
        ("requirements: {p95_latency_ms: 0}", "is 0; allowed: a number above 0"),
        ("requirements: {availability_percent: 100}", "is 100; allowed: a number from 0 and below 100"),
        ("requirements: {async_share_percent: true}", "is true; allowed: a number from 0 to 100"),
        ("requirements: {consistency: weak}", "is weak; allowed: strong, eventual, mixed or null"),
        ("requirements: {polyglot: yes}", "is yes; allowed: true or false or null"),
        ("requirements: {polyglot: 1}", "is 1; allowed: true or false"),
        ("requirements: {team: 1}", "s.yaml:4:16: requirements.team: unknown key; did you mean requirements.teams?"),
        ("requirements: []", "requirements: is a list; allowed: a mapping with developers"),
        ("teams: 1", "s.yaml:4:1: teams: unknown key; did you mean requirements.teams?"),
        ("zzz: 1", "zzz: unknown key; known here: blueprint, project"),
        ("platform: {gateway: apache}", "is apache; allowed: nginx, haproxy"),
        ("platform: {ci: null}", "is null; allowed: github, gitlab, none"),
        ("slo: {p95_ms: -1}", "is -1; allowed: a number above 0"),
        ("slo: {p95_ms: {}}", "is an empty mapping; allowed: a number above 0"),
        ("slo: {p95_ms: {a: 1}}", "is a mapping; allowed: a number above 0"),
        ("template: {source: Built-in}", "is Built-in; allowed: builtin"),
        ("owned: {}", "owned: is an empty mapping; allowed: a list"),
        ("owned: [{path: a}]", "owned[0].reason: is missing; allowed: one line of text, not empty"),
        ("owned: [{path: ../a, reason: r}]", "owned[0].path: is ../a; allowed: a path inside the project"),
        ("owned: [{path: /a, reason: r}]", "owned[0].path: is /a; allowed: a path inside the project"),
        ("owned: [{path: '', reason: r}]", "owned[0].path: is the text ''; allowed"),
        ("contexts: {}", "contexts: is an empty mapping; allowed: a mapping"),
        ("contexts: {identity: 3, catalog: {}, orders: {}, notifications: {}}", "contexts.identity: is 3; allowed: a mapping"),
        ("contexts: {identity: {x: 1}, catalog: {}, orders: {}, notifications: {}}", "contexts.identity.x: unknown key; known here: roles, directory"),
        ("contexts: {catalog: {}}", "contexts: identity is missing: every project has it, for it says who users are; allowed: identity: {}"),
        ("contexts: {identity: {}, orders: {}, notifications: {}}", "contexts.orders: orders needs catalog, which is missing; allowed: catalog: {}"),
        (other("billing: {}"), "s.yaml:4:70: contexts.billing: billing is no ready-made context; allowed: identity, catalog, orders, notifications; one that you write: billing: {by: hand}"),
        (other("billing: {by: null}"), "allowed: identity, catalog, orders, notifications; one that you write: billing: {by: hand}"),
        (other("billing: {by: me}"), "contexts.billing.by: is me; allowed: hand"),
        (other("billing: {by: [hand]}"), "contexts.billing.by: is a list; allowed: hand"),
        (other("billing: {bye: hand}"), "contexts.billing.bye: unknown key; did you mean contexts.billing.by?"),
        (other("billing: hand"), "contexts.billing: is hand; allowed: a mapping with by"),
        (other("catalogue: {}"), "contexts.catalogue: there is no context of that name; did you mean catalog?"),
        ("contexts: {identity: {}, orders: {}, catalog: {}}", "contexts.orders: orders needs notifications, which is missing; allowed: notifications: {}"),
        ("contexts: {identity: {}, catalog: {by: hand}, orders: {}, notifications: {}}", "contexts.catalog.by: catalog is ready-made, and is rendered; allowed: catalog: {}"),
        (other("Price-Lists: {by: hand}"), "contexts.Price-Lists: no context can be called that: a package could not be called that; did you mean price_lists?; allowed: lower-case"),
        (other("analytics: {by: hand}"), "contexts.analytics: no context can be called that: a ready-made context is called that"),
        (other("email: {by: hand}"), "contexts.email: no context can be called that: a module of Python's standard library is called that; did you mean email_context?"),
        (other("class: {by: hand}"), "it is a keyword of Python; did you mean class_context?"),
        (other("pydantic: {by: hand}"), "a package that every project installs is called that"),
        (other("kit: {by: hand}"), "a part of every project is called that"),
        (other("version: {by: hand}"), "every row has a column or a word of that name"),
        (other("products: {by: hand}"), "the API has paths below it"),
        (other("database: {by: hand}"), "a variable of every project would be called as its address is"),
        (other("kafka: {by: hand}"), "a server of every project is called that"),
        (other("pg_notes: {by: hand}"), "PostgreSQL keeps that name for itself; did you mean notes?"),
        (other("on: {by: hand}"), "YAML takes that for true, false or null"),
        (other("sales: {by: hand}, sales_service: {by: hand}"), "contexts.sales_service: no context can be called that: the process of sales is called that"),
        (other(f"{'a' * 41}: {{by: hand}}"), "it has 41 characters"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_what_is_allowed(addition: str, expected: str) -> None:
    (problem,) = problems_of(f"{LEAST}{addition}\n")
    assert expected in problem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("blueprint: true\nproject: {name: s}\npattern: monolith\n", "s.yaml:1:12: blueprint: is true; allowed: 1"),
        ("blueprint: 0\nproject: {name: s}\npattern: monolith\n", "blueprint: is 0; allowed: 1"),
        ("project: {name: s}\npattern: monolith\n", "s.yaml:1:1: blueprint: is missing; allowed: 1"),
        ("blueprint: 1\npattern: monolith\n", "project: is missing; allowed: a mapping with name"),
        ("blueprint: 1\nproject: {}\npattern: monolith\n", "s.yaml:2:10: project.name: is missing; allowed: lower-case"),
        ("blueprint: 1\nproject: {name: Shop}\npattern: monolith\n", "project.name: is Shop; allowed: lower-case"),
        ('blueprint: 1\nproject: {name: s, description: "a\\nb"}\npattern: monolith\n', "project.description: is the text"),
        ("blueprint: 1\nproject: {name: s}\npattern: auto\n", "pattern: is auto; allowed: monolith, microservices, event-driven"),
        ("blueprint: 1\nproject: {name: s}\npattern: serverless\n", "pattern: is serverless; allowed"),
    ],
)  # fmt: skip
def test_a_mistake_in_what_every_spec_needs(text: str, expected: str) -> None:
    (problem,) = problems_of(text)
    assert expected in problem


def test_all_mistakes_are_reported_in_their_order() -> None:
    found = problems_of(
        f"{LEAST}teams: 2\nrequirements:\n  developers: many\n  polyglot: no\nslo: {{p95: 1}}\n"
    )
    assert [problem.split(": ")[0] for problem in found] == [
        "s.yaml:4:1",
        "s.yaml:6:15",
        "s.yaml:7:13",
        "s.yaml:8:7",
    ]


def test_a_later_format_asks_for_a_newer_version_and_nothing_else() -> None:
    document = parse_document("blueprint: 2\nnew_key: 1\n", "s.yaml")
    with pytest.raises(SpecFromTheFuture) as refused:
        validate(document.data, document)
    assert "written by a newer blueprint" in refused.value.message
    assert "Upgrade" in refused.value.hint
    assert refused.value.exit_code == 2


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*Spec.model_fields, "name", "teams", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*Spec.model_fields, "x"]), VALUES, max_size=9))
def test_no_data_leads_to_anything_but_a_spec_or_a_message(data: dict[str, Any]) -> None:
    document = parse_document("x: 1\n", "x")
    for check in (lambda: validate(data, document), lambda: merge_data(data)):
        with contextlib.suppress(BlueprintError):
            check()


def merge_data(data: dict[str, Any]) -> None:
    document = parse_document("x: 1\n", "x")
    document.data.clear()
    document.data.update(data)
    merge(document, ["requirements.teams=3", "contexts.billing={}"], name="shop")
