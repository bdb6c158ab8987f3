"""E-mail as a reaction: from a described event to the notice that notifications record."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from blueprint_cli.spec.model import Spec
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.templates.data import template_data
from blueprint_cli.tree import Tree, write_tree
from tests.rendered import look_as_ruff

SPEC = Spec.model_validate({"blueprint": 1, "project": {"name": "shop"}, "pattern": "monolith"})
BOOKED = {
    "publisher": "clinic",
    "module": "clinic_v1",
    "is_former": False,
    "event": "AppointmentBooked",
    "name": "AppointmentBooked",
    "version": 1,
    "to": "patient",
    "text": "booked",
    "fields": ["id", "status", "version", "at", "patient", "doctor"],
}
WELCOME = {
    "publisher": "identity",
    "module": "identity_v1",
    "is_former": False,
    "event": "UserRegistered",
    "name": "UserRegistered",
    "version": 1,
    "to": "user_id",
    "text": "welcome",
    "fields": ["user_id", "email", "name", "registered_at"],
}
CLINIC = """
from dataclasses import dataclass

@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentBooked:
    id: str
    version: int
    patient: str | None
    doctor: str
"""
RECORD = """
import asyncio, json
from contracts.clinic_v1 import AppointmentBooked
from contracts.identity_v1 import UserRegistered
from notifications.domain.texts import TEXTS
from notifications.entrypoints.messages import subscribe

class Service:
    async def notify(self, notices):
        for each in notices:
            text = TEXTS[each.text](each.data)
            about = each.user_id, each.about, each.version
            print(json.dumps([each.text, *about, text.subject, text.body]))
    async def know_recipient(self, recipient):
        pass

class Bus:
    def subscribe(self, consumer, event, handler):
        if event is AppointmentBooked:
            row = {"id": "a1", "version": 3, "doctor": "dora"}
            events = [event(**row, patient=patient) for patient in ("paul", None)]
        elif event is UserRegistered:
            events = [event(user_id="u1", email="u@example.com", name="U", registered_at=None)]
        else:
            return
        asyncio.run(handler(events))

subscribe(Bus(), Service())
"""


def rendered(monkeypatch: pytest.MonkeyPatch, *reactions: dict[str, Any]) -> Tree:
    """A monolith with these reactions of notifications."""
    monkeypatch.setattr(
        "blueprint_cli.templates.render.template_data",
        lambda *given: {**template_data(*given), "reactions": list(reactions)},
    )
    return find_template("monolith").render(SPEC).tree


def recorded(tree: Tree, folder: Path) -> list[list[object]]:
    """What is recorded of an appointment with and without a patient, and of a new user."""
    below = ("src/notifications/", "src/contracts/")
    files = {path: file for path, file in tree.items() if path.startswith(below)}
    write_tree(Tree(files), folder)
    (folder / "src/contracts/clinic_v1.py").write_text(CLINIC)
    (folder / "src/kit").mkdir()
    (folder / "src/kit/bus.py").write_text("class Bus: ...\n")
    ran = subprocess.run(
        [sys.executable, "-c", RECORD],
        cwd=folder / "src",
        check=True,
        capture_output=True,
        text=True,
    )
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_whom_an_event_names_is_told_about_its_row(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tree = rendered(monkeypatch, {**BOOKED, "to_optional": True}, WELCOME)
    body = "Appointment booked.\n\nNumber: a1\n"
    assert recorded(tree, tmp_path / "shop") == [
        ["booked", "paul", "a1", 3, "Appointment booked", body],
        ["welcome", "u1", "u1", 0, "User registered", "User registered.\n\nNumber: u1\n"],
    ]


def test_one_event_may_tell_several_and_only_where_it_has_to(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    others = {**BOOKED, "to": "doctor", "needs": "event.patient is None"}
    tree = rendered(monkeypatch, {**BOOKED, "to_optional": True}, others)
    told = [each[:4] for each in recorded(tree, tmp_path / "shop")]
    assert told == [["booked", "paul", "a1", 3], ["booked", "dora", "a1", 3]]
    texts = tree["src/notifications/domain/texts.py"].content.decode()
    assert texts.count("def booked(") == 1


def test_two_events_of_one_name_have_each_their_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    other = {**BOOKED, "publisher": "salon", "module": "salon_v1"}
    tree = rendered(monkeypatch, BOOKED, other)
    messages = tree["src/notifications/entrypoints/messages.py"].content.decode()
    assert "from contracts import clinic_v1, identity_v1, salon_v1\n" in messages
    assert "async def clinic_v1_appointment_booked(" in messages
    assert "async def salon_v1_appointment_booked(" in messages


def test_it_is_formatted_and_linted_as_the_rest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tree = rendered(monkeypatch, {**BOOKED, "to_optional": True}, WELCOME)
    write_tree(tree, tmp_path / "shop")
    look_as_ruff(tmp_path / "shop", "src/notifications", "tests/notifications")
