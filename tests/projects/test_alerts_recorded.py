"""Series recorded while faults were planted in a project make the alerts of those faults ring."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.benching.continued import promtool_test
from tests.benching.planted import FAULTS
from tests.benching.record import EXAMPLES, HEALTHY, RECORDED, TOGETHER, all_recorded
from tests.rendered import render

MINUTES = 100

pytestmark = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is not installed"
)


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Those of each example where events flow, which has the others' and its own."""
    folder = tmp_path_factory.mktemp("rules")
    return {
        example: [
            str(one)
            for one in sorted(_rendered(folder / example, example).glob("*.yml"))
            if not one.stem.endswith("_test")
        ]
        for example in EXAMPLES
    }


def _rendered(place: Path, example: str) -> Path:
    project = render(place, "--example", example, "--pattern", "event-driven")
    return project / "deploy" / "prometheus"


def outcome(
    folder: Path, rules: list[str], name: str, firing: list[str]
) -> subprocess.CompletedProcess[str]:
    file = folder / "recorded_test.yml"
    test = promtool_test(RECORDED / f"{name}.txt", rules, firing, MINUTES)
    file.write_text(yaml.safe_dump(test), encoding="utf-8")
    return subprocess.run(
        ["promtool", "test", "rules", file], capture_output=True, text=True, check=False
    )


def test_each_fault_was_recorded_in_each_pattern() -> None:
    files = {one.relative_to(RECORDED).with_suffix("") for one in RECORDED.rglob("*.txt")}
    assert {str(one) for one in files} == {*all_recorded()}
    assert {fault for names in TOGETHER.values() for fault in names} == FAULTS.keys()


@pytest.mark.parametrize("name", all_recorded())
def test_its_alerts_ring_and_no_other(
    tmp_path: Path, rules: dict[str, list[str]], name: str
) -> None:
    _, example, planted = name.split("/")
    firing = [FAULTS[fault].alert for fault in TOGETHER[planted]]
    done = outcome(tmp_path, rules[example], name, firing)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_would_be_seen_if_none_rang(tmp_path: Path, rules: dict[str, list[str]]) -> None:
    name = f"monolith/clinic/{HEALTHY}"
    assert outcome(tmp_path, rules["clinic"], name, ["ServerErrors"]).returncode != 0
