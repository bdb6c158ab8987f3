"""The first question: parts and the things in them, an example, or nothing yet."""

from pathlib import Path

import pytest

from blueprint_cli.asking import text
from blueprint_cli.asking.about import About, read_about
from blueprint_cli.asking.quantities import NotUnderstood
from blueprint_cli.asking.saved import Kept, Saved
from blueprint_cli.asking.session import Session, open_session
from blueprint_cli.asking.steps import (
    AboutWanted,
    Accepted,
    AskedQuestion,
    Confirmation,
    EarlierAnswers,
    Refused,
    Shown,
)
from blueprint_cli.creating.create import NewProject
from blueprint_cli.domain.reading import read_contexts
from blueprint_cli.spec.document import parse_document
from tests.program import WriteTemplates

EXAMPLES = ("clinic", "shop")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", About()),
        ("nothing yet", About()),
        ("don't know", About()),
        ("clinic", About(example="clinic")),
        (" Clinic ", About(example="clinic")),
        ("care: Doctor, Appointment", About(parts=(("care", ("Doctor", "Appointment")),))),
        (
            "Front desk: lab result,lab result;billing:invoice;",
            About(parts=(("front_desk", ("LabResult",)), ("billing", ("Invoice",)))),
        ),
        ("desk: Doctor; desk: doctor, Desk", About(parts=(("desk", ("Doctor", "Desk")),))),
    ],
)  # fmt: skip
def test_an_answer_is_understood(typed: str, expected: About) -> None:
    assert read_about(typed, EXAMPLES) == expected


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("clinc", "did you mean clinic"),
        ("Doctor and Appointment", "names no part with its things"),
        ("scheduling:", "has nothing in it"),
        ("json: Doctor", "no part can be called json"),
        ("identity: Doctor", "no part can be called identity"),
        ("scheduling: 3D", "nothing can be called 3D"),
        (f"a: {'b' * 3000}", "longer"),
    ],
)
def test_what_is_no_answer_says_why(typed: str, said: str) -> None:
    with pytest.raises(NotUnderstood, match=said):
        read_about(typed, EXAMPLES)


def test_what_is_written_says_the_same_as_the_contexts() -> None:
    about = read_about("scheduling: Doctor, Appointment; billing: Invoice", EXAMPLES)
    assert parse_document(f"contexts:\n{about.text}\n", "a.yaml").data["contexts"] == about.contexts
    reading = read_contexts(about.contexts)
    assert not reading.mistakes
    doctor = reading.model.contexts[0].entities[0]
    assert (doctor.name, [one.name for one in doctor.fields]) == ("Doctor", ["name"])
    assert [one.name for one in doctor.commands] == ["create", "update", "delete"]


@pytest.fixture
def root(templates: WriteTemplates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    root = templates({"files/README.md": "# It\n"})
    (root / "examples").mkdir()
    (root / "examples/clinic.yaml").write_text("# Doctors.\ncontexts:\n  identity: {}\n")
    return root


def session_of(root: Path) -> Session:
    return open_session(NewProject(name="shop", templates=root, git=False))


def test_it_is_asked_first_and_back_returns_to_it(root: Path) -> None:
    session = session_of(root)
    assert session.step == AboutWanted((("clinic", "Doctors."),), "")
    assert isinstance(session.answer("back"), Refused)
    assert session.answer("?") == Shown("help")
    assert isinstance(session.answer("nonsense"), Refused)
    assert isinstance(session.answer("scheduling: Doctor"), Accepted)
    assert isinstance(session.step, AskedQuestion)
    session.answer("back")
    assert session.step == AboutWanted((("clinic", "Doctors."),), "scheduling: Doctor")
    outcome = session.answer("")
    assert isinstance(outcome, Accepted)
    assert "scheduling with Doctor" in outcome.made_of_it


def test_the_project_is_about_what_was_said(root: Path) -> None:
    session = session_of(root)
    for line in ("scheduling: Doctor", *[""] * 6, ""):
        session.answer(line)
    assert isinstance(session.step, Confirmation)
    session.answer("yes")
    session.create(lambda _: None)
    written = (session.destination / "blueprint.yaml").read_text(encoding="utf-8")
    assert "  scheduling:\n    entities:\n      Doctor:\n        fields:\n" in written


def test_an_example_is_taken(root: Path) -> None:
    session = session_of(root)
    for line in ("clinic", *[""] * 6, ""):
        session.answer(line)
    assert isinstance(session.step, Confirmation)
    assert session.step.request.example == "clinic"


def test_it_is_kept_with_the_other_answers(root: Path) -> None:
    session = session_of(root)
    session.answer("scheduling: Doctor")
    session.answer("low")
    kept = Saved(session.destination).read()
    assert kept is not None
    assert kept.about == "scheduling: Doctor"
    again = session_of(root)
    assert isinstance(again.step, EarlierAnswers)
    again.answer("yes")
    assert isinstance(again.step, AskedQuestion)
    assert again.step.place == 1
    anew = session_of(root)
    anew.answer("no")
    assert anew.step == AboutWanted((("clinic", "Doctors."),), "")


@pytest.mark.parametrize(
    ("earlier", "said"),
    [
        (Kept(answers={}, about="clinic: Doctor"), "What it is about is kept from"),
        (Kept(answers={"requirements.users": 1}), "Answers to 1 question are kept from"),
        (
            Kept(answers={"requirements.users": 1}, about="clinic: Doctor", pattern="monolith"),
            "What it is about, and answers to 1 question, and the choice of monolith are kept from",
        ),
    ],
)
def test_what_is_kept_of_an_earlier_run_is_said(earlier: Kept, said: str) -> None:
    assert said in text.earlier_answers(EarlierAnswers(earlier), 200)
