"""The published JSON Schema: valid itself, and of one mind with the model."""

import copy
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from blueprint_cli.errors import BlueprintError
from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.reading import validate
from blueprint_cli.spec.schema import json_schema
from tests.program import Run

WHOLE = """\
blueprint: 1
project: {name: shop, description: "A shop: käse & more", owner: team-shop}
requirements:
  developers: 8
  teams: 1
  bounded_contexts: 4
  requests_per_second_avg: 50
  peak_to_average: 4
  p95_latency_ms: 100
  availability_percent: 99.9
  consistency: strong
  async_share_percent: 20
  stream_events_per_second: 0
  consumers_per_event: 1
  independent_deploys_needed: false
  independent_scaling_needed: false
  isolation_or_compliance: false
  ops_maturity: medium
  time_to_first_release_weeks: 12
  monthly_budget_usd: 2000
  domain_stability: exploring
  polyglot: false
pattern: monolith
contexts: {identity: {}, catalog: {}, orders: {}, notifications: {}}
platform: {gateway: nginx, ci: github}
slo: {p95_ms: 100, throughput_rps: 100, error_rate_percent: 0.1}
template: {source: builtin}
check:
  {fail_on: warning, select: [BP1], ignore: [BP104], exclude: [docs/**], severities: {BP6: note}}
owned: [{path: src/app/server.py, reason: ours now}]
"""
DATA: dict[str, Any] = parse_document(WHOLE, "whole").data


def changed(path: str, value: object) -> dict[str, Any]:
    data = copy.deepcopy(DATA)
    here = data
    *parents, last = path.split(".")
    for part in parents:
        here = here[part]
    here[last] = value
    return data


CLINIC: dict[str, Any] = parse_document(
    """\
summary: Doctors and their appointments
types: {Speciality: [general, cardiology], Phone: 'text(5..20) /[0-9]+/', Place: {floor: int}}
entities:
  Doctor:
    fields: {account: ref identity.User unique once, name: text(1..9), phone: Phone optional}
    owner: account
    access: {read: anyone, create: [admin, user]}
    list: {sort: [name]}
  Visit:
    fields:
      doctor: ref Doctor
      at_place: Place optional
      price: decimal(8.2) 0..99 = 1.50
      tags: '[text(1..9)](0..3) optional'
      was_late: bool = false
      starts_at: datetime
    unique: {busy: "doctor, starts_at"}
    rules: {open_rule: , cheap: price < 50}
    states: [booked, done]
    commands:
      create: {takes: [doctor, starts_at], by: user, emits: VisitBooked}
      delete:
      finish: {from: booked, to: done, sets: {was_late: true}, by: [admin, system], emits: Done.v2}
""",
    "clinic",
).data


def clinic(path: str, value: object) -> dict[str, Any]:
    """A spec with a described context in which something is otherwise."""
    described = copy.deepcopy(CLINIC)
    here = described
    *parents, last = path.split(".") if path else [""]
    for part in parents:
        here = here[part]
    if path:
        here[last] = value
    return changed("contexts.clinic", described)


