"""The JSON Schema of ``blueprint.yaml``, and what it says about a single key."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from blueprint_cli.spec.codes import CODES, SELECTORS
from blueprint_cli.spec.model import BUILTIN, FORMAT, Spec
from blueprint_cli.spec.questions import load_questions

if TYPE_CHECKING:
    from blueprint_cli.spec.document import KeyPath

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# These sections may be empty: every key in them has a default.
MAY_BE_NULL_OF_ENTITY = ("access", "list")
MAY_BE_NULL = ("requirements", "platform", "slo", "template", "check")


@cache
def json_schema(*, answers: bool = False) -> dict[str, Any]:
    """Return the schema (draft 2020-12) of a spec, or of an answers file, where all is optional."""
    schema = Spec.model_json_schema(mode="validation")
    kind = "answers" if answers else "spec"
    title = "Answers for `blueprint new`" if answers else "blueprint.yaml"
    schema = {
        "$schema": DIALECT,
        "$id": f"urn:backend-blueprint:{kind}:{FORMAT}",
        **schema,
        "title": title,
    }
    drop_titles(schema)
    for question in load_questions():
        asked = _resolve(schema, schema["properties"][question.section])
        asked["properties"][question.name]["description"] = question.description
    properties = schema["properties"]
    for section in MAY_BE_NULL:
        properties[section] = or_null(properties[section])
    close(schema, schema)
    contexts = properties["contexts"]
    contexts["default"] = {name: {} for name in contexts["default"]}
    of_entity = schema["$defs"]["Entity"]["properties"]
    for section in MAY_BE_NULL_OF_ENTITY:
        of_entity[section] = or_null(of_entity[section])
    if answers:
        schema.pop("required", None)
        schema["$defs"]["Project"].pop("required", None)
        properties["pattern"]["enum"] = [*properties["pattern"]["enum"], "auto"]
    else:
        _ask_builtin_for_pattern(schema)
    return schema


def _ask_builtin_for_pattern(schema: dict[str, Any]) -> None:
    """Require a pattern where the templates are our own: a team's may know none."""
    schema["required"] = [key for key in schema["required"] if key != "pattern"]
    of_a_team = {"required": ["source"], "properties": {"source": {"not": {"const": BUILTIN}}}}
    schema["if"] = {
        "required": ["template"],
        "properties": {"template": {**of_a_team, "type": "object"}},
    }
    schema["else"] = {"required": ["pattern"]}


def close(root: dict[str, Any], schema: object) -> None:
    """Allow no other names than those of a pattern, and sections that are left empty."""
    if isinstance(schema, list):
        for item in schema:
            close(root, item)
    elif isinstance(schema, dict):
        for item in schema.values():
            close(root, item)
        named = schema.get("patternProperties")
        if named and "additionalProperties" not in schema:
            schema["additionalProperties"] = False
            schema["patternProperties"] = {
                pattern: or_null(value) if _may_be_empty(root, value) else value
                for pattern, value in named.items()
            }


def _may_be_empty(root: dict[str, Any], schema: dict[str, Any]) -> bool:
    """Whether it is a section that needs no key."""
    return "$ref" in schema and "required" not in _resolve(root, schema)


def or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that allows null, too."""
    kept = {key: value for key, value in schema.items() if key in {"default", "description"}}
    rest = {key: value for key, value in schema.items() if key not in kept}
    return {**kept, "anyOf": [rest, {"type": "null"}]}


def drop_titles(schema: object) -> None:
    """Pydantic makes titles out of names: noise in an editor's pop-up."""
    if isinstance(schema, list):
        for item in schema:
            drop_titles(item)
    elif isinstance(schema, dict):
        for key, value in list(schema.items()):
            if key == "title" and isinstance(value, str) and "properties" not in schema:
                del schema[key]
            else:
                drop_titles(value)
        if "properties" in schema and isinstance(schema.get("title"), str) and "$id" not in schema:
            del schema["title"]


