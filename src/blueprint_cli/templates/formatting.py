"""The only module that runs ruff: Python from descriptions, as a project's own `make format` does.

A template for names of any length cannot know where its lines end, and an import that one entity
needs is too many for another.
"""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import TemplateBroken
from blueprint_cli.templates.marks import MARK, told_apart
from blueprint_cli.templates.shadowing import unshadowed
from blueprint_cli.tree import File, Tree, write_tree

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

# What a project's ruff.toml says of the same.
LINE_LENGTH: Final = 100
TARGET: Final = "py311"
PACKAGE: Final = "__init__.py"
SEPARATOR: Final = "--"
# Packages of every project beside its contexts.
PACKAGES: Final = ("app", "contracts", "dev", "functions", "kit", "kit_kafka", "tests")


def formatted(
    files: Mapping[str, bytes], contexts: Collection[str], scratch: Path
) -> dict[str, bytes]:
    """Return Python files formatted, with their imports sorted and without unused ones.

    Args:
        files: by path.
        contexts: packages of the project that imports may name.
        scratch: a folder that is not there yet.

    Raises:
        TemplateBroken: where one is no Python.
        OSError: where the scratch folder cannot be written.
    """
    if not files:
        return {}
    names = {path: _name(path, content) for path, content in files.items()}
    write_tree(Tree({names[path]: File(_unshadowed(files[path])) for path in files}), scratch)
    own = json.dumps(sorted({*contexts, *(f"{name}_service" for name in contexts), *PACKAGES}))
    shared = ["--isolated", "--no-cache", "--quiet", f"--config=line-length={LINE_LENGTH}"]
    shared += ["--target-version", TARGET]
    first_party = f"--config=lint.isort.known-first-party={own}"
    tidy = ["check", *shared, first_party, "--select=F401,I", "--fix"]
    _run([*tidy, "."], scratch)
    mark = MARK.encode()
    if marked := [names[path] for path, content in files.items() if mark in content]:
        _tell_apart(scratch, marked)
        _run([*tidy, *marked], scratch)
    _run(["format", *shared, "."], scratch)
    return {path: (scratch / name).read_bytes() for path, name in names.items()}


def _name(path: str, content: bytes) -> str:
    """Return where a module is formatted: without folders, which take longer to make than it does.

    In a package's own module ruff lets imports stand that nothing uses.
    """
    folder, _, name = path.rpartition("/")
    between = "/" if name == PACKAGE and b"import " in content else SEPARATOR
    return f"{folder.replace('/', SEPARATOR)}{between}{name}" if folder else name


def _unshadowed(content: bytes) -> bytes:
    try:
        return unshadowed(content.decode()).encode()
    except SyntaxError:
        return content  # ruff says what is wrong


def _tell_apart(scratch: Path, paths: Collection[str]) -> None:
    """Take the marks out of modules."""
    for path in paths:
        text = (scratch / path).read_text(encoding="utf-8")
        (scratch / path).write_text(told_apart(text), encoding="utf-8")


def _run(arguments: list[str], folder: Path) -> None:
    # With Copier, in the distribution that renders.
    from ruff import find_ruff_bin  # noqa: PLC0415

    ended = subprocess.run(  # noqa: S603 - ruff on files that we have just made
        [find_ruff_bin(), *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    if ended.returncode != 0:
        raise TemplateBroken(
            f"Python that was rendered from the description is none: {ended.stdout[:2000]}",
            hint="This is an error in the template, not in the description.",
        )
