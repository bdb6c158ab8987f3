"""A monolith with its owner's edits becomes services, and services become a monolith."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from blueprint_cli.__main__ import main
from tests.newcomer import IDENTITY
from tests.program import uncounted
from tests.rendered import BLUEPRINT
from tests.updating.evolving.owner import LABEL, NEW_FILES, TWINS, edit, misplaced
from tests.updating.snapshot import snapshot


def blueprint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BLUEPRINT, *arguments],
        cwd=folder, env=uncounted() | IDENTITY, capture_output=True, text=True, check=False,
    )  # fmt: skip


def git(project: Path, *arguments: str) -> str:
    return subprocess.check_output(
        ["git", *arguments], cwd=project, env={**os.environ, **IDENTITY}, text=True
    )


@pytest.fixture
def monolith(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    made = blueprint(tmp_path, "new", "shop", "--example", "shop", "--pattern", "monolith")
    assert made.returncode == 0, made.stderr
    return tmp_path / "shop"


def test_every_edit_is_where_it_belongs_or_listed(monolith: Path) -> None:
    edit(monolith)
    before = snapshot(monolith)
    shown = blueprint(monolith, "evolve", "--to", "microservices", "--dry-run", "--json")
    assert (shown.returncode, snapshot(monolith)) == (1, before)

    done = blueprint(monolith, "evolve", "--to", "microservices", "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["state"]) == (1, "conflicts"), done.stderr
    assert document["changes"] == json.loads(shown.stdout)["changes"]
    assert misplaced(monolith) == []
    (conflict,) = document["conflicts"]
    assert (conflict["path"], conflict["kind"]) == ("Dockerfile", "removed-by-template")
    assert "services/orders/Dockerfile" in conflict["why"]
    assert (monolith / "Dockerfile").read_text().endswith(LABEL)
    assert document["changes"]["left_behind"] == []
    assert "docs/migration-to-microservices.md" in document["changes"]["added"]
    assert not (monolith / "src").exists()

    assert blueprint(monolith, "evolve", "--abort").returncode == 0
    assert snapshot(monolith) == before
    blueprint(monolith, "evolve", "--to", "microservices")
    git(monolith, "rm", "--quiet", "Dockerfile")
    finished = blueprint(monolith, "evolve", "--continue")
    assert finished.returncode == 0, finished.stdout
    assert "\npattern: microservices # monolith," in (monolith / "blueprint.yaml").read_text()
    git(monolith, "add", "--all")
    git(monolith, "commit", "--quiet", "--message", "services")
    assert blueprint(monolith, "diff").returncode == 0
    assert blueprint(monolith, "check").returncode == 0


def test_and_back_again(monolith: Path) -> None:
    edit(monolith)
    mine = snapshot(monolith, index=False)
    blueprint(monolith, "evolve", "--to", "microservices")
    git(monolith, "rm", "--quiet", "Dockerfile")
    blueprint(monolith, "evolve", "--continue")
    git(monolith, "add", "--all")
    git(monolith, "commit", "--quiet", "--message", "services")

    back = blueprint(monolith, "evolve", "--to", "monolith")
    assert back.returncode == 0, back.stdout + back.stderr
    now = snapshot(monolith, index=False)
    different = {path for path in mine.keys() | now.keys() if mine.get(path) != now.get(path)}
    assert {path for path in different if not path.startswith(".blueprint/")} == {
        "Dockerfile",  # Its label went when it was removed.
        "blueprint.yaml",
        "docs/decisions/0001-architecture.md",  # It says what supersedes it.
        "docs/decisions/0002-architecture.md",
        "docs/decisions/0003-architecture.md",
        "docs/migration-to-microservices.md",
        "docs/migration-to-monolith.md",
    }
    spec = [YAML(typ="safe").load(tree["blueprint.yaml"][1]) for tree in (mine, now)]
    assert spec[0] == spec[1]


def test_what_has_no_place_is_listed(monolith: Path) -> None:
    for path, text in {
        "src/billing/__init__.py": '"""Mine."""\n',
        "src/app/extra.py": "X = 1\n",
        "notes.md": "mine\n",
    }.items():
        (monolith / path).parent.mkdir(exist_ok=True)
        (monolith / path).write_text(text)
    composition = monolith / "src/app/composition.py"
    composition.write_text(composition.read_text() + "\nMINE = True\n")
    settings = monolith / "src/kit/settings.py"
    settings.write_text(settings.read_text() + "\nMINE = True\n")
    git(monolith, "add", "--all")
    git(monolith, "commit", "--quiet", "--message", "mine")
    done = json.loads(blueprint(monolith, "evolve", "--to", "microservices", "--json").stdout)
    assert done["changes"]["left_behind"] == ["src/app/extra.py", "src/billing/__init__.py"]
    (conflict,) = done["conflicts"]
    assert conflict["path"] == "src/app/composition.py"
    assert "services/orders/src/orders_service/composition.py" in conflict["why"]
    assert "MINE" in (monolith / "libs/kit/src/kit/settings.py").read_text()
    grep = git(monolith, "grep", "--untracked", "--files-with-matches", "MINE")
    assert grep.split() == ["libs/kit/src/kit/settings.py", "src/app/composition.py"]
    assert (monolith / "notes.md").read_text() == "mine\n"


def test_what_the_owner_moved_or_deleted(monolith: Path) -> None:
    git(monolith, "mv", "src/catalog/domain/product.py", "src/catalog/domain/goods.py")
    git(monolith, "rm", "--quiet", "src/orders/domain/idempotency.py")
    git(monolith, "commit", "--quiet", "--message", "mine")
    assert blueprint(monolith, "evolve", "--to", "microservices").returncode == 0
    domain = monolith / "services/catalog/src/catalog/domain"
    assert (domain / "goods.py").is_file()
    assert not (domain / "product.py").exists()
    assert not (monolith / "services/orders/src/orders/domain/idempotency.py").exists()


def test_refusals(monolith: Path) -> None:
    before = snapshot(monolith)
    already = blueprint(monolith, "evolve", "--to", "monolith")
    assert (already.returncode, "is a monolith already" in already.stderr) == (2, True)
    unknown = blueprint(monolith, "evolve", "--to", "mainframe")
    assert (unknown.returncode, "microservices" in unknown.stderr) == (2, True)
    for arguments in ([], ["--to", "microservices", "--abort"], ["--abort", "--continue"]):
        assert blueprint(monolith, "evolve", *arguments).returncode == 2
    assert snapshot(monolith) == before

    (monolith / "Makefile").write_text("# dirty\n")
    dirty = blueprint(monolith, "evolve", "--to", "microservices")
    assert (dirty.returncode, "Commit or stash" in dirty.stderr) == (2, True)
    git(monolith, "checkout", "--quiet", "Makefile")
    spec = (monolith / "blueprint.yaml").read_text()
    (monolith / "blueprint.yaml").write_text(spec + "# a note\n")
    assert blueprint(monolith, "evolve", "--to", "microservices").returncode == 2
    git(monolith, "checkout", "--quiet", "blueprint.yaml")

    git(monolith, "checkout", "--quiet", "-b", "other")
    for branch, text in (("other", "a\n"), ("main", "b\n")):
        git(monolith, "checkout", "--quiet", branch)
        (monolith / "Makefile").write_text(text)
        git(monolith, "commit", "--quiet", "--all", "--message", branch)
    merged = subprocess.run(
        ["git", "merge", "other"], cwd=monolith, capture_output=True, check=False
    )
    assert merged.returncode == 1
    conflicted = blueprint(monolith, "evolve", "--to", "microservices")
    assert (conflicted.returncode, "Makefile" in conflicted.stderr) == (2, True)


def test_the_pattern_may_be_written_into_the_spec_before(monolith: Path) -> None:
    spec = (monolith / "blueprint.yaml").read_text()
    (monolith / "blueprint.yaml").write_text(
        spec.replace("pattern: monolith", "pattern: microservices")
    )
    git(monolith, "commit", "--quiet", "--all", "--message", "ask")
    refused = blueprint(monolith, "update")
    assert "blueprint evolve --to microservices" in refused.stderr
    assert blueprint(monolith, "evolve", "--to", "microservices").returncode == 0


def test_the_edits_are_those_that_are_meant(monolith: Path) -> None:
    """The judge of these tests sees what is missing and what is in the wrong twin."""
    edit(monolith)
    blueprint(monolith, "evolve", "--to", "microservices")
    right = monolith / "services/catalog/src/catalog/domain/__init__.py"
    wrong = monolith / "services/identity/src/identity/domain/__init__.py"
    line = TWINS["src/catalog/domain/__init__.py"]
    right.write_text(right.read_text().replace(line, ""))
    wrong.write_text(wrong.read_text() + line)
    (monolith / "services/orders/src/orders/domain/discounts.py").unlink()
    assert len(misplaced(monolith)) == 2
    assert "src/orders/domain/discounts.py" in NEW_FILES


@pytest.mark.parametrize("options", [(), ("--to", "microservices", "--abort"), ("--dry-run",)])
def test_one_thing_is_asked_for(
    options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evolve", *options]) == 2
    assert "it needs --to PATTERN, --continue or --abort" in capsys.readouterr().err
