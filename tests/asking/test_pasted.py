"""The three commands that `new` ends with, pasted into the same shell as they stand there."""

import os
import re
import shutil
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests import newcomer

pytestmark = pytest.mark.project

PROMPT = "here> "
# What is tested here is that the command works; that all of the project's tests pass, elsewhere.
SOME_TESTS = "-k test_settings"


def found(shell: "pexpect.spawn[str]") -> str:
    assert isinstance(shell.match, re.Match)
    return str(shell.match[1])


@pytest.fixture
def port() -> int:
    return newcomer.free_port()


@pytest.fixture
def shell(tmp_path: Path, port: int) -> Iterator["pexpect.spawn[str]"]:
    """A newcomer's shell in a folder with a space in its name."""
    folder = tmp_path / "my code"
    folder.mkdir()
    environment = newcomer.environment() | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PS1": PROMPT,
        "TERM": "dumb",
        "PORT": str(port),
        "PYTEST_ADDOPTS": SOME_TESTS,
    }
    child = pexpect.spawn(
        shutil.which("bash") or "/bin/sh",
        ["--norc", "--noprofile"],
        cwd=str(folder),
        env=environment,
        dimensions=(50, 200),
        encoding="utf-8",
        timeout=300,
    )
    child.expect(PROMPT)
    yield child
    child.close(force=True)
    shutil.rmtree(folder)


def test_the_three_commands_work_when_pasted(shell: "pexpect.spawn[str]", port: int) -> None:
    shell.sendline("blueprint new shop")
    for answer in ("low", "rest", "", ""):
        shell.expect(r"\]: ")
        shell.sendline(answer)
    shell.expect(r"Next:\s+(.*?)" + PROMPT)
    commands = found(shell).split("\r\n")
    pasted = [command.strip() for command in commands if command.strip()]
    assert pasted == ["cd shop", "make test", "make dev"]

    shell.send("".join(f"{command}\n" for command in pasted))
    assert shell.expect([r"(\d+) passed", r"make: \*\*\*"]) == 0, shell.before
    assert int(found(shell)) > 0
    shell.expect(f"http://127.0.0.1:{port}/readyz")  # Printed once all is ready.
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=60) as answer:
        assert answer.status == 200
    shell.sendintr()
    shell.expect(PROMPT)
    shell.sendline("git status --porcelain && echo clean=$?")
    shell.expect(r"clean=(\d)")
    assert found(shell) == "0"
