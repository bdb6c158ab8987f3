"""Series recorded while a fault was planted in a project make the alert of that fault ring."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.benching.continued import promtool_test
from tests.benching.planted import FAULTS
from tests.rendered import render

RECORDED = Path(__file__).parents[1] / "benching" / "recorded"
MINUTES = 100

pytestmark = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is not installed"
)


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    project = render(tmp_path_factory.mktemp("rules") / "clinic", "--example", "clinic")
    found = sorted((project / "deploy" / "prometheus").glob("*.yml"))
    return [str(one) for one in found if not one.stem.endswith("_test")]


def outcome(
    folder: Path, rules: list[str], name: str, firing: list[str]
) -> subprocess.CompletedProcess[str]:
    file = folder / "recorded_test.yml"
    test = promtool_test(RECORDED / f"{name}.json", rules, firing, MINUTES)
    file.write_text(yaml.safe_dump(test), encoding="utf-8")
    return subprocess.run(
        ["promtool", "test", "rules", file], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", FAULTS)
def test_its_alert_rings_and_no_other(tmp_path: Path, rules: list[str], name: str) -> None:
    done = outcome(tmp_path, rules, name, [FAULTS[name].alert])
    assert done.returncode == 0, done.stdout + done.stderr


def test_none_rings_of_a_project_that_is_well(tmp_path: Path, rules: list[str]) -> None:
    done = outcome(tmp_path, rules, "healthy", [])
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_would_be_seen_if_none_rang(tmp_path: Path, rules: list[str]) -> None:
    assert outcome(tmp_path, rules, "healthy", ["ServerErrors"]).returncode != 0
