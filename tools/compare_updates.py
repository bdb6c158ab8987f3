"""What `blueprint update`, `copier update` and `cruft update` do with the same inputs.

Every row of the table in docs/update.md comes from running all three; `--check` compares instead of
writing. The programs of the rivals are in .venv-updaters (`make updaters`).
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.conftest import COPIER_YML  # noqa: E402
from tests.program import program  # noqa: E402 - from the folder above
from tests.updating.scenarios import SCENARIOS, Files, Result, Scenario, commit, git, write  # noqa: E402

RIVALS = ROOT / ".venv-updaters/bin"
DOCUMENT = ROOT / "docs/update.md"
BEGIN, END = "<!-- what was run begins -->\n", "<!-- what was run ends -->\n"
ANSWERS = "[[ _copier_conf.answers_file ]].jinja".replace("[[", "{{").replace("]]", "}}")


def replace(folder: Path, files: Files) -> None:
    """Make a folder hold these files and no others."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path, content in files.items():
        write(folder, path, content)


def release(repository: Path, tag: str) -> None:
    commit(repository)
    git(repository, "tag", tag)


def run(command: list[str], folder: Path, project: Path) -> Result:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    return Result(project, done.returncode, done.stdout + done.stderr)


def created(result: Result) -> None:
    if result.code:
        raise SystemExit(result.said)


def edited(scenario: Scenario, project: Path) -> None:
    scenario.edit(project)
    if scenario.commits:
        commit(project)


def with_blueprint(scenario: Scenario, folder: Path) -> Result:
    root, project = folder / "templates", folder / "project"
    write(root, "copier.yml", COPIER_YML)
    head = "name: monolith\nsummary: s\nprocesses: one\nlayers: [{from: files}]\n"
    moves = "".join(f"  {old}: {new}\n" for old, new in scenario.moves.items())
    write(root, "monolith/pattern.yaml", head)
    replace(root / "files", scenario.before)
    new = program(root, "new", "shop", "--defaults", "--output", str(project))
    created(run(new, folder, project))
    edited(scenario, project)
    write(root, "monolith/pattern.yaml", head + (f"moves:\n{moves}" if moves else ""))
    replace(root / "files", scenario.after)
    return run(program(root, "update", str(project)), folder, project)


def with_copier(scenario: Scenario, folder: Path) -> Result:
    repository, project = folder / "template", folder / "project"
    repository.mkdir()
    git(repository, "init", "--quiet")
    write(repository, "copier.yml", "_subdirectory: template\n")
    answers = {ANSWERS: "{{ _copier_answers|to_nice_yaml }}"}
    replace(repository / "template", {**scenario.before, **answers})
    release(repository, "v1")
    copier = str(RIVALS / "copier")
    arguments = ["--defaults", "--vcs-ref"]
    created(run([copier, "copy", *arguments, "v1", str(repository), str(project)], folder, project))
    git(project, "init", "--quiet")
    commit(project)
    edited(scenario, project)
    replace(repository / "template", {**scenario.after, **answers})
    release(repository, "v2")
    return run([copier, "update", *arguments, "v2", str(project)], folder, project)


def with_cruft(scenario: Scenario, folder: Path) -> Result:
    repository, project = folder / "template", folder / "project"
    repository.mkdir()
    git(repository, "init", "--quiet")
    write(repository, "cookiecutter.json", '{"name": "project"}')
    below = repository / "{{cookiecutter.name}}"
    replace(below, scenario.before)
    release(repository, "v1")
    cruft = str(RIVALS / "cruft")
    created(
        run([cruft, "create", str(repository), "--no-input", "--checkout", "v1"], folder, project)
    )
    git(project, "init", "--quiet")
    commit(project)
    edited(scenario, project)
    replace(below, scenario.after)
    release(repository, "v2")
    return run([cruft, "update", "--skip-apply-ask", "--checkout", "v2"], project, project)


TOOLS: Mapping[str, Callable[[Scenario, Path], Result]] = {
    "blueprint": with_blueprint,
    "copier": with_copier,
    "cruft": with_cruft,
}


def verdict(name: str, tool: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        (home / ".gitconfig").write_text(
            "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n"
        )
        work = Path(folder) / "work"
        work.mkdir()
        done = subprocess.run(
            [sys.executable, __file__, name, tool, work],
            env={**os.environ, "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.strip()


def table() -> str:
    cells = [(scenario.name, tool) for scenario in SCENARIOS for tool in TOOLS]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        said = dict(zip(cells, pool.map(lambda cell: verdict(*cell), cells), strict=True))
    rows = [
        f"| {scenario.name} | {' | '.join(said[scenario.name, tool] for tool in TOOLS)} |"
        for scenario in SCENARIOS
    ]
    versions = [version("backend-blueprint"), *(_rival(name) for name in ("copier", "cruft"))]
    heads = " | ".join(f"`{tool} update` {v}" for tool, v in zip(TOOLS, versions, strict=True))
    return "\n".join([f"| case | {heads} |", "| --- | --- | --- | --- |", *rows, ""])


def _rival(name: str) -> str:
    asked = f"import importlib.metadata as m; print(m.version('{name}'))"
    return subprocess.check_output([str(RIVALS / "python"), "-c", asked], text=True).strip()


def one_cell(name: str, tool: str, folder: Path) -> None:
    scenario = next(each for each in SCENARIOS if each.name == name)
    result = TOOLS[tool](scenario, folder)
    print("; ".join(scenario.judge(result)) or "right")


def main() -> None:
    """Write the table, or compare it with what is written."""
    if len(sys.argv) > 2:  # noqa: PLR2004 - a cell of the table, in a process of its own
        one_cell(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
        return
    found = table()
    before, rest = DOCUMENT.read_text(encoding="utf-8").split(BEGIN)
    written, after = rest.split(END)
    if sys.argv[1:] != ["--check"]:
        DOCUMENT.write_text(before + BEGIN + found + END + after, encoding="utf-8")
    elif found != written:
        raise SystemExit(f"docs/update.md is not what running gives:\n{found}")


if __name__ == "__main__":
    main()
