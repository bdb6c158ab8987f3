"""A document as AWS API Gateway imports it: who answers what, and who asks for a token."""

from dataclasses import replace
from typing import Any

from blueprint_cli.deployment.http_api import ANY, Routes, for_http_api, routes_of
from blueprint_cli.deployment.openapi import operations_of

ROUTES = Routes(
    exact={"/keys": "identity"},
    below={"/v1/a": "a", "/v1/a/b": "b"},
    edge="edge",
    named="shop-${Stage}-%s",
)
BEARER: list[dict[str, list[str]]] = [{"bearer": []}]
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "paths": {
        "/keys": {"get": {"responses": {"200": {}}}},
        "/v1/a": {
            "get": {"responses": {"200": {}}, "security": [{}, *BEARER]},
            "post": {"responses": {"201": {}, "401": {}}, "security": BEARER},
        },
        "/v1/a/{id}": {"get": {"responses": {"200": {}}, "security": BEARER}},
        "/v1/a/b/{id}": {"get": {"responses": {"200": {}}}},
    },
    "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
}
INTEGRATION = "x-amazon-apigateway-integration"


def test_a_client_sees_the_same() -> None:
    converted = for_http_api(DOCUMENT, ROUTES)
    optional = ("GET", "/v1/a")
    expected = operations_of(DOCUMENT)
    expected[optional] = replace(expected[optional], schemes=frozenset())
    assert operations_of(converted.document) == expected
    assert converted.lost == (
        "GET /v1/a: nobody looks at a token that may be left out",
        "components.securitySchemes.bearer: http bearer is a header, for an authoriser",
    )


def test_each_path_has_the_function_that_answers_it() -> None:
    found = for_http_api(DOCUMENT, ROUTES).document
    paths = found["paths"]

    def answers(path: str, method: str) -> str:
        return str(paths[path][method][INTEGRATION]["$ref"].rpartition("/")[2])

    assert answers("/keys", "get") == "identity"
    assert answers("/v1/a/{id}", "get") == "a"
    assert answers("/v1/a/b/{id}", "get") == "b"
    # What the document does not name below a path, too; all the rest is the edge's.
    assert answers("/v1/a", ANY) == answers("/v1/a/{proxy+}", ANY) == "a"
    assert "/keys/{proxy+}" not in paths
    assert answers("/$default", ANY) == "edge"
    integration = found["components"]["x-amazon-apigateway-integrations"]["b"]
    assert ":function:shop-${Stage}-b/invocations" in integration["uri"]["Fn::Sub"]
    assert routes_of(found) == len(operations_of(DOCUMENT)) + 6


def test_a_token_is_asked_for_where_nobody_comes_without() -> None:
    found = for_http_api(DOCUMENT, ROUTES).document
    paths = found["paths"]
    assert paths["/v1/a"]["post"]["security"] == BEARER
    assert "security" not in paths["/v1/a"]["get"]
    assert "security" not in paths["/keys"]["get"]
    authorizer = found["components"]["securitySchemes"]["bearer"]["x-amazon-apigateway-authorizer"]
    assert "function:shop-${Stage}-edge/" in authorizer["authorizerUri"]["Fn::Sub"]


def test_what_a_document_asks_everywhere_is_asked_of_each_operation() -> None:
    whole = {**DOCUMENT, "security": BEARER}
    found = for_http_api(whole, ROUTES).document
    assert "security" not in found
    assert found["paths"]["/keys"]["get"]["security"] == BEARER
    secured = {key for key, one in operations_of(whole).items() if one.secured}
    assert {key for key, one in operations_of(found).items() if one.secured} == secured
