"""How long the program takes beside Copier: `--help`, and rendering the default project.

The rival of `new` is `copier copy` of the very tree that `new` renders, as a template without one
hole: what rendering costs beyond writing the files is then all that differs.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import compare, table

SCRIPTS = Path(sys.executable).parent
BLUEPRINT = SCRIPTS / "blueprint"
COPIER = SCRIPTS / "copier"


def help_beside_copier(folder: Path) -> str:
    timings = compare(
        {"blueprint --help": [BLUEPRINT, "--help"], "copier --help": [COPIER, "--help"]}, cwd=folder
    )
    return table("Help", timings, limit=0.5)


def new_beside_copier(folder: Path) -> str:
    verbatim = folder / "verbatim"
    new: list[str | Path] = [BLUEPRINT, "new", "shop", "--example", "shop", "--no-git", "--output"]
    subprocess.run([*new, verbatim], check=True, capture_output=True)
    shutil.rmtree(verbatim / ".blueprint")
    rendered = folder / "rendered"
    timings = compare(
        {
            "blueprint new shop --defaults --no-git": [*new, rendered],
            "copier copy of the rendered tree": [COPIER, "copy", "--defaults", verbatim, rendered],
        },
        cwd=folder,
        prepare=lambda: shutil.rmtree(rendered, ignore_errors=True),
    )
    return table("Rendering the default project", timings, limit=1.5)


def main() -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        print(help_beside_copier(folder), end="\n\n")
        print(new_beside_copier(folder))


if __name__ == "__main__":
    main()
