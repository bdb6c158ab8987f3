"""The events' JSON Schemas: made from the classes of `contracts`, kept in files, compared."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import TypeAdapter

from kit_kafka.catalogue import event_classes

Schema: TypeAlias = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ANNOTATIONS = {"title", "description", "$schema", "$id", "$defs", "default", "examples"}


def schema_of(kind: str, cls: type[Any]) -> Schema:
    """One event's schema. Unknown fields are allowed: readers ignore them."""
    made = TypeAdapter(cls).json_schema()
    return {"$schema": DIALECT, "$id": f"{kind}.json", **made}


def schemas() -> dict[str, Schema]:
    """Every event's schema, by type."""
    return {kind: schema_of(kind, cls) for kind, cls in event_classes().items()}


def incompatibilities(old: Schema, new: Schema) -> list[str]:
    """Why the new schema cannot take the old one's place; empty when it can.

    Backward: today's reader has to read what was published. Forward: yesterday's reader has to
    read what is published from now on.
    """
    return sorted(set(_compare(_resolved(old), _resolved(new), "")))


def _compare(old: Schema, new: Schema, where: str) -> Iterator[str]:
    name = where or "the event"
    for key in sorted((old.keys() | new.keys()) - _ANNOTATIONS):
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        if key == "properties":
            yield from _compare_properties(old, new, where)
        elif key == "required":
            yield from _compare_required(old, new, where)
        elif key == "enum" and isinstance(before, list) and isinstance(after, list):
            for value in sorted(map(str, set(before) - set(after))):
                yield f"{name}: {value} is no longer allowed, and events with it were published"
            for value in sorted(map(str, set(after) - set(before))):
                yield f"{name}: {value} is new, and older readers do not know it"
        elif key == "items" and isinstance(before, dict) and isinstance(after, dict):
            yield from _compare(before, after, f"{where}[]")
        else:
            yield f"{name}: {key} was {_short(before)} and is {_short(after)}"


def _compare_properties(old: Schema, new: Schema, where: str) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    for name in sorted(before.keys() & after.keys()):
        yield from _compare(before[name], after[name], f"{where}.{name}".lstrip("."))


def _compare_required(old: Schema, new: Schema, where: str) -> Iterator[str]:
    before, after = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(after - before):
        yield f"{where}.{name}".lstrip(".") + " is required, and older events do not have it"
    for name in sorted(before - after):
        yield f"{where}.{name}".lstrip(".") + " may be missing, and older readers require it"


def _resolved(schema: Schema) -> Schema:
    """The schema with its definitions put in place."""
    definitions = schema.get("$defs", {})

    def put(part: Any) -> Any:
        if isinstance(part, list):
            return [put(each) for each in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            return put(definitions[part["$ref"].rpartition("/")[2]])
        return {key: put(value) for key, value in part.items() if key != "$defs"}

    resolved: Schema = put(schema)
    return resolved


def _short(value: object) -> str:
    return "absent" if value is None else json.dumps(value)[:80]


def breaks(published: Mapping[str, Schema], current: Mapping[str, Schema]) -> list[str]:
    """What is wrong with the current schemas, for whoever knows the published ones."""
    found = []
    for kind, old in sorted(published.items()):
        if kind not in current:
            found.append(f"{kind}: is gone, and readers and topics still have it")
        else:
            found += [f"{kind}: {each}" for each in incompatibilities(old, current[kind])]
    return found


def on_disk(folder: Path) -> dict[str, Schema]:
    """The schemas in the repository."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in folder.glob("*.json")}


def in_git(reference: str, folder: Path) -> dict[str, Schema]:
    """The schemas of another revision; raises CalledProcessError."""

    def git(*arguments: str) -> str:
        command = ("git", *arguments)
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - git, with our own words

    names = git("ls-tree", "--name-only", reference, f"{folder}/").splitlines()
    return {
        Path(name).stem: json.loads(git("show", f"{reference}:./{name}"))
        for name in names
        if name.endswith(".json")
    }


def text_of(schema: Schema) -> str:
    """As it is written to a file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write(folder: Path) -> list[str]:
    """Write the schemas unless that breaks one that is there; the complaints."""
    current = schemas()
    found = breaks(on_disk(folder), current) if folder.is_dir() else []
    if not found:
        folder.mkdir(parents=True, exist_ok=True)
        for kind, schema in current.items():
            (folder / f"{kind}.json").write_text(text_of(schema), "utf-8")
    return found


def check(folder: Path, against: str | None) -> list[str]:
    """Compare the code with the files, and with a git revision; the complaints."""
    current, files = schemas(), on_disk(folder)
    found = breaks(files, current)
    if against:
        try:
            found += breaks(in_git(against, folder), current)
        except subprocess.CalledProcessError as error:
            found.append(f"git revision {against}: {error.stderr.strip()}")
    if not found and files != current:
        stale = sorted(k for k in current if files.get(k) != current[k])
        found.append(f"{folder} is not what the code says ({', '.join(stale)}): make contracts")
    return sorted(set(found))
