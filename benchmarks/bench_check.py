"""How long `blueprint check` takes beside importing Typer, PyYAML and Pydantic: at most twice.

Once on a fresh project, and once where every file was edited, so that every rule reads all of it.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from measure import compare, table

BLUEPRINT = Path(sys.executable).with_name("blueprint")
# So far as a program that uses them has to; a bare `import pydantic` loads next to nothing.
IMPORTS = "from typer import Typer; from yaml import safe_load; from pydantic import BaseModel"


def beside_the_imports(title: str, project: Path) -> str:
    timings = compare(
        {
            "blueprint check": [BLUEPRINT, "check"],
            "importing Typer, PyYAML and Pydantic": [sys.executable, "-c", IMPORTS],
        },
        cwd=project,
    )
    return table(title, timings, limit=2)


def edit_every_file(project: Path) -> None:
    """Append an empty line or a comment to every file that the project owns."""
    listed = subprocess.check_output(
        ["git", "ls-files", "-z"],  # noqa: S607 - from PATH
        cwd=project,
        text=True,
    )
    for path in listed.split("\0"):
        if path.endswith((".py", ".toml", ".yml", ".yaml", "Makefile", "Dockerfile", ".md")):
            with (project / path).open("a") as file:
                file.write("\n")


def main() -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory() as temporary:
        project = Path(temporary) / "shop"
        new: list[str | Path] = [BLUEPRINT, "new", "shop", "--example", "shop", "--output", project]
        subprocess.run(new, check=True, capture_output=True)
        print(beside_the_imports("check of a fresh project", project), end="\n\n")
        edit_every_file(project)
        managed = "\n".join(
            f"  - {{path: {path}, reason: measured}}" for path in ("dev", "src", "tests")
        )
        spec = project / "blueprint.yaml"
        spec.write_text(spec.read_text().replace("owned: []", f"owned:\n{managed}"))
        print(beside_the_imports("check of a project with every file edited", project))


if __name__ == "__main__":
    main()
