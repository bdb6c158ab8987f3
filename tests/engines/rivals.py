"""The engines' own command lines, run in this process: a start of each takes a second."""

import contextlib
import io
import json
import os
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def by_copier(
    source: Path,
    destination: Path,
    answers: Mapping[str, Any],
    *,
    ref: str = "",
    trust: bool = True,
) -> dict[str, tuple[str, bytes]]:
    """Return what ``copier copy --defaults`` makes."""
    options = [f"--data={key}={_said(value)}" for key, value in answers.items()]
    options += [f"--vcs-ref={ref}"] if ref else []
    options += ["--trust"] if trust else []
    copier("copy", "--defaults", "--quiet", *options, str(source), str(destination))
    return files(destination)


def copier(*arguments: str) -> None:
    """Run Copier's command line with the environment as it is now, not as it was imported."""
    from copier._cli import CopierApp  # noqa: PLC0415 - it takes a second
    from plumbum import local  # noqa: PLC0415 - the same

    with warnings.catch_warnings(), local.env(**os.environ):
        warnings.simplefilter("ignore")
        _, code = CopierApp.run(["copier", *arguments], exit=False)
    assert not code, arguments


def by_cookiecutter(
    source: Path, output: Path, answers: Mapping[str, Any], *, hooks: bool = True
) -> dict[str, tuple[str, bytes]]:
    """Return what ``cookiecutter --no-input`` makes, below its top folder."""
    from cookiecutter.cli import main  # noqa: PLC0415 - it takes a second

    output.mkdir()
    config = output.with_name("config.yaml")
    config.write_text(
        f"replay_dir: {output.with_name('replay')}\ncookiecutters_dir: {output.with_name('kept')}\n"
    )
    loaded = set(sys.modules)
    with contextlib.redirect_stdout(io.StringIO()):
        main(
            [
                "--no-input",
                f"--output-dir={output}",
                f"--config-file={config}",
                f"--accept-hooks={'yes' if hooks else 'no'}",
                str(source),
                *(f"{key}={_said(value)}" for key, value in answers.items()),
            ],
            standalone_mode=False,
        )
    for name in sys.modules.keys() - loaded:
        if getattr(sys.modules[name], "__file__", None) == str(source / f"{name}.py"):
            del sys.modules[name]  # An extension of the template.
    (top,) = output.iterdir()
    return files(top)


def _said(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def files(folder: Path) -> dict[str, tuple[str, bytes]]:
    """Return mode and content of each file of a folder, without a repository."""
    found = {}
    for place in sorted(folder.rglob("*")):
        path = place.relative_to(folder)
        if ".git" in path.parts:
            continue
        if place.is_symlink():
            found[path.as_posix()] = ("120000", os.fsencode(place.readlink()))
        elif place.is_file():
            mode = "100755" if place.stat().st_mode & 0o100 else "100644"
            found[path.as_posix()] = (mode, place.read_bytes())
    return found
