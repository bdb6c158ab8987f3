"""The description and the code of a described context say the same, or `check` says where not."""

import shutil
from pathlib import Path

import pytest

from blueprint_cli.checking.check import check_project
from tests.rendered import render

CLINIC = Path(__file__).parents[1] / "domain" / "examples" / "clinic.yaml"
SPEC, CONTRACTS = "blueprint.yaml", "src/contracts/clinic_v1.py"
ROUTES = "src/clinic/entrypoints/appointment/routes.py"
OPEN = "src/clinic/domain/within_opening_hours.py"
EVENT = """

@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorLeft:
    TYPE: ClassVar[str] = "clinic.doctor-left.v1"
"""


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("described")
    return render(folder / "clinic", "--answers", str(CLINIC), "--defaults")


@pytest.fixture
def clinic(rendered: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(rendered, tmp_path / "clinic"))


def edit(project: Path, path: str, old: str, new: str) -> None:
    text = (project / path).read_text(encoding="utf-8")
    assert old in text
    (project / path).write_text(text.replace(old, new, 1), encoding="utf-8")


def found(project: Path) -> list[tuple[str, str, str]]:
    """What `check` finds besides the function that is open in a fresh project."""
    return [
        (one.rule.id, one.found.path, one.found.message)
        for one in check_project(project).findings
        if one.rule.id != "BP505"
    ]


def test_a_fresh_project_says_what_is_yours_to_write_and_nothing_else(clinic: Path) -> None:
    (finding,) = check_project(clinic).findings
    assert (finding.rule.id, finding.severity) == ("BP505", "warning")
    assert (finding.found.path, finding.found.line) == (OPEN, 16)
    edit(clinic, OPEN, "raise NotImplementedError", "return bool")
    assert check_project(clinic).findings == ()


@pytest.mark.parametrize(
    ("rule", "change", "place", "said"),
    [
        (
            "BP503",
            (SPEC, "      Doctor:\n", "      Nurse: {fields: {name: text}}\n      Doctor:\n"),
            SPEC,
            "the entity clinic.Nurse is not in the code yet: blueprint update",
        ),
        (
            "BP503",
            (SPEC, "          check_in:", "          greet: {by: desk}\n          check_in:"),
            SPEC,
            "the route POST /v1/clinic/appointments/{id}/greet is not in the code yet",
        ),
        (
            "BP503",
            ("src/clinic/domain/doctor.py", "class Doctor:", "class Medic:"),
            SPEC,
            "the entity clinic.Doctor is described, and is not in src/clinic/domain/doctor.py",
        ),
        (
            "BP503",
            (CONTRACTS, "class DoctorDeleted:", "class DoctorErased:"),
            SPEC,
            "the event clinic.DoctorDeleted.v1 is described",
        ),
        (
            "BP503",
            (ROUTES, '"/{id}/check-in"', 'f"/{id}/check-in"'),
            SPEC,
            "the route POST /v1/clinic/appointments/{id}/check-in is described",
        ),
        ("BP504", (CONTRACTS, "\n\n@dataclass", f"{EVENT}\n\n@dataclass"), CONTRACTS, "DoctorLeft"),
        (
            "BP504",
            (ROUTES, "    @routes.get(", '    @routes.get("/today")(list)\n    @routes.get('),
            ROUTES,
            "the route GET /v1/clinic/appointments/today is in the code",
        ),
        (
            "BP504",
            (SPEC, "          check_in: ", "          # check_in: "),
            ROUTES,
            "/check-in is in the code",
        ),
        (
            "BP506",
            (SPEC, "starts_at: datetime", "starts_at: datetime optional"),
            SPEC,
            "clinic.AppointmentBooked.v1: starts_at can be null now",
        ),
        (
            "BP506",
            (SPEC, "reason: text(0..500)", "reason: json"),
            SPEC,
            "clinic.AppointmentBooked.v1: reason was text and is json",
        ),
        ("BP506", (CONTRACTS, "    name: str\n", ""), CONTRACTS, "DoctorCreated.name is gone"),
        (
            "BP507",
            (
                SPEC,
                '          ends_after_start: "ends_at > starts_at"',
                '          ends_after_start: "ends_at > now"',
            ),
            SPEC,
            "the rule ends_after_start can cease to hold",
        ),
        (
            "BP508",
            (SPEC, "note: text(0..4000) optional", "note: text(0..4000) optional was(remark)"),
            SPEC,
            "nothing was called remark",
        ),
    ],
)
def test_what_one_side_has_and_the_other_lacks_is_named(
    rule: str, change: tuple[str, str, str], place: str, said: str, clinic: Path
) -> None:
    edit(clinic, *change)
    named = [one for one in found(clinic) if one[:2] == (rule, place) and said in one[2]]
    assert len(named) == 1, found(clinic)


def test_a_field_that_is_called_otherwise_since_the_render_was_known(clinic: Path) -> None:
    edit(clinic, SPEC, "room: text(1..10) optional", "office: text(1..10) optional was(room)")
    assert not [one for one in found(clinic) if one[0] == "BP508"]


def test_a_folder_for_an_entity_that_nobody_described_is_named(clinic: Path) -> None:
    folder = clinic / "src/clinic/application/nurse"
    folder.mkdir()
    (folder / "read.py").write_text("", encoding="utf-8")
    assert [one[:2] for one in found(clinic)] == [("BP504", "src/clinic/application/nurse")]
    edit(clinic, SPEC, "owned: []", "owned: [{path: src/clinic/application/nurse, reason: ours}]")
    assert found(clinic) == []


def test_a_context_that_has_no_entities_yet_lacks_nothing(clinic: Path) -> None:
    edit(clinic, SPEC, "  clinic:\n", "  billing: {entities: {}}\n  clinic:\n")
    assert found(clinic) == []
