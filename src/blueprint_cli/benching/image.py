"""What a project's image says of its server: the options of its command, as an environment."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COMMAND: Final = re.compile(r"^CMD (\[.*\])\s*$", re.MULTILINE)
SERVER: Final = "granian"
# What a machine's own is, and what `dev` says as the images do.
OWN: Final = frozenset({"interface", "no-ws", "host", "port", "factory"})


def server_options(root: Path) -> tuple[Mapping[str, str], str]:
    """Return the options of a project's images as the server's environment.

    Beside them: why they are not what runs, in words; empty where they are.
    """
    files = sorted([*root.glob("Dockerfile"), *root.glob("services/*/Dockerfile")])
    if not files:
        return {}, "there is no Dockerfile: the server runs with the options of `make dev`"
    found: dict[str, str] | None = None
    for file in files:
        name = file.relative_to(root).as_posix()
        command = _command(file.read_text(encoding="utf-8", errors="replace"))
        if command[:1] != [SERVER]:
            runs = " ".join(command[:1]) or "no command of its own"
            return {}, f"{name} runs {runs}; what is measured is {SERVER}, as `make dev` starts it"
        options = _as_environment(command[1:])
        if found is not None and options != found:
            return {}, f"{name} has other options than the images before it: none are taken"
        found = options
    return found or {}, ""


def _command(text: str) -> list[str]:
    """Return the words of the last CMD, the one that counts; none where it has no such form."""
    commands = COMMAND.findall(text)
    try:
        said = json.loads(commands[-1]) if commands else []
    except ValueError:
        return []
    return [str(word) for word in said]


def _as_environment(words: list[str]) -> dict[str, str]:
    """Return options as the variables that the server reads: GRANIAN_… for each."""
    found = {}
    for place, word in enumerate(words):
        name, equals, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or name in OWN:
            continue
        after = words[place + 1] if place + 1 < len(words) else "--"
        if not equals:
            value = "true" if after.startswith("--") else after
        if name.startswith("no-"):
            name, value = name.removeprefix("no-"), "false"
        found[f"GRANIAN_{name.upper().replace('-', '_')}"] = value
    return found
