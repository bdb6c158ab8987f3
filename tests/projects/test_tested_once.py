from pathlib import Path

import pytest

from tests.projects.tested_once import without_what_runs_in
from tests.rendered import render


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A monolith, and services."""
    folder = tmp_path_factory.mktemp("rendered")
    monolith = render(folder / "monolith", "--defaults", "--pattern", "monolith")
    return monolith, render(folder / "services", "--defaults", "--pattern", "microservices")


def left_out(monolith: Path, services: Path) -> set[str]:
    options = without_what_runs_in(monolith, services)["PYTEST_ADDOPTS"].split()
    return {option.removeprefix("--ignore=") for option in options}


def test_what_is_left_out_is_there_and_the_same(rendered: tuple[Path, Path]) -> None:
    monolith, services = rendered
    found = left_out(monolith, services)
    assert {
        "libs/kit/tests/kit/test_relay.py",
        "services/catalog/tests/catalog/test_http.py",
    } < found
    assert "libs/kit/tests/kit/test_client.py" not in found
    for path in found:
        theirs = monolith / "tests" / path.partition("/tests/")[2]
        assert theirs.read_bytes() == (services / path).read_bytes()


@pytest.mark.parametrize(
    ("changed", "package"),
    [
        ("services/catalog/src/catalog/domain/product.py", "catalog"),
        ("services/catalog/tests/catalog/conftest.py", "catalog"),
        ("libs/kit/src/kit/database.py", ""),
        ("libs/contracts/src/contracts/catalog_v1.py", ""),
    ],
)
def test_what_rests_on_something_else_runs(
    rendered: tuple[Path, Path], changed: str, package: str
) -> None:
    monolith, services = rendered
    file = services / changed
    before = file.read_bytes()
    file.write_bytes(before + b"\n")
    try:
        assert not [path for path in left_out(monolith, services) if f"/{package}" in path]
    finally:
        file.write_bytes(before)


def test_a_test_that_is_another_runs(rendered: tuple[Path, Path]) -> None:
    monolith, services = rendered
    path = "services/catalog/tests/catalog/test_http.py"
    before = (services / path).read_bytes()
    (services / path).write_bytes(before + b"\n")
    try:
        assert path not in left_out(monolith, services)
    finally:
        (services / path).write_bytes(before)
