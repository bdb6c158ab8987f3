"""Two branches that both updated: git's merge asks about one line of text, and nothing else."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.updating.conftest import Shop
from tests.updating.scenarios import LONG, MINE, THEIRS, commit, edited, git

IDENTITY = ".blueprint/template.json"
BEFORE = {"a.txt": LONG, "b.txt": f"b\n{LONG}", "z.txt": f"z\n{LONG}"}
# A change in the first file of the archive, and one in the last: nearly everything stays alike.
SOONER = {**BEFORE, "a.txt": edited(LONG, 3, THEIRS)}
LATER = {**SOONER, "z.txt": f"z\n{LONG}{THEIRS}", "new.txt": THEIRS}


def updated_on(branch: str, version: str, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Update on a branch of its own, from main, by a version of its own."""
    monkeypatch.setattr("blueprint_cli.templates.builtin.installed_version", lambda: version)
    monkeypatch.setattr("blueprint_cli.record.render.installed_version", lambda: version)
    git(shop.project, "checkout", "--quiet", "-b", branch, "main")
    result = shop.update()
    assert result.code == 0, result.said
    shop.commit()


def merge(project: Path, branch: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", "merge", "--quiet", "--no-edit", branch],
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip


def archives(project: Path) -> set[str]:
    return {path.name for path in (project / ".blueprint").glob("base-*")}


def keep(project: Path, version: str) -> None:
    """Resolve as a person does in an editor: of the two lines, keep the one of a version."""
    text = (project / IDENTITY).read_text()
    conflict = re.compile(r"<{7} .*\n(.*)\n={7}\n(.*)\n>{7} .*\n")
    found = conflict.search(text)
    assert found
    (line,) = (each for each in found.groups() if f'"version": "{version}"' in each)
    (project / IDENTITY).write_text(conflict.sub(line + "\n", text))


@pytest.mark.usefixtures("git_version")
def test_one_line_is_in_conflict(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.template(BEFORE)
    shop.new()
    shop.edit("b.txt", f"b\n{edited(LONG, 9, MINE)}")
    shop.commit()
    first = archives(shop.project)
    shop.template(SOONER)
    updated_on("sooner", "0.2.0", shop, monkeypatch)
    sooner = archives(shop.project)
    shop.template(LATER)
    updated_on("later", "0.3.0", shop, monkeypatch)
    later = archives(shop.project)
    assert len(first | sooner | later) == 3

    merged = merge(shop.project, "sooner")
    assert merged.returncode == 1
    assert git(shop.project, "diff", "--name-only", "--diff-filter=U") == f"{IDENTITY}\n"
    text = (shop.project / IDENTITY).read_text().splitlines()
    assert [line[:9] for line in text] == [
        '{"format"', "<<<<<<< H", ' "render"', "=======", ' "render"', ">>>>>>> s"
    ]  # fmt: skip
    assert "Restore it from git" in shop.update().said
    keep(shop.project, "0.3.0")
    commit(shop.project)
    assert archives(shop.project) == sooner | later

    assert shop.run("check", str(shop.project)).code == 0
    assert shop.diff().said.startswith("monolith 0.3.0: nothing to do")
    shop.template({**LATER, "b.txt": f"b\n{LONG}{THEIRS}"})
    assert shop.update().code == 0
    assert (MINE in shop.read("b.txt"), THEIRS in shop.read("b.txt")) == (True, True)
    assert len(archives(shop.project)) == 1
    assert not archives(shop.project) & (sooner | later)
    shop.commit()
    assert shop.run("check", str(shop.project)).code == 0


def test_the_default_projects_archives_are_not_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same with what users have: an archive of megabytes, of which one line changes."""
    monkeypatch.chdir(tmp_path)
    shop = Shop(tmp_path, tmp_path / "project", capsys)
    shop.new()
    for branch, limit in (("one", "70"), ("two", "80")):
        git(shop.project, "checkout", "--quiet", "-b", branch, "main")
        spec = shop.read("blueprint.yaml")
        shop.edit("blueprint.yaml", spec.replace("p95_ms: 100", f"p95_ms: {limit}"))
        assert shop.update().code == 0
        shop.commit()
    assert merge(shop.project, "one").returncode == 1
    conflicts = git(shop.project, "diff", "--name-only", "--diff-filter=U").split()
    assert IDENTITY in conflicts
    assert not [path for path in conflicts if "base-" in path]
    assert git(shop.project, "ls-files", "--unmerged", ".blueprint").count(IDENTITY) == 3
    # What one update adds to the repository: the difference, not the archive.
    git(shop.project, "merge", "--abort")
    git(shop.project, "gc", "--quiet")
    listed = git(
        shop.project, "cat-file", "--batch-all-objects",
        "--batch-check=%(objecttype) %(objectsize) %(objectsize:disk)",
    )  # fmt: skip
    sizes = [line.split()[1:] for line in listed.splitlines() if line.startswith("blob")]
    stored = sorted(int(disk) for size, disk in sizes if int(size) > 2_000_000)
    assert len(stored) == 3
    assert stored[1] < 20_000
