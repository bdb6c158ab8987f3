"""`blueprint cost --budget`: exit 1 where the expected bill on the chosen platform is above it."""

import json
from pathlib import Path

import pytest

from tests.program import Result, Run

LOAD = ("--set", "requirements.requests_per_second_avg=50", "--pattern", "monolith")


@pytest.fixture
def usd(run: Run) -> dict[str, float]:
    """The bill of each platform whose prices are all known."""
    document = json.loads(run("cost", *LOAD, "--json").out)
    return {
        one["platform"]: one["expected"]["infrastructure_usd"]
        for one in document["platforms"]
        if not one["expected"]["missing"]
    }


def with_figure(figure: float) -> list[str]:
    return [*LOAD, "--set", f"requirements.monthly_budget_usd={figure}"]


def budget(result: Result) -> dict[str, object]:
    found: dict[str, object] = json.loads(result.out)["budget"]
    return found


def test_the_cheapest_at_list_prices_is_compared(run: Run, usd: dict[str, float]) -> None:
    name, least = min(
        ((name, bill) for name, bill in usd.items() if "article" not in name),
        key=lambda pair: pair[1],
    )
    for figure, code in ((least, 0), (least - 0.01, 1), (least + 1, 0), (0, 1)):
        result = run("cost", *LOAD, "--budget", str(figure), "--json")
        assert result.code == code
        assert budget(result) == {
            "usd": figure,
            "source": "--budget",
            "pattern": "monolith",
            "platform": name,
            "expected_usd": least,
            "exceeded": bool(code),
        }


def test_another_platform_can_be_chosen(run: Run, usd: dict[str, float]) -> None:
    figure = str(usd["aws-fargate"] + 1)
    assert run("cost", *LOAD, "--budget", figure, "--platform", "aws-fargate").code == 0
    result = run("cost", *LOAD, "--budget", figure, "--platform", "aws-eks")
    assert (result.code, "(aws-eks) at the expected load: " in result.out) == (1, True)
    assert "above the budget of" in result.out


@pytest.mark.parametrize("option", [["--budget"], ["--budget="], ["--budget", "--explain"]])
def test_without_a_figure_it_is_the_one_of_the_requirements(option: list[str], run: Run) -> None:
    assert run("cost", *with_figure(1), *option).code == 1
    assert run("cost", *with_figure(1_000_000), *option).code == 0
    result = run("cost", *LOAD, *option)
    assert (result.code, "monthly_budget_usd is not known" in result.err) == (2, True)


def test_a_path_may_follow(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "blueprint.yaml").write_text(
        "blueprint: 1\nproject: {name: shop}\npattern: monolith\n"
        "requirements: {monthly_budget_usd: 1}\n"
    )
    monkeypatch.chdir(tmp_path.parent)
    assert run("cost", "--budget", tmp_path.name).code == 1
    assert run("cost", "--budget", "1000000", tmp_path.name).code == 0
    assert run("cost", tmp_path.name, "--budget", "$1000000").code == 0
    assert run("cost", "--budget", "1", "--", tmp_path.name).code == 1


def test_without_the_option_it_is_said_and_fails_nothing(run: Run) -> None:
    result = run("cost", *with_figure(1))
    assert (result.code, "above the budget of 1" in result.out) == (0, True)
    document = budget(run("cost", *with_figure(1), "--json"))
    assert (document["exceeded"], document["source"]) == (True, "requirements.monthly_budget_usd")
    assert json.loads(run("cost", *LOAD, "--json").out)["budget"] is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--budget", "5O0"], "5O0 is no number of US dollars"),
        (["--budget", "-1"], "-1 is no number of US dollars"),
        (["--budget=nan"], "nan is no number"),
        (
            ["--platform", "aws-fargat"],
            "there is no platform aws-fargat; did you mean aws-fargate?",
        ),
        (
            ["--budget", "500", "--platform", "azure-containers"],
            "the bill of azure-containers is not whole: no price is known for database",
        ),
    ],
)
def test_what_cannot_be_told_is_refused(options: list[str], said: str, run: Run) -> None:
    result = run("cost", *LOAD, *options)
    assert (result.code, said in " ".join(result.err.split())) == (2, True), result.err
