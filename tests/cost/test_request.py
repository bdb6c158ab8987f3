"""Which pattern a cost is computed for, from which file, and on which day."""

import datetime as dt
from pathlib import Path

import pytest

from blueprint_cli.cost.request import cost_of_recommended, estimate_cost
from blueprint_cli.errors import UsageError
from blueprint_cli.recommendation.request import Request, advise, requirements_files

SERVICES = (
    "requirements.teams=12",
    "requirements.developers=90",
    "requirements.independent_deploys_needed=true",
    "requirements.ops_maturity=high",
)
TODAY = dt.date(2026, 11, 23)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "blueprint.yaml").write_text(
        "blueprint: 1\nproject: {name: shop}\npattern: event-driven\n", encoding="utf-8"
    )
    return tmp_path


def test_the_pattern_is_the_given_one_else_the_projects_else_the_best(project: Path) -> None:
    request = Request(project=project)
    assert estimate_cost(request, pattern="monolith", today=TODAY).pattern == "monolith"
    assert estimate_cost(request, today=TODAY).pattern == "event-driven"
    assert estimate_cost(Request(settings=SERVICES), today=TODAY).pattern == "microservices"
    with pytest.raises(UsageError, match="there is no pattern soa"):
        estimate_cost(request, pattern="soa", today=TODAY)


def test_prices_are_stale_on_the_day_that_is_given() -> None:
    later = TODAY + dt.timedelta(days=400)
    for day, stale in ((TODAY, False), (later, True)):
        warnings = estimate_cost(Request(settings=SERVICES), today=day).warnings
        assert any("stale" in warning for warning in warnings) is stale


def test_what_was_recommended_is_billed_with_the_same_assumptions() -> None:
    request = Request(settings=SERVICES, assume=("response_kb=100",))
    advice = advise(request)
    assert cost_of_recommended(advice, today=TODAY) == estimate_cost(request, today=TODAY)


def test_the_file_is_the_answers_else_the_project_else_the_folder(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = project / "other.yaml"
    spec = project / "blueprint.yaml"
    assert requirements_files(Request(answers=(answers,))) == (answers,)
    assert requirements_files(Request(project=project)) == (spec,)
    assert requirements_files(Request(project=spec)) == (spec,)
    assert requirements_files(Request(settings=SERVICES)) == ()
    with pytest.raises(UsageError, match="twice"):
        requirements_files(Request(answers=(answers,), project=project))
    monkeypatch.chdir(project)
    assert requirements_files(Request()) == (Path("blueprint.yaml"),)
    spec.unlink()
    with pytest.raises(UsageError, match="there are no answers"):
        requirements_files(Request())
