"""`python -m dev.openapi`: write each service's document to services/*/openapi.json, and what of
them is public, as one document, to gateway/openapi.json."""

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from dev.contexts import SERVICES
from dev.database import ROOT

PUBLIC = ROOT / "gateway" / "openapi.json"
INTERNAL = "/internal/"
SCHEMAS = "#/components/schemas/"


def documents() -> dict[Path, dict[str, Any]]:
    """What each file has to hold. Nothing is connected to."""
    before = dict(os.environ)
    nowhere = {f"{service.upper()}_URL": f"http://{service}" for service in SERVICES}
    os.environ |= nowhere | {
        "DATABASE_URL": "postgresql://nowhere/none",
        "ENVIRONMENT": "test",
        "KAFKA_BOOTSTRAP_SERVERS": "nowhere:9092",
    }
    try:
        own = {
            service: importlib.import_module(f"{service}_service.server").create_app().openapi()
            for service in SERVICES
        }
    finally:
        os.environ.clear()
        os.environ.update(before)
    title = json.loads(PUBLIC.read_text(encoding="utf-8"))["info"]["title"]
    files = {ROOT / "services" / name / "openapi.json": document for name, document in own.items()}
    return {**files, PUBLIC: public(title, own)}


def public(title: str, parts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The contexts' documents as one, without what only services may call."""
    paths: dict[str, Any] = {}
    components: dict[str, dict[str, Any]] = {}
    for context, part in parts.items():
        outside = {path: it for path, it in part["paths"].items() if not path.startswith(INTERNAL)}
        used = _used(outside, part.get("components", {}))
        others = _named_otherwise(used["schemas"], components.get("schemas", {}))
        renamed = _renamed({"paths": outside, "components": used}, context, others)
        paths |= renamed["paths"]
        for kind, found in renamed["components"].items():
            components.setdefault(kind, {}).update(found)
    components = {kind: dict(sorted(used.items())) for kind, used in components.items()}
    info = {"title": title, "version": "1"}
    return {"openapi": "3.1.0", "info": info, "paths": paths, "components": components}


def _used(paths: dict[str, Any], components: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The components that the paths name, and those that these name in turn."""
    schemas = components.get("schemas", {})
    used: dict[str, Any] = {}
    waiting = [paths]
    while waiting:
        text = json.dumps(waiting.pop())
        for name in schemas.keys() - used.keys():
            if f'"{SCHEMAS}{name}"' in text:
                used[name] = schemas[name]
                waiting.append(schemas[name])
    asked = json.dumps([it.get("security") for path in paths.values() for it in path.values()])
    schemes = components.get("securitySchemes", {})
    return {
        "schemas": used,
        "securitySchemes": {name: it for name, it in schemes.items() if f'"{name}"' in asked},
    }


def _named_otherwise(own: dict[str, Any], taken: dict[str, Any]) -> set[str]:
    """The schemas that have a name of another context's, and those that refer to one of them."""
    found = {name for name, schema in own.items() if taken.get(name, schema) != schema}
    while more := {
        name
        for name in (own.keys() & taken.keys()) - found
        if any(f'"{SCHEMAS}{each}"' in json.dumps(own[name]) for each in found)
    }:
        found |= more
    return found


def _renamed(part: dict[str, Any], context: str, names: set[str]) -> dict[str, Any]:
    """Paths and components in which some schemas begin with the context's name."""
    text = json.dumps(part)
    for name in names:
        text = text.replace(f'"{SCHEMAS}{name}"', f'"{SCHEMAS}{context}.{name}"')
    renamed: dict[str, Any] = json.loads(text)
    schemas = renamed["components"]["schemas"]
    renamed["components"]["schemas"] = {
        f"{context}.{name}" if name in names else name: schema for name, schema in schemas.items()
    }
    return renamed


def text_of(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    for file, document in documents().items():
        file.write_text(text_of(document), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
