"""A review finds what was planted in a project of each pattern, by what Prometheus has of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.benching.continued import samples
from tests.benching.planted import FAULTS, Planted
from tests.benching.record import RECORDED, TOGETHER, all_recorded
from tests.recommendation.conftest import Run
from tests.reviewing.conftest import NOW, serving

EXAMPLES = Path(__file__).parents[2] / "templates" / "examples"
SLO = {"p95_ms": 100, "throughput_rps": 20, "error_rate_percent": 0.1}
# Whose rows are read where a fault is planted.
OWNER = {"clinic": "clinic", "shop": "catalog"}
SLOW = "slow-route"
STEP = 60


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that has every recording, each by its label `recorded`."""
    lines = (
        line
        for name in all_recorded()
        for line in samples(RECORDED / f"{name}.txt", f'recorded="{name}"', NOW, STEP)
    )
    with serving(tmp_path_factory.mktemp("recorded"), lines) as url:
        yield url


@pytest.mark.parametrize("name", all_recorded())
def test_what_was_planted_is_found_and_nothing_else(
    recorded: str, run: Run, tmp_path: Path, name: str
) -> None:
    pattern, example, planted = name.split("/")
    (tmp_path / ".blueprint").mkdir()
    said = yaml.safe_load((EXAMPLES / f"{example}.yaml").read_text(encoding="utf-8"))
    spec = said | {"blueprint": 1, "project": {"name": example}, "pattern": pattern, "slo": SLO}
    (tmp_path / "blueprint.yaml").write_text(yaml.safe_dump(spec), encoding="utf-8")

    asked = ["--prometheus", recorded, "--window", "90m", "--label", f"recorded={name}", "--json"]
    done = run("review", tmp_path, *asked)

    faults = [FAULTS[fault] for fault in TOGETHER[planted]]
    problems = done.document["problems"]
    assert kinds_of(problems) == {fault.review for fault in faults} - {SLOW}, problems
    for fault in faults:
        subjects = [one["subject"] for one in problems if one["kind"] == fault.review]
        assert any(subject_of(fault, pattern, example) in one for one in subjects), subjects
    assert done.code == 1 or not faults


def kinds_of(problems: list[dict[str, Any]]) -> set[str]:
    """What is wrong beside slow routes: the machine of a recording makes some slow as well."""
    return {one["kind"] for one in problems} - {SLOW}


def subject_of(fault: Planted, pattern: str, example: str) -> str:
    """What a review says of where a fault is."""
    match fault.name:
        case "errors":
            return "all requests"
        case "leak":
            return f"{'server' if pattern == 'monolith' else OWNER[example]} a"
        case _:
            return fault.where[example]
