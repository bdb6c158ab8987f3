"""The only module that runs ruff: Python from descriptions, as a project's own `make format` does.

A template for names of any length cannot know where its lines end, and an import that one entity
needs is too many for another. What it made of the modules of the last render is kept in the user's
cache, so that after a change of the model it formats what has changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import subprocess
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import TemplateBroken
from blueprint_cli.files import write_whole
from blueprint_cli.templates.marks import MARK, told_apart
from blueprint_cli.templates.shadowing import unshadowed
from blueprint_cli.tree import File, Tree, write_tree

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

# What a project's ruff.toml says of the same.
LINE_LENGTH: Final = 100
TARGET: Final = "py311"
_SHARED: Final = (
    *("--isolated", "--no-cache", "--quiet"),
    *(f"--config=line-length={LINE_LENGTH}", "--target-version", TARGET),
)
_TIDY: Final = ("check", *_SHARED, "--select=F401,I", "--fix")
_FORMAT: Final = ("format", *_SHARED)
_MARK: Final = MARK.encode()
PACKAGE: Final = "__init__.py"
SEPARATOR: Final = "--"
# Packages of every project beside its contexts.
PACKAGES: Final = ("app", "contracts", "dev", "functions", "kit", "kit_kafka", "tests")


def formatted(
    files: Mapping[str, bytes], contexts: Collection[str], scratch: Path, kept: Path
) -> dict[str, bytes]:
    """Return Python files formatted, with their imports sorted and without unused ones.

    Args:
        files: by path.
        contexts: packages of the project that imports may name.
        scratch: a folder that is not there yet.
        kept: the file with what was formatted last; where it cannot be read or written, or is
            damaged, everything is formatted.

    Raises:
        TemplateBroken: where one is no Python.
        OSError: where the scratch folder cannot be written.
    """
    if not files:
        return {}
    own = json.dumps(sorted({*contexts, *(f"{name}_service" for name in contexts), *PACKAGES}))
    tidy = [*_TIDY, f"--config=lint.isort.known-first-party={own}"]
    names = {path: _name(path, content) for path, content in files.items()}
    begun = {path: _unshadowed(content) for path, content in files.items()}
    said = json.dumps([version("ruff"), tidy, _FORMAT])
    keys = {path: _key(said, names[path], content) for path, content in begun.items()}
    before = _read(kept)
    new = {path: content for path, content in begun.items() if keys[path] not in before}
    if new:
        write_tree(Tree({names[path]: File(content) for path, content in new.items()}), scratch)
        _run([*tidy, "."], scratch)
        if marked := [names[path] for path, content in new.items() if _MARK in content]:
            _tell_apart(scratch, marked)
            _run([*tidy, *marked], scratch)
        _run([*_FORMAT, "."], scratch)
    found = {
        path: (scratch / names[path]).read_bytes() if path in new else before[keys[path]].encode()
        for path in files
    }
    if new:
        # How marks are taken out is of this program, not of ruff: another one may do it otherwise.
        texts = {keys[at]: one.decode() for at, one in found.items() if _MARK not in begun[at]}
        _write(kept, texts)
    return found


def _key(said: str, name: str, content: bytes) -> str:
    """Return what stands for all that ruff's answer depends on."""
    return hashlib.sha256(f"{said}\0{name}\0".encode() + content).hexdigest()


def _read(kept: Path) -> dict[str, str]:
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(kept.read_bytes())
        if isinstance(found, dict) and all(isinstance(one, str) for one in found.values()):
            return found
    return {}


def _write(kept: Path, texts: Mapping[str, str]) -> None:
    if not kept.is_absolute():  # Nobody wants a folder of the name ``~``.
        return
    with contextlib.suppress(OSError):
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(kept, json.dumps(texts))


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
