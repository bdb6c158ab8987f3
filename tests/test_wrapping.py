"""Where lines end: between words, at the terminal's width, and nowhere where nobody has one."""

import io
import os
import pty
from pathlib import Path

import pytest

from blueprint_cli.wrapping import cells, columns, whole, with_whole_paths, wrapped, wrapped_lines


@pytest.fixture(autouse=True)
def no_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)


def test_lines_end_between_words_and_never_at_a_hyphen() -> None:
    text = "It would be event-driven, with time-to-first-release."
    assert wrapped(text, 20, "  ", "- ").splitlines() == [
        "- It would be",
        "  event-driven, with",
        "  time-to-first-release.",
    ]


def test_a_word_that_is_too_long_has_a_line_of_its_own_and_stays_whole() -> None:
    path = "/a/very/long/path/to/a/file"
    assert wrapped(f"see {path} there", 12).splitlines() == ["see", path, "there"]


def test_nobody_has_a_width_in_a_pipe_and_there_nothing_is_broken() -> None:
    assert wrapped("one " * 100, None, "  ") == "  " + ("one " * 100).rstrip()


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("Take it back first: blueprint update --abort", "blueprint update --abort"),
        (
            "Commit or stash them (git add -A && git commit, or git stash).",
            "git add -A && git commit,",
        ),
        ("The way there is `blueprint evolve --to microservices` then.", "--to microservices`"),
        ("Wait, then blueprint update --continue; or stop.", "blueprint update --continue;"),
        (f"Wrote {whole('/my own folder/a file')} for you.", "/my own folder/a file"),
    ],
)
def test_a_command_and_a_path_are_never_broken(text: str, command: str) -> None:
    for width in range(1, 70):
        assert any(command in line for line in wrapped(text, width).splitlines()), width


def test_a_path_with_spaces_that_leads_somewhere_stays_whole(tmp_path: Path) -> None:
    place = tmp_path / "my own shop"
    place.mkdir()
    for path in (str(place), f"{place}/not there"[:-6], f"{place}."):
        lines = wrapped(with_whole_paths(f"Look at {path} again, it is odd."), 20).splitlines()
        assert path in lines
        assert max(len(line) for line in lines if line != path) <= 20
    assert with_whole_paths("/nowhere at all / here") == "/nowhere at all / here"


def test_a_sentence_about_git_is_no_command() -> None:
    text = "Withdraw this one: git keeps what was committed, or git is not there."
    assert max(map(len, wrapped(text, 20).splitlines())) <= 20


def test_letters_take_the_columns_that_they_take() -> None:
    assert [
        cells(text) for text in ("a\x1b[1mb\x1b[0m", "日本", "e\N{COMBINING ACUTE ACCENT}")
    ] == [
        2,
        4,
        1,
    ]
    assert wrapped("日本 日本 日本", 10).splitlines() == ["日本 日本", "日本"]


def test_lines_that_are_indented_are_commands_and_stay() -> None:
    text = "There is a way back:\n  pip install something==1.0"
    assert wrapped_lines(text, 10).splitlines()[-1] == "  pip install something==1.0"


def test_the_width_is_that_of_the_stream_that_is_written_to(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal, (tmp_path / "f").open("w") as file:
        _resize(terminal, 60)
        assert (columns(terminal), columns(file)) == (60, None)
        _resize(terminal, 300)
        assert columns(terminal) == 120
        _resize(terminal, 0)
        assert columns(terminal) is None
        monkeypatch.setenv("COLUMNS", "72")
        assert (columns(terminal), columns(file)) == (72, 72)
        monkeypatch.setenv("COLUMNS", "many")
        assert columns(file) is None
    assert columns(terminal) is None
    assert (columns(None), columns(io.StringIO())) == (None, None)
    os.close(ours)


def _resize(terminal: io.TextIOWrapper, width: int) -> None:
    import fcntl  # noqa: PLC0415 - not on every system
    import struct  # noqa: PLC0415 - for this alone
    import termios  # noqa: PLC0415 - not on every system

    fcntl.ioctl(terminal.fileno(), termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
