"""OpenAPI 3 as Swagger 2, which Google's gateways import, and what they add to it.

A schema loses what Swagger has no word for: then the document asks for less than the project does,
which looks at every request itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.deployment.openapi import METHODS, Converted, Document, as_3_0, resolved

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SCHEMAS: Final = "#/components/schemas/"
_DEFINITIONS: Final = "#/definitions/"
_JSON: Final = "application/json"
_KNOWN_METHODS: Final = tuple(one for one in METHODS if one != "trace")
_OF_AN_OPERATION: Final = (
    "tags",
    "summary",
    "description",
    "operationId",
    "deprecated",
    "security",
)
_OF_A_VALUE: Final = ("type", "format", "enum", "default", "pattern", "multipleOf", "uniqueItems")
_LIMITS: Final = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength"),
    *("minItems", "maxItems", "minProperties", "maxProperties"),
)
_WORDS: Final = ("title", "description", "example", "readOnly", "required")
_WITHOUT_A_WORD: Final = ("not", "writeOnly", "discriminator", "xml", "externalDocs")


def as_2_0(document: Mapping[str, Any], *, bearer: Document | None = None) -> Converted:
    """Return an OpenAPI document as Swagger 2, without its servers.

    ``bearer`` is written for a scheme of bearer tokens, which Swagger has no word for.
    """
    older = as_3_0(document)
    conversion = _Conversion(older.document, bearer)
    components = older.document.get("components", {})
    schemas, schemes = components.get("schemas", {}), components.get("securitySchemes", {})
    found = {
        "swagger": "2.0",
        "info": older.document["info"],
        "paths": {path: conversion.path(path, it) for path, it in older.document["paths"].items()},
        "definitions": {
            name: conversion.schema(one, f"definitions.{name}") for name, one in schemas.items()
        },
        "securityDefinitions": {name: conversion.scheme(name, it) for name, it in schemes.items()},
    }
    return Converted(
        {key: value for key, value in found.items() if value},
        (*older.lost, *conversion.lost),
    )


def for_google(
    document: Mapping[str, Any],
    *,
    address: Callable[[str, Mapping[str, Any]], str],
    keys: str,
    name: str,
) -> Converted:
    """Return a document that API Gateway and Cloud Endpoints import.

    Args:
        document: OpenAPI 3.
        address: of the service that answers an operation, given its path and itself.
        keys: the address of the JSON Web Keys that tokens are verified with.
        name: who issues the tokens and whom they are for.
    """
    # What their documentation has for tokens of others; the flow is written and not used.
    bearer = {
        "type": "oauth2",
        "flow": "implicit",
        "authorizationUrl": "",
        "x-google-issuer": name,
        "x-google-jwks_uri": keys,
        "x-google-audiences": name,
    }
    older = as_2_0(document, bearer=bearer)
    found = {**older.document, "schemes": ["https"]}
    for path, item in found["paths"].items():
        for operation in (item[method] for method in METHODS if method in item):
            operation["x-google-backend"] = _backend(address(path, operation))
        _let_pass(path, item)
    return Converted(found, older.lost)


def _backend(address: str) -> Document:
    return {
        "address": address,
        "path_translation": "APPEND_PATH_TO_ADDRESS",
        # Else the gateway's own token takes the place of the user's in Authorization.
        "disable_auth": True,
        "deadline": 30.0,
    }


def _let_pass(path: str, item: Document) -> None:
    """Add what the project answers and its document does not name: HEAD, and preflights."""
    first = next(item[method] for method in METHODS if method in item)
    parameters = [one for one in first.get("parameters", ()) if one["in"] == "path"]
    if "get" in item and "head" not in item:
        item["head"] = {**item["get"], "operationId": f"{item['get']['operationId']}_head"}
    if "options" not in item:
        item["options"] = {
            "summary": "Preflight",
            "description": f"What a page of another origin may do at {path}.",
            "operationId": f"{first['operationId']}_options",
            **({"parameters": parameters} if parameters else {}),
            "responses": {"200": {"description": "Allowed"}},
            "x-google-backend": first["x-google-backend"],
        }


class _Conversion:
    """Converts the parts of one OpenAPI 3.0 document, and remembers what they lose."""

    def __init__(self, document: Mapping[str, Any], bearer: Document | None) -> None:
        self._document = document
        self._bearer = bearer
        self._lost: dict[str, None] = {}

    @property
    def lost(self) -> tuple[str, ...]:
        """What Swagger has no word for: each place with the reason."""
        return tuple(self._lost)

    def path(self, path: str, item: Mapping[str, Any]) -> Document:
        """Convert the operations of a path."""
        shared = list(item.get("parameters", ()))
        found: Document = {}
        for method in METHODS:
            if method not in item:
                continue
            if method not in _KNOWN_METHODS:
                self._lose(f"{method.upper()} {path}", "Swagger has no such method")
                continue
            operation = {**item[method]}
            operation["parameters"] = [*shared, *operation.get("parameters", ())]
            found[method] = self._operation(f"{method.upper()} {path}", operation)
        return found

    def scheme(self, name: str, scheme: Mapping[str, Any]) -> Document:
        """Convert a way to log in."""
        if scheme["type"] == "apiKey" and scheme["in"] != "cookie":
            return {key: scheme[key] for key in ("type", "name", "in")}
        if scheme.get("scheme") == "basic":
            return {"type": "basic"}
        if scheme.get("scheme") == "bearer" and self._bearer is not None:
            return dict(self._bearer)
        self._lose(name, "Swagger knows no bearer token; it is a header to it")
        return {"type": "apiKey", "name": "Authorization", "in": "header"}

    def schema(self, schema: Mapping[str, Any], place: str) -> Document:
        """Convert a schema of OpenAPI 3.0."""
        if "$ref" in schema:
            return {"$ref": schema["$ref"].replace(_SCHEMAS, _DEFINITIONS)}
        for key in _WITHOUT_A_WORD:
            if key in schema:
                self._lose(f"{place}.{key}", "Swagger has none")
        found = {key: schema[key] for key in (*_WORDS, *_OF_A_VALUE, *_LIMITS) if key in schema}
        if "default" in found:
            # Of what a body leaves out it only tells; validators hold it to the rest of the schema.
            del found["default"]
            self._lose(f"{place}.default", "only told, and held to the schema by validators")
        if schema.get("nullable"):
            found["x-nullable"] = True
        return found | self._parts(schema, place)

    def _parts(self, schema: Mapping[str, Any], place: str) -> Document:
        parts: Document = {}
        if "properties" in schema:
            parts["properties"] = {
                name: self.schema(one, f"{place}.{name}")
                for name, one in schema["properties"].items()
            }
        if "items" in schema or schema.get("type") == "array":
            parts["items"] = self.schema(schema.get("items", {}), f"{place}.items")
        more = schema.get("additionalProperties")
        if more is not None:
            inner = f"{place}.additionalProperties"
            parts["additionalProperties"] = (
                more if isinstance(more, bool) else self.schema(more, inner)
            )
        if "allOf" in schema:
            parts["allOf"] = [self.schema(one, place) for one in schema["allOf"]]
        for key in ("anyOf", "oneOf"):
            if key in schema:
                parts |= self._choice(schema[key], f"{place}.{key}")
        return parts

    def _choice(self, choices: list[Mapping[str, Any]], place: str) -> Document:
        """Convert a choice: of one thing or null it is that thing, of several it is anything."""
        others = [one for one in choices if one.get("enum") != [None]]
        nullable = {"x-nullable": True} if len(others) < len(choices) else {}
        if len(others) == 1:
            return {"allOf": [self.schema(others[0], place)], **nullable}
        self._lose(place, "Swagger has no choice between schemas")
        return nullable

    def _operation(self, name: str, operation: Mapping[str, Any]) -> Document:
        found: Document = {key: operation[key] for key in _OF_AN_OPERATION if key in operation}
        answers = {
            code: resolved(self._document, it) for code, it in operation["responses"].items()
        }
        produced = {kind: None for one in answers.values() for kind in one.get("content", {})}
        if produced:
            found["produces"] = list(produced)
        parameters = []
        for one in operation["parameters"]:
            parameter = resolved(self._document, one)
            if parameter["in"] == "cookie":
                self._lose(f"{name}: {parameter['name']}", "Swagger has no cookies")
            else:
                parameters.append(self._parameter(name, parameter))
        if "requestBody" in operation:
            body = resolved(self._document, operation["requestBody"])
            found["consumes"] = list(body["content"])
            parameters.append(self._body(name, body))
        if parameters:
            found["parameters"] = parameters
        found["responses"] = {code: self._answer(name, one) for code, one in answers.items()}
        return found

    def _parameter(self, operation: str, parameter: Mapping[str, Any]) -> Document:
        place = f"{operation}: {parameter['name']}"
        schema = resolved(self._document, parameter.get("schema", {}))
        found = {key: parameter[key] for key in ("name", "in", "description") if key in parameter}
        found["required"] = bool(parameter.get("required"))
        found |= self._value(schema, place)
        if found["type"] == "array" and parameter["in"] == "query":
            found["collectionFormat"] = "multi"
        return found

    def _value(self, schema: Mapping[str, Any], place: str) -> Document:
        """Convert the schema of a parameter or header, which is a value and refers to nothing."""
        found = {key: schema[key] for key in (*_OF_A_VALUE, *_LIMITS) if key in schema}
        if found.get("type") not in {"string", "number", "integer", "boolean", "array"}:
            self._lose(place, "Swagger has no choice between types here; it is a text to it")
            found["type"] = "string"
        if found.get("enum") and None in found["enum"]:
            found["enum"] = [one for one in found["enum"] if one is not None]
            if not found["enum"]:
                del found["enum"]
                self._lose(place, "Swagger has no word for a value that nobody may give")
        if found["type"] == "array":
            found["items"] = self._value(
                resolved(self._document, schema.get("items", {})), f"{place}.items"
            )
        return found

    def _body(self, operation: str, body: Mapping[str, Any]) -> Document:
        content = body["content"]
        chosen = content.get(_JSON) or next(iter(content.values()))
        if any(one != chosen for one in content.values()):
            self._lose(f"{operation}: body", "Swagger has one schema for all kinds of content")
        schema = self.schema(chosen.get("schema", {}), f"{operation}: body")
        required = bool(body.get("required"))
        return {"name": "body", "in": "body", "required": required, "schema": schema}

    def _answer(self, operation: str, answer: Mapping[str, Any]) -> Document:
        found: Document = {"description": answer["description"]}
        place = f"{operation}: answer"
        for content in list(answer.get("content", {}).values())[:1]:
            found["schema"] = self.schema(content.get("schema", {}), place)
        if "headers" in answer:
            found["headers"] = {
                name: self._value(
                    resolved(self._document, resolved(self._document, it).get("schema", {})),
                    f"{place}: {name}",
                )
                for name, it in answer["headers"].items()
            }
        return found

    def _lose(self, place: str, why: str) -> None:
        self._lost[f"{place}: {why}"] = None