def schema_at(path: KeyPath, root: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """Return the part of the schema that describes a key; None where there is no such key.

    ``root`` is the schema of another document than a spec.
    """
    schema = json_schema() if root is None else root
    here: dict[str, Any] | None = schema
    for part in path:
        here = _child(schema, here, part) if here is not None else None
    return _resolve(schema, here) if here is not None else None


def _child(root: dict[str, Any], schema: dict[str, Any], part: str | int) -> dict[str, Any] | None:
    for option in _options(root, schema):
        if isinstance(part, int):
            if "items" in option:
                return dict(option["items"])
        elif part in option.get("properties", {}):
            return dict(option["properties"][part])
        elif option.get("patternProperties"):
            return dict(next(iter(option["patternProperties"].values())))
        elif isinstance(option.get("additionalProperties"), dict):
            return dict(option["additionalProperties"])
    return None


def _resolve(root: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        target = root["$defs"][schema["$ref"].rpartition("/")[2]]
        return {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema


def _options(root: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    resolved = _resolve(root, schema)
    if "type" in resolved:
        return [resolved]
    return [_resolve(root, option) for option in resolved.get("anyOf", [resolved])]


def keys_at(path: KeyPath, root: dict[str, Any] | None = None) -> list[str]:
    """Return the keys that a mapping may have, in the order of the model."""
    root = json_schema() if root is None else root
    schema = schema_at(path, root)
    if schema is None:
        return []
    return [key for option in _options(root, schema) for key in option.get("properties", {})]


@cache
def every_key() -> tuple[str, ...]:
    """Return every key that can be set, dotted."""
    found: list[str] = []
    for key in keys_at(()):
        below = keys_at((key,))
        found.extend([f"{key}.{name}" for name in below] or [key])
    return tuple(found)


def describe(path: KeyPath, root: dict[str, Any] | None = None) -> str:
    """Say in words what a key may hold; empty where there is no such key."""
    root = json_schema() if root is None else root
    schema = schema_at(path, root)
    if schema is None:
        return ""
    options = _options(root, schema)
    words = [_in_words(option) for option in options if option.get("type") != "null"]
    if len(words) < len(options) and path[:1] == ("requirements",):
        words.append("null (not known)")
    return " or ".join(words)


def _in_words(schema: dict[str, Any]) -> str:  # noqa: PLR0911 - one for each type
    if "const" in schema:
        return str(schema["const"])
    if schema.get("anyOf", [{}])[0].get("enum") == list(SELECTORS):
        return f"a code such as {CODES[0]}, or what several begin with"
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"])
    match schema.get("type"):
        case list():
            return "an expression in quotes"
        case "integer":
            return f"a whole number{_range(schema)}"
        case "number":
            return f"a number{_range(schema)}"
        case "boolean":
            return "true or false"
        case "string":
            return _text_in_words(schema)
        case "array":
            of = ", ".join(map(str, schema.get("items", {}).get("enum", ())))
            words = f"a list of {of}" if of else "a list"
            return f"{words}, not empty" if schema.get("minItems") else words
        case _:
            keys = ", ".join(schema.get("properties", {}))
            return f"a mapping with {keys}" if keys else "a mapping"


def _text_in_words(schema: dict[str, Any]) -> str:
    from blueprint_cli.spec import described, model, names  # noqa: PLC0415 - only needed for a message

    by_pattern = {
        model.NAME_PATTERN: names.ALLOWED,
        model.RELATIVE_PATH: "a path inside the project, with / and without . or ..",
        described.ONE_LINE: "one line of text",
        model.OWNER: "a line of text, @user, @organization/team or an e-mail address,",
    }
    words = by_pattern.get(schema.get("pattern", ""), "text")
    if words == "text" and "examples" in schema:
        return f"text such as {schema['examples'][0]}"
    if schema.get("minLength"):
        words += ", not empty"
    if schema.get("maxLength") and words != names.ALLOWED:
        words += f" of at most {schema['maxLength']} characters"
    return words


def _range(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    words = []
    if low is not None:
        words.append(f"from {low:,}")
    if "exclusiveMinimum" in schema:
        words.append(f"above {schema['exclusiveMinimum']:,}")
    if high is not None:
        words.append(f"to {high:,}" if low is not None else f"up to {high:,}")
    if "exclusiveMaximum" in schema:
        words.append(f"and below {schema['exclusiveMaximum']:,}")
    return f" {' '.join(words)}" if words else ""
