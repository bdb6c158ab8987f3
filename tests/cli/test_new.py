"""`blueprint new`: what stands there afterwards, and what it says."""

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest

from blueprint_cli.record.record import read_record
from tests.program import Run, WriteTemplates, git, program

RECORD = "docs/decisions/0001-architecture.md"
RENDERED = [".gitignore", "README.md", "blueprint.yaml", "src/app.py"]
FILES = sorted([*RENDERED, RECORD])


def listing(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not {".git", ".blueprint"} & set(path.relative_to(folder).parts)
    )


def test_a_project_is_rendered_committed_and_recorded(tiny: Path, run: Run) -> None:
    result = run("new", "shop", "--defaults")

    shop = tiny / "shop"
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("Created shop: monolith (recommended), 9 files in ")
    _, _, end = result.out.partition("Next:\n")
    assert end.startswith(
        "  cd shop\n  make dev\n  make test\n\nThe first `make dev` takes about a "
    )
    assert listing(shop) == FILES
    assert (shop / "README.md").read_text() == "# shop\n"
    assert git(shop, "status", "--porcelain", "--ignored") == ""
    assert git(shop, "log", "--format=%an %ae %D %s").startswith(
        "Ada ada@example.com HEAD -> main Create shop"
    )
    assert len(git(shop, "ls-files").splitlines()) == 9
    assert sorted(read_record(shop).base) == RENDERED
    assert [path.name for path in tiny.iterdir()] == ["shop"]


def test_two_projects_of_one_spec_are_the_same(tiny: Path, run: Run) -> None:
    run("new", "shop", "--defaults", "--no-git", "--output", "one")
    previous = os.umask(0o077)
    try:
        run("new", "shop", "--defaults", "--no-git", "--output", "two")
    finally:
        os.umask(previous)
    files = [
        {
            path.relative_to(root).as_posix(): (
                path.stat().st_mode,
                path.is_file() and path.read_bytes(),
            )
            for path in root.rglob("*")
        }
        for root in (tiny / "one", tiny / "two")
    ]
    assert files[0] == files[1]
    assert {mode & 0o777 for mode, _ in files[0].values()} == {0o755, 0o644}


def test_json_has_the_documented_keys(tiny: Path, run: Run) -> None:
    document = json.loads(run("new", "shop", "--set", "pattern=monolith", "--json").out)
    assert document == {
        "dry_run": False,
        "project": {"name": "shop", "path": str(tiny / "shop")},
        "pattern": "monolith",
        "pattern_chosen": True,
        "recommended": "monolith",
        "template": {"name": "monolith", "version": document["template"]["version"]},
        "standard": None,
        "files": document["files"],
        "git": {"state": "committed", "repository": str(tiny / "shop"), "branch": "main"},
        "ignored": [],
        "not_read_there": [],
        "to_write": [],
        "next": ["cd shop", "make dev", "make test"],
    }
    assert [path for path in document["files"] if not path.startswith(".blueprint/")] == FILES


def test_a_dry_run_lists_and_writes_nothing(tiny: Path, run: Run) -> None:
    result = run("new", "shop", "--defaults", "--dry-run")
    assert result.code == 0
    assert result.out.startswith("Would create shop: monolith (recommended), 9 files in ")
    assert "\n  blueprint.yaml\n  docs/\n    decisions/\n      0001-arch" in result.out
    assert "\n  src/\n    app.py\n" in result.out
    assert list(tiny.iterdir()) == []
    document = json.loads(run("new", "shop", "--defaults", "--dry-run", "--json").out)
    assert (document["dry_run"], document["git"]["state"]) == (True, "planned")


EVENTS = ["consumers_per_event=5", "consistency=eventual", "async_share_percent=60"]


