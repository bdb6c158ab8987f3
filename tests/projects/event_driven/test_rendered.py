"""What the project on events shares with the monolith is the same, byte for byte."""

from pathlib import Path

import pytest

from tests.rendered import files_of, render

CONTEXTS = ("identity", "catalog", "orders", "notifications")


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("rendered")
    events = render(folder / "events", "--example", "shop", "--pattern", "event-driven")
    return events, render(folder / "monolith", "--example", "shop", "--pattern", "monolith")


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("part", ["domain", "application"])
def test_domain_and_application_are_the_monoliths(
    projects: tuple[Path, Path], context: str, part: str
) -> None:
    events, monolith = projects
    ours = files_of(events / "services" / context / "src" / context / part)
    assert ours
    assert ours == files_of(monolith / "src" / context / part)
