"""``blueprint-tests.yaml`` beside a template: answers and commands for its tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from blueprint_cli.templates.descriptions import Description, read_as

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "blueprint-tests.yaml"


class NamedCase(Description):
    """A case beside those that follow from the choices."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    answers: dict[str, Any] = {}


class TrialPlan(Description):
    """What a template's author says of its tests.

    Args:
        tests: the version of this format.
        answers: to questions that have no default, in every case.
        cases: others than those that follow from the choices.
        commands: which have to pass in a rendered project, of the case with every default and of
            those named here; they run where the template is trusted.
        most_combinations: beyond, every pair of choices is tested.
    """

    tests: Literal[1]
    answers: dict[str, Any] = {}
    cases: list[NamedCase] = []
    commands: list[Annotated[str, Field(min_length=1)]] = []
    most_combinations: Annotated[int, Field(ge=1, le=1000)] = 64


def read_plan(folder: Path) -> TrialPlan:
    """Read the plan in a template's folder; where there is none, everything is as by default.

    Raises:
        TemplateBroken: with every problem that was found, and where.
    """
    place = folder / FILE
    if not place.is_file():
        return TrialPlan(tests=1)
    return read_as(TrialPlan, place, kind="plan of tests", name=FILE)[0]
