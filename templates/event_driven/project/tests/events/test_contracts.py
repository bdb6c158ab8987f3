"""The published schemas and the AsyncAPI document are what the code says."""

from dev import asyncapi
from dev.database import ROOT
from kit_kafka import schemas
from kit_kafka.catalogue import event_classes


def test_the_schemas_are_current_and_break_nobody() -> None:
    assert schemas.check(ROOT / "contracts" / "events", against=None) == []


def test_the_asyncapi_document_is_current() -> None:
    assert asyncapi.FILE.read_text("utf-8") == asyncapi.current(), "run: make contracts"


def test_every_event_has_a_schema() -> None:
    files = {path.stem for path in (ROOT / "contracts" / "events").glob("*.json")}
    assert files == set(event_classes())
