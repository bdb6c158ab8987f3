"""A recommendation for requirements that stand in a file, in a project or on the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from blueprint_cli.errors import UsageError
from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.recommendation.answers_file import read_requirements
from blueprint_cli.recommendation.assumptions import parse_assumptions
from blueprint_cli.recommendation.measured import corrected, read_corrections
from blueprint_cli.recommendation.recommend import recommend
from blueprint_cli.recommendation.rules import load_rules

if TYPE_CHECKING:
    from blueprint_cli.recommendation.comparison import Comparison
    from blueprint_cli.recommendation.recommend import Recommendation
    from blueprint_cli.recommendation.rules import KnownRequirements, Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Where the requirements stand, and what differs from the built-in rules.

    ``answers`` are answers files, of which a later one goes before an earlier one, ``project`` a
    project's folder or its ``blueprint.yaml``, and the current folder where there is neither.
    ``settings`` are texts such as ``requirements.teams=12``, ``assume`` such as ``hop_ms=2``.
    ``team_rules`` are those of the project's standard, which ``rules`` go before.
    """

    project: Path | None = None
    answers: tuple[Path, ...] = ()
    settings: tuple[str, ...] = ()
    rules: Path | None = None
    team_rules: Rules | None = None
    assume: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What was read; there are no ``files`` where the settings are everything."""

    files: tuple[Path, ...]
    requirements: KnownRequirements
    rules: Rules
    assumed: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A recommendation, what it was made of, and the comparison where one was asked for."""

    basis: Basis
    recommendation: Recommendation
    comparison: Comparison | None
    inputs: tuple[Path, ...]


def advise(request: Request, *, compare_with: Path | None = None) -> Advice:
    """Recommend an architecture.

    Args:
        request: where the requirements stand.
        compare_with: another answers file, whose recommendation is compared with this one.

    Raises:
        BlueprintError: in one of its kinds, where something cannot be read or does not fit.
    """
    basis = read_basis(request)
    result = recommend(basis.requirements, basis.rules, basis.assumed)
    comparison = None
    if compare_with:
        from blueprint_cli.recommendation.comparison import compare  # noqa: PLC0415 - seldom needed

        other = recommend(read_requirements([compare_with]), basis.rules, basis.assumed)
        comparison = compare(result, other)
    return Advice(
        basis=basis,
        recommendation=result,
        comparison=comparison,
        inputs=(*basis.files, *(path for path in (request.rules, compare_with) if path)),
    )


def read_basis(request: Request) -> Basis:
    """Read everything that a recommendation or a cost is computed from.

    Raises:
        BlueprintError: in one of its kinds, where something cannot be read or does not fit.
    """
    rules = load_rules(request.rules)
    if request.rules is None and request.team_rules is not None:
        rules = request.team_rules
    assumed = parse_assumptions(request.assume)
    files = requirements_files(request)
    requirements = read_requirements(files, request.settings)
    if files and not request.answers:
        rules = corrected(rules, read_corrections(files[0].parent))
    return Basis(files=files, requirements=requirements, rules=rules, assumed=assumed)


def requirements_files(request: Request) -> tuple[Path, ...]:
    """Return the files to read: the answers, else the project's; none where settings say it all.

    Raises:
        UsageError: where there is nothing to read, or two things.
    """
    answers, project = request.answers, request.project
    if answers and project:
        raise UsageError("--answers and PATH say the same thing twice", hint="Give one of the two.")
    if answers:
        return answers
    if project:
        return (project / SPEC_FILE if project.is_dir() else project,)
    if request.settings:
        return ()
    here = Path(SPEC_FILE)
    if here.is_file():
        return (here,)
    raise UsageError(
        "there are no answers",
        hint="Give --answers FILE, --set requirements.teams=3, or the PATH of a project.",
    )