def test_the_first_decision_is_written_down_and_never_rendered_again(tiny: Path, run: Run) -> None:
    (tiny / "auto.yaml").write_text("requirements: {teams: 1}\npattern: auto\n")
    run("new", "one", "--defaults", "--no-git")
    run("new", "two", "--answers", "auto.yaml", "--no-git")
    run("new", "three", "--set", "requirements.teams=1", "--no-git")
    assert "Nothing was known" in (tiny / "one" / RECORD).read_text()
    assert '"monolith", because it scores' in (tiny / "two" / RECORD).read_text()
    assert (tiny / "two" / RECORD).read_bytes() == (tiny / "three" / RECORD).read_bytes()
    assert RECORD not in read_record(tiny / "two").base


def test_another_choice_than_the_recommended_is_recorded_with_its_reason(
    tiny: Path, run: Run
) -> None:
    settings = [word for key in EVENTS for word in ("--set", f"requirements.{key}")]
    result = run("new", "shop", *settings, "--pattern", "monolith", "--reason", "We know it.")
    assert result.code == 0
    assert "monolith (event-driven was recommended)" in result.out
    text = (tiny / "shop" / RECORD).read_text()
    assert 'Chosen option: "monolith", although "event-driven" was recommended' in text
    assert "\nThe reason: We know it.\n" in text
    run("new", "other", *settings, "--pattern", "monolith")
    assert "\nThe reason: not written down yet.\n" in (tiny / "other" / RECORD).read_text()


def test_a_recommendation_without_a_template_is_refused_with_what_there_is(
    tiny: Path, run: Run
) -> None:
    settings = [word for key in EVENTS for word in ("--set", f"requirements.{key}")]
    result = run("new", "shop", *settings)
    assert (result.code, result.out, list(tiny.iterdir())) == (2, "", [])
    assert "event-driven is recommended, and this version has no template for it" in result.err
    assert "--pattern monolith" in result.err


def test_answers_from_a_file_keep_their_comments(tiny: Path, run: Run) -> None:
    (tiny / "answers.yaml").write_text("# ours\nproject: {owner: us}\npattern: auto\n")
    result = run("new", "shop", "--answers", "answers.yaml", "--set", "requirements.teams=2")
    assert result.code == 0
    text = (tiny / "shop/blueprint.yaml").read_text()
    assert text.startswith("# ours\nblueprint: 1\nproject: {owner: us, name: shop")
    assert "requirements:\n  teams: 2\n" in text
    assert "pattern: monolith\n" in text


def test_what_it_says_to_type_works_when_pasted(
    tiny: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("with space", "Käse's $HOME", "-dash", "~tilde", "a/b c"):
        output = Path(folder) if not folder.startswith("-") else tiny / folder
        result = run("new", "shop", "--defaults", "--no-git", "--output", output)
        assert result.code == 0, result.err
        step = result.out.split("Next:\n")[1].splitlines()[0].strip()
        script = f"{step} && cat README.md"
        assert subprocess.check_output(["/bin/sh", "-c", script], text=True) == "# shop\n"
    (tiny / "elsewhere").mkdir()
    monkeypatch.chdir(tiny / "elsewhere")
    result = run("new", "shop", "--defaults", "--no-git", "--output", tiny / "far away")
    assert f"cd {shlex.quote(str(tiny / 'far away'))}" in result.out


def test_without_answers_it_names_a_command_line_that_works(tiny: Path, run: Run) -> None:
    result = run("new", "shop", "--pattern", "monolith")
    assert (result.code, result.out) == (2, "")
    assert "blueprint new shop --defaults" in result.err
    assert list(tiny.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["My Shop", "--defaults"], "Nearest: my-shop"),
        (["orders", "--defaults"], "a context is called that"),
        (["", "--defaults"], "it is empty"),
        (["a/b", "--defaults"], "it is a path"),
        (
            ["shop", "--defaults", "--pattern", "serverless"],
            "allowed: monolith, microservices, event-driven, auto",
        ),
        (["shop", "--defaults", "--pattern", "event-driven"], "There is: monolith."),
        (["shop", "--answers", "none.yaml"], "there is no file none.yaml"),
        (["shop", "--answers", "."], "is a directory"),
        (["shop", "--set", "requirements.team=1"], "did you mean requirements.teams?"),
        (["shop", "--defaults", "--output", "file"], "file is a file"),
        (["shop", "--defaults", "--output", "file/below"], "file is a file"),
        (["shop", "--defaults", "--output", "full"], "full is not empty: it holds mine"),
        (["shop", "--defaults", "--output", "dangling"], "dangling is a dangling symlink"),
        (["shop", "--defaults", "--output", "loop"], "dangling symlink"),
        (["shop", "--defaults", "--output", "x" * 300], "the path is too long"),
        (["shop", "--defaults", "--output", "/proc/shop"], "cannot be written"),
        ([".", "--defaults", "--output", "x"], "give a NAME with --output"),
        (["shop", "--defaults", "--reason", "two\nlines"], "is not one line of text"),
    ],
)
def test_bad_input_is_refused_and_nothing_is_written(
    arguments: list[str], expected: str, tiny: Path, run: Run
) -> None:
    (tiny / "file").write_text("")
    (tiny / "full").mkdir()
    (tiny / "full" / "mine").write_text("")
    (tiny / "dangling").symlink_to("nowhere")
    (tiny / "loop").symlink_to("loop")
    before = sorted(tiny.rglob("*"))
    result = run("new", *arguments)
    assert (result.code, result.out) == (2, "")
    assert expected in result.err
    assert sorted(tiny.rglob("*")) == before


