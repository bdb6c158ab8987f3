"""`blueprint adopt`, and `update` of what it took over, beside `copier update` of the same project.

The project is one that Copier made of a template of 500 files, with a line edited in every
twentieth; the template's next version changes one file of fifty and moves one of a hundred.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from bench_update import ANSWERS, COPIER, edit, put, template_files
from measure import Timing, compare, table

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.updating.scenarios import commit, git, write  # noqa: E402 - from the folder above

BLUEPRINT = Path(sys.executable).with_name("blueprint")
FILES = 500
RUNS = 5
OURS = ("blueprint adopt", "blueprint update, adopted")
RIVAL = "copier update"


def prepared(folder: Path) -> tuple[dict[str, list[str | Path]], list[Path]]:
    """The commands, and the projects that they change."""
    repository = folder / "template"
    write(repository, "copier.yml", "_subdirectory: files\nname: shop\n")
    answers = {ANSWERS: "{{ _copier_answers|to_nice_yaml }}"}
    projects = [folder / name for name in ("adopting", "adopted", "copier")]
    git(folder, "init", "--quiet", str(repository))
    put(repository / "files", template_files(FILES, later=False) | answers)
    commit(repository)
    git(repository, "tag", "v1")
    for project in projects:
        copy: list[str | Path] = [COPIER, "copy", "--defaults", "--vcs-ref=v1", repository, project]
        subprocess.run(copy, check=True, capture_output=True)
        git(project, "init", "--quiet")
        commit(project)
        edit(project)
    subprocess.run([BLUEPRINT, "adopt", projects[1]], check=True, capture_output=True)
    commit(projects[1])
    put(repository / "files", template_files(FILES, later=True) | answers)
    commit(repository)
    git(repository, "tag", "v2")
    update: list[str | Path] = [COPIER, "update", "--defaults", "--vcs-ref", "v2", projects[2]]
    return {
        OURS[0]: [BLUEPRINT, "adopt", projects[0]],
        OURS[1]: [BLUEPRINT, "update", projects[1]],
        RIVAL: update,
    }, projects


def main() -> None:
    """Print a table for each command of ours."""
    with tempfile.TemporaryDirectory() as temporary:
        commands, projects = prepared(Path(temporary))

        def reset() -> None:
            for project in projects:
                git(project, "reset", "--quiet", "--hard")
                git(project, "clean", "-fdq")

        took: dict[str, Timing] = compare(commands, cwd=Path(temporary), runs=RUNS, prepare=reset)
    for name in OURS:
        print(table(f"`{name}`, {FILES} files", {name: took[name], RIVAL: took[RIVAL]}, limit=1))
        print()


if __name__ == "__main__":
    main()
