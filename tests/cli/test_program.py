"""The program around its commands: help, version, completion, errors, output."""

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from blueprint_cli import __main__ as entry
from blueprint_cli.cli import terminal
from tests.program import Run, badly_broken

BLUEPRINT = Path(sys.executable).with_name("blueprint")
SLOW = ["copier", "ruamel", "rich", "yaml", "jinja2"]


def test_the_version_is_the_distributions(run: Run) -> None:
    assert run("--version").out == f"blueprint {version('backend-blueprint')}\n"


@pytest.mark.parametrize(
    ("arguments", "slow"),
    [
        (["--help"], [*SLOW, "pydantic"]),
        (["--version"], [*SLOW, "pydantic"]),
        # Before a command Typer itself checks its own options for completion with Pydantic.
        (["new", "--help"], SLOW),
    ],
)
def test_help_imports_nothing_slow(arguments: list[str], slow: list[str]) -> None:
    code = (
        "import sys\nfrom blueprint_cli.__main__ import main\n"
        f"code = main({arguments})\n"
        f"print(code, [name for name in {slow} if name in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stderr == "0 []\n"
    assert done.stdout


COMMANDS = ["new", "check", "diff", "evolve", "fleet", "update"]
COMMANDS += ["add", "remove", "rename", "recommend", "cost", "schema", "templates", "doctor"]


@pytest.mark.parametrize("command", ["", *COMMANDS])
@pytest.mark.parametrize("width", ["60", "120"])
def test_help_is_as_wide_as_the_terminal(
    command: str, width: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = [command, "--help"] if command else ["--help"]
    wide = run(*arguments).out
    monkeypatch.setenv("COLUMNS", width)
    shown = run(*arguments).out
    assert badly_broken(shown, wide, int(width)) == []
    assert (max(map(len, shown.splitlines())) > 80) <= (width == "120")


def test_an_error_and_a_list_are_as_wide_as_the_terminal(
    run: Run, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tiny / "shop").mkdir()
    (tiny / "shop" / "a file.txt").touch()
    (tiny / "a.yaml").write_text("requirements: {teams: many, ops_maturity: none}\n")
    for arguments in (
        ["new", "shop", "--defaults"],
        ["new", "other", "--answers", "a.yaml"],
        ["new", "other"],
        ["templates", "show", "monolith"],
        ["doctor"],
    ):
        monkeypatch.delenv("COLUMNS", raising=False)
        wide = run(*arguments)
        monkeypatch.setenv("COLUMNS", "60")
        narrow = run(*arguments)
        assert badly_broken(narrow.out + narrow.err, wide.out + wide.err, 60) == []
        assert narrow.code == wide.code


def test_help_shows_groups_examples_and_exit_codes_in_80_columns(run: Run) -> None:
    shown = run("--help")
    assert shown.code == 0
    for words in (
        "Projects:",
        "Reference:",
        "This machine:",
        "Examples:",
        "Exit codes:",
        "  130  ",
    ):
        assert words in shown.out
    for arguments in (
        ["--help"],
        ["new", "--help"],
        ["doctor", "--help"],
        ["templates", "show", "-h"],
    ):
        assert max(map(len, run(*arguments).out.splitlines())) <= 80
        assert "..." not in run(*arguments).out.replace("[ARGS]...", "")


@pytest.mark.parametrize("arguments", [[], ["templates"]])
def test_nothing_asked_is_answered_with_help(arguments: list[str], run: Run) -> None:
    result = run(*arguments)
    assert (result.code, result.err) == (2, "")
    assert "Usage: blueprint" in result.out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["nwe"], ["No such command 'nwe'", "'new'", "See: blueprint --help"]),
        (["new"], ["Missing", "NAME", "See: blueprint new --help"]),
        (["new", "shop", "--default"], ["No such option", "--defaults"]),
        (["new", "shop", "extra"], ["extra"]),
        (["new", "shop", "--output"], ["--output", "argument"]),
        (["templates", "show", "x"], ["no template 'x'"]),
    ],
)
def test_a_command_line_that_cannot_be_understood(
    arguments: list[str], expected: list[str], run: Run
) -> None:
    result = run(*arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("Error: ")
    for words in expected:
        assert words in result.err


def test_with_json_the_one_document_says_what_failed(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("slo: {p95_ms: x}\n")
    result = run("new", "shop", "--answers", path, "--json")
    assert result.code == 2
    assert json.loads(result.out) == {
        "error": {
            "code": "spec-invalid",
            "exit_code": 2,
            "message": f"{path} has one problem",
            "hint": "",
            "problems": [
                {
                    "file": str(path),
                    "line": 1,
                    "column": 15,
                    "key": "slo.p95_ms",
                    "message": "is x",
                    "allowed": "a number above 0 up to 3,600,000",
                }
            ],
        }
    }
    assert "slo.p95_ms: is x" in result.err
    assert json.loads(run("templates", "show", "--json").out)["error"]["code"] == "usage"


def test_templates_are_listed_and_shown(tiny: Path, run: Run) -> None:
    assert tiny.is_dir()
    assert run("templates", "list").out == "monolith  A tiny one.\n"
    (listed,) = json.loads(run("templates", "list", "--json").out)["templates"]
    assert sorted(listed) == ["pattern", "source", "summary", "version"]
    shown = run("templates", "show", "monolith")
    assert "Made of 5 template files in 1 layers:" in shown.out
    document = json.loads(run("templates", "show", "monolith", "--json").out)
    assert document["layers"] == [{"from": "files", "to": ".", "each": None}]
    assert document["tree"] in shown.out


def test_the_built_in_templates_are_found() -> None:
    done = subprocess.run(
        [BLUEPRINT, "templates", "list", "--json"], check=True, capture_output=True, text=True
    )
    names = [template["pattern"] for template in json.loads(done.stdout)["templates"]]
    assert "monolith" in names


def test_an_installation_without_templates_says_so(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from blueprint_cli.templates import builtin  # noqa: PLC0415 - to hide them

    monkeypatch.setattr(builtin, "PACKAGE", "blueprint_templates_of_nobody")
    result = run("templates", "list")
    assert (result.code, "Install backend-blueprint, which" in result.err) == (3, True)


def test_completion_is_there() -> None:
    environment = {**os.environ, "_BLUEPRINT_COMPLETE": "complete_bash", "COMP_CWORD": "1"}
    done = subprocess.run(
        [BLUEPRINT],
        env={**environment, "COMP_WORDS": "blueprint do"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["doctor"]
    script = subprocess.run(
        [BLUEPRINT, "--show-completion", "bash"],
        env={**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert "_BLUEPRINT_COMPLETE" in script.stdout


def test_a_bug_is_called_one_and_debug_shows_where(
    run: Run, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr("blueprint_cli.templates.builtin.load_templates", fail)
    assert tiny.is_dir()
    result = run("templates", "list")
    assert (result.code, result.out) == (3, "")
    assert "this is a bug in blueprint: ZeroDivisionError: planted" in result.err
    assert "Traceback" not in result.err
    for arguments in (["--debug", "templates", "list"], ["templates", "list", "--debug"]):
        shown = run(*arguments)
        assert (shown.code, "Traceback" in shown.err) == (3, True)


def test_a_refusal_of_the_system_is_no_bug(
    run: Run, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tiny / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    result = run("new", "shop", "--defaults")
    monkeypatch.chdir(tiny)
    assert result.code in {2, 3}
    assert "bug" not in result.err
    assert "No such file or directory" in result.err


def test_after_two_dashes_a_word_is_no_option(run: Run) -> None:
    result = run("new", "--defaults", "--", "--debug")
    assert (result.code, "'--debug' cannot be a project's name" in result.err) == (2, True)


class Screen:
    def __init__(self, *, tty: bool) -> None:
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty


def test_colour_is_for_terminals_that_want_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    paint = terminal.paint
    assert paint("x", "1", Screen(tty=True)) == "\x1b[1mx\x1b[0m"  # type: ignore[arg-type]
    assert paint("x", "1", Screen(tty=False)) == "x"  # type: ignore[arg-type]
    assert paint("x", "1", None) == "x"
    monkeypatch.setenv("TERM", "dumb")
    assert paint("x", "1", Screen(tty=True)) == "x"  # type: ignore[arg-type]
    monkeypatch.setenv("TERM", "xterm")
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.setenv(name, "1")
        assert paint("x", "1", Screen(tty=False)) == "\x1b[1mx\x1b[0m"  # type: ignore[arg-type]
        monkeypatch.setenv(name, "0")
        assert paint("x", "1", Screen(tty=False)) == "x"  # type: ignore[arg-type]
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "")
    run("templates", "list", "--no-color")
    assert paint("x", "1", Screen(tty=True)) == "x"  # type: ignore[arg-type]


def test_a_reader_who_has_gone_away_is_no_bug() -> None:
    for arguments in ("schema", "--help", "new shop --defaults --dry-run"):
        done = subprocess.run(
            ["/bin/sh", "-c", f'"{BLUEPRINT}" {arguments} | exit 0'],
            check=False,
            capture_output=True,
            text=True,
        )
        assert "Traceback" not in done.stderr
        assert "bug" not in done.stderr
        assert "Exception ignored" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_output_that_cannot_be_written_is_a_failure() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [BLUEPRINT, "schema"], check=False, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 3
    assert done.stderr == "Error: the output cannot be written: No space left on device\n"


def test_no_output_at_all_is_no_failure(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    terminal.Terminal().result({}, "text")
    assert run.__name__


def test_a_terminal_that_is_not_utf_8_gets_every_message(tmp_path: Path) -> None:
    done = subprocess.run(
        [BLUEPRINT, "new", "Käse\udcff", "--defaults"],
        check=False,
        capture_output=True,
        cwd=tmp_path,
        env={**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONCOERCECLOCALE": "0"},
    )
    assert (done.returncode, b"Traceback" in done.stderr) == (2, False)
    assert b"cannot be a project's name" in done.stderr


def test_an_interrupt_outside_a_command_has_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(entry, "_run", stop)
    assert entry.main([]) == 130


def test_the_package_can_be_run_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "blueprint_cli", "--version"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith("blueprint ")


@pytest.mark.parametrize("words", [["check", "--help"], ["templates", "list"], ["--version"], []])
def test_a_command_is_the_same_whether_the_others_are_built_or_not(words: list[str]) -> None:
    from blueprint_cli.cli import app, app_for  # noqa: PLC0415 - what is under test

    narrowed = app_for(words)
    names = [command.name for command in narrowed.registered_commands]
    names += [group.name for group in narrowed.registered_groups]
    assert (names == words[:1]) == (narrowed is not app)
