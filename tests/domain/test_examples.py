"""The examples of the vocabulary are read as they are meant."""

from pathlib import Path

import pytest

from blueprint_cli.domain.model import DescribedContext, EventName, Model
from blueprint_cli.spec.document import read_document
from blueprint_cli.spec.model import Spec
from blueprint_cli.spec.reading import read_model

EXAMPLES = Path(__file__).with_name("examples")


def read(name: str) -> Model:
    document = read_document(EXAMPLES / f"{name}.yaml")
    return read_model(Spec.model_validate({"pattern": "monolith", **document.data}))


def context(model: Model, name: str) -> DescribedContext:
    return next(one for one in model.contexts if one.name == name)


def test_a_clinic_has_its_commands_and_who_may_run_them() -> None:
    model = read("clinic")
    assert (model.roles, model.directory) == (("doctor", "desk"), ("desk",))
    doctor, appointment = context(model, "clinic").entities
    assert (doctor.plural, appointment.plural) == ("doctors", "appointments")
    assert [(one.name, one.by) for one in doctor.commands] == [
        ("create", ("desk",)),
        ("update", ("desk",)),
        ("delete", ("desk",)),
    ]
    assert doctor.commands[1].takes == ("name", "speciality", "room")
    move = appointment.commands[1]
    assert (move.from_states, move.to, move.by) == (("booked",), "", ("owner", "desk"))
    assert move.emits == EventName("AppointmentMoved")


@pytest.mark.parametrize("name", ["clinic", "library", "telemetry"])
def test_an_example_is_without_mistakes(name: str) -> None:
    assert read(name).contexts
