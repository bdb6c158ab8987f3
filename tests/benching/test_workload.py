"""What a load asks of a described context: of the clinic, against answers that are made up."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from blueprint_cli.benching.accounts import Credentials
from blueprint_cli.benching.connections import Answer
from blueprint_cli.benching.moving import Moves
from blueprint_cli.benching.people import Account
from blueprint_cli.benching.ready_made import IdentityLoad
from blueprint_cli.benching.workload import EntityLoad, Example, Known, Row, Rows, mixed
from blueprint_cli.errors import Failed
from blueprint_cli.spec.document import read_document
from blueprint_cli.spec.reading import validate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from blueprint_cli.benching.load import Request
    from blueprint_cli.domain.model import Entity

ROOT = Path(__file__).parents[2]
OWNER = Account("owner", "user", "u-1", "token-of-the-owner")
DESK = Account("desk", "desk", "u-2", "token-of-the-desk")
DOCTOR = Account("doctor", "doctor", "u-3", "token-of-a-doctor")


class Somebody:
    """Accounts without a project behind them."""

    def with_role(self, roles: Iterable[str]) -> Account | None:
        known = {"desk": DESK, "doctor": DOCTOR}
        return next((known[role] for role in roles if role in known), None)


def entity(name: str) -> Entity:
    document = read_document(ROOT / "templates/examples/clinic.yaml")
    spec = validate(
        {"blueprint": 1, "project": {"name": "clinic"}, "pattern": "monolith", **document.data},
        document,
    )
    [context] = spec.domain.contexts
    return next(one for one in context.entities if one.name == name)


@pytest.fixture
def rows() -> dict[str, Rows]:
    made = {"clinic.Doctor": Rows(), "clinic.Appointment": Rows()}
    made["clinic.Doctor"].all.append(Row("d-1", DESK, "", {}))
    return made


@pytest.fixture
def appointments(rows: dict[str, Rows]) -> EntityLoad:
    examples = [
        Example(
            "/v1/clinic/appointments",
            "owner",
            {
                "doctor": "d-0",
                "starts_at": f"2027-01-{day}T10:00:00+00:00",
                "ends_at": f"2027-01-{day}T11:00:00+00:00",
                "reason": "Reason 1",
            },
        )
        for day in ("04", "11", "18")
    ]
    known: Any = Known(Somebody(), {"owner": OWNER}, rows)  # type: ignore[arg-type]
    moves = Moves(entity("Appointment"), [one.body for one in examples])
    return EntityLoad("127.0.0.1:1", entity("Appointment"), examples, known, moves)


def sent(request: Request | None) -> tuple[str, dict[str, Any]]:
    assert request is not None
    head, _, body = request.wire.partition(b"\r\n\r\n")
    return head.decode(), json.loads(body) if body else {}


def test_no_two_rows_are_made_at_one_time(appointments: EntityLoad) -> None:
    bodies = [sent(appointments.create())[1] for _ in range(50)]
    assert len({one["starts_at"] for one in bodies}) == 50
    assert {one["doctor"] for one in bodies} == {"d-1"}
    # Whole weeks later: the hour and the day of the week are the example's.
    assert {one["starts_at"][10:] for one in bodies} == {"T10:00:00+00:00"}
    assert {one["ends_at"][10:] for one in bodies} == {"T11:00:00+00:00"}


def test_a_row_moves_to_a_time_that_no_other_is_made_at(appointments: EntityLoad) -> None:
    taken: list[str] = []
    for number in range(60):
        request = appointments.command() if number % 2 else appointments.create()
        if request is None:
            continue
        _, body = sent(request)
        taken += [body["starts_at"]] if "starts_at" in body else []
        made = json.dumps({"id": f"a-{number}", "status": "booked"}).encode()
        assert request.answered(Answer(200 if number % 2 else 201, made)) == "ok"
    assert len(taken) > 32, "rows were moved as well"
    assert len(set(taken)) == len(taken)


def test_a_row_that_was_made_is_asked_for(appointments: EntityLoad, rows: dict[str, Rows]) -> None:
    assert appointments.read() is None
    request = appointments.create()
    assert request is not None
    made = json.dumps({"id": "a-1", "status": "booked"}).encode()
    assert request.answered(Answer(201, made)) == "ok"
    head, _ = sent(appointments.read())
    assert head.startswith("GET /v1/clinic/appointments/a-1 ")
    assert "Authorization: Bearer token-of-the-owner" in head
    assert rows["clinic.Appointment"].all[0].status == "booked"


def test_a_command_runs_only_where_its_state_allows_and_by_whom_it_may(
    appointments: EntityLoad, rows: dict[str, Rows]
) -> None:
    body = {"starts_at": "2027-01-04T10:00:00+00:00", "ends_at": "2027-01-04T11:00:00+00:00"}
    known = rows["clinic.Appointment"].all
    known.append(Row("a-1", OWNER, "checked_in", body))
    asked = Counter[str]()
    for _ in range(60):
        request = appointments.command()
        if request is None:
            continue
        head, _ = sent(request)
        asked[request.route] += 1
        assert request.route.endswith("/finish")
        assert "token-of-a-doctor" in head
        assert appointments.command() is None  # while its answer is not there
        done = json.dumps({"status": "checked_in"}).encode()
        assert request.answered(Answer(200, done)) == "ok"
    assert asked


@pytest.mark.parametrize(
    ("status", "how"),
    [(201, "ok"), (409, "refused"), (422, "refused"), (401, "error"), (503, "error")],
)
def test_what_the_domain_refuses_is_no_error(
    appointments: EntityLoad, status: int, how: str
) -> None:
    request = appointments.create()
    assert request is not None
    assert request.answered(Answer(status, b'{"id": "a"}')) == how


def test_kinds_have_their_shares(appointments: EntityLoad, rows: dict[str, Rows]) -> None:
    rows["clinic.Appointment"].all.append(Row("a-1", OWNER, "done", {}))
    shares = {"reads": 60.0, "lists": 40.0, "creates": 0.0, "commands": 0.0}
    requests = mixed([appointments], shares, random.Random(1))  # noqa: S311 - the same in every run
    asked = Counter(next(requests).route for _ in range(1000))
    assert asked.keys() == {"GET /v1/clinic/appointments/{id}", "GET /v1/clinic/appointments"}
    assert 550 < asked["GET /v1/clinic/appointments/{id}"] < 650


def test_an_entity_that_wants_a_new_user_each_is_not_made_under_load(rows: dict[str, Rows]) -> None:
    example = Example("/v1/clinic/doctors", "desk", {"account": "u-9", "name": "Name"})
    known: Any = Known(Somebody(), {"desk": DESK}, rows)  # type: ignore[arg-type]
    moves = Moves(entity("Doctor"), [example.body])
    assert "creates" not in EntityLoad("x:1", entity("Doctor"), [example], known, moves).kinds


def test_a_load_that_can_ask_nothing_ends_and_says_so(appointments: EntityLoad) -> None:
    shares = {"reads": 1.0}
    with pytest.raises(Failed, match="nothing that it could ask: reads"):
        next(mixed([appointments], shares, random.Random(1)))  # noqa: S311 - the same in every run


def test_logins_are_of_everybody_in_turn_and_bring_new_tokens() -> None:
    everybody = [
        Account(name, "user", name, "old", Credentials(f"{name}@example.com", f"words of {name}"))
        for name in ("ada", "bob")
    ]
    people: Any = SimpleNamespace(all=everybody)
    kinds = IdentityLoad("127.0.0.1:1", people, everybody[0]).kinds
    for account in everybody:
        request = kinds["logins"]()
        assert request is not None
        head, body = sent(request)
        assert "Authorization" not in head
        name = account.name
        assert body == {"email": f"{name}@example.com", "password": f"words of {name}"}
        said = json.dumps({"access_token": f"new of {name}"}).encode()
        assert request.answered(Answer(200, said)) == "ok"
        assert request.answered(Answer(429)) == "error"
    assert [one.token for one in everybody] == ["new of ada", "new of bob"]
    head, _ = sent(kinds["reads"]())
    assert "Bearer new of ada" in head
