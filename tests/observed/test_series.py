"""How many series a process shows follows from the model: whatever clients invent adds none."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.observed.conftest import Observed

pytestmark = pytest.mark.project
OPERATORS = {"/livez", "/readyz", "/metrics"}
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "_OTHER"}
CODES_OF_ALL = 40  # of statuses and of ready-made contexts
STATUSES = 20
FAMILIES = 60
Series = tuple[str, Mapping[str, str]]


def series_of(observed: Observed, process: str) -> list[Series]:
    """Each with its name and its labels."""
    found = observed.query(f'{{job="{process}"}}')
    ours = [dict(one["metric"]) for one in found]
    return [(one.pop("__name__"), one) for one in ours if "alertname" not in one]


def test_labels_are_names_of_the_model(observed: Observed) -> None:
    spec = YAML(typ="safe").load(observed.project / "blueprint.yaml")
    contexts = {*spec["contexts"], "analytics", "kafka"}
    for process in observed.processes:
        routes = {*routes_of(observed, process), "unmatched"}
        allowed: dict[str, set[str] | None] = {
            "job": {process},
            "instance": None,
            "method": METHODS,
            "route": routes,
            "consumer": contexts,
            "outbox": {f"{one}.outbox" for one in contexts},
            "pool": {"transactions", "statements"},
            "state": {state for _, states in states_of(spec) for state in states},
            "entity": {entity for entity, _ in states_of(spec)},
        }
        for name, labels in series_of(observed, process):
            for label, value in labels.items():
                values = allowed.get(label)
                assert values is None or value in values, f"{name}: {label}={value} of {process}"


def test_there_are_no_more_than_the_model_allows(observed: Observed) -> None:
    spec = YAML(typ="safe").load(observed.project / "blueprint.yaml")
    for process in observed.processes:
        routes = len(routes_of(observed, process)) + 1
        series = series_of(observed, process)
        asked = {(labels["method"], labels["route"]) for _, labels in series if "route" in labels}
        codes = {labels["code"] for _, labels in series if "code" in labels}
        statuses = {labels["status"] for _, labels in series if "status" in labels}
        assert len(asked) <= routes * len(METHODS)
        assert len(statuses) <= STATUSES
        assert len(codes) <= CODES_OF_ALL + codes_of(spec)
        buckets = 12 + 3  # and the infinite one, the sum, the count
        at_most = len(asked) * (buckets + len(statuses) + len(codes))
        at_most += FAMILIES * (len(spec["contexts"]) + 1)
        at_most += 2 * sum(len(states) for _, states in states_of(spec))
        assert len(series) <= at_most
        shown = {labels["state"] for name, labels in series if name == "lending_rows"}
        assert shown in (set(), {"out", "returned", "lost", "open", "paid"})


def test_what_clients_invent_adds_none(observed: Observed) -> None:
    process, url = next(iter(observed.processes.items()))
    host = url.removeprefix("http://")

    def shown() -> set[str]:
        text = observed.metrics(process)
        return {line.rpartition(" ")[0] for line in text.splitlines() if line[0] != "#"}

    ask(host, "BREW0", "/v1/invented")
    before = shown() | shown()
    for number in range(20):
        ask(host, f"BREW{number}", f"/v1/invented/{number}")
        ask(host, "GET", f"/v1/invented/{number}?q={number}")
        ask(host, "GET", f"/invented-{number}")
    ask(host, "GET", "/v1/invented")
    new = shown() - before
    assert {one for one in new if "unmatched" not in one} == set()
    assert len(new) <= 2 * 20


def ask(host: str, method: str, path: str) -> None:
    connection = HTTPConnection(host, timeout=20)
    connection.request(method, path)
    connection.getresponse().read()
    connection.close()


def routes_of(observed: Observed, process: str) -> set[str]:
    """The templates of a process's document, of what operators ask, and of what services do."""
    internal = {labels["route"] for _, labels in series_of(observed, process) if "route" in labels}
    own = {one for one in internal if one.startswith("/internal/") and "{" not in one}
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
        f"{observed.processes[process]}/openapi.json", timeout=20
    ) as answer:
        document: dict[str, Any] = json.load(answer)
    return {*document["paths"], *OPERATORS, *own, "/", "/docs", "/openapi.json"}


def states_of(spec: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    yield "Order", ["pending", "confirmed", "rejected", "cancelled"]
    for context in spec["contexts"].values():
        for name, entity in (context or {}).get("entities", {}).items():
            yield name, entity.get("states", [])


def codes_of(spec: Mapping[str, Any]) -> int:
    """How many rules, guards and unique fields have a code of their own."""
    found = 0
    for context in spec["contexts"].values():
        for entity in (context or {}).get("entities", {}).values():
            found += len(entity.get("rules") or ()) + len(entity.get("unique") or ())
            found += len(entity["fields"])
            found += sum(len(one.get("needs") or ()) for one in entity.get("commands", {}).values())
    return found
