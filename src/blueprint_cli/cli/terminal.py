"""The one object that writes: results on stdout, everything else on stderr."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TextIO

from blueprint_cli.cli import line_editing
from blueprint_cli.errors import BlueprintError, Interrupted, OutputClosed
from blueprint_cli.wrapping import Width, columns, whole, with_whole_paths, wrapped, wrapped_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

RED_BOLD, BOLD = "31;1", "1"
FORCED: Final = ("FORCE_COLOR", "CLICOLOR_FORCE")
# From the eight colours that each terminal has and each theme makes legible.
STYLES: Final = {"error": RED_BOLD, "warning": "33;1", "note": "36;1"}


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where a command's result and messages go."""

    as_json: bool = False

    def result(self, document: Mapping[str, Any], text: str) -> None:
        """Show a result: the document for programs, the text for people."""
        _write(sys.stdout, f"{_json(document) if self.as_json else text}\n")

    def note(self, text: str) -> None:
        """Say something beside the result; a line that is indented is left as it is."""
        _write(sys.stderr, f"{wrapped_lines(text, columns(sys.stderr))}\n")

    def progress(self, text: str) -> None:
        """Say how far a command is, in the place of what was said before.

        Only where somebody sits there and sees it; an empty text takes it away.
        """
        if sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
            _write(sys.stderr, f"\r\x1b[K{text}")

    @property
    def width(self) -> Width:
        """The columns of whoever reads the result; None where that is a file or a program."""
        return columns(sys.stdout)

    @property
    def note_width(self) -> Width:
        """The columns of whoever reads what stands beside the result."""
        return columns(sys.stderr)

    @property
    def can_ask(self) -> bool:
        """Whether a person sits there: one who sees what is asked, and can type."""
        return not self.as_json and all(
            stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr)
        )

    def ask(self, prompt: str, *, hidden: bool = False) -> str:
        """Ask for one line, and return it without its end; ``hidden`` shows nothing of it.

        Raises:
            Interrupted: where the input ends (Ctrl-D), or the terminal has gone away.
        """
        try:
            if hidden and sys.stdin.isatty():
                return getpass.getpass(prompt, sys.stderr)
            if line_editing.is_possible():
                return line_editing.read_line(prompt)
            _write(sys.stderr, prompt)
            line = sys.stdin.readline()
        except (OSError, EOFError, OutputClosed) as error:
            raise Interrupted from error
        if not line.endswith("\n"):  # Ctrl-D behind some letters is no answer of these letters.
            raise Interrupted
        return line.rstrip("\n")

    def error(self, error: BlueprintError) -> None:
        """Say what went wrong; with --json the document on stdout says it too."""
        if self.as_json:
            document = _json({"error": error_document(error)})
            with contextlib.suppress(OutputClosed):  # Who reads no document may read the message.
                _write(sys.stdout, f"{document}\n")
        width = columns(sys.stderr)
        title = paint("Error:", RED_BOLD, sys.stderr)
        lines = [wrapped(with_whole_paths(error.message), width, first=f"{title} ")]
        lines += [
            wrapped(
                str(problem).replace(problem.where, whole(problem.where), 1), width, "    ", "  "
            )
            for problem in error.problems
        ]
        if error.hint:
            lines.append(wrapped_lines(error.hint, width))
        _write(sys.stderr, "\n".join(lines) + "\n")

    def of_severity(self, severity: Literal["error", "warning", "note"], text: str) -> str:
        """Give a part of a result the colour of its severity, where colours are wanted."""
        return paint(text, STYLES[severity], sys.stdout)

    def bold(self, text: str) -> str:
        """Emphasise a part of a result, where the reader is a person at a terminal."""
        return paint(text, BOLD, sys.stdout)

    def bold_note(self, text: str) -> str:
        """Emphasise a part of what stands beside the result."""
        return paint(text, BOLD, sys.stderr)


def _json(document: Mapping[str, Any]) -> str:
    """Return a document that any reader takes, whatever the locale and the names of files are."""
    encoding = (getattr(sys.stdout, "encoding", "") or "").lower().replace("-", "")
    text = json.dumps(document, ensure_ascii=encoding != "utf8", indent=2)
    return text.encode("utf-8", "backslashreplace").decode()


def error_document(error: BlueprintError) -> dict[str, Any]:
    """Return the keys that docs/json.md promises for an error."""
    return {
        "code": error.code,
        "exit_code": error.exit_code,
        "message": error.message,
        "hint": error.hint,
        "problems": [
            {
                "file": problem.file,
                "line": problem.line,
                "column": problem.column,
                "key": problem.key,
                "message": problem.message,
                "allowed": problem.allowed,
            }
            for problem in error.problems
        ],
    }


def paint(text: str, style: str, stream: TextIO | None) -> str:
    """Colour a text where colours are wanted."""
    return f"\x1b[{style}m{text}\x1b[0m" if _is_coloured(stream) else text


def _is_coloured(stream: TextIO | None) -> bool:
    """NO_COLOR goes before FORCE_COLOR and CLICOLOR_FORCE, and those before what the stream is."""
    if stream is None or os.environ.get("NO_COLOR"):
        return False
    if any(os.environ.get(name, "0") not in {"", "0"} for name in FORCED):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:
        return
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        raise OutputClosed(f"the output cannot be written: {error.strerror}") from error
