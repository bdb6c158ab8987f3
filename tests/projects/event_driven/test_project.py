"""The project on events does what its README says, without Docker and without Java."""

import re

import pytest

from tests.newcomer import developers_own
from tests.projects.event_driven.conftest import Project

pytestmark = pytest.mark.project


def test_it_passes_its_own_lint_and_tests_without_a_warning(project: Project) -> None:
    before = developers_own(project.folder)
    result = project.run("make", "lint", "test")

    assert developers_own(project.folder) == before
    assert result.returncode == 0, result.stdout
    assert not re.findall(r"(?i)^.*\bwarning\b.*$", result.stdout, re.MULTILINE), result.stdout
    assert re.search(r"\d+ passed", result.stdout)
    # Apache Kafka's own tests run with TEST_KAFKA_BOOTSTRAP_SERVERS.
    skipped = re.findall(r"^SKIPPED .*$", result.stdout, re.MULTILINE)
    assert all("needs Apache Kafka" in line for line in skipped), skipped
