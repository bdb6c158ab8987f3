"""Each alert of a project rings when it should, and leads to its entry in the runbook."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.rendered import render

ALERT = re.compile(r"- alert: (\w+)$", re.MULTILINE)
ENTRY = re.compile(r" runbook: docs/runbook\.md#(\w+)$", re.MULTILINE)
LIMIT = re.compile(r" (?:[<>]|==) [\d.]+$", re.MULTILINE)


@pytest.fixture(scope="module", params=["monolith", "microservices", "event-driven"])
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("alerts") / "shop"
    return render(folder, "--example", "shop", "--pattern", request.param)


def rings(folder: Path, tests: str) -> bool:
    """Whether promtool finds that the alerts do what their tests say."""
    command = ["promtool", "test", "rules", tests]
    return subprocess.run(command, cwd=folder, check=False).returncode == 0


def test_each_alert_has_an_entry_in_the_runbook(project: Path) -> None:
    folder = project / "deploy" / "prometheus"
    runbook = (project / "docs" / "runbook.md").read_text()
    alerts: list[str] = []
    for tests in folder.glob("*_test.yml"):
        text = (folder / tests.name.replace("_test", "")).read_text()
        alerts += ALERT.findall(text)
        assert ENTRY.findall(text) == [alert.lower() for alert in ALERT.findall(text)]
    assert {"OrdersStayPending", "ParkedMessages"} <= {*alerts}
    assert [alert for alert in alerts if f"\n### {alert}\n" not in runbook] == []


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_each_alert_rings_when_it_should(project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "prometheus"
    shutil.copytree(project / "deploy" / "prometheus", folder)
    for tests in sorted(folder.glob("*_test.yml")):
        rules = folder / tests.name.replace("_test", "")
        sound = rules.read_text()
        assert rings(folder, tests.name)
        for limit, alert in zip(LIMIT.finditer(sound), ALERT.findall(sound), strict=True):
            rules.write_text(f"{sound[: limit.start()]} > 1e9{sound[limit.end() :]}")
            assert not rings(folder, tests.name), f"{alert} never rings, and no test sees it"
