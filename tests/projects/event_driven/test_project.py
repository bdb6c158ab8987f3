"""The project on events does what its README says, without Docker and without Java."""

import re

import pytest

from tests.newcomer import pass_own_checks
from tests.projects.event_driven.conftest import Project

pytestmark = pytest.mark.project


def test_it_passes_its_own_lint_and_tests_without_a_warning(project: Project) -> None:
    said = pass_own_checks(project.folder)

    # Apache Kafka's own tests run with TEST_KAFKA_BOOTSTRAP_SERVERS.
    skipped = re.findall(r"^SKIPPED .*$", said, re.MULTILINE)
    assert all("needs Apache Kafka" in line for line in skipped), skipped
