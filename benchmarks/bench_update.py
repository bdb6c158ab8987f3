"""`blueprint update` and `diff` beside `copier update` of the same change, and how cost grows.

Both tools get a template of the same files, a project with the same edits, and the same next
version of the template: one file of fifty changes, one of a hundred moves.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import Timing, compare, machine, table

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.conftest import COPIER_YML  # noqa: E402 - the same
from tests.program import program  # noqa: E402 - from the folder above
from tests.updating.scenarios import commit, git, write  # noqa: E402 - the same

COPIER = Path(sys.executable).with_name("copier")
ANSWERS = "{{ _copier_conf.answers_file }}.jinja"
SIZES = (500, 2_000, 10_000)
RUNS = 5


def template_files(count: int, *, later: bool) -> dict[str, str]:
    """Paths and contents of a template with this many files of forty lines."""
    files = {}
    for number in range(count):
        lines = [f"file {number}, line {line}\n" for line in range(40)]
        if later and number % 50 == 0:
            lines[30] = "changed by the template\n"
        folder = "moved" if later and number % 100 == 1 else f"folder{number % 20}"
        files[f"{folder}/file{number}.txt"] = "".join(lines)
    return files


def put(folder: Path, files: dict[str, str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for path, content in files.items():
        write(folder, path, content)


def edit(project: Path) -> None:
    """Change a line in every twentieth file, and commit."""
    for number in range(0, 500, 20):
        place = project / f"folder{number % 20}/file{number}.txt"
        place.write_text(place.read_text().replace("line 3\n", "line 3, edited\n"))
    commit(project)


def prepared(folder: Path, count: int) -> tuple[dict[str, list[str | Path]], list[Path]]:
    """The commands of both tools, and their projects."""
    ours, theirs = folder / "ours", folder / "theirs"
    root, repository = folder / "root", folder / "repository"
    repository.mkdir()
    git(repository, "init", "--quiet")
    write(repository, "copier.yml", "_subdirectory: template\n")
    write(root, "copier.yml", COPIER_YML)
    head = "name: monolith\nsummary: s\nprocesses: one\nlayers: [{from: files}]\n"
    write(root, "monolith/pattern.yaml", head)
    answers = {ANSWERS: "{{ _copier_answers|to_nice_yaml }}"}
    put(root / "files", template_files(count, later=False))
    put(repository / "template", template_files(count, later=False) | answers)
    commit(repository)
    git(repository, "tag", "v1")
    new = program(root, "new", "shop", "--defaults", "--output", str(ours))
    subprocess.run(new, check=True, capture_output=True)
    copy: list[str | Path] = [COPIER, "copy", "--defaults", "--vcs-ref", "v1", repository, theirs]
    subprocess.run(copy, check=True, capture_output=True)
    git(theirs, "init", "--quiet")
    commit(theirs)
    for project in (ours, theirs):
        edit(project)
    put(root / "files", template_files(count, later=True))
    put(repository / "template", template_files(count, later=True) | answers)
    commit(repository)
    git(repository, "tag", "v2")
    return {
        f"blueprint update, {count} files": list(program(root, "update", str(ours))),
        f"copier update, {count} files": [
            COPIER, "update", "--defaults", "--vcs-ref", "v2", theirs
        ],
        f"blueprint update --dry-run, {count} files": list(
            program(root, "update", str(ours), "--dry-run")
        ),
    }, [ours, theirs]  # fmt: skip


def measured(count: int, *, rival: bool) -> dict[str, Timing]:
    with tempfile.TemporaryDirectory() as temporary:
        commands, projects = prepared(Path(temporary), count)
        if not rival:
            commands = {name: each for name, each in commands.items() if "copier" not in name}

        def reset() -> None:
            for project in projects:
                git(project, "reset", "--quiet", "--hard")
                git(project, "clean", "-fdq")

        return compare(commands, cwd=Path(temporary), runs=RUNS, prepare=reset)


def main() -> None:
    """Print both tables."""
    print(table("Updating a project of 500 files", measured(500, rival=True), limit=1.5))
    print("\n### How the cost of an update grows\n")
    print("| files | update, ms | a file, ms | dry run, ms |")
    print("| ---: | ---: | ---: | ---: |")
    each: list[float] = []
    for count in SIZES:
        update, dry = (took.median * 1000 for took in measured(count, rival=False).values())
        each.append(update / count)
        print(f"| {count} | {update:.0f} | {update / count:.2f} | {dry:.0f} |")
    verdict = "met" if each[-1] <= each[0] else "**not met**"
    print(f"\nA file costs no more among {SIZES[-1]:,} than among {SIZES[0]}: {verdict}.\n")
    print(machine())


if __name__ == "__main__":
    main()
