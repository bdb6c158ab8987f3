"""A project that Copier or cruft made is taken over where it stands, and no edit is lost."""

import json
import shutil
from pathlib import Path
from random import Random

import pytest
import yaml

from blueprint_cli.creating import staging
from tests.adopting.programs import (
    OF_COOKIECUTTER,
    OF_COPIER,
    TEXT,
    copied,
    crufted,
    edited,
    files,
    updated_by_copier,
    updated_by_cruft,
)
from tests.engines.written import commit, git, write
from tests.program import Run

TOKEN = "s3cr3t-of-the-team"  # noqa: S105 - of the tests
NEXT = edited(TEXT, 15, "of the template")


@pytest.fixture
def copier(tmp_path: Path) -> Path:
    """A Copier template, tagged v1.0.0."""
    return commit(write(tmp_path / "template", OF_COPIER), "v1.0.0")


@pytest.fixture
def cookiecutter(tmp_path: Path) -> Path:
    """A Cookiecutter template, tagged v1.0.0."""
    return commit(write(tmp_path / "cookie", OF_COOKIECUTTER), "v1.0.0")


def release(template: Path, folder: str) -> None:
    """Tag the next version: a line changed, a file added, another file changed."""
    write(
        template,
        {
            f"{folder}/src/app.txt": NEXT,
            f"{folder}/src/new.txt": TEXT,
            f"{folder}/src/gone.txt": NEXT,
        },
    )
    commit(template, "v2.0.0")


def edit(project: Path) -> None:
    """Change a line, delete a file and add one, as a team does."""
    write(project, {"src/app.txt": edited(TEXT, 3), "src/mine.txt": "mine\n"})
    (project / "src/gone.txt").unlink()
    commit(project)


def test_a_project_of_copier_is_taken_over_and_updated(
    run: Run, copier: Path, tmp_path: Path
) -> None:
    project = copied(copier, tmp_path / "shop", title="Till", parts=["docs", "ci"])
    edit(project)
    before = files(project)
    assert "take it over: blueprint adopt" in run("update", project).err

    seen = run("adopt", project, "--dry-run", "--json")
    assert seen.code == 0, seen.err
    assert git(project, "status", "--porcelain") == ""
    done = run("adopt", project, "--json")
    assert done.code == 0, done.err
    document = json.loads(done.out)
    assert {**document, "dry_run": True} == json.loads(seen.out)
    assert document["yours"] == {
        "edited": ["src/app.txt"],
        "deleted": ["src/gone.txt"],
        "added": ["src/mine.txt"],
    }
    assert document["made_by"] == {"program": "copier", "file": ".copier-answers.yml"}
    assert document["template"]["version"] == "1.0.0"
    assert files(project) == before
    assert yaml.safe_load((project / "blueprint.yaml").read_text()) == {
        "blueprint": 1,
        "project": {"name": "shop", "description": "", "owner": ""},
        "template": {
            "source": str(copier),
            "ref": "v1.0.0",
            "answers": {"title": "Till", "parts": ["docs", "ci"], "port": 80},
        },
    }

    commit(project)
    same = run("diff", project)
    assert same.code == 0, same.out
    release(copier, "template")
    rival = updated_by_copier(project, tmp_path / "rival")
    updated = run("update", project)
    assert updated.code == 0, updated.out + updated.err
    found = files(project)
    assert found["src/app.txt"].decode() == edited(NEXT, 3)
    assert "src/gone.txt" not in found
    assert found == {path: text for path, text in rival.items() if path != "src/gone.txt"}


def test_a_project_of_cruft_is_taken_over_and_updated(
    run: Run, cookiecutter: Path, tmp_path: Path
) -> None:
    project = crufted(cookiecutter, tmp_path, title="Till", license="BSD")
    edit(project)
    before = files(project)

    done = run("adopt", project, "--json")

    assert done.code == 0, done.err
    document = json.loads(done.out)
    assert document["yours"]["edited"] == ["src/app.txt"]
    assert document["yours"]["deleted"] == ["src/gone.txt"]
    assert document["yours"]["added"] == ["src/mine.txt"]
    assert files(project) == before
    said = yaml.safe_load((project / "blueprint.yaml").read_text())["template"]
    assert said["ref"] == "v1.0.0"
    assert said["answers"] == {"title": "Till", "slug": "till", "license": "BSD"}
    commit(project)
    assert run("diff", project).code == 0
    release(cookiecutter, "{{cookiecutter.slug}}")
    rival = updated_by_cruft(project, tmp_path / "rival")
    assert run("update", project).code == 0
    found = files(project)
    assert found["src/app.txt"].decode() == edited(NEXT, 3)
    # It is cruft's, and stays as it was.
    assert found.pop(".cruft.json") == before[".cruft.json"]
    assert rival.pop(".cruft.json") != before[".cruft.json"]
    assert found == rival