@pytest.mark.usefixtures("tiny")
def test_a_project_is_not_made_inside_another(run: Run) -> None:
    run("new", "shop", "--defaults", "--no-git")
    for output in ("shop/inner", "shop/src/inner"):
        result = run("new", "other", "--defaults", "--output", output)
        assert (result.code, "is inside the project" in result.err) == (2, True)
    again = run("new", "shop", "--defaults")
    assert (again.code, "is a blueprint project already" in again.err) == (2, True)


def test_an_empty_folder_is_filled_and_stays_the_same_folder(tiny: Path, run: Run) -> None:
    target = tiny / "target"
    target.mkdir()
    (tiny / "link").symlink_to("target")
    inode = target.stat().st_ino
    assert run("new", "shop", "--defaults", "--output", "link").code == 0
    assert target.stat().st_ino == inode
    assert listing(target) == FILES
    assert git(target, "status", "--porcelain") == ""


def test_here_takes_the_folders_name(tiny: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (tiny / "my-shop").mkdir()
    monkeypatch.chdir(tiny / "my-shop")
    result = run("new", ".", "--defaults")
    assert result.code == 0
    assert "Next:\n  make dev\n  make test\n\n" in result.out
    assert (tiny / "my-shop/README.md").read_text() == "# my-shop\n"

    (tiny / "My Shop").mkdir()
    monkeypatch.chdir(tiny / "My Shop")
    assert "Nearest: my-shop" in run("new", ".", "--defaults").err
    assert run("new", "shop", "--defaults", "--output", ".").code == 0


def test_an_empty_repository_is_filled_and_neither_staged_nor_committed(
    tiny: Path, run: Run
) -> None:
    git(tiny, "init", "--quiet", "repository")
    result = run("new", "shop", "--defaults", "--output", "repository")
    assert result.code == 0
    assert "is a git repository: nothing was added or committed there" in result.err
    assert listing(tiny / "repository") == FILES
    assert git(tiny / "repository", "diff", "--cached", "--name-only") == ""


def test_inside_a_repository_it_neither_inits_nor_commits(tiny: Path, run: Run) -> None:
    git(tiny, "init", "--quiet")
    result = run("new", "shop", "--defaults", "--json", "--output", "services/shop")
    assert json.loads(result.out)["git"] == {
        "state": "enclosed",
        "repository": str(tiny),
        "branch": None,
    }
    assert not (tiny / "services/shop/.git").exists()
    assert git(tiny, "status", "--porcelain", "--untracked-files=normal") == "?? services/"


def test_without_an_identity_the_files_are_staged(
    tiny: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (Path(os.environ["HOME"]) / ".gitconfig").unlink()
    monkeypatch.setenv("EMAIL", "")
    result = run("new", "shop", "--defaults")
    assert result.code == 0
    assert "git does not know who you are: the files are staged and not committed" in result.err
    assert len(git(tiny / "shop", "diff", "--cached", "--name-only").splitlines()) == 9


def test_without_git_the_project_is_rendered_and_it_says_so(
    tiny: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tiny))
    result = run("new", "shop", "--defaults")
    assert (result.code, listing(tiny / "shop")) == (0, FILES)
    assert "git is not installed" in result.err
    silent = run("new", "shop", "--defaults", "--no-git", "--output", "other")
    assert (silent.code, silent.err) == (0, "")
    assert not (tiny / "other/.git").exists()


def test_the_users_git_settings_do_not_change_the_first_commit(tiny: Path, run: Run) -> None:
    home = Path(os.environ["HOME"])
    hooks = home / "hooks"
    hooks.mkdir()
    (hooks / "pre-commit").write_text("#!/bin/sh\nexit 1\n")
    (hooks / "pre-commit").chmod(0o755)
    (home / "template/hooks").mkdir(parents=True)
    (home / "template/planted").write_text("")
    (home / "ignore").write_text("*.tar\nREADME.md\n.blueprint\n")
    (home / "attributes").write_text("* text eol=crlf\n")
    with (home / ".gitconfig").open("a") as config:
        config.write(
            f"[core]\n\thooksPath = {hooks}\n\texcludesFile = {home}/ignore\n"
            f"\tattributesFile = {home}/attributes\n\tautocrlf = true\n\tsafecrlf = true\n"
            f"[commit]\n\tgpgSign = true\n\ttemplate = {home}/none\n[gpg]\n\tprogram = /bin/false\n"
            f"[init]\n\ttemplateDir = {home}/template\n\tdefaultBranch = trunk\n"
        )
    result = run("new", "shop", "--defaults")
    assert (result.code, result.err) == (0, "")
    shop = tiny / "shop"
    assert git(shop, "log", "--format=%D") == "HEAD -> trunk"
    assert len(git(shop, "ls-files").splitlines()) == 9
    assert not (shop / ".git/planted").exists()
    assert git(shop, "show", "HEAD:README.md") == "# shop"


def test_git_from_a_hook_does_not_lead_elsewhere(
    tiny: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tiny, "init", "--quiet", "other")
    (tiny / "empty").mkdir()
    monkeypatch.setenv("GIT_DIR", str(tiny / "other/.git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tiny / "other/.git/index"))
    assert run("new", "shop", "--defaults").code == 0
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert git(tiny / "shop", "rev-list", "--count", "HEAD") == "1"
    assert git(tiny / "other", "status", "--porcelain") == ""


def test_a_git_that_fails_leaves_nothing(
    tiny: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tiny.parent / "bin"
    broken.mkdir()
    version = "test $1 != version || exec echo git version 2.39.5"
    fatal = 'echo "fatal: no luck today" >&2; exit 128'
    (broken / "git").write_text(f"#!/bin/sh\n{version}\n{fatal}\n")
    (broken / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{broken}:{os.environ['PATH']}")
    result = run("new", "shop", "--defaults")
    assert result.code == 3
    assert "git init failed: fatal: no luck today" in result.err
    assert "--no-git" in result.err
    assert list(tiny.iterdir()) == []


ASKS = '#!/bin/sh\necho "xcode-select: note: none found" >&2\nexit 1\n'


@pytest.mark.parametrize("script", [ASKS, "no program\n", ""])
@pytest.mark.parametrize("options", [(), ("--no-git",)])
def test_a_git_that_only_asks_to_be_installed_is_none(
    script: str,
    options: tuple[str, ...],
    tiny: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stub = tiny.parent / "bin"
    stub.mkdir()
    (stub / "git").write_text(script)
    (stub / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{stub}:{os.environ['PATH']}")
    result = run("new", "shop", "--defaults", "--json", *options)
    assert result.code == 0, result.err
    assert json.loads(result.out)["git"]["state"] == ("declined" if options else "missing")
    assert run("doctor").code == 0


def test_a_home_is_meant_where_an_option_begins_with_its_sign(
    tiny: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tiny.parent / "my home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    (home / "a.yaml").write_text("requirements: {teams: 2}\n")
    made = run("new", "shop", "--answers=~/a.yaml", "--output=~/code/shop", "--no-git")
    assert made.code == 0, made.err
    assert (home / "code/shop/README.md").exists()
    quoted = run("new", "other", "--defaults", "--no-git", "--output", "~/other")
    assert (quoted.code, run("check", "~/other").code) == (0, 0)
    assert list(tiny.iterdir()) == []
    advice = run("recommend", "--answers=~/a.yaml", "--markdown=~/adr.md", "--html=~/a.html")
    assert (advice.code, (home / "adr.md").exists(), (home / "a.html").exists()) == (0, True, True)
    assert run("check", home / "code/shop", "--write-baseline=~/base.json").code == 0
    assert run("check", home / "code/shop", "--baseline=~/base.json", "--output=~/out").code == 0
    assert (home / "out").exists()
    for option in ("--rules=~/none", "--prices=~/none"):
        assert f"{home / 'none'}" in run("cost", home / "code/shop", option).err


def test_a_folder_of_that_name_and_a_text_that_begins_so_stay_possible(
    tiny: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tiny.parent / "my home"))
    for output in ("--output=./~", f"--output={tiny}/~/x"):
        assert run("new", "shop", "--defaults", "--no-git", output, "--dry-run").code == 0
    assert run("new", "shop", "--defaults", "--no-git", "--output=./~").code == 0
    assert (tiny / "~/README.md").exists()
    reason = ["--pattern", "monolith", "--reason=~ is a letter"]
    settings = [word for key in EVENTS for word in ("--set", f"requirements.{key}")]
    assert run("new", "other", *settings, *reason, "--no-git").code == 0
    assert "The reason: ~ is a letter" in (tiny / "other" / RECORD).read_text()
    for name, given in (("third", ["--reason=~"]), ("fourth", ["--reason", "~"])):
        assert run("new", name, *settings, "--pattern=monolith", *given, "--no-git").code == 0
        assert "The reason: ~\n" in (tiny / name / RECORD).read_text()


def test_a_project_whose_result_nobody_reads_is_named(
    tiny: Path, templates: WriteTemplates
) -> None:
    root = templates({})
    with subprocess.Popen(
        program(root, "new", "shop", "--defaults", "--json", "--no-git"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read()
    assert process.returncode == 3
    assert f"the project was made in {tiny / 'shop'}" in said
    assert (tiny / "shop/blueprint.yaml").exists()


def test_a_template_may_not_bring_what_blueprint_writes(
    templates: WriteTemplates, tiny: Path, run: Run
) -> None:
    templates({"files/blueprint.yaml": ""})
    result = run("new", "shop", "--defaults")
    assert (result.code, list(tiny.iterdir())) == (3, [])
    assert "brings blueprint.yaml, which blueprint writes itself" in result.err


def test_a_broken_template_leaves_nothing(templates: WriteTemplates, tiny: Path, run: Run) -> None:
    templates({"files/zzz.jinja": "[= nothing =]"})
    for output in ([], ["--output", "a/b/c"]):
        result = run("new", "shop", "--defaults", *output)
        assert (result.code, list(tiny.iterdir())) == (3, [])
        assert "'nothing' is undefined" in result.err
