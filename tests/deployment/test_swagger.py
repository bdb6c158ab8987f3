"""A project's API as Swagger 2: what a client sees of it stays, and what is lost is listed."""

from collections.abc import Mapping
from typing import Any

import pytest

from blueprint_cli.deployment.openapi import operations_of
from blueprint_cli.deployment.swagger import as_2_0, for_google
from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.reading import validate
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.templates.data import template_data

REFERENCE = {"$ref": "#/components/schemas/Other"}
DEFINED = {"$ref": "#/definitions/Other"}
ANSWERS = {"responses": {"200": {"description": "Done"}}}


def document(**more: object) -> dict[str, Any]:
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}, **more}


def converted(schema: object) -> tuple[Any, tuple[str, ...]]:
    found = as_2_0(document(components={"schemas": {"Thing": schema}}))
    return found.document["definitions"]["Thing"], found.lost


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": ["string", "null"]}, {"type": "string", "x-nullable": True}),
        ({"anyOf": [REFERENCE, {"type": "null"}]}, {"allOf": [DEFINED], "x-nullable": True}),
        ({"type": "array"}, {"type": "array", "items": {}}),
        ({"type": "array", "items": REFERENCE}, {"type": "array", "items": DEFINED}),
        (
            {"type": "object", "additionalProperties": REFERENCE},
            {"type": "object", "additionalProperties": DEFINED},
        ),
        (
            {"type": "integer", "exclusiveMinimum": 0},
            {"type": "integer", "minimum": 0, "exclusiveMinimum": True},
        ),
    ],
)
def test_a_schema_says_the_same(schema: object, expected: object) -> None:
    assert converted(schema) == (expected, ())


@pytest.mark.parametrize(
    ("schema", "expected", "lost"),
    [
        ({"anyOf": [REFERENCE, {"type": "integer"}]}, {}, "anyOf: Swagger has no choice"),
        ({"type": "string", "default": ""}, {"type": "string"}, "default: only told"),
        ({"type": "string", "writeOnly": True}, {"type": "string"}, "writeOnly: Swagger has none"),
        ({"patternProperties": {}}, {}, "patternProperties is no keyword"),
    ],
)
def test_what_swagger_cannot_say_is_listed(schema: object, expected: object, lost: str) -> None:
    found, (line,) = converted(schema)
    assert found == expected
    assert lost in line


def test_a_parameter_is_a_value() -> None:
    parameters = [
        {"name": "kind", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
        {"name": "state", "in": "query", "schema": {"anyOf": [{"enum": ["a"]}, {"type": "null"}]}},
        {"name": "sort", "in": "query", "schema": {"type": "null"}},
        {"name": "theme", "in": "cookie", "schema": {"type": "string"}},
    ]
    found = as_2_0(document(paths={"/a": {"get": {**ANSWERS, "parameters": parameters}}}))
    kind, state, sort = found.document["paths"]["/a"]["get"]["parameters"]
    assert kind == {
        "name": "kind",
        "in": "query",
        "required": False,
        "type": "array",
        "items": {"type": "string"},
        "collectionFormat": "multi",
    }
    assert state["type"] == "string"
    assert "enum" not in sort  # one without a word is no Swagger
    assert [line.split(": ")[:2] for line in found.lost] == [
        ["GET /a", name] for name in ("state", "sort", "theme")
    ]


def test_a_body_is_one_parameter_with_one_schema() -> None:
    content: dict[str, Any] = {
        "application/merge-patch+json": {"schema": {}},
        "application/json": {"schema": {}},
    }
    body = {"required": True, "content": content}
    found = as_2_0(document(paths={"/a": {"patch": {**ANSWERS, "requestBody": body}}}))
    operation = found.document["paths"]["/a"]["patch"]
    assert operation["consumes"] == ["application/merge-patch+json", "application/json"]
    assert operation["parameters"] == [
        {"name": "body", "in": "body", "required": True, "schema": {}}
    ]
    assert found.lost == ()
    content["application/json"] = {"schema": {"type": "object"}}
    (line,) = as_2_0(document(paths={"/a": {"patch": {**ANSWERS, "requestBody": body}}})).lost
    assert line == "PATCH /a: body: Swagger has one schema for all kinds of content"


def of_the_shop() -> dict[str, Any]:
    text = (
        "blueprint: 1\nproject: {name: shop}\npattern: microservices\n"
        "contexts: {identity: {}, notifications: {}, catalog: {}, orders: {}}\n"
    )
    read = parse_document(text, "blueprint.yaml")
    documents = template_data(validate(read.data, read), find_template("microservices"))
    public: dict[str, Any] = parse_document(documents["documents"].public_api, "openapi").data
    return public


def address(_path: str, operation: Mapping[str, Any]) -> str:
    return f"https://{operation['tags'][0]}.example"


def test_a_clients_view_of_the_shop_stays() -> None:
    public = of_the_shop()
    found = for_google(public, address=address, keys="https://k.example", name="shop").document
    before, after = operations_of(public), operations_of(found)
    assert {place: after[place] for place in before} == before
    # What the project answers and its document does not name.
    assert {method for method, path in after.keys() - before.keys()} == {"HEAD", "OPTIONS"}

    # The comparison sees what is missing.
    del found["paths"]["/v1/orders"]["post"]["parameters"][0]
    del found["paths"]["/v1/orders"]["get"]["security"]
    changed = operations_of(found)
    assert [place for place in before if changed[place] != before[place]] == [
        ("GET", "/v1/orders"),
        ("POST", "/v1/orders"),
    ]


def test_google_is_told_who_answers_and_who_signs() -> None:
    found = for_google(of_the_shop(), address=address, keys="https://k.example/jwks", name="shop")
    order = found.document["paths"]["/v1/orders/{id}"]
    assert order["get"]["x-google-backend"] == {
        "address": "https://orders.example",
        "path_translation": "APPEND_PATH_TO_ADDRESS",
        "disable_auth": True,
        "deadline": 30.0,
    }
    assert order["options"]["parameters"] == order["get"]["parameters"]
    assert "security" not in order["options"]
    (scheme,) = found.document["securityDefinitions"].values()
    assert scheme["x-google-jwks_uri"] == "https://k.example/jwks"
    assert scheme["x-google-issuer"] == scheme["x-google-audiences"] == "shop"
    assert not [line for line in found.lost if "bearer" in line]