@pytest.mark.parametrize("seed", range(5))
def test_no_edit_is_lost(
    run: Run, copier: Path, cookiecutter: Path, tmp_path: Path, seed: int
) -> None:
    chance = Random(seed)  # noqa: S311 - of tests
    if seed % 2:
        template, folder = cookiecutter, "{{cookiecutter.slug}}"
        project = crufted(template, tmp_path, title=f"Till{seed}")
    else:
        template, folder = copier, "template"
        project = copied(template, tmp_path / "shop", title=f"Till {seed}")
    mine: list[str] = []
    for path in ("README.md", "src/app.txt", "src/gone.txt"):
        lines = (project / path).read_text().splitlines(keepends=True)
        for _ in range(chance.randint(0, 3)):
            mine.append(f"# mine {len(mine)} {chance.random()}\n")
            lines.insert(chance.randint(0, len(lines)), mine[-1])
        (project / path).write_text("".join(lines))
    if chance.random() < 0.5:
        (project / "src/gone.txt").rename(project / "src/moved.txt")
    commit(project)
    assert run("adopt", project).code == 0
    commit(project)
    assert run("diff", project).code == 0
    release(template, folder)

    updated = run("update", project)

    assert updated.code in {0, 1}, updated.err
    found = "".join(content.decode() for content in files(project).values())
    assert [line for line in mine if line not in found] == []


