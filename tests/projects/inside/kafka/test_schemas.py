"""A published schema never breaks: every planted change that would break a reader is refused."""

import copy
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from contracts.orders_v1 import OrderPlaced
from kit_kafka import schemas
from kit_kafka.asyncapi import document
from kit_kafka.catalogue import event_classes
from kit_kafka.commands import contracts

OLD: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "reason": {"enum": ["late", "lost"], "type": "string"},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}},
    },
    "required": ["id", "lines"],
    "$defs": {
        "Line": {
            "type": "object",
            "properties": {"count": {"type": "integer"}},
            "required": ["count"],
        }
    },
}


def changed(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    new = copy.deepcopy(OLD)
    change(new)
    return new


BREAKING: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "a field becomes required": (
        lambda new: new["required"].append("reason"),
        "reason is required, and older events do not have it",
    ),
    "a new field is required": (
        lambda new: new.update(
            properties=new["properties"] | {"note": {}}, required=[*new["required"], "note"]
        ),
        "note is required",
    ),
    "a required field may be missing": (
        lambda new: new["required"].remove("id"),
        "id may be missing, and older readers require it",
    ),
    "a type changes": (
        lambda new: new["properties"]["id"].update(type="integer"),
        'id: type was "string" and is "integer"',
    ),
    "a type changes deep within": (
        lambda new: new["$defs"]["Line"]["properties"]["count"].update(type="number"),
        'lines[].count: type was "integer" and is "number"',
    ),
    "a value goes": (
        lambda new: new["properties"]["reason"]["enum"].remove("lost"),
        "lost is no longer allowed",
    ),
    "a value comes": (
        lambda new: new["properties"]["reason"]["enum"].append("broken"),
        "broken is new, and older readers do not know it",
    ),
    "other fields are forbidden": (
        lambda new: new.update(additionalProperties=False),
        "additionalProperties was absent and is false",
    ),
}


@pytest.mark.parametrize("name", BREAKING)
def test_a_breaking_change_is_named(name: str) -> None:
    change, message = BREAKING[name]
    assert any(message in each for each in schemas.incompatibilities(OLD, changed(change)))


@pytest.mark.parametrize(
    "change",
    [
        lambda new: new["properties"].update(note={"type": "string"}),
        lambda new: new.update(title="Another", description="Words"),
        lambda new: new["$defs"].update(Unused={"type": "string"}),
    ],
)
def test_what_readers_do_not_notice_is_allowed(change: Callable[[dict[str, Any]], None]) -> None:
    assert schemas.incompatibilities(OLD, changed(change)) == []


def test_the_files_are_refused_a_breaking_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "events"
    arguments = ["--folder", str(folder)]
    assert contracts.main(["write", *arguments]) == 0
    assert contracts.main(["check", *arguments]) == 0
    file = folder / f"{OrderPlaced.TYPE}.json"
    published = schemas.on_disk(folder)[OrderPlaced.TYPE]
    published["properties"]["user_id"] = {"type": "integer"}
    file.write_text(schemas.text_of(published), "utf-8")
    before = file.read_bytes()
    for command in ("check", "write"):
        assert contracts.main([command, *arguments]) == 1
        assert "orders.order-placed.v1: user_id" in capsys.readouterr().err
    assert file.read_bytes() == before
    file.unlink()
    assert contracts.main(["check", *arguments]) == 1
    assert "make contracts" in capsys.readouterr().err


def test_a_published_revision_counts_even_if_the_files_were_changed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("contracts/events")
    assert contracts.main(["write"]) == 0
    file = folder / f"{OrderPlaced.TYPE}.json"
    good = file.read_bytes()
    gone = schemas.on_disk(folder)[OrderPlaced.TYPE]
    gone["required"].append("colour")
    file.write_text(schemas.text_of(gone), "utf-8")
    person = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    for command in (("init", "-q"), ("add", "."), ("commit", "-qm", "published")):
        subprocess.run(["git", *person, *command], check=True)  # noqa: S607
    file.write_bytes(good)
    assert contracts.main(["check"]) == 0
    assert contracts.main(["check", "--against", "HEAD"]) == 1
    assert "colour may be missing" in capsys.readouterr().err
    assert contracts.main(["check", "--against", "nowhere"]) == 1


@pytest.mark.parametrize("kind", event_classes())
def test_every_event_has_a_valid_schema(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schemas.schemas()[kind])


def test_the_asyncapi_document_has_every_event_and_resolves() -> None:
    made = document("shop", "1", {"catalog": [OrderPlaced]}, 6)
    assert set(made["components"]["messages"]) == {*event_classes(), "dead-letter"}
    for reference in _references(made):
        found: Any = made
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
    assert made["operations"]["catalog-reads-orders.events"]["action"] == "receive"
    assert made["channels"]["identity.events"]["bindings"]["kafka"]["topicConfiguration"][
        "cleanup.policy"
    ] == ["compact"]


def _references(part: Any) -> list[str]:
    if isinstance(part, list):
        return [found for each in part for found in _references(each)]
    if not isinstance(part, dict):
        return []
    here = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
    return here + [found for each in part.values() for found in _references(each)]
