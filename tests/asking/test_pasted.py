"""The three commands that `new` ends with, pasted into the same shell as they stand there."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from blueprint_cli.ports import free_port
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
    return free_port()


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


def test_the_commands_work_when_pasted_and_so_does_the_first_order(
    shell: "pexpect.spawn[str]", port: int, tmp_path: Path
) -> None:
    shell.sendline("blueprint new shop")
    for answer in ("shop", "low", "rest", "", ""):
        shell.expect(r"\]: ")
        shell.sendline(answer)
    shell.expect(r"Next:\s+(.*?)\r\n\r\n")
    commands = found(shell).split("\r\n")
    pasted = [command.strip() for command in commands if command.strip()]
    assert pasted == ["cd shop", "make dev", "make test"]
    shell.expect(PROMPT)

    into, start, test = pasted
    shell.send(f"{into}\n{start}\n")
    shell.expect(f"http://127.0.0.1:{port}/readyz")  # Printed once all is ready.
    shell.expect(r"in this folder:\s+(.*?)\r\n\r\n")
    lines = found(shell).replace("\r", "")
    order = newcomer.run(tmp_path / "my code" / "shop", "sh", "-c", lines)
    assert '"status":"pending"' in order.stdout, order.stdout
    shell.sendintr()
    shell.expect(PROMPT)
    shell.sendline(test)
    assert shell.expect([r"(\d+) passed", r"make: \*\*\* \[.*test"]) == 0, shell.before
    assert int(found(shell)) > 0
    shell.expect(PROMPT)
    shell.sendline("git status --porcelain && echo clean=$?")
    shell.expect(r"clean=(\d)")
    assert found(shell) == "0"
