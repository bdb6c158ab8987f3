"""A provider's document, as a consumer's expectations are held against it."""

import json
from typing import Any

from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dev.database import ROOT

Document = dict[str, Any]


def document_of(service: str) -> Document:
    """What the service says that it answers."""
    text = (ROOT / "services" / service / "openapi.json").read_text(encoding="utf-8")
    document: Document = json.loads(text)
    return document


def operation(document: Document, method: str, path: str) -> Document:
    """The operation that a request is for; fails where there is none."""
    for template, item in document["paths"].items():
        if _matches(template, path) and method.lower() in item:
            found: Document = item[method.lower()]
            return found
    raise AssertionError(f"the provider has no {method} {path}")


def _matches(template: str, path: str) -> bool:
    parts = list(zip(template.split("/"), path.split("/"), strict=False))
    same = template.count("/") == path.count("/")
    return same and all(ours.startswith("{") or ours == theirs for ours, theirs in parts)


def schema_of(document: Document, content: Document) -> Document:
    """The JSON schema of a body, with the document's components where its references look."""
    schema: Document = content["application/json"]["schema"]
    return {**schema, "components": document.get("components", {})}


def require_taken(document: Document, method: str, path: str, body: object) -> None:
    """Fails unless the provider's document takes this request."""
    asked = operation(document, method, path)
    if body is None:
        return
    schema = schema_of(document, asked["requestBody"]["content"])
    errors = [f"{e.json_path}: {e.message}" for e in Draft202012Validator(schema).iter_errors(body)]
    assert not errors, errors


def answers_of(document: Document, method: str, path: str) -> st.SearchStrategy[Any]:
    """Whatever the provider's document lets it answer with 200."""
    content = operation(document, method, path)["responses"]["200"]["content"]
    return _values_of(document, content["application/json"]["schema"])


def _values_of(document: Document, schema: Document) -> st.SearchStrategy[Any]:
    """Values of a schema: of what the services' documents use of JSON Schema."""
    if "$ref" in schema:
        return _values_of(document, _target(document, schema["$ref"]))
    if "oneOf" in schema:
        return st.one_of([_values_of(document, each) for each in schema["oneOf"]])
    if schema.get("type") == "object":
        return _objects_of(document, schema)
    if schema.get("type") == "array":
        return st.lists(_values_of(document, schema["items"]), max_size=3)
    return _scalars_of(schema)


def _objects_of(document: Document, schema: Document) -> st.SearchStrategy[Any]:
    values = {name: _values_of(document, it) for name, it in schema["properties"].items()}
    needed = {name: values.pop(name) for name in schema.get("required", ())}
    return st.fixed_dictionaries(needed, optional=values)


def _scalars_of(schema: Document) -> st.SearchStrategy[Any]:
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum", [schema.get("const")]))
    if schema["type"] == "integer":
        return st.integers(schema.get("minimum", 0), schema.get("maximum", 10**6))
    formats: dict[str, st.SearchStrategy[Any]] = {
        "uuid": st.uuids().map(str),
        "date-time": st.datetimes().map(lambda time: f"{time.isoformat()}Z"),
    }
    return formats.get(schema.get("format", ""), st.text(max_size=20))


def _target(document: Document, reference: str) -> Document:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    target: Document = found
    return target
