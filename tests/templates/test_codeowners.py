"""CODEOWNERS, where the owner is one that the host knows, at the place where the host reads it."""

from pathlib import Path

import pytest

from blueprint_cli.spec.model import Project
from tests.program import Run


@pytest.mark.parametrize(
    ("ci", "owner", "found"),
    [
        ("github", "@acme/team-shop", ".github/CODEOWNERS"),
        ("gitlab", "ada@example.com", ".gitlab/CODEOWNERS"),
        ("none", "@ada", "CODEOWNERS"),
        ("github", "Ada <ada@example.com>", None),
    ],
)
def test_it_stands_where_the_host_reads_it(
    ci: str, owner: str, found: str | None, run: Run, tmp_path: Path
) -> None:
    settings = ("--set", f"platform.ci={ci}", "--set", f"project.owner={owner}")
    project = tmp_path / "shop"
    made = run("new", "shop", "--defaults", "--no-git", "--output", project, *settings)
    assert made.code == 0, made.err
    assert [path.relative_to(project).as_posix() for path in project.rglob("CODEOWNERS")] == (
        [found] if found else []
    )
    if found:
        assert (project / found).read_text().splitlines()[-1] == f"* {owner}"


@pytest.mark.parametrize("owner", ["@", "@acme/", "@a b", "ada@", "ada@localhost", "shop@team"])
def test_what_looks_like_one_and_is_none_is_refused(owner: str, run: Run) -> None:
    made = run("new", "shop", "--defaults", "--dry-run", "--set", f"project.owner={owner}")
    assert made.code == 2
    assert "@organization/team" in " ".join(made.err.split())


@pytest.mark.parametrize(
    ("owner", "code_owner"),
    [
        ("@ada", True),
        ("@acme/shop/api", True),
        ("ada.l+x@mail.example.com", True),
        ("", False),
        ("team-shop", False),
        ("équipe «shop»", False),
        ("ask @ada", False),
    ],
)
def test_only_users_teams_and_addresses_are_asked_to_review(
    owner: str, *, code_owner: bool
) -> None:
    assert Project(name="shop", owner=owner).code_owner == (owner if code_owner else "")
