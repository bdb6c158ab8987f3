"""The JSON Schema of ``standard.yaml``."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

from blueprint_cli.spec.schema import DIALECT, close, drop_titles, json_schema, or_null
from blueprint_cli.standards.model import FORMAT, KINDS, StandardFile

MAY_BE_NULL = ("allowed",)


@cache
def standard_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12); ``defaults`` is what an answers file is."""
    schema = {
        "$schema": DIALECT,
        "$id": f"urn:backend-blueprint:standard:{FORMAT}",
        **StandardFile.model_json_schema(mode="validation"),
        "title": "standard.yaml",
    }
    drop_titles(schema)
    close(schema, schema)
    properties = schema["properties"]
    for section in MAY_BE_NULL:
        properties[section] = or_null(properties[section])
    check = schema["$defs"]["OwnCheck"]
    check["properties"]["tests"] = or_null(check["properties"]["tests"])
    check["oneOf"] = [{"required": [kind]} for kind in KINDS]
    for kind in KINDS:
        check["properties"][kind] = _without_null(check["properties"][kind])
    answers = copy.deepcopy(json_schema(answers=True))
    answers["properties"].pop("standard")
    answers["$defs"]["Project"]["properties"].pop("name")
    schema["$defs"][answers["$id"]] = answers
    properties["defaults"] = {
        "description": properties["defaults"]["description"],
        "anyOf": [{"$ref": answers["$id"]}, {"type": "null"}],
    }
    return schema


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A kind that is null would be none; it is left out instead."""
    kept = {key: value for key, value in schema.items() if key not in {"anyOf", "default"}}
    (one,) = [each for each in schema["anyOf"] if each != {"type": "null"}]
    return {**kept, **one}
