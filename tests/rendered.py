"""Renders as a user does, through the installed program, and what is checked on every render."""

import ast
import contextlib
import io
import json
import subprocess
import sys
import tomllib
from pathlib import Path

from ruamel.yaml import YAML
from ruff import find_ruff_bin

from blueprint_cli.__main__ import main
from tests.program import uncounted

BLUEPRINT = Path(sys.executable).with_name("blueprint")


def render(destination: Path, *arguments: str, **environment: str) -> Path:
    """`blueprint new shop --no-git --output DESTINATION ...`; gives the project's folder.

    In this process, which has imported all of it before long, unless an environment is given.
    """
    command = ["new", "shop", "--no-git", "--output", str(destination), *arguments]
    if environment:
        subprocess.run(
            [BLUEPRINT, *command], env=uncounted() | environment, check=True, capture_output=True
        )
    else:
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = main(command)
        assert code == 0, said.getvalue()
    return destination


def files_of(project: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below the folder: path → (permission bits, content)."""
    return {
        path.relative_to(project).as_posix(): (path.stat().st_mode & 0o777, path.read_bytes())
        for path in sorted(project.rglob("*"))
        if path.is_file()
    }


def look_as_ruff(project: Path, *paths: str) -> None:
    """Fail where ruff, by the project's own settings, would format or find anything."""
    for command in (["format", "--check"], ["check"]):
        done = subprocess.run(
            [find_ruff_bin(), *command, "--no-cache", *(paths or ["."])],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


def parse(path: str, content: bytes) -> None:
    """Fail where a file is not what its name says."""
    match Path(path).suffix:
        case ".py":
            ast.parse(content, filename=path)
        case ".toml":
            tomllib.loads(content.decode())
        case ".json":
            json.loads(content)
        case ".yaml" | ".yml":
            # Round-trip, for it takes tags that are Compose's own, such as !override.
            list(YAML(typ="rt", pure=True).load_all(content))