def test_secret_answers_are_asked_for_and_not_stored(
    run: Run, copier: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = "token: {type: str, secret: true, default: none-yet}\n"
    write(
        copier,
        {
            "copier.yml": OF_COPIER["copier.yml"] + question,
            "template/.env.jinja": "TOKEN={{ token }}\n",
        },
    )
    commit(copier, "v1.1.0")
    project = copied(copier, tmp_path / "shop", ref="v1.1.0", token=TOKEN)

    refused = run("adopt", project)
    assert refused.code == 2
    assert "--set template.answers.token=VALUE" in refused.err
    assert git(project, "status", "--porcelain") == ""

    answers = tmp_path / "answers.yaml"
    answers.write_text(f"template: {{answers: {{token: {TOKEN}}}}}\n")
    assert run("adopt", project, "--dry-run", "--answers", answers).code == 0

    asked: list[tuple[str, bool]] = []
    monkeypatch.setattr("blueprint_cli.cli.terminal.Terminal.can_ask", True)

    def answer(_: object, prompt: str, *, hidden: bool = False) -> str:
        asked.append((prompt, hidden))
        return TOKEN

    monkeypatch.setattr("blueprint_cli.cli.terminal.Terminal.ask", answer)
    done = run("adopt", project)
    assert done.code == 0, done.err
    assert asked == [("token (it is written nowhere): ", True)]
    assert "0 edited" in done.out
    for place in [project / "blueprint.yaml", *(project / ".blueprint").iterdir()]:
        assert b"s3cr3t" not in place.read_bytes()
    commit(project)
    assert run("diff", project).code == 0


def test_what_would_run_is_refused_without_trust(run: Run, copier: Path, tmp_path: Path) -> None:
    task = "_tasks: ['echo by the task > made.txt']\n"
    write(copier, {"copier.yml": OF_COPIER["copier.yml"] + task})
    commit(copier, "v1.1.0")
    project = copied(copier, tmp_path / "shop", ref="v1.1.0")

    refused = run("adopt", project)
    assert refused.code == 2
    assert "echo by the task" in refused.err
    assert "--trust" in refused.err
    shown = json.loads(run("adopt", project, "--dry-run", "--json").out)
    assert shown["lacks"]
    assert shown["yours"]["added"] == ["made.txt"]
    assert git(project, "status", "--porcelain") == ""

    trusted = run("adopt", project, "--trust", "--json")
    assert trusted.code == 0, trusted.err
    assert json.loads(trusted.out)["yours"] == {"edited": [], "deleted": [], "added": []}


def test_it_says_what_is_in_the_way(run: Run, copier: Path, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    none = run("adopt", nothing)
    assert (none.code, "neither Copier nor cruft" in none.err) == (2, True)
    assert run("adopt", tmp_path / "missing").code == 2

    project = copied(copier, tmp_path / "shop")
    write(project, {"src/app.txt": "mine\n"})
    dirty = run("adopt", project)
    assert (dirty.code, "not committed: src/app.txt" in dirty.err) == (2, True)
    commit(project)

    write(project, {".cruft.json": "{}"})
    both = run("adopt", project)
    assert both.code == 2
    assert ".copier-answers.yml, .cruft.json" in both.err.replace("\n", " ")
    assert run("adopt", project, "--file", ".copier-answers.yml", "--dry-run").code == 0
    broken = run("adopt", project, "--file", ".cruft.json")
    assert (broken.code, "context: is no mapping" in broken.err) == (2, True)
    (project / ".cruft.json").unlink()

    write(project, {".copier-answers.yml": "a: b: c\n"})
    commit(project)
    unreadable = run("adopt", project)
    assert unreadable.code == 2
    assert ".copier-answers.yml:1: cannot be read" in unreadable.err
    git(project, "reset", "--quiet", "--hard", "HEAD~1")

    write(project, {"blueprint.yaml": "of: another program\n"})
    other = run("adopt", project)
    assert (other.code, "not of this program" in other.err.replace("\n", " ")) == (2, True)
    (project / "blueprint.yaml").unlink()

    write(copier, {"copier.yml": "", "blueprint-template.yaml": "extends: builtin\n"})
    (copier / "copier.yml").unlink()
    commit(copier, "layered")
    layered = run("adopt", project, "--ref", "layered")
    assert layered.code == 2
    assert "no template of its own" in layered.err.replace("\n", " ")

    assert run("adopt", project).code == 0
    commit(project)
    again = run("adopt", project)
    assert (again.code, "a blueprint project already" in again.err) == (2, True)
    shutil.rmtree(project / ".blueprint")
    commit(project)
    elsewhere = run("adopt", project, "--from", copier)
    assert (elsewhere.code, "not --from" in elsewhere.err) == (2, True)
    git(project, "reset", "--quiet", "--hard", "HEAD~1")
    (project / "blueprint.yaml").unlink()
    assert "has lost blueprint.yaml" in run("adopt", project).err.replace("\n", " ")


def test_a_commit_or_an_address_that_is_gone_is_named(
    run: Run, copier: Path, tmp_path: Path
) -> None:
    project = copied(copier, tmp_path / "shop")
    moved = copier.rename(tmp_path / "moved")
    gone = run("adopt", project)
    assert gone.code == 2
    assert "--from SOURCE" in gone.err
    git(moved, "tag", "renamed", "v1.0.0")
    git(moved, "tag", "--delete", "v1.0.0")
    lost = run("adopt", project, "--from", moved)
    assert lost.code == 2
    assert "has no branch, tag or commit v1.0.0" in lost.err.replace("\n", " ")
    assert "--ref REF" in lost.err

    done = run("adopt", project, "--from", moved, "--ref", "renamed", "--json")

    assert done.code == 0, done.err
    document = json.loads(done.out)
    assert document["template"]["source"] == str(moved)
    assert document["yours"]["edited"] == []
    commit(project)
    release(moved, "template")
    updated = run("update", project)
    assert updated.code == 0, updated.out
    assert f"_src_path: {moved}" in (project / ".copier-answers.yml").read_text()


def test_a_commit_between_versions_goes_on_to_the_next(
    run: Run, copier: Path, tmp_path: Path
) -> None:
    write(copier, {"template/src/app.txt": edited(TEXT, 8, "between")})
    commit(copier)
    project = copied(copier, tmp_path / "shop", ref="HEAD")
    assert run("adopt", project).code == 0
    said = yaml.safe_load((project / "blueprint.yaml").read_text())["template"]
    assert said["ref"] == git(copier, "branch", "--show-current")  # v1.0.0 is older.
    commit(project)
    assert run("diff", project).code == 0
    shutil.rmtree(project / ".blueprint")
    (project / "blueprint.yaml").unlink()
    commit(project)
    release(copier, "template")
    assert run("adopt", project).code == 0
    assert "ref" not in yaml.safe_load((project / "blueprint.yaml").read_text())["template"]
    commit(project)
    lost = git(project, "rev-parse", "HEAD:.blueprint")
    shutil.rmtree(project / ".blueprint")
    commit(project)
    assert run("adopt", project).code == 0
    commit(project)
    assert git(project, "rev-parse", "HEAD:.blueprint") == lost  # Its answers name the commit.
    assert run("update", project).code == 0
    assert (project / "src/new.txt").exists()


def test_other_files_of_answers_and_answers_to_no_question(
    run: Run, copier: Path, tmp_path: Path
) -> None:
    name = "_answers_file: .github/answers.yaml\n"
    write(copier, {"copier.yml": name + OF_COPIER["copier.yml"]})
    commit(copier, "v1.1.0")
    project = copied(copier, tmp_path / "shop", ref="v1.1.0")
    place = project / ".github/answers.yaml"
    place.write_text(f"{place.read_text()}no_question: 1\n")
    commit(project)

    done = run("adopt", project, "--json")

    assert done.code == 0, done.err
    document = json.loads(done.out)
    assert document["made_by"]["file"] == ".github/answers.yaml"
    assert document["left_out"] == ["no_question"]
    assert document["yours"]["edited"] == [".github/answers.yaml"]


def test_what_cruft_skips_is_owned(run: Run, cookiecutter: Path, tmp_path: Path) -> None:
    project = crufted(cookiecutter, tmp_path, "--skip", "src/gone.txt")
    write(project, {"pyproject.toml": '[tool.cruft]\nskip = ["README*", "../x"]\n'})
    commit(project)
    assert run("adopt", project).code == 0
    owned = yaml.safe_load((project / "blueprint.yaml").read_text())["owned"]
    assert [one["path"] for one in owned] == ["src/gone.txt", "README.md"]
    commit(project)
    release(cookiecutter, "{{cookiecutter.slug}}")
    assert run("update", project).code == 0
    assert (project / "src/gone.txt").read_text() == TEXT
    assert (project / "src/app.txt").read_text() == NEXT


def test_a_project_that_lost_its_record_gets_it_again(
    run: Run, tiny: Path, copier: Path, tmp_path: Path
) -> None:
    assert tiny.is_dir()
    held = commit(
        write(tmp_path / "standard", {"standard.yaml": "standard: 1\nname: acme\n"}), "v1"
    )
    assert run("new", "shop", "--defaults", "--standard", held).code == 0
    team = tmp_path / "till"
    title = "template.answers.title=Till"
    assert run("new", "till", "--template", copier, "--set", title, "--output", team).code == 0
    for project, path in ((Path("shop"), "README.md"), (team, "src/app.txt")):
        lost = git(project, "rev-parse", "HEAD:.blueprint")
        shutil.rmtree(project / ".blueprint")
        write(project, {path: "mine\n"})
        commit(project)
        assert "Render its record again: blueprint adopt" in run("update", project).err
        done = run("adopt", project, "--json")
        assert done.code == 0, done.err
        document = json.loads(done.out)
        assert document["made_by"] is None
        assert document["yours"]["edited"] == [path]
        commit(project)
        assert git(project, "rev-parse", "HEAD:.blueprint") == lost
        assert run("diff", project).code == 0


def test_what_the_template_drew_is_no_edit_and_stays(
    run: Run, copier: Path, tmp_path: Path
) -> None:
    drawn = "{% for _ in range(30) %}{{ 'abcdefghijkl'|random }}{% endfor %}"
    write(copier, {"template/key.txt.jinja": f"a\nKEY={drawn}\nb\n{TEXT}"})
    commit(copier, "v1.1.0")
    project = copied(copier, tmp_path / "shop", ref="v1.1.0")
    line = (project / "key.txt").read_text().splitlines()[1]
    write(project, {"key.txt": f"mine\n{(project / 'key.txt').read_text()}"})
    commit(project)

    done = run("adopt", project, "--json")

    assert done.code == 0, done.err
    assert json.loads(done.out)["yours"]["edited"] == ["key.txt"]
    value = line.removeprefix("KEY=").encode()
    assert not any(value in p.read_bytes() for p in (project / ".blueprint").iterdir())
    commit(project)
    assert run("diff", project).code == 0
    write(copier, {"template/key.txt.jinja": f"a\nTHE_KEY={drawn} # new\nb\n{TEXT}"})
    commit(copier, "v2.0.0")
    updated = run("update", project)
    assert updated.code == 0, updated.out
    assert "key.txt:3" in updated.out
    text = (project / "key.txt").read_text()
    assert text == f"mine\na\nTHE_{line} # new\nb\n{TEXT}"


def test_a_teams_base_is_rebuilt_from_its_commit(run: Run, copier: Path, tmp_path: Path) -> None:
    project = tmp_path / "till"
    title = "template.answers.title=Till"
    assert run("new", "till", "--template", copier, "--set", title, "--output", project).code == 0
    release(copier, "template")
    (archive,) = (project / ".blueprint").glob("base-*.tar")
    archive.unlink()
    lost = run("update", project)
    assert lost.code == 3
    assert "blueprint update --rebuild-base" in lost.err
    assert "pip install" not in lost.err
    rebuilt = run("update", project, "--rebuild-base", "--json")
    assert json.loads(rebuilt.out)["same"], rebuilt.err
    assert archive.is_file()


def test_what_fails_in_the_middle_leaves_nothing(
    run: Run, copier: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = copied(copier, tmp_path / "shop")
    moved: list[str] = []

    def failing(folder: Path, destination: Path) -> None:
        moved.append(folder.name)
        if folder.name == "record":
            assert (destination / "blueprint.yaml").is_file()
            raise OSError(28, "No space left on device")
        staging.move_in(folder, destination)

    monkeypatch.setattr("blueprint_cli.adopting.adopt.move_in", failing)
    failed = run("adopt", project)
    assert failed.code == 3
    assert moved == ["spec", "record"]
    assert git(project, "status", "--porcelain", "--ignored") == ""
