"""Whatever a domain is about, a gateway of a cloud imports an API that clients see as before."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint_cli.deployment.openapi import METHODS, operations_of
from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.reading import validate
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.templates.data import template_data

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.templates.documents import Documents

PATTERNS = ("monolith", "microservices", "event-driven")
TYPES = (
    *(
        "text",
        "text(1..20)",
        "text(3..8) = abc",
        "int",
        "int(1..5) = 3",
        "int(0..)",
        "bool = false",
    ),
    *("decimal(12.2)", "decimal(1.0)", "decimal(8.5) -90..90", "date", "time", "datetime"),
    *(
        "duration",
        "duration = PT2H",
        "uuid",
        "email",
        "url",
        "json",
        "Kind",
        "Kind = raw",
        "Amount",
    ),
    *("Place", "[Place]", "[text(1..9)] 0..3", "[Kind]", "[decimal(4.1)]", "text secret"),
)
SORTED = ("int", "date", "datetime", "decimal", "time")
WHO = st.sampled_from(["anyone", "user", "admin", "[desk, user]", "[admin, desk]"])
ODD = ("a", "a1", "as_it_was", "class_of_it", "type_", "data", "body", "sort_of", "p" * 40)
NAMES = st.sampled_from([name for name in ODD if not name.endswith("_")])


@st.composite
def entities(draw: st.DrawFn, name: str) -> str:
    fields = draw(st.dictionaries(NAMES, st.sampled_from(TYPES), min_size=1, max_size=5))
    optional = draw(st.booleans())
    words = {
        field: f"{kind} optional" if optional and "=" not in kind else kind
        for field, kind in fields.items()
    }
    lines = [f"      {name}:", "        fields:"]
    lines += [f"          {field}: '{word}'" for field, word in words.items()]
    access = {verb: draw(WHO) for verb in ("read", "create", "update", "delete")}
    held = ", ".join(f"{verb}: {who}" for verb, who in access.items())
    lines.append(f"        access: {{{held}}}")
    sorts = [field for field, kind in fields.items() if kind.split("(")[0].split()[0] in SORTED]
    texts = [field for field, kind in fields.items() if kind.startswith("text(1")]
    if draw(st.booleans()):
        listed = f"filter: [{', '.join(sorts[:2])}], sort: [{', '.join(sorts)}]"
        lines.append(f"        list: {{{listed}, search: [{', '.join(texts)}]}}")
    if draw(st.booleans()):
        lines += ["        states: [open, shut]", "        commands:", "          create: {}"]
        if draw(st.booleans()):
            lines.append("          update: {}")
        lines.append(f"          shut_it: {{from: [open], to: shut, by: {draw(WHO)}}}")
    return "\n".join(lines) + "\n"


@st.composite
def specs(draw: st.DrawFn) -> str:
    text = (
        "blueprint: 1\nproject: {name: acme}\n"
        f"pattern: {draw(st.sampled_from(PATTERNS))}\ncontexts:\n"
        "  identity: {roles: [desk]}\n  notifications: {}\n"
    )
    for context in draw(st.sampled_from([("stock",), ("e", "stock"), ("old_goods2", "e")])):
        text += f"  {context}:\n    types:\n      Kind: [raw, half_done]\n"
        text += "      Amount: decimal(18.6) 0..\n"
        text += "      Place: {street: text(1..20), code: text optional, lat: 'decimal(8.5)'}\n"
        text += "    entities:\n"
        for name in draw(st.sampled_from([("Box",), ("Box", "HalfDoneThing")])):
            text += draw(entities(name))
    return text


def documents_of(text: str) -> Documents:
    document = parse_document(text, "blueprint.yaml")
    spec = validate(document.data, document)
    made: Documents = template_data(spec, find_template(spec.pattern))["documents"]
    return made


def parameters_of(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in document["paths"].values():
        for method in METHODS:
            yield from item.get(method, {}).get("parameters", ())


def references(node: object) -> Iterator[str]:
    if isinstance(node, list):
        for one in node:
            yield from references(one)
    if isinstance(node, dict):
        for key, one in node.items():
            if key == "$ref" and isinstance(one, str):
                yield one
            yield from references(one)


def is_there(document: dict[str, Any], reference: str) -> bool:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found.get(part) if isinstance(found, dict) else None
    return found is not None


@settings(max_examples=40)
@given(specs())
def test_a_described_api_is_seen_alike_behind_every_gateway(text: str) -> None:
    documents = documents_of(text)
    own = operations_of(json.loads(documents.public_api))
    (google_text, google_lost), (aws_text, aws_lost) = documents.for_google, documents.for_http_api
    google, aws = json.loads(google_text), json.loads(aws_text)

    behind_google = operations_of(google)
    assert {place: behind_google[place] for place in own} == own
    assert {method for method, _ in behind_google.keys() - own.keys()} <= {"HEAD", "OPTIONS"}
    behind_aws = operations_of(aws)
    for place, operation in own.items():
        unasked = bool(operation.schemes) and not operation.secured
        assert any(line.startswith(f"{' '.join(place)}: nobody") for line in aws_lost) == unasked
        expected = replace(operation, schemes=frozenset()) if unasked else operation
        assert behind_aws[place] == expected
    assert behind_aws.keys() == own.keys()

    for document, lost in ((google, google_lost), (aws, aws_lost)):
        assert [one for one in references(document) if not is_there(document, one)] == []
        assert len(lost) == len(set(lost))
    # Each parameter is a value with a type of Swagger's, and what it may be is something.
    for parameter in parameters_of(google):
        if parameter["in"] == "body":
            continue
        assert parameter["type"] in {"string", "number", "integer", "boolean", "array"}
        assert parameter.get("enum", True)
    assert '"null"' not in aws_text
