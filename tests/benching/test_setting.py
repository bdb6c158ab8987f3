"""What is there before the load: every account, because making one takes a second and more."""

from __future__ import annotations

import itertools
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from blueprint_cli.benching.client import Reply
from blueprint_cli.benching.people import Account
from blueprint_cli.benching.project import Examples, NamedRow, example_of, rows_in
from blueprint_cli.benching.setting import Setting, prepare
from blueprint_cli.benching.workload import mixed
from blueprint_cli.spec.document import read_document
from blueprint_cli.spec.reading import validate

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[2]


class Accounts:
    """Counts the accounts that it makes."""

    def __init__(self) -> None:
        self.made: dict[str, Account] = {}

    def named(self, name: str, role: str) -> Account:
        return self.made.setdefault(name, Account(name, role, name, f"token-of-{name}"))

    def with_role(self, roles: Iterable[str]) -> Account:
        return self.named(f"bench {next(iter(roles))}", "")


class Agreeable:
    """A client of a project that makes every row."""

    host, port = "127.0.0.1", 1

    def __init__(self) -> None:
        self._count = itertools.count(1)

    def ask(self, *_: object) -> Reply:
        return Reply(201, {"id": str(next(self._count)), "status": "booked"})


DOCTOR = {"name": "Ada"}
APPOINTMENT = {
    "doctor": {"row": "ada"},
    "starts_at": "2027-01-04T10:00:00+00:00",
    "ends_at": "2027-01-04T11:00:00+00:00",
}
ROWS = (
    NamedRow("ada", "/v1/clinic/doctors", "owner", DOCTOR),
    NamedRow("visit", "/v1/clinic/appointments", "owner", APPOINTMENT),
)


def test_no_account_is_made_while_the_load_runs() -> None:
    document = read_document(ROOT / "templates/examples/clinic.yaml")
    clinic = {"blueprint": 1, "project": {"name": "clinic"}, "pattern": "monolith"}
    spec = validate({**clinic, **document.data}, document)
    accounts: Any = Accounts()
    client: Any = Agreeable()

    setting = Setting()
    prepare(spec, client, accounts, Examples({"owner": "user"}, ROWS), setting)
    before = set(accounts.made)
    shares = {"reads": 1.0, "lists": 1.0, "commands": 1.0}
    asked = list(itertools.islice(mixed(setting.loads, shares, random.Random(1)), 300))  # noqa: S311 - no secret

    assert any(one.route.endswith("/check-in") for one in asked)
    assert set(accounts.made) == before


class Taken(Agreeable):
    """A client of a project that has rows of an earlier run, at the examples' own times."""

    def ask(self, *said: Any) -> Reply:  # noqa: ANN401 - JSON is of any type
        if said[2].get("starts_at") == APPOINTMENT["starts_at"]:
            return Reply(409, {"code": "overlap"})
        return super().ask(*said)


def test_rows_of_an_earlier_run_are_passed_by() -> None:
    document = read_document(ROOT / "templates/examples/clinic.yaml")
    clinic = {"blueprint": 1, "project": {"name": "clinic"}, "pattern": "monolith"}
    spec = validate({**clinic, **document.data}, document)
    accounts: Any = Accounts()
    client: Any = Taken()

    setting = Setting(later=40_000)
    prepare(spec, client, accounts, Examples({"owner": "user"}, ROWS), setting)

    made = {one.name: len(one.rows.made) for one in setting.made}
    assert made["clinic.Appointment"] >= spec.slo.workload.rows


class Happened(Agreeable):
    """A client of a project that takes no appointment that lies ahead, and no doctor called Bo."""

    def __init__(self) -> None:
        super().__init__()
        self.starts: list[str] = []

    def ask(self, *said: Any) -> Reply:  # noqa: ANN401 - JSON is of any type
        starts = said[2].get("starts_at", "")
        if starts > "2026-12-31" or said[2].get("name") == "Bo":
            return Reply(422, {"code": "not_yet"})
        self.starts += [starts] if starts else []
        return super().ask(*said)


def test_what_may_not_lie_ahead_is_made_of_the_past() -> None:
    document = read_document(ROOT / "templates/examples/clinic.yaml")
    clinic = {"blueprint": 1, "project": {"name": "clinic"}, "pattern": "monolith"}
    spec = validate({**clinic, **document.data}, document)
    accounts: Any = Accounts()
    happened = Happened()
    client: Any = happened
    rows = (*ROWS, NamedRow("bo", "/v1/clinic/doctors", "owner", {"name": "Bo"}))

    setting = Setting()
    prepare(spec, client, accounts, Examples({"owner": "user"}, rows), setting)

    made = {one.name: len(one.rows.made) for one in setting.made}
    assert made["clinic.Appointment"] >= spec.slo.workload.rows
    assert len(set(happened.starts)) == len(happened.starts)
    # What could not be made is known by name.
    assert setting.refused == ["bo: 422 not_yet"]


def test_a_row_is_referred_to_within_a_list_and_a_value() -> None:
    body = {"tags": [{"row": "a"}], "parts": [{"by": {"user": "bo"}, "of": {"row": "b"}}], "n": 1}
    row = NamedRow("one", "/v1/press/articles", "bo", body)
    assert list(rows_in(body)) == ["a", "b"]
    found = example_of(row, {"a": "1", "b": "2"}, {"bo": "3"})
    assert found.body == {"tags": ["1"], "parts": [{"by": "3", "of": "2"}], "n": 1}


LIBRARY = (
    NamedRow("book", "/v1/titles/titles", "owner", {"isbn": "9780000000000"}),
    NamedRow("copy", "/v1/titles/copies", "owner", {"title": {"row": "book"}, "barcode": "1234"}),
    NamedRow("loan", "/v1/lending/loans", "owner", {"copy": {"row": "copy"}}),
)


class Forgetful(Agreeable):
    """A client of a project in which lending hears of a copy a little later, or never."""

    def __init__(self, refusals: int) -> None:
        super().__init__()
        self.refusals = refusals

    def ask(self, *said: Any) -> Reply:  # noqa: ANN401 - JSON is of any type
        if said[1] == "/v1/lending/loans" and self.refusals:
            self.refusals -= 1
            return Reply(409, {"code": "no_such_copy"})
        return super().ask(*said)


@pytest.mark.parametrize(("refusals", "refused"), [(4, []), (10_000, ["loan: 409 no_such_copy"])])
def test_rows_that_another_context_has_to_know_are_waited_for(
    refusals: int, refused: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    document = read_document(ROOT / "templates/examples/library.yaml")
    library = {"blueprint": 1, "project": {"name": "library"}, "pattern": "event-driven"}
    spec = validate({**library, **document.data}, document)
    accounts: Any = Accounts()
    client: Any = Forgetful(refusals)

    setting = Setting()
    prepare(spec, client, accounts, Examples({"owner": "user"}, LIBRARY), setting)

    assert setting.refused == refused
