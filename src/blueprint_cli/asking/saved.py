"""Answers that outlive an interrupted questionnaire: one small file per destination."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from platformdirs import user_state_path

from blueprint_cli.asking.interview import parse_answer
from blueprint_cli.asking.quantities import NotUnderstood
from blueprint_cli.files import write_whole
from blueprint_cli.spec.questions import load_questions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.asking.interview import Value

PROGRAM: Final = "backend-blueprint"
FORMAT: Final = 1
MAX_BYTES: Final = 64 * 1024


def state_folder() -> Path:
    """Return where the system keeps a program's state: on Linux below ``XDG_STATE_HOME``.

    It begins with ``~`` where nobody has a home directory to put in its place.
    """
    try:
        return user_state_path(PROGRAM, appauthor=False) / "new"
    except RuntimeError:
        return Path("~", PROGRAM, "new")


class Saved:
    """The saved answers for one destination."""

    def __init__(self, destination: Path) -> None:
        self.destination = str(destination)
        digest = hashlib.sha256(os.fsencode(destination)).hexdigest()[:16]
        folder = state_folder()
        self.path = folder / f"{digest}.json"
        self._can_keep = _has_home(folder)

    def read(self) -> dict[str, Value] | None:
        """Return the answers; None where there are none, or none that can be used."""
        if not self._can_keep:
            return None
        try:
            with self.path.open("rb") as stream:
                data = json.loads(stream.read(MAX_BYTES))
        except (OSError, ValueError, RecursionError):
            return None
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            return None
        given = data.get("answers")
        return _usable(given) if isinstance(given, dict) else None

    def write(self, answers: Mapping[str, Value]) -> None:
        """Keep the answers; readable by their owner alone.

        Raises:
            OSError: where they cannot be written; no home directory is made for them.
        """
        if not self._can_keep:
            raise OSError(errno.ENOENT, "there is no home directory", str(self.path))
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        document = {"format": FORMAT, "project": self.destination, "answers": dict(answers)}
        write_whole(self.path, json.dumps(document, indent=1), mode=0o600)

    def remove(self) -> None:
        """Remove the answers, and the folders that were made for them."""
        if not self._can_keep:
            return
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)
        for folder in (self.path.parent, self.path.parent.parent):
            with contextlib.suppress(OSError):
                folder.rmdir()


def _has_home(folder: Path) -> bool:
    """Whether a folder of the user's can be made: the home that it would be in is there."""
    if not folder.is_absolute():  # Nobody wants a folder of the name ``~``.
        return False
    try:
        home = Path.home()
    except RuntimeError:  # It was named without one, as by XDG_STATE_HOME.
        return True
    return home.is_dir() or not folder.is_relative_to(home)


def _usable(given: Mapping[object, object]) -> dict[str, Value]:
    """Return the answers that this version still understands, in the order of the questions."""
    usable: dict[str, Value] = {}
    for question in load_questions():
        if question.key not in given:
            continue
        value = given[question.key]
        if value is None:
            usable[question.key] = None
            continue
        text = value if isinstance(value, str) else json.dumps(value)
        with contextlib.suppress(NotUnderstood):
            usable[question.key] = parse_answer(question, text)
    return usable
