"""Answers that outlive an interrupted questionnaire: one small file per destination."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from platformdirs import user_state_path

from blueprint_cli.asking.interview import check_value
from blueprint_cli.asking.quantities import NotUnderstood
from blueprint_cli.decisions import check_reason
from blueprint_cli.errors import UsageError
from blueprint_cli.files import write_whole
from blueprint_cli.patterns import PATTERNS
from blueprint_cli.spec.questions import load_questions

if TYPE_CHECKING:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Everything that was answered.

    ``notes``: how values were derived from what was typed, by key. ``ahead``: the keys of the
    questions that come next; None where that is not known. ``settled``: whether somebody said which
    of the other questions are asked. ``pattern``, ``reason``: what was chosen and why, empty where
    that was not reached. ``about``: what was typed for what it is about; None where that was not
    asked.
    """

    answers: dict[str, Value]
    notes: dict[str, str] = field(default_factory=dict)
    ahead: tuple[str, ...] | None = None
    settled: bool = False
    pattern: str = ""
    reason: str = ""
    about: str | None = None


class Saved:
    """The saved answers for one destination."""

    def __init__(self, destination: Path) -> None:
        self.destination = str(destination)
        digest = hashlib.sha256(os.fsencode(destination)).hexdigest()[:16]
        folder = state_folder()
        self.path = folder / f"{digest}.json"
        self._can_keep = _has_home(folder)

    def read(self) -> Kept | None:
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
        return _usable(data) if isinstance(data.get("answers"), dict) else None

    def write(self, kept: Kept) -> None:
        """Keep the answers; readable by their owner alone.

        Raises:
            OSError: where they cannot be written; no home directory is made for them.
        """
        if not self._can_keep:
            raise OSError(errno.ENOENT, "there is no home directory", str(self.path))
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        document = {
            "format": FORMAT,
            "project": self.destination,
            "answers": kept.answers,
            "notes": kept.notes,
            "ahead": kept.ahead,
            "settled": kept.settled,
            "pattern": kept.pattern,
            "reason": kept.reason,
            "about": kept.about,
        }
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


def _usable(data: dict[str, Any]) -> Kept:
    """Return what this version still understands, in the order of the questions."""
    given, notes, ahead = data["answers"], data.get("notes"), data.get("ahead")
    keys = [question.key for question in load_questions()]
    answers: dict[str, Value] = {}
    for question in load_questions():
        if question.key in given:
            with contextlib.suppress(NotUnderstood):
                answers[question.key] = check_value(question, given[question.key])
    pattern, reason = data.get("pattern"), data.get("reason")
    about = data.get("about")
    return Kept(
        answers=answers,
        notes={
            key: note
            for key, note in (notes.items() if isinstance(notes, dict) else ())
            if isinstance(note, str) and note.isprintable() and answers.get(key) is not None
        },
        ahead=tuple(key for key in ahead if key in keys) if isinstance(ahead, list) else None,
        settled=data.get("settled") is True,
        pattern=pattern if pattern in PATTERNS else "",
        reason=_usable_reason(reason),
        about=about if isinstance(about, str) else None,
    )


def _usable_reason(reason: object) -> str:
    if not isinstance(reason, str):
        return ""
    try:
        check_reason(reason)
    except UsageError:
        return ""
    return reason
