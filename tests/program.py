"""The program as tests run it, in this process or in one of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# Runs the program with the templates of a folder that is its first argument.
WITH_TEMPLATES = """\
import sys
from pathlib import Path
import blueprint_cli.templates.builtin as template
root = Path(sys.argv.pop(1))
template.builtin_root = lambda: root
from blueprint_cli.__main__ import main
sys.exit(main())
"""


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


Run = Callable[..., Result]
WriteTemplates = Callable[..., Path]


def program(templates_root: Path, *arguments: str) -> list[str]:
    """Return the command line of the program with other templates, for a process of its own."""
    return [sys.executable, "-c", WITH_TEMPLATES, str(templates_root), *arguments]


def uncounted() -> dict[str, str]:
    """Our variables without those that have coverage measured in a process, at twice its time.

    For programs that render much and reach no line that is not counted elsewhere.
    """
    return {name: text for name, text in os.environ.items() if not name.startswith("COVERAGE_")}


def git(folder: Path, *arguments: str) -> str:
    """Run git and return what it says."""
    return subprocess.check_output(["git", *arguments], cwd=folder, text=True).strip()


def badly_broken(narrow: str, wide: str, width: int) -> list[str]:
    """What a narrow terminal shows wrongly: lines that are too long, and words that were broken.

    A word may be longer than a line, behind its label. ``wide`` is the same where nobody has a
    width.
    """
    lines = [line for line in narrow.splitlines() if len(line) > width and len(line.split()) > 2]
    words = {word.strip(",:") for word in wide.split()}
    return lines + [word for word in narrow.split() if word.strip(",:") not in words]
