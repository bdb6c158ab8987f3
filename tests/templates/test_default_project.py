"""The default project does what its README says: its checks pass, its guards catch."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rendered import BLUEPRINT

pytestmark = pytest.mark.project

IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
}


def environment() -> dict[str, str]:
    """A newcomer's: none of what make and pytest put into ours."""
    ours = re.compile(r"MAKE|MFLAGS|PYTEST|COV|VIRTUAL_ENV|PYTHON")
    return {key: value for key, value in os.environ.items() if not ours.match(key)} | IDENTITY


def run(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=project,
        env=environment(),
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The default project, generated and set up once."""
    folder = tmp_path_factory.mktemp("default project")
    subprocess.run(
        [BLUEPRINT, "new", "shop", "--defaults"],
        cwd=folder,
        env=environment(),
        check=True,
        capture_output=True,
    )
    yield folder / "shop"
    shutil.rmtree(folder)


def test_it_passes_its_own_lint_and_tests_without_a_warning(shop: Path) -> None:
    result = run(shop, "make", "lint", "test")

    assert result.returncode == 0, result.stdout
    assert not re.findall(r"(?i)^.*\bwarning\b.*$", result.stdout, re.MULTILINE), result.stdout
    assert re.search(r"\d+ passed", result.stdout)
    assert "skipped" not in result.stdout, result.stdout


def test_its_checks_leave_nothing_that_git_would_see(shop: Path) -> None:
    assert run(shop, "make", "lint").returncode == 0
    assert run(shop, "git", "status", "--porcelain").stdout == ""


@pytest.mark.parametrize(
    ("path", "line", "broken"),
    [
        ("src/catalog/domain/product.py", "import sqlalchemy", "domain"),
        ("src/orders/application/service.py", "import kit.database", "application"),
        ("src/orders/adapters/repositories.py", "import catalog.adapters.tables", "context"),
        ("src/contracts/orders_v1.py", "import kit.messages", "contracts"),
        ("src/kit/bus.py", "import catalog.facade", "kit"),
    ],
)
def test_its_import_contracts_catch_a_planted_violation(
    path: str, line: str, broken: str, shop: Path
) -> None:
    file = shop / path
    original = file.read_text()
    assert run(shop, ".venv/bin/lint-imports", "--no-cache").returncode == 0
    file.write_text(f"{original}\n{line}\n")
    try:
        result = run(shop, ".venv/bin/lint-imports", "--no-cache")
    finally:
        file.write_text(original)

    assert result.returncode != 0
    kept_and_broken = re.findall(r"^(.*) BROKEN", result.stdout, re.MULTILINE)
    assert any(broken in name.lower() for name in kept_and_broken), result.stdout
