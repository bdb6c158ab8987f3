"""The questions of a team's template in a terminal."""

import os
import sys
from pathlib import Path

import pexpect

from tests.teams.team import template


def talk(tmp_path: Path, lines: list[str], *options: str) -> str:
    """Answer each prompt, and return the screen."""
    program = Path(sys.executable).with_name("blueprint")
    words = ["new", "till", "--template", str(tmp_path / "acme"), *options]
    child = pexpect.spawn(
        str(program), words, cwd=str(tmp_path), encoding="utf-8", timeout=60,
        dimensions=(50, 80), env={**os.environ, "TERM": "dumb"},
    )  # fmt: skip
    screen = ""
    for line in lines:
        child.expect(r"[^\n]*: $")
        screen += f"{child.before}{child.after}"
        child.sendline(line)
    child.expect(pexpect.EOF)
    screen += str(child.before)
    child.close()
    assert child.exitstatus == 0, screen
    return screen


def test_a_project_is_made_of_what_was_typed(tmp_path: Path) -> None:
    template(tmp_path / "acme")
    screen = talk(tmp_path, ["Till", "80", "9000", "?", "2", "1, 2", "hidden-token", "list", "yes"])
    assert "The questions of" in screen
    assert "1 What is it called?" in screen
    assert "Not taken: at least 1024." in screen
    assert "license is one of the choices" in screen
    assert "token: (secret)" in screen
    assert "The plan for till: acme 1.0.0" in screen
    assert "hidden-token" not in screen
    project = tmp_path / "till"
    assert "On port 9000." in (project / "README.md").read_text()
    assert "TOKEN=hidden-token" in (project / ".env").read_text()
    assert (project / "ci.yml").exists()