VALID = [
    clinic("", None),
    clinic("entities.Doctor.access", None),
    clinic("entities.Doctor.list", None),
    clinic("entities.Visit.commands.finish.from", ["booked"]),
    clinic(
        "reactions",
        [{"when": "clinic.VisitBooked", "do": "Visit.finish", "of": "id", "needs": "version > 1"}],
    ),
    changed("contexts.identity", {"roles": ["desk"], "directory": ["desk"]}),
    DATA,
    {"blueprint": 1, "project": {"name": "shop"}, "pattern": "event-driven"},
    changed("requirements", None),
    changed("platform", {}),
    changed("slo", None),
    changed("template", None),
    changed("template", {"source": "gh:acme/service", "ref": "v1", "answers": {"port": 80}}),
    changed("standard", {"source": "python:acme-standard"}),
    changed("contexts.catalog", None),
    changed("contexts.reviews", {"by": "hand"}),
    changed("requirements.polyglot", None),
    changed("requirements.p95_latency_ms", 0.5),
    changed("check", None),
    changed("check", {}),
    changed("check.severities", {"BP102": "note", "BP": "warning"}),
    changed("owned", []),
    changed("owned", [{"path": ".github/workflows", "reason": "r"}]),
]
INVALID = [
    clinic("summary", "two\nlines"),
    clinic("types.speciality", ["a"]),
    clinic("types.Speciality", []),
    clinic("types.Speciality", [1]),
    clinic("types.Place", {}),
    clinic("types.Phone", "text optional, or not"),
    clinic("entities.doctor", {"fields": {"x": "int"}}),
    clinic("entities.Doctor", None),
    clinic("entities.Doctor.fields", None),
    clinic("entities.Doctor.fields.Name", "int"),
    clinic("entities.Doctor.fields.name", ["text"]),
    clinic("entities.Doctor.fields.name", "text?"),
    clinic("entities.Doctor.fields.name", "decimal(12,2)"),
    clinic("entities.Doctor.plural", "Doctors"),
    clinic("entities.Doctor.access", {"write": "admin"}),
    clinic("entities.Doctor.access", {"read": 1}),
    clinic("entities.Doctor.list", {"filter": "name"}),
    clinic("entities.Visit.rules.cheap", ["price < 50"]),
    clinic("entities.Visit.states", "booked"),
    clinic("entities.Visit.commands.finish.to", ["done"]),
    clinic("entities.Visit.commands.finish.emits", "done"),
    clinic("entities.Visit.commands.finish.fromm", "booked"),
    clinic("entities.Visit.parts", {}),
    clinic("reactions", {"when": "clinic.VisitBooked"}),
    clinic("reactions", [{"when": "clinic.VisitBooked"}]),
    clinic("reactions", [{"when": "hourly", "do": "Visit.finish"}]),
    clinic("views", {}),
    {},
    changed("blueprint", 2),
    changed("blueprint", "1"),
    changed("blueprint", value=True),
    changed("project", None),
    changed("project.name", "My Shop"),
    changed("project.name", "a" * 51),
    changed("project.description", "two\nlines"),
    changed("project.description", 3),
    changed("pattern", "auto"),
    changed("pattern", None),
    changed("requirements.team", 1),
    changed("requirements.teams", value=True),
    changed("requirements.teams", "1"),
    changed("requirements.teams", 1.5),
    changed("requirements.teams", 0),
    changed("requirements.availability_percent", 100),
    changed("requirements.p95_latency_ms", 0),
    changed("requirements.consistency", "weak"),
    changed("requirements.polyglot", 1),
    changed("platform.gateway", None),
    changed("slo.error_rate_percent", 101),
    changed("slo.p95_ms", None),
    changed("contexts", {}),
    changed("contexts", None),
    changed("contexts.Catalog", {}),
    changed("contexts.catalog", {"x": 1}),
    changed("contexts.reviews", {"by": "me"}),
    changed("contexts.reviews", {"by": ["hand"]}),
    changed("template.ref", "-v1"),
    changed("check.fail_on", "never"),
    changed("check.select", "BP102"),
    changed("check.select", None),
    changed("check.select", ["BP9"]),
    changed("check.ignore", ["lint-off"]),
    changed("check.ignore", [102]),
    changed("check.exclude", ["/etc"]),
    changed("check.severities", {"BP999": "note"}),
    changed("check.severities", {"BP102": "off"}),
    changed("check.rules", []),
    changed("owned", None),
    changed("owned", [{"path": "a"}]),
    changed("owned", [{"path": "/a", "reason": "r"}]),
    changed("owned", [{"path": "a", "reason": ""}]),
    changed("other", 1),
]


def model_accepts(data: dict[str, Any]) -> bool:
    try:
        validate(data, parse_document("x: 1", "x"))
    except BlueprintError:
        return False
    return True


def test_the_schema_is_one_itself() -> None:
    for answers in (False, True):
        Draft202012Validator.check_schema(json_schema(answers=answers))
        assert json_schema(answers=answers)["$id"].startswith("urn:backend-blueprint:")


@pytest.mark.parametrize("data", VALID, ids=range(len(VALID)))
def test_what_is_valid_is_valid_for_schema_and_model(data: dict[str, Any]) -> None:
    Draft202012Validator(json_schema()).validate(data)
    assert model_accepts(data)


@pytest.mark.parametrize("data", INVALID, ids=range(len(INVALID)))
def test_what_is_invalid_is_invalid_for_schema_and_model(data: dict[str, Any]) -> None:
    assert not Draft202012Validator(json_schema()).is_valid(data)
    assert not model_accepts(data)


def test_an_answers_file_may_be_partial() -> None:
    answers = Draft202012Validator(json_schema(answers=True))
    for data in ({}, {"pattern": "auto"}, {"project": {"owner": "us"}}, DATA):
        answers.validate(data)
    assert not answers.is_valid({"project": {"nam": "x"}})
    assert not answers.is_valid({"requirements": {"teams": "1"}})


def test_every_key_is_described() -> None:
    schema = json_schema()
    keys = [
        (name, key)
        for section in [schema, *schema["$defs"].values()]
        for name, key in section["properties"].items()
    ]
    bare = [name for name, key in keys if "description" not in key and "$ref" not in str(key)]
    assert not bare
    assert all(section["description"] for section in schema["$defs"].values())


def test_the_command_prints_it(run: Run) -> None:
    plain, json_flag = run("schema"), run("schema", "--json")
    assert json.loads(plain.out) == json.loads(json_flag.out) == json_schema()
    assert json.loads(run("schema", "--answers").out) == json_schema(answers=True)
    assert (plain.code, plain.err) == (0, "")


def test_it_says_who_goes_by_the_objectives() -> None:
    assert "What `bench` and alerts hold a running project to" in str(json_schema())
