"""Links that a template preserves are in the project, in its record and in its merges."""

import os
from pathlib import Path

from tests.engines.written import commit, git, write
from tests.program import Run
from tests.teams.team import committed

FILES = {
    "copier.yml": "_preserve_symlinks: true\nname: shop\n",
    "docs/one.md": "one\n",
    "docs/two.md": "two\n",
}


def relink(folder: Path, name: str, target: str) -> None:
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(target)


def test_links_are_updated_and_the_projects_own_are_kept(run: Run, tmp_path: Path) -> None:
    source, project = write(tmp_path / "acme", FILES), tmp_path / "till"
    for name in ("README.md", "guide.md", "gone.md"):
        relink(source, name, "docs/one.md")
    commit(source, "v1.0.0")
    done = run("new", "till", "--template", source, "--output", project, "--defaults")
    assert done.code == 0, done.err
    assert git(project, "ls-files", "--stage", "README.md").startswith("120000")
    assert run("check", project).code == 0

    relink(project, "guide.md", "docs/mine.md")
    write(project, {"docs/mine.md": "mine\n"})
    (project / "gone.md").unlink()
    committed(project)
    for name in ("README.md", "gone.md", "new.md"):
        relink(source, name, "docs/two.md")
    commit(source, "v1.1.0")
    done = run("update", project)
    assert done.code == 0, done.err
    assert {
        path.name: os.fspath(path.readlink()) for path in project.iterdir() if path.is_symlink()
    } == {
        "README.md": "docs/two.md",
        "guide.md": "docs/mine.md",
        "new.md": "docs/two.md",
    }
    assert run("diff", project).code == 0
