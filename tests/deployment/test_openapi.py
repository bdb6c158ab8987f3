"""A document of OpenAPI 3.1 as clouds import it: what it says still, and what no more."""

from dataclasses import replace
from typing import Any

import pytest

from blueprint_cli.deployment.openapi import (
    ONLY_NULL,
    Operation,
    Parameter,
    as_3_0,
    operations_of,
)

REFERENCE = {"$ref": "#/components/schemas/Other"}


def document(**more: object) -> dict[str, Any]:
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}, **more}


def converted(schema: object) -> tuple[Any, tuple[str, ...]]:
    found = as_3_0(document(components={"schemas": {"Thing": schema}}))
    assert found.document["openapi"] == "3.0.1"
    return found.document["components"]["schemas"]["Thing"], found.lost


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
        (
            {"type": ["string", "null"], "enum": ["a"]},
            {"type": "string", "nullable": True, "enum": ["a", None]},
        ),
        (
            {"type": ["string", "integer"]},
            {"allOf": [{"anyOf": [{"type": "string"}, {"type": "integer"}]}]},
        ),
        (
            {"anyOf": [{"type": "integer", "exclusiveMinimum": 0}, {"type": "null"}], "title": "N"},
            {
                "type": "integer",
                "title": "N",
                "minimum": 0,
                "exclusiveMinimum": True,
                "nullable": True,
            },
        ),
        # Beside a reference and beside no type `nullable` says nothing.
        ({"anyOf": [REFERENCE, {"type": "null"}]}, {"anyOf": [REFERENCE, ONLY_NULL]}),
        ({"type": "null"}, ONLY_NULL),
        ({"const": "a"}, {"enum": ["a"]}),
        ({"type": "string", "examples": ["a", "b"]}, {"type": "string", "example": "a"}),
        (
            {"maximum": 5, "exclusiveMaximum": 9},
            {"maximum": 5},
        ),
        (
            {**REFERENCE, "description": "d"},
            {"allOf": [REFERENCE], "description": "d"},
        ),
        (REFERENCE, REFERENCE),
        (True, {}),
        (False, {"not": {}}),
        # A property may have a keyword's name.
        (
            {"properties": {"const": {"const": 1}, "schema": {"type": ["string", "null"]}}},
            {
                "properties": {
                    "const": {"enum": [1]},
                    "schema": {"type": "string", "nullable": True},
                }
            },
        ),
        (
            {"additionalProperties": {"type": ["string", "null"]}, "items": {"const": 1}},
            {"additionalProperties": {"type": "string", "nullable": True}, "items": {"enum": [1]}},
        ),
    ],
)
def test_a_schema_says_the_same(schema: object, expected: object) -> None:
    assert converted(schema) == (expected, ())


def test_what_3_0_cannot_say_is_listed() -> None:
    schema = {"type": "object", "properties": {"a": {"prefixItems": [True]}}, "if": {}}
    found, lost = converted(schema)
    assert found == {"type": "object", "properties": {"a": {}}}
    assert lost == (
        "components.schemas.Thing: if is no keyword of 3.0",
        "components.schemas.Thing.a: prefixItems is no keyword of 3.0",
    )
    of_the_document = as_3_0(document(webhooks={"a": {}}))
    assert "webhooks" not in of_the_document.document
    assert of_the_document.lost == ("webhooks: 3.0 has none",)


def test_a_schema_is_found_wherever_it_stands() -> None:
    schema = {"type": ["string", "null"]}
    content = {"application/json": {"schema": schema}}
    operation = {
        "parameters": [{"name": "q", "in": "query", "schema": schema}],
        "requestBody": {"content": content},
        "responses": {"200": {"headers": {"A": {"schema": schema}}, "content": content}},
    }
    text = str(as_3_0(document(paths={"/a": {"get": operation}})).document)
    assert "null'" not in text
    assert text.count("'nullable': True") == 4


ITEM = {
    "parameters": [{"name": "id", "in": "path", "required": True}],
    "get": {"parameters": [{"$ref": "#/components/parameters/q"}], "responses": {"200": {}}},
    "put": {"requestBody": {}, "responses": {"204": {}, "404": {}}, "security": []},
    "post": {"responses": {}, "security": [{}, {"bearer": []}]},
}
ID, Q = Parameter("id", "path", required=True), Parameter("q", "query", required=False)


def seen(
    *parameters: Parameter, body: bool = False, secured: bool = True, codes: str = ""
) -> Operation:
    return Operation(
        frozenset(parameters), body, frozenset(codes.split()), secured, frozenset({"bearer"})
    )


def test_what_a_client_sees_is_compared() -> None:
    named = {"parameters": {"q": {"name": "q", "in": "query"}}}
    new = document(paths={"/a/{id}": ITEM}, security=[{"bearer": []}], components=named)
    found = operations_of(new)
    assert found == {
        ("GET", "/a/{id}"): seen(ID, Q, codes="200"),
        ("PUT", "/a/{id}"): replace(
            seen(ID, body=True, secured=False, codes="204 404"), schemes=frozenset()
        ),
        ("POST", "/a/{id}"): seen(ID, secured=False),
    }
    assert operations_of(as_3_0(new).document) == found


def test_swagger_is_seen_alike() -> None:
    body = {"name": "body", "in": "body", "schema": {}}
    old = {
        "swagger": "2.0",
        "basePath": "/v1",
        "paths": {"/a": {"put": {"parameters": [body], "responses": {"204": {}}}}},
        "security": [{"bearer": []}],
    }
    assert operations_of(old) == {("PUT", "/v1/a"): seen(body=True, codes="204")}
