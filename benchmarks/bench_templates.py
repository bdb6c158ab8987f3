"""`blueprint new --template` beside the engine's own command, of the same template.

Both make a project of 100 files; ours also makes its record, its repository and its first commit.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

from bench_update import COPIER
from measure import Timing, compare, table

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.updating.scenarios import commit, git, write  # noqa: E402 - from the folder above

BLUEPRINT = Path(sys.executable).with_name("blueprint")
COOKIECUTTER = COPIER.with_name("cookiecutter")
FILES = 100
RUNS = 5
TEXT = "".join(f"line {number} of @\n" for number in range(40))


def prepared(folder: Path) -> dict[str, dict[str, list[str | Path]]]:
    """The commands, ours and the engine's, by the engine's name."""
    copier, cookiecutter = folder / "copier-template", folder / "cookiecutter-template"
    write(copier, "copier.yml", "_subdirectory: files\nname: shop\n")
    write(cookiecutter, "cookiecutter.json", json.dumps({"name": "shop"}))
    for number in range(FILES):
        path = f"folder{number % 10}/file{number}.txt"
        write(copier, f"files/{path}.jinja", TEXT.replace("@", "{{ name }}"))
        place = f"{{{{cookiecutter.name}}}}/{path}"
        write(cookiecutter, place, TEXT.replace("@", "{{ cookiecutter.name }}"))
    for template in (copier, cookiecutter):
        git(folder, "init", "--quiet", str(template))
        commit(template)
        git(template, "tag", "v1.0.0")
    out = folder / "out"

    def ours(template: Path) -> list[str | Path]:
        return [BLUEPRINT, "new", "shop", "--defaults", "--template", template, "--output", out]

    return {
        "copier": {
            "blueprint new": ours(copier),
            "copier copy": [COPIER, "copy", "--defaults", "--quiet", copier, out],
        },
        "cookiecutter": {
            "blueprint new": ours(cookiecutter),
            "cookiecutter": [COOKIECUTTER, "--no-input", "--output-dir", out, cookiecutter],
        },
    }


def main() -> None:
    """Print a table for each engine."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)

        def reset() -> None:
            shutil.rmtree(folder / "out", ignore_errors=True)

        for engine, commands in prepared(folder).items():
            took: dict[str, Timing] = compare(commands, cwd=folder, runs=RUNS, prepare=reset)
            print(table(f"`new --template` of a {engine} template", took, limit=1.2))
            print()


if __name__ == "__main__":
    main()
